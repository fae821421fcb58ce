"""Ledgers as plain rows: columns by the fields of the forms, references shown as names (domain.md 4.4 – 4.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, select

from villageapp.domain.fields import Field, Form, Kind, show
from villageapp.domain.forms import FORMS
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.monitoring_case import IDENT_MONEY
from villageapp.errors import NotFound
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import CLASS_OF_ENTITY, Asset, Cadre, Household, Measure, Member
from villageapp.services import cases, incomes, problems, rosters
from villageapp.services.ledger_rows import Column, Ledger, column_of
from villageapp.services.reading import reading_session
from villageapp.services.references import ENTITY_OF_REFERENCE

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = ["Column", "Ledger", "kinds", "ledger"]

_summary, _household = HouseholdSummary.__table__.c, Household.__table__.c


_Rows = list[dict[str, Any]]
_More = Callable[["Workspace", _Rows, date], None]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Which fields of which form make a ledger, in what order, and what is computed beside them."""

    title: str
    entity: str
    fields: tuple[str, ...]
    order: tuple[str, ...] = ()
    computed: tuple[Column, ...] = ()
    more: _More | None = None
    head: tuple[str, ...] = field(default=("group_name", "household_no", "head_name"))


def kinds() -> dict[str, str]:
    """Kinds and their titles."""
    return {**{kind: described.title for kind, described in _KINDS.items()}, **rosters.kinds()}


def ledger(work: Workspace, kind: str, on: date | None = None, *, household_id: str | None = None) -> Ledger:
    """The ledger of a kind (see ``kinds``), what is computed as of that day (default today).

    Raises NotFound naming the kinds there are.
    """
    if kind in rosters.kinds():
        return rosters.roster(work, kind, household_id)
    described = _KINDS.get(kind)
    if described is None:
        known = "、".join(f"{name}（{title}）" for name, title in kinds().items())
        raise NotFound(f"没有“{kind[:20]}”这种台账。", remedy=f"可用：{known}。", code="unknown_ledger")
    form = FORMS[described.entity]
    columns = (
        *_head_columns(described),
        *(column_of(form, name) for name in described.fields),
        *described.computed,
    )
    with work.reading() as connection:
        rows = [dict(row) for row in connection.execute(_statement(described, household_id)).mappings()]
        _name_references(connection, form, rows)
    if described.more is not None:
        described.more(work, rows, on or work.today())
    kept = ("id", *(column.name for column in columns))
    return Ledger(kind, described.title, columns, [{name: row.get(name) for name in kept} for row in rows])


_HEAD: Mapping[str, tuple[str, Any]] = {
    "group_name": ("group_name", _summary.group_name),
    "household_no": ("national_hh_no", _household.national_hh_no),
    "head_name": ("head_member_id", _summary.head_name),
}
"""Columns about the household: name to (field of HOUSEHOLD that labels it, where it is read)."""


def _head_columns(described: _Kind) -> Iterable[Column]:
    for name in described.head:
        labelled = HOUSEHOLD[_HEAD[name][0]]
        yield Column(name, labelled.label, Field(name, labelled.label))


def _statement(described: _Kind, household_id: str | None) -> Select[Any]:
    table = CLASS_OF_ENTITY[described.entity].__table__
    columns = table.c
    wanted: list[ColumnElement[Any]] = [
        columns.id,
        *(columns[f.name] for f in FORMS[described.entity].fields),
    ]
    statement = select(*wanted).where(columns.deleted.is_(False))
    ordered: list[Any] = [
        columns[name[1:]].desc() if name.startswith("-") else columns[name] for name in described.order
    ]
    if described.head:
        statement = (
            statement.add_columns(*(_HEAD[name][1].label(name) for name in described.head))
            .join_from(
                table, HouseholdSummary.__table__, _summary.household_id == columns.household_id, isouter=True
            )
            .join(Household.__table__, _household.id == columns.household_id, isouter=True)
        )
        ordered += [_summary.group_name, _summary.head_key]
        if household_id is not None:
            statement = statement.where(columns.household_id == household_id)
    return statement.order_by(*ordered, columns.id)


