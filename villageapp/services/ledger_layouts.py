"""How each ledger is printed: paper, columns that share a cell, totals (domain.md 4.4 to 4.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from villageapp.domain import money
from villageapp.domain.fields import Kind
from villageapp.reports.ledger_table import Paper, PrintColumn
from villageapp.services.ledgers import Column, Ledger

_NOTHING = "—"
"""Stands in a shared cell for the part that is not there, so that nobody takes one date for the other."""
_NUMBERS = frozenset({Kind.MONEY, Kind.INTEGER, Kind.DECIMAL})


@dataclass(frozen=True, slots=True)
class Shared:
    """Columns below each other in one cell under a common heading."""

    heading: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """``columns`` are names of ledger columns or ``Shared``; empty means all as they come."""

    paper: Paper = "A4"
    columns: tuple[str | Shared, ...] = ()
    by: str = ""
    """Column whose values get a subtotal each."""
    totals: tuple[str, ...] = ()
    """Columns that are added up."""


_HOME = Shared("户主\n村民小组", ("head_name", "group_name"))
LAYOUTS: Mapping[str, Layout] = {
    "problems": Layout(
        "A3",
        (
            *("ledger_no", Shared("来源\n文号", ("source", "source_doc")), "category"),
            *(Shared("问题描述", ("title", "description")), _HOME, "reported_on"),
            Shared("上门核查\n期限/完成", ("due_verify", "verified_on")),
            Shared("办理意见\n期限/完成", ("due_opinion", "opinion_on")),
            Shared("解决方案\n期限/完成", ("due_plan", "plan_on")),
            *("grade", Shared("解决\n期限/完成", ("due_solve", "solved_on")), "owner_id"),
            *(Shared("整改措施\n进展", ("plan", "result")), "overdue_days", "household_ack"),
            Shared("回炉期限\n销号日期", ("returned_due", "closed_on")),
            *("listed_supervision", Shared("状态\n下一步", ("state", "step")), "note"),
        ),
    ),
    "measures": Layout(
        "A4",
        (
            *("year", _HOME, "member_id", "group", "item", "title", "amount"),
            *(Shared("数量\n单位", ("qty", "qty_unit")), Shared("开始\n结束", ("start_on", "end_on"))),
            *(Shared("责任部门\n责任人", ("department", "responsible_id")), "status", "household_signed_on"),
        ),
        by="group",
        totals=("amount",),
    ),
    "employment": Layout(
        "A3",
        (
            *("member_id", _HOME, "working", "channel", Shared("就业地区\n范围", ("region", "scope"))),
            *("industry", "employer", "job", Shared("开始\n结束", ("start_ym", "end_ym")), "month_pay"),
            *("year_pay", "transport_subsidy", "stable_subsidy", "in_plan", "demand", "organised"),
            *("checked_on", "note"),
        ),
    ),
    "cases": Layout(
        "A3",
        (
            *(_HOME, "ident_population", "category", Shared("致贫返贫风险", ("risk_1", "risk_2", "risk_3"))),
            *("identified_ym", "ident_per_capita", "ident_ref_per_capita", "measures", "duty_person"),
            *("last_visit_on", "stable_since", "earliest_exit", "eliminated_ym", "state"),
        ),
    ),
    "loans": Layout("A4", totals=("principal", "subsidised_principal", "outstanding")),
    "assets": Layout(
        "A3",
        (
            *("asset_no", "name", Shared("类别\n形态", ("asset_class", "asset_form")), "project_id"),
            *(Shared("资金级次\n建成年度", ("fund_level", "built_year")), "place", "spec"),
            *(Shared("数量\n单位", ("qty", "qty_unit")), "original_value", "net_value"),
            *(Shared("产权级别\n产权人", ("owner_level", "owner")), "operator", "contract_end", "rent_year"),
            *(Shared("管护人\n电话", ("custodian", "custody_phone")), "supervisor", "status"),
            *("last_check_on", "note"),
        ),
        totals=("original_value", "net_value", "rent_year"),
    ),
    "visits": Layout("A3"),
    "employment-month": Layout("A3"),
    "people": Layout(
        "A3",
        (
            *("household.national_hh_no", "household.group_name", "member.name", "member.relation"),
            *("member.id_no", "member.sex", "member.birth_date", "member.nation", "member.education"),
            *("member.student_status", "member.health", "member.labour", "member.working"),
            Shared("电话", ("member.phone", "household.phone")),
            *("household.household_type", "household.monitoring_category"),
        ),
    ),
}
"""Kinds that are not named are printed on A4 with all their columns."""


def layout_of(kind: str) -> Layout:
    """The layout of a kind of ledger."""
    return LAYOUTS.get(kind, Layout())


def print_columns(found: Ledger, layout: Layout) -> tuple[PrintColumn, ...]:
    """The columns on paper, without the running number."""
    return tuple(PrintColumn(heading, is_number) for heading, is_number, _ in _columns(found, layout))


def print_rows(found: Ledger, layout: Layout) -> list[tuple[str, ...]]:
    """The texts on paper, in the order of ``print_columns``."""
    columns = [shared for _, _, shared in _columns(found, layout)]
    return [tuple(_cell(row, shared) for shared in columns) for row in found.rows]


def _columns(found: Ledger, layout: Layout) -> Iterator[tuple[str, bool, tuple[Column, ...]]]:
    known = {column.name: column for column in found.columns}
    for wanted in layout.columns or tuple(known):
        if isinstance(wanted, Shared):
            yield wanted.heading, False, tuple(known[name] for name in wanted.names)
        else:
            column = known[wanted]
            yield column.heading.replace("\uff08", "\n\uff08"), column.field.kind in _NUMBERS, (column,)


def _cell(row: Mapping[str, Any], shared: Sequence[Column]) -> str:
    texts = [column.text(row[column.name]) for column in shared]
    if not any(texts):
        return ""
    if all(column.field.kind is Kind.DATE for column in shared):
        return "\n".join(text or _NOTHING for text in texts)
    return "\n".join(dict.fromkeys(text for text in texts if text))  # a title that is also the text: once


def sums(found: Ledger, layout: Layout) -> list[tuple[str, ...]]:
    """Rows of totals as wide as ``print_columns``: one for every value of ``layout.by``, then all."""
    if not layout.totals or not found.rows:
        return []
    columns = list(_columns(found, layout))
    rows = []
    if layout.by:
        by = next(column for column in found.columns if column.name == layout.by)
        groups: dict[str, list[Mapping[str, Any]]] = {}
        for row in found.rows:
            groups.setdefault(by.text(row[by.name]) or "未填", []).append(row)
        rows = [_sum(columns, f"小计 {name}", some, layout) for name, some in sorted(groups.items())]
    return [*rows, _sum(columns, "合计", found.rows, layout)]


def _sum(
    columns: Sequence[tuple[str, bool, tuple[Column, ...]]],
    name: str,
    rows: Sequence[Mapping[str, Any]],
    layout: Layout,
) -> tuple[str, ...]:
    texts = ["" for _ in columns]
    for place, (_, _, shared) in enumerate(columns):
        if len(shared) == 1 and shared[0].name in layout.totals:
            fen = [row[shared[0].name] for row in rows if row[shared[0].name] is not None]
            texts[place] = money.yuan(sum(fen))
    label = next(place for place, (_, is_number, _) in enumerate(columns) if not is_number)
    texts[label] = f"{name}（{len(rows)} 条）"
    return tuple(texts)
