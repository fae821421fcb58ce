"""How a line of today's work reads. Plain functions, no widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from villageapp.ui.screens import (
    ASSETS,
    CHECKS,
    EMPLOYMENT,
    MONITORING,
    PROBLEMS,
    SETTINGS,
    SYNC,
    VISITS,
    WORK,
)
from villageapp.ui.widgets.badge import Badge, Mood

if TYPE_CHECKING:
    from villageapp.services.today import MonthFigures, TodayItem

IMPORT, DRAFT, CONFLICT, PROBLEM, VISIT = "import", "draft", "conflict", "problem", "visit"
"""Kinds of lines, as ``services/today.py`` names them."""
FINDING, CHANNEL, SHEET = "finding", "channel", "sheet"
SCREEN_OF_KIND: Mapping[str, str] = {CONFLICT: SYNC, FINDING: CHECKS, "leave": WORK, "term": SETTINGS}
"""What is done on a screen as a whole."""
RECORD_SCREEN_OF_KIND: Mapping[str, str] = {
    PROBLEM: PROBLEMS,
    "case": MONITORING,
    "clue": MONITORING,
    "contract": ASSETS,
    "asset_check": ASSETS,
    "post": EMPLOYMENT,
    SHEET: VISITS,
}
"""What is a record with a screen of its own."""
_PLACE = "today"


def urgency(item: TodayItem) -> Badge:
    """超期 3 天 / 今天到期 / 还剩 2 天, or what kind of thing waits without a due day."""
    tr = QCoreApplication.translate
    left = item.days_left
    if left is not None and left < 0:
        return Badge(tr(_PLACE, "超期 {days} 天").format(days=-left), Mood.BAD)
    if left == 0:
        return Badge(tr(_PLACE, "今天到期"), Mood.WARN)
    if left is not None:
        return Badge(tr(_PLACE, "还剩 {days} 天").format(days=left), Mood.ACCENT)
    if item.kind == CONFLICT:
        return Badge(tr(_PLACE, "待选定"), Mood.WARN)
    if item.kind in (DRAFT, SHEET):
        return Badge(tr(_PLACE, "未写完"), Mood.ACCENT)
    if item.kind == VISIT:
        return Badge(tr(_PLACE, "从未走访"), Mood.PLAIN)
    if item.kind == CHANNEL:
        return Badge(tr(_PLACE, "未读"), Mood.ACCENT)
    return Badge(tr(_PLACE, "待办"), Mood.PLAIN)


def action(item: TodayItem) -> str:
    """What Enter or a click does."""
    tr = QCoreApplication.translate
    if item.kind == VISIT:
        return tr(_PLACE, "去走访") if item.household_id else tr(_PLACE, "选一户走访")
    words = {
        PROBLEM: tr(_PLACE, "去办理"),
        "case": tr(_PLACE, "看案卷"),
        "clue": tr(_PLACE, "看线索"),
        "leave": tr(_PLACE, "看请假"),
        "term": tr(_PLACE, "看人员"),
        FINDING: tr(_PLACE, "去核对"),
        CHANNEL: tr(_PLACE, "阅读"),
        DRAFT: tr(_PLACE, "接着填"),
        SHEET: tr(_PLACE, "接着录"),
        "contract": tr(_PLACE, "看资产"),
        "asset_check": tr(_PLACE, "去登记"),
        "post": tr(_PLACE, "看岗位"),
        CONFLICT: tr(_PLACE, "去选定"),
        IMPORT: tr(_PLACE, "去导入"),
    }
    return words.get(item.kind, tr(_PLACE, "看这一户") if item.household_id else "")


def spoken(item: TodayItem) -> str:
    """A line for a screen reader."""
    return "，".join(part for part in (urgency(item).text, item.title, item.detail, action(item)) if part)


def day_heading(today: date) -> str:
    """``11月23日 星期一``."""
    tr = QCoreApplication.translate
    names = tr(_PLACE, "一二三四五六日")
    return tr(_PLACE, "{month}月{day}日 星期{weekday}").format(
        month=today.month, day=today.day, weekday=names[today.weekday()]
    )


def tally(items: Sequence[TodayItem]) -> str:
    """``超期 3 件 · 今天到期 2 件 · 其他 5 件``."""
    tr = QCoreApplication.translate
    late = sum(1 for item in items if item.days_left is not None and item.days_left < 0)
    now = sum(1 for item in items if item.days_left == 0)
    rest = len(items) - late - now
    parts = (
        (tr(_PLACE, "超期 {count} 件"), late),
        (tr(_PLACE, "今天到期 {count} 件"), now),
        (tr(_PLACE, "其他 {count} 件"), rest),
    )
    return " · ".join(text.format(count=count) for text, count in parts if count)


def coverage_lines(figures: MonthFigures) -> tuple[str, ...]:
    """``应遍访 60 户``, ``本月已走访 23 户``, ``还有 37 户``."""
    tr = QCoreApplication.translate
    if not figures.households:
        return (tr(_PLACE, "没有需要遍访的脱贫户和监测户"),)
    return (
        tr(_PLACE, "应遍访 {count} 户").format(count=figures.households),
        tr(_PLACE, "本月已走访 {count} 户").format(count=figures.visited),
        tr(_PLACE, "还有 {count} 户").format(count=figures.unvisited),
    )


def visits_text(figures: MonthFigures) -> str:
    """``本月走访 31 次,今天 4 次``."""
    by_day = figures.visits_by_day
    return QCoreApplication.translate(_PLACE, "本月走访 {count} 次，今天 {today} 次").format(
        count=sum(number for _day, number in by_day), today=by_day[-1][1] if by_day else 0
    )


def days_spoken(figures: MonthFigures) -> str:
    """The bars for a screen reader: days with visits only."""
    tr = QCoreApplication.translate
    days = [
        tr(_PLACE, "{day}日 {count} 次").format(day=day.day, count=count)
        for day, count in figures.visits_by_day
        if count
    ]
    return "、".join(days) or tr(_PLACE, "本月还没有走访")
