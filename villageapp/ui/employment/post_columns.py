"""Columns of candidates for public posts and of the posts."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from villageapp.domain.codes import code_list
from villageapp.services.groups import group_order
from villageapp.services.post_pages import CandidateRow, PostRow
from villageapp.ui.households.columns import short_group
from villageapp.ui.measures.words import yuan
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.list_table import ListColumn

_PLACE = "employment"


def candidate_columns() -> list[ListColumn[CandidateRow]]:
    """Who, and why."""
    tr = QCoreApplication.translate
    return [
        ListColumn("head", tr(_PLACE, "户主"), 80, lambda r: r.head_name, is_optional=False),
        ListColumn(
            "group",
            tr(_PLACE, "组"),
            70,
            lambda r: short_group(r.group_name),
            lambda r: group_order(r.group_name),
        ),
        ListColumn("people", tr(_PLACE, "可上岗的人"), 200, lambda r: "、".join(r.people)),
        ListColumn(
            "income",
            tr(_PLACE, "人均纯收入"),
            110,
            lambda r: yuan(r.per_capita) or tr(_PLACE, "未登记"),
            lambda r: r.per_capita,
            is_number=True,
        ),
        ListColumn("reason", tr(_PLACE, "为什么列入"), 560, lambda r: r.reason),
    ]


def post_columns() -> list[ListColumn[PostRow]]:
    """The agreement, the pay, the attendance."""
    tr = QCoreApplication.translate
    return [
        ListColumn("end", tr(_PLACE, "协议"), 110, _end_badge, lambda r: r.end, is_optional=False),
        ListColumn("name", tr(_PLACE, "上岗人"), 80, lambda r: r.member_name, is_optional=False),
        ListColumn("head", tr(_PLACE, "户主"), 80, lambda r: r.head_name),
        ListColumn("kind", tr(_PLACE, "岗位"), 130, lambda r: r.kind),
        ListColumn(
            "fund", tr(_PLACE, "资金来源"), 150, lambda r: code_list("CL_POST_FUND").label(r.fund_source)
        ),
        ListColumn("from", tr(_PLACE, "开始"), 96, lambda r: r.start.isoformat()),
        ListColumn("until", tr(_PLACE, "结束"), 96, lambda r: r.end.isoformat()),
        ListColumn(
            "pay",
            tr(_PLACE, "月工资"),
            86,
            lambda r: yuan(r.month_pay),
            lambda r: r.month_pay,
            is_number=True,
        ),
        ListColumn("month", tr(_PLACE, "本月出勤"), 90, _month_badge),
        ListColumn(
            "months",
            tr(_PLACE, "出勤月数"),
            80,
            lambda r: str(r.attended_months),
            lambda r: r.attended_months,
            is_number=True,
        ),
        ListColumn(
            "paid", tr(_PLACE, "累计发放"), 96, lambda r: yuan(r.paid), lambda r: r.paid, is_number=True
        ),
        ListColumn("duty", tr(_PLACE, "职责"), 160, lambda r: r.values["duty"] or ""),
    ]


def _end_badge(row: PostRow) -> Badge:
    tr = QCoreApplication.translate
    if row.is_over:
        return Badge(tr(_PLACE, "已到期 {days} 天").format(days=-row.days_left), Mood.BAD)
    text = tr(_PLACE, "剩 {days} 天").format(days=row.days_left)
    return Badge(text, Mood.WARN if row.ends_soon else Mood.GOOD)


def _month_badge(row: PostRow) -> Badge | str:
    if row.is_over:
        return ""
    tr = QCoreApplication.translate
    if row.attended_this_month:
        return Badge(tr(_PLACE, "✓ 已登记"), Mood.GOOD)
    return Badge(tr(_PLACE, "○ 未登记"), Mood.WARN)
