"""概况: everything that happened to the household, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain import dates
from villageapp.ui.widgets.badge import Badge, BadgeLabel, Mood
from villageapp.ui.widgets.flow import EmptyState, button, clear, label

if TYPE_CHECKING:
    from villageapp.services.households import TimelineEntry

STEP = 40
"""Entries shown at first, and more each time they are asked for."""


def _kind_badge(kind: str) -> Badge:
    tr = QCoreApplication.translate
    badges = {
        "household": Badge(tr("timeline", "建档"), Mood.PLAIN),
        "member": Badge(tr("timeline", "成员"), Mood.PLAIN),
        "visit": Badge(tr("timeline", "走访"), Mood.ACCENT),
        "measure": Badge(tr("timeline", "措施"), Mood.GOOD),
        "problem": Badge(tr("timeline", "问题"), Mood.BAD),
    }
    return badges.get(kind, Badge(kind))


class Timeline(QScrollArea):
    """Scrolls through the entries."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("本户经过"))
        self._entries: Sequence[TimelineEntry] = ()
        self._shown = STEP
        inner = QWidget()
        inner.setProperty("surface", "plain")
        self._layout = QVBoxLayout(inner)
        self._layout.setContentsMargins(12, 12, 12, 12)
        self._layout.setSpacing(10)
        self.setWidget(inner)

    def show_entries(self, entries: Sequence[TimelineEntry], *, is_new: bool) -> None:
        """Show another household's entries (``is_new``: from the top)."""
        self._entries = entries
        if is_new:
            self._shown = STEP
            self.verticalScrollBar().setValue(0)
        self._fill()

    def _fill(self) -> None:
        clear(self._layout)
        if not self._entries:
            text = self.tr("走访、措施、问题和成员变化会按时间列在这里。")
            self._layout.addWidget(EmptyState(self.tr("还没有记录"), text))
            return
        for entry in self._entries[: self._shown]:
            self._layout.addWidget(self._row(entry))
        left = len(self._entries) - self._shown
        if left > 0:
            more = self.tr("再看更早的 {count} 条").format(count=min(left, STEP))
            self._layout.addWidget(button(more, self._show_more, role="flat"))
        self._layout.addStretch(1)

    def _show_more(self) -> None:
        self._shown += STEP
        self._fill()

    def _row(self, entry: TimelineEntry) -> QWidget:
        row = QWidget()
        grid = QGridLayout(row)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        top = Qt.AlignmentFlag.AlignTop
        when = label(_day(entry.at), "quiet")
        when.setMinimumWidth(when.fontMetrics().horizontalAdvance("2026-11-23"))
        grid.addWidget(when, 0, 0, top)
        grid.addWidget(BadgeLabel(_kind_badge(entry.kind)), 0, 1, top)
        by = f"  {entry.by}" if entry.by else ""
        grid.addWidget(label(f"{entry.title}{by}", wrap=True, selectable=True), 0, 2)
        if entry.text:
            grid.addWidget(label(entry.text, "quiet", wrap=True, selectable=True), 1, 2)
        grid.setColumnStretch(2, 1)
        return row


def _day(at: datetime) -> str:
    return dates.local_day(at).isoformat()
