"""Papers of the work team: attendance of a month, work logs of a month, leave slips (domain.md 2.10, 4.8)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from villageapp.domain.fields import show
from villageapp.domain.team_work import LEAVE, WORK_LOG
from villageapp.reports.paper_form import OPEN_DAY, Block, Boxes, Column, PaperForm, Prose, Signatures, Words
from villageapp.reports.privacy import Privacy
from villageapp.services import attendances, leaves, records
from villageapp.services.cadres import list_cadres
from villageapp.services.imprints import data_version, village_line
from villageapp.services.paper_files import Papers, of_forms
from villageapp.services.registers import register

if TYPE_CHECKING:
    from villageapp.services.attendances import CadreMonth
    from villageapp.services.workspace import Workspace

ATTENDANCE_TITLE, LOG_TITLE, LEAVE_TITLE = "驻村工作考勤表", "驻村工作日志", "驻村干部请销假单"
_MARKS: Mapping[str, str] = {
    "在岗": "√",
    "请假": "假",
    "出差": "差",
    "培训": "训",
    "休息": "休",
    "缺岗": "缺",
}
"""One character for each state of CL_ATTENDANCE; also the heading of what is counted."""
_COUNTED = ("在岗", "请假", "缺岗")
_BLANK_PEOPLE, _BLANK_DAYS = 10, 22
_LONGEST_DAYS = 31


def attendance_papers(work: Workspace, month: date, *, blank: bool = False) -> Papers:
    """The attendance of everybody who has any in the month, 31 columns, signed by the captain."""
    found = [] if blank else attendances.attendance_month(work, month)
    days = monthrange(month.year, month.month)[1] if found else _LONGEST_DAYS
    columns = (
        Column("姓名", 2.2),
        *(Column(str(day), 0.78, "center") for day in range(1, days + 1)),
        *(Column(state, 1.15, "center") for state in _COUNTED),
        Column("走访\n天数", 1.15, "center"),
    )
    form = register(
        work,
        "attendance",
        ATTENDANCE_TITLE,
        columns,
        tuple(_attended(row, month, days) for row in found),
        subtitle=_month(month) if found else "＿＿＿＿年＿＿月",
        blanks=0 if found else _BLANK_PEOPLE,
        size=8.5,
        height=26,
        after=_attendance_foot(found),
        uid=work.identity.user_id,
    )
    return of_forms(ATTENDANCE_TITLE, [form if found else replace(form, uid="")], 1)


def _month(month: date) -> str:
    return f"{month.year}年{month.month}月"


def _attended(row: CadreMonth, month: date, days: int) -> tuple[str, ...]:
    marks = (_MARKS.get(row.states.get(month.replace(day=day), ""), "") for day in range(1, days + 1))
    counts = (str(row.counts.get(state, 0)) for state in _COUNTED)
    return (row.name, *marks, *counts, str(len(row.visit_days)))


def _attendance_foot(found: list[CadreMonth]) -> tuple[Prose | Signatures, ...]:
    legend = "，".join(f"{mark} {state}" for state, mark in _MARKS.items())
    judged = {row.judgement for row in found if row.judgement}
    told = [f"{row.name}：{row.judgement}" for row in found if row.judgement] if len(judged) > 1 else judged
    return (
        Prose(f"记号：{legend}；空格为未登记。", 9.5, 0),
        *(Prose(text, 9.5, 0) for text in told),
        Signatures(("填表人签字", "工作队长签字", "乡镇审核\n（章）", "日期"), across=4, label_width=70),
    )


def log_papers(work: Workspace, month: date, *, blank: bool = False) -> Papers:
    """The work logs of a month, a form for each cadre who wrote any; else an empty one."""
    names = {row["id"]: row for row in list_cadres(work)}
    by_cadre: dict[str, list[dict[str, Any]]] = {}
    for row in [] if blank else records.list_records(work, "work_log"):
        if (row["day"].year, row["day"].month) == (month.year, month.month):
            by_cadre.setdefault(row["cadre_id"], []).append(row)
    found = sorted(by_cadre.items(), key=lambda item: names.get(item[0], {}).get("name") or "")
    forms = [_log(work, names.get(cadre, {}), cadre, month, rows) for cadre, rows in found]
    return of_forms(LOG_TITLE, forms or [_log(work, {}, "", month, [])], len(forms) or 1)


def _log(
    work: Workspace, who: Mapping[str, Any], cadre: str, month: date, rows: list[dict[str, Any]]
) -> PaperForm:
    columns = (
        Column("日期", 1.2),
        Column("工作类别", 1.1),
        Column("上午", 3.4),
        Column("下午", 3.4),
        Column("备注", 1.4),
    )
    lines = tuple(_logged(row) for row in sorted(rows, key=lambda row: row["day"]))
    form = register(
        work,
        "worklog",
        LOG_TITLE,
        columns,
        lines,
        subtitle=_month(month) if rows else "＿＿＿＿年＿＿月",
        lead=(Boxes((("姓名", who.get("name") or ""), ("派出单位", who.get("unit") or ""))),),
        blanks=0 if rows else _BLANK_DAYS,
        height=26,
        size=9.5,
        after=(Signatures(("本人签字", "工作队长签字", "日期"), across=3, label_width=70),),
        paper="A4",
        uid=cadre,
    )
    return form if rows else replace(form, uid="")


def _logged(row: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("kind", "morning", "afternoon", "note")
    return (f"{row['day']:%m-%d}", *(show(WORK_LOG[name], row[name]) for name in names))


def leave_papers(work: Workspace, month: date, *, blank: bool = False) -> Papers:
    """A slip for each leave that touches the month, the first first; else an empty one."""
    names = {row["id"]: row for row in list_cadres(work)}
    first = month.replace(day=1)
    last = month.replace(day=monthrange(month.year, month.month)[1])
    every = [] if blank else records.list_records(work, "leave")
    wanted = [row for row in every if row["from_on"] <= last and row["to_on"] >= first]
    wanted.sort(key=lambda row: (row["from_on"], row["id"]))
    forms = [_leave(work, names.get(row["cadre_id"], {}), row) for row in wanted]
    return of_forms(LEAVE_TITLE, forms or [_leave(work, {}, {})], len(forms) or 1)


def _leave(work: Workspace, who: Mapping[str, Any], leave: Mapping[str, Any]) -> PaperForm:
    def text(name: str) -> str:
        return show(LEAVE[name], leave[name]) if leave else ""

    days = f"{leaves.leave_page(work, leave['id']).days} 天" if leave else ""
    pairs = (
        ("姓名", who.get("name") or ""),
        ("派出单位", who.get("unit") or ""),
        ("请假类别", text("kind")),
        ("请假天数", days),
        ("开始日期", text("from_on")),
        ("结束日期", text("to_on")),
    )
    blocks: tuple[Block, ...] = (
        Boxes(pairs, label_width=64, height=22),
        Words("事由", text("reason"), 44),
        *_approvals(),
        Boxes(
            (
                ("批准人", text("approver")),
                ("办理状态", text("state")),
                ("销假日期", text("back_on") or (OPEN_DAY if not leave else "")),
                ("销假签字", ""),
            ),
            label_width=64,
            height=26,
        ),
    )
    return PaperForm(
        "leave",
        leave["id"] if leave else "",
        data_version(work),
        f"{who.get('name') or ''}{LEAVE_TITLE}",
        LEAVE_TITLE,
        village_line(work),
        Privacy.P2,
        blocks,
        paper="A5",
    )


def _approvals() -> Iterator[Signatures]:
    labels = ("本人签字", "工作队长意见", "乡镇意见", "县驻村办或派出单位意见")
    yield Signatures(labels, across=1, height=40, label_width=84)