_NAME_OF: Mapping[str, Any] = {
    "member": Member.__table__.c.name,
    "cadre": Cadre.__table__.c.name,
    "asset": Asset.__table__.c.name,
    "project": CLASS_OF_ENTITY["project"].__table__.c.name,
}
"""Entities whose records have a name to show instead of their id."""


def _name_references(connection: Connection, form: Form, rows: _Rows) -> None:
    """Put names in place of the ids of people, assets and projects."""
    for described in form.fields:
        if described.kind not in (Kind.REF, Kind.REFS):
            continue
        column = _NAME_OF.get(ENTITY_OF_REFERENCE.get(described.name, ""))
        if column is None or not any(row[described.name] for row in rows):
            continue
        names: dict[str, str] = dict(connection.execute(select(column.table.c.id, column)).all())
        for row in rows:
            row[described.name] = _named(names, row[described.name])


def _named(names: Mapping[str, str], value: Any) -> str | None:
    if value is None:
        return None
    ids = value if isinstance(value, tuple) else (value,)
    return "、".join(names.get(one, "") for one in ids)


def _computed(name: str, heading: str, kind: Kind = Kind.TEXT, unit: str = "") -> Column:
    shown = f"{heading}（{unit}）" if unit else heading
    return Column(name, shown, Field(name, heading, kind, unit=unit))


def _problem_clock(work: Workspace, rows: _Rows, on: date) -> None:
    where = {row["id"]: row for row in problems.list_problems(work, on=on, open_only=False)}
    for row in rows:
        known = where[row["id"]]
        row["step"] = known["standing"].step
        row["overdue_days"] = known["overdue_days"]


def _account_sums(work: Workspace, rows: _Rows, on: date) -> None:
    sums = {account["id"]: account for account in incomes.list_accounts(work)}
    for row in rows:
        row |= {name: sums[row["id"]][name] for name in ("net", "per_capita", "ref", "ref_per_capita")}


def _case_surroundings(work: Workspace, rows: _Rows, on: date) -> None:
    """Measures by group, the person on duty, the last visit and from when the case may leave."""
    measure = Measure.__table__.c
    leaving = cases.earliest_exits(work, rows)
    labels = FORMS["measure"]["group"]
    with reading_session(work) as session:
        groups: dict[str, list[str]] = {}
        for household, group in session.execute(
            select(measure.household_id, measure.group)
            .where(measure.deleted.is_(False))
            .order_by(measure.group)
        ):
            groups.setdefault(household, []).append(show(labels, group))
        cadre = Cadre.__table__.c
        duty: dict[str, str] = dict(
            session.execute(
                select(_household.id, cadre.name).join_from(
                    Household.__table__, Cadre.__table__, cadre.id == _household.duty_person_id
                )
            ).all()
        )
        last = dict(session.execute(select(_summary.household_id, _summary.last_visit_on)).all())
        for row in rows:
            household = row["household_id"]
            row["measures"] = "、".join(dict.fromkeys(groups.get(household, ())))
            row["duty_person"] = duty.get(household)
            row["last_visit_on"] = last.get(household) or None
            row["earliest_exit"] = _shown(leaving.get(row["id"]))


def _shown(moment: date | str | None) -> str | None:
    return None if moment is None else str(moment)


