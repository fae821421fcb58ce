"""Columns of the measures and of the households without one."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication

from villageapp.domain.codes import code_list
from villageapp.services.groups import group_order
from villageapp.services.measure_lists import MeasureRow, UnhelpedRow
from villageapp.ui.households.columns import short_group
from villageapp.ui.measures import words
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.list_table import ListColumn

HIDDEN_AT_FIRST = ("group", "department", "end", "signed", "number", "risk")


def measure_columns() -> list[ListColumn[MeasureRow]]:
    """Usual ones first; those of ``HIDDEN_AT_FIRST`` are shown on demand."""
    tr = QCoreApplication.translate
    risk = code_list("CL_RISK")
    return [
        ListColumn("head", tr("measures", "户主"), 84, lambda r: r.head_name, is_optional=False),
        ListColumn(
            "place",
            tr("measures", "组"),
            74,
            lambda r: short_group(r.household_group),
            lambda r: group_order(r.household_group),
        ),
        ListColumn("item", tr("measures", "措施子项"), 136, words.item_text, lambda r: r.item),
        ListColumn("status", tr("measures", "状态"), 76, lambda r: words.status_badge(r.status)),
        ListColumn(
            "amount",
            tr("measures", "金额（元）"),
            96,
            lambda r: words.yuan(r.amount),
            lambda r: r.amount,
            is_number=True,
        ),
        ListColumn("title", tr("measures", "措施内容"), 220, lambda r: r.title),
        ListColumn("member", tr("measures", "享受人"), 76, lambda r: r.member_name),
        ListColumn("responsible", tr("measures", "责任人"), 76, lambda r: r.responsible),
        ListColumn("checked", tr("measures", "走访核查"), 100, lambda r: words.checked_badge(r.checked)),
        ListColumn("start", tr("measures", "开始"), 92, lambda r: _day(r.start_on)),
        ListColumn("year", tr("measures", "年度"), 56, lambda r: str(r.year), lambda r: r.year),
        ListColumn("group", tr("measures", "措施大类"), 108, words.group_text, lambda r: r.group),
        ListColumn("end", tr("measures", "结束"), 92, lambda r: _day(r.end_on)),
        ListColumn("signed", tr("measures", "农户确认"), 92, lambda r: _day(r.signed_on)),
        ListColumn("department", tr("measures", "责任部门"), 150, lambda r: r.department),
        ListColumn(
            "risk", tr("measures", "对应风险"), 100, lambda r: risk.label(r.risk_code) if r.risk_code else ""
        ),
        ListColumn("number", tr("measures", "户编号"), 140, lambda r: r.household_no),
    ]


def unhelped_columns() -> list[ListColumn[UnhelpedRow]]:
    """Who the household is, and when somebody was there last."""
    tr = QCoreApplication.translate
    kinds = code_list("CL_HH_TYPE")
    return [
        ListColumn(
            "head",
            tr("measures", "户主"),
            110,
            lambda r: r.head_name or tr("measures", "（无户主）"),
            is_optional=False,
        ),
        ListColumn(
            "place",
            tr("measures", "组"),
            90,
            lambda r: short_group(r.group_name),
            lambda r: group_order(r.group_name),
        ),
        ListColumn("kind", tr("measures", "类型"), 90, lambda r: kinds.label(r.household_type)),
        ListColumn("monitoring", tr("measures", "监测"), 140, _monitoring),
        ListColumn(
            "members",
            tr("measures", "人数"),
            60,
            lambda r: str(r.members),
            lambda r: r.members,
            is_number=True,
        ),
        ListColumn(
            "visited", tr("measures", "最近走访"), 110, lambda r: r.last_visit_on or tr("measures", "从未")
        ),
    ]


def _monitoring(row: UnhelpedRow) -> Badge | str:
    if not row.monitored:
        return ""
    return Badge(code_list("CL_MON_CAT").label(row.monitoring_category), Mood.WARN)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
