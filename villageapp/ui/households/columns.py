"""The columns of the household list, and the badges that a household carries everywhere."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from villageapp.domain import codes
from villageapp.domain.household import NOT_MONITORED, POOR_BEFORE
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.paged_model import Column

if TYPE_CHECKING:
    from villageapp.services.households import HouseholdRow


def type_badge(household_type: str | None) -> Badge | None:
    """脱贫户 / 一般农户."""
    if not household_type:
        return None
    label = codes.code_list("CL_HH_TYPE").label(household_type)
    return Badge(label, Mood.ACCENT if household_type == POOR_BEFORE else Mood.PLAIN)


def monitoring_badge(category: str | None, *, stands: bool) -> Badge | None:
    """The category while the risk stands, with 风险已消除 afterwards; None for who is not monitored."""
    if not category or category == NOT_MONITORED:
        return None
    label = codes.code_list("CL_MON_CAT").label(category)
    if stands:
        return Badge(label, Mood.WARN)
    return Badge(QCoreApplication.translate("households", "{label}·已消除").format(label=label), Mood.PLAIN)


def problem_badge(count: int) -> Badge | None:
    """Number of open problem items."""
    return (
        Badge(QCoreApplication.translate("households", "{count} 个").format(count=count), Mood.BAD)
        if count
        else None
    )


def household_columns(today: date) -> tuple[Column[HouseholdRow], ...]:
    """Columns in order; widths are pixels at 100 %."""
    tr = QCoreApplication.translate
    return (
        Column("head", tr("households", "户主"), 78, lambda r: r.head_name or tr("households", "（无户主）"), sort="name", is_optional=False),
        Column("group", tr("households", "组"), 62, lambda r: short_group(r.group_name), sort="group"),
        Column("type", tr("households", "类型"), 76, _type_text, _poor_before),
        Column("monitoring", tr("households", "监测"), 124, _monitoring_text, _monitoring),
        Column("members", tr("households", "人口"), 44, lambda r: str(r.members), sort="members", is_number=True),
        Column("last", tr("households", "最近走访"), 86, lambda r: day(r.last_visit_on, today) or tr("households", "未走访"), sort="last_visit"),
        Column("next", tr("households", "下次走访"), 94, lambda r: day(r.next_visit_on, today), lambda r: _due(r, today), sort="next_visit"),
        Column("problems", tr("households", "问题"), 50, lambda r: _text(problem_badge(r.open_problems)), lambda r: problem_badge(r.open_problems)),
        Column("phone", tr("households", "电话"), 110, lambda r: r.phone),
        Column("number", tr("households", "户编号"), 150, lambda r: r.national_hh_no),
    )  # fmt: skip


HIDDEN_AT_FIRST = ("phone", "number")


def short_group(name: str) -> str:
    """第一组 for 第一村民小组, as people say it; other names stay."""
    return name.replace("村民小组", "组") if name.startswith("第") else name


def day(value: date | None, today: date) -> str:
    """``11-23`` within this year, otherwise with the year; empty for none."""
    if value is None:
        return ""
    return f"{value:%m-%d}" if value.year == today.year else value.isoformat()


def _due(row: HouseholdRow, today: date) -> Badge | None:
    if row.next_visit_on is None or row.next_visit_on >= today:
        return None
    text = QCoreApplication.translate("households", "过期 {day}").format(day=day(row.next_visit_on, today))
    return Badge(text, Mood.BAD)


def _poor_before(row: HouseholdRow) -> Badge | None:
    """Ordinary households stay plain words: a stamp on every row would be noise."""
    return type_badge(row.household_type) if row.household_type == POOR_BEFORE else None


def _type_text(row: HouseholdRow) -> str:
    return _text(type_badge(row.household_type))


def _monitoring(row: HouseholdRow) -> Badge | None:
    return monitoring_badge(row.monitoring_category, stands=row.monitored)


def _monitoring_text(row: HouseholdRow) -> str:
    return _text(_monitoring(row))


def _text(badge: Badge | None) -> str:
    return badge.text if badge else ""