_KINDS: Mapping[str, _Kind] = {
    "problems": _Kind(
        "问题排查整改台账",
        "problem",
        (
            *("ledger_no", "source", "source_doc", "category", "title", "description", "reported_on"),
            *("due_verify", "verified_on", "due_opinion", "opinion_on", "due_plan", "plan_on", "grade"),
            *("due_solve", "solved_on", "owner_id", "plan", "result", "household_ack", "returned_due"),
            *("closed_on", "listed_supervision", "state", "note"),
        ),
        order=("reported_on", "ledger_no"),
        computed=(_computed("step", "下一步"), _computed("overdue_days", "超期", Kind.INTEGER, "天")),
        more=_problem_clock,
    ),
    "measures": _Kind(
        "帮扶措施台账",
        "measure",
        (
            *("year", "member_id", "group", "item", "title", "risk_code", "amount", "qty", "qty_unit"),
            *("start_on", "end_on", "department", "responsible_id", "status", "household_signed_on", "note"),
        ),
        order=("-year",),
    ),
    "employment": _Kind(
        "务工台账",
        "employment",
        (
            *("member_id", "working", "channel", "region", "scope", "industry", "employer", "job"),
            *("start_ym", "end_ym", "month_pay", "year_pay", "transport_subsidy", "stable_subsidy"),
            *("in_plan", "demand", "organised", "checked_on", "note"),
        ),
    ),
    "cases": _Kind(
        "监测对象工作台账",
        "monitoring_case",
        (
            *("category", "risk_1", "risk_2", "risk_3", "identified_ym", "ident_population"),
            *("ident_per_capita", "ident_ref_per_capita", "stable_since", "eliminated_ym", "state"),
        ),
        order=("reported_on",),
        computed=(
            _computed("measures", FORMS["measure"].title),
            _computed("duty_person", HOUSEHOLD["duty_person_id"].label),
            _computed("last_visit_on", "最近走访"),
            _computed("earliest_exit", "可申请消除最早日"),
        ),
        more=_case_surroundings,
    ),
    "loans": _Kind(
        "小额信贷台账",
        "loan",
        (
            *("member_id", "bank", "contract_no", "principal", "subsidised_principal", "outstanding"),
            *("rate_bp", "start_on", "due_on", "purpose", "extra", "extension", "status", "note"),
        ),
        order=("due_on",),
    ),
    "posts": _Kind(
        "公益岗位台账",
        "public_post",
        (
            *("member_id", "post_kind", "fund_source", "agreement_start", "agreement_end", "month_pay"),
            *("duty", "override_reason", "note"),
        ),
        order=("agreement_end",),
    ),
    "assets": _Kind(
        "扶贫项目资产台账",
        "asset",
        (
            *("asset_no", "name", "asset_class", "asset_form", "project_id", "fund_level", "built_year"),
            *("place", "spec", "qty", "qty_unit", "original_value", "net_value", "owner_level", "owner"),
            *("operator", "contract_end", "rent_year", "custodian", "custody_phone", "supervisor", "status"),
            *("last_check_on", "note"),
        ),
        order=("asset_no",),
        head=(),
    ),
    "visits": _Kind(
        "入户走访台账",
        "visit",
        (
            *("started_at", "kind", "sweep_type", "visitors", "result", "interviewee", "edu_ok", "med_ok"),
            *("house_ok", "water_ok", "eat_ok", "cloth_ok", "income_trend", "difficulty", "demand"),
            *("help_done", "satisfaction", "next_visit_on", "note"),
        ),
        order=("-started_at",),
    ),
    "incomes": _Kind(
        "家庭收入台账",
        "income_account",
        (
            "income_year",
            "basis",
            "population",
            "claim_income",
            "compliant_oop",
            "last_year_per_capita",
            "status",
        ),
        order=("-income_year",),
        computed=(
            _computed("net", IDENT_MONEY["ident_net"], Kind.MONEY, "元"),
            _computed("per_capita", IDENT_MONEY["ident_per_capita"], Kind.MONEY, "元"),
            _computed("ref", IDENT_MONEY["ident_ref_income"], Kind.MONEY, "元"),
            _computed("ref_per_capita", IDENT_MONEY["ident_ref_per_capita"], Kind.MONEY, "元"),
        ),
        more=_account_sums,
    ),
}
