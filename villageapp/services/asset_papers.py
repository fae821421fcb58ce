"""Public papers about projects and assets: distribution of photovoltaic income, project boards (R-PV, R-NOTICE, domain.md 4.8).

Grade P0: every text is looked through before it is printed. The list to sign is a work file (P2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from villageapp.domain.asset import PROJECT
from villageapp.domain.fields import show
from villageapp.domain.money import yuan
from villageapp.domain.parameters import UnsetParameter
from villageapp.reports.paper_form import (
    OPEN_DAY,
    Band,
    Block,
    Boxes,
    Column,
    PaperForm,
    Prose,
    Room,
    Signatures,
    Table,
)
from villageapp.reports.privacy import Privacy
from villageapp.services import asset_pages
from villageapp.services.asset_incomes import IncomeRow, incomes
from villageapp.services.imprints import data_version, village_line
from villageapp.services.paper_files import Papers, of_forms
from villageapp.services.registers import made_public, numbered, register
from villageapp.services.villages import this_village

if TYPE_CHECKING:
    from villageapp.services.asset_pages import ProjectRow
    from villageapp.services.workspace import Workspace

PV_TITLE, PV_SIGNED = "光伏收益分配公示", "光伏收益分配签字表"
BOARD_TITLE = "项目公告公示牌"
_DAYS = "NOTICE_PROJECT_DAYS"
_BLANK_LINES = 12


def pv_papers(work: Workspace, on: date, *, blank: bool = False) -> Papers:
    """For each photovoltaic income of the year of ``on``: the notice and the list to sign; else an empty pair.

    Raises ValidationFailed while it is printed (something private would become public).
    """
    found = (
        [] if blank else [row for row in incomes(work) if row.is_photovoltaic and _year(row, on) == on.year]
    )
    wanted: list[IncomeRow | None] = [*found] or [None]
    forms = (form for row in wanted for form in (_pv_notice(work, row, on), _pv_signed(work, row)))
    return of_forms(PV_TITLE, forms, 2 * max(1, len(found)))


def _year(row: IncomeRow, on: date) -> int:
    """An income that has not arrived yet counts for now."""
    received = row.values["received_on"]
    return received.year if received else on.year


def _pv_notice(work: Workspace, row: IncomeRow | None, on: date) -> PaperForm:
    lines = numbered([(one.kind, one.who, yuan(one.amount)) for one in row.lines]) if row else ()
    columns = (
        Column("序号", 0.6, "center"),
        Column("分配用途", 2),
        Column("分配对象", 2),
        Column("金额（元）", 1.4, "right"),
    )
    totals = (("", "合计", "", yuan(row.distributed)),) if row else ()
    blocks: tuple[Block, ...] = (
        Boxes(
            (
                ("电站（资产）", row.asset_name if row else ""),
                ("期间", row.values["period"] if row else ""),
                ("总收入", _yuan(row, "gross")),
                ("成本", _yuan(row, "cost")),
                ("净收益", _yuan(row, "net")),
                ("未分配", f"{yuan(row.remainder)} 元" if row else ""),
            ),
            height=24,
        ),
        Band("分配明细"),
        Table(columns, lines, 0 if lines else _BLANK_LINES, 12, 24, totals),
        *_period(work, on),
    )
    form = _public(work, "pv-notice", row.id if row else "", PV_TITLE, blocks)
    return made_public(work, form, _numbers(work))


def _pv_signed(work: Workspace, row: IncomeRow | None) -> PaperForm:
    columns = (
        Column("序号", 0.6, "center"),
        Column("分配用途", 1.6),
        Column("分配对象", 1.6),
        Column("金额（元）", 1.3, "right"),
        Column("签字（手印）", 2),
        Column("日期", 1.3),
    )
    lines = numbered([(one.kind, one.who, yuan(one.amount), "", "") for one in row.lines]) if row else ()
    return register(
        work,
        "pv-signed",
        PV_SIGNED,
        columns,
        lines,
        subtitle=f"{row.asset_name}　{row.values['period']}" if row else "",
        totals=(("", "合计", "", yuan(row.distributed), "", ""),) if row and lines else (),
        height=28,
        after=(
            Signatures(("制表人签字", "村委会负责人签字", "监督人签字", "日期"), across=2, label_width=100),
        ),
        paper="A4",
        uid=row.id if row else None,
    )


def _yuan(row: IncomeRow | None, name: str) -> str:
    value = row.values[name] if row else None
    return "" if value is None else f"{yuan(value)} 元"


def board_papers(work: Workspace, *, blank: bool = False) -> Papers:
    """What a board about each project says, the newest first; else an empty one.

    Raises ValidationFailed while it is printed (something private would become public).
    """
    found = [] if blank else list(asset_pages.page(work).projects)
    wanted: list[ProjectRow | None] = [*found] or [None]
    forms = (_board(work, row) for row in wanted)
    return of_forms(BOARD_TITLE, forms, max(1, len(found)))


def _board(work: Workspace, row: ProjectRow | None) -> PaperForm:
    def text(name: str, unit: str = "") -> str:
        value = row.values[name] if row else None
        return "" if value is None else show(PROJECT[name], value) + unit

    names = (
        "kind",
        "project_lib_no",
        "implementer",
        "planned_on",
        "started_on",
        "finished_on",
        "accepted_on",
    )
    pairs = [(PROJECT[name].label, text(name)) for name in names]
    pairs += [
        ("受益户数", text("beneficiary_households", " 户")),
        ("受益人数", text("beneficiary_persons", " 人")),
        ("联农带农机制", text("link_mechanism")),
    ]
    pairs += [(PROJECT[name].label, text(name)) for name in asset_pages.SYSTEMS]
    columns = (Column("资金级次", 1.2), Column("文号", 2), Column("金额（元）", 1.3, "right"))
    funds = tuple(_fund(line) for line in (row.values["funds"] or () if row else ()))
    blocks: tuple[Block, ...] = (
        Boxes((("项目名称", text("name")),), across=1, height=34),
        Boxes(tuple(pairs), height=30, label_width=96),
        Band("资金来源"),
        Table(
            columns,
            funds,
            0 if funds else 3,
            12,
            24,
            (("合计", "", yuan(row.amount)),) if row and funds else (),
        ),
        *_period(work, work.today()),
    )
    return made_public(
        work, _public(work, "board", row.id if row else "", BOARD_TITLE, blocks), _numbers(work)
    )


def _fund(line: Mapping[str, Any]) -> tuple[str, ...]:
    amount = line.get("amount")
    shown = yuan(amount) if isinstance(amount, int) else ""
    return (str(line.get("level") or ""), str(line.get("doc_no") or ""), shown)


def _period(work: Workspace, on: date) -> Iterator[Block]:
    """How long it hangs, whom to tell, who posts it."""
    try:
        least = f"（不少于 {work.parameters.integer(_DAYS, on)} 天，张贴当日不计）"
    except UnsetParameter as unset:
        least = f"（{unset.message}）"
    village = this_village(work)
    phone = village.get("town_phone") or ""
    call = f"乡镇（电话 {phone}）" if phone else "乡镇"
    hotline = work.parameters.text("HOTLINE", work.today())
    yield Prose(f"公示期自{OPEN_DAY}起至{OPEN_DAY}止{least}。", 12)
    yield Prose(f"有异议的请向村民委员会、驻村工作队或{call}反映，也可拨打热线 {hotline}。", 12)
    yield Room(20, 1.0)
    yield Prose(f"{village.get('name') or ''}村民委员会（章）\n{OPEN_DAY}", 12, 0, align="right")


def _numbers(work: Workspace) -> list[str]:
    """Numbers meant for the public."""
    return [work.parameters.text("HOTLINE", work.today()), this_village(work).get("town_phone") or ""]


def _public(work: Workspace, kind: str, uid: str, title: str, blocks: tuple[Block, ...]) -> PaperForm:
    return PaperForm(kind, uid, data_version(work), title, title, village_line(work), Privacy.P0, blocks)
