"""今日工作: the work list beside the month so far; both follow every change and the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from villageapp.services import today as services
from villageapp.services.today import MonthFigures, TodayItem
from villageapp.ui.context import Context
from villageapp.ui.screen import ScreenPage
from villageapp.ui.today import words
from villageapp.ui.today.month_panel import MonthPanel
from villageapp.ui.today.published import open_published
from villageapp.ui.today.work_view import WorkView
from villageapp.ui.widgets.flow import EmptyState, button, label

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_CLOCK_MS = 30_000
"""How often the calendar day is looked at; a timer set for midnight would sleep with the laptop."""
_NARROWEST_PANEL, _WIDEST_PANEL = 17, 25
"""Characters; at a large font scale the work list needs the room more."""


@dataclass(frozen=True, slots=True)
class _Day:
    """What is shown, read in one go."""

    items: Sequence[TodayItem]
    figures: MonthFigures


def _read(work: Workspace) -> _Day:
    return _Day(services.work_list(work), services.month_so_far(work))


class TodayScreen(ScreenPage):
    """The first screen of the day."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.heading = label("", "title")
        self.tally = label("", "quiet")
        self.work_view = WorkView()
        self.month = MonthPanel()
        self._panel = QScrollArea()
        self._panel.setWidget(self.month)
        self._panel.setWidgetResizable(True)
        self._panel.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._panel.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.import_button = button(self.tr("导入农户名单"), self._import, role="primary", icon="import")
        self.visit_button = button(
            self.tr("按组走访"), lambda: context.signals.screen_asked.emit("visits"), icon="visits"
        )
        self.empty = EmptyState("", "", self.import_button)
        self.all_done = EmptyState(
            self.tr("今天的事都办完了"),
            self.tr("没有到期的走访和问题。可以按组走访邻近的农户。"),
            self.visit_button,
        )
        self._stack = QStackedWidget()
        self._day = context.work.today()
        self.clock = QTimer(self)
        self.clock.setInterval(_CLOCK_MS)
        self.clock.timeout.connect(self._on_clock)
        self.clock.start()
        self.work_view.picked.connect(self._do)
        self._lay_out()

    def refresh(self) -> None:
        """Read list and figures again."""
        work = self.context.work
        self._day = work.today()
        self.heading.setText(words.day_heading(self._day))
        self.context.tasks.read(lambda _progress: _read(work), owner=self, done=self._show, latest="day")

    def focus_first(self) -> None:
        """The most urgent line, or the one button there is."""
        target: QWidget = self.work_view
        if self._stack.currentWidget() is self.empty:
            target = self.import_button
        elif self._stack.currentWidget() is self.all_done:
            target = self.visit_button
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        """Drafts announce nothing, so the list is read whenever it comes to the front."""
        was_stale = self._is_stale
        super().showEvent(event)
        if not was_stale:
            self.refresh()

    def _lay_out(self) -> None:
        for page in (self.work_view, self.empty, self.all_done):
            self._stack.addWidget(page)
        character = self.fontMetrics().horizontalAdvance("口")
        self._panel.setMinimumWidth(character * _NARROWEST_PANEL)
        self._panel.setMaximumWidth(character * _WIDEST_PANEL)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(self.heading)
        head.addWidget(self.tally, 0, Qt.AlignmentFlag.AlignBottom)
        head.addStretch(1)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(self._stack, 5)
        middle.addWidget(self._panel, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addLayout(middle, 1)

    def _show(self, day: _Day) -> None:
        focused = QApplication.focusWidget()  # not the page's: the keyboard may be in the search box
        had_focus = focused is not None and self._stack.isAncestorOf(focused)
        first_step = next((item for item in day.items if item.kind == words.IMPORT), None)
        self._panel.setVisible(first_step is None)
        self.month.show_figures(day.figures)
        self.tally.setText("" if first_step is not None else words.tally(day.items))
        if first_step is not None:
            self.empty.say(first_step.title, first_step.detail)
            self._stack.setCurrentWidget(self.empty)
        elif day.items:
            self.work_view.show_items(day.items)
            self._stack.setCurrentWidget(self.work_view)
        else:
            self._stack.setCurrentWidget(self.all_done)
        if had_focus:
            self.focus_first()

    def _do(self, item: TodayItem) -> None:
        signals = self.context.signals
        if item.kind in (words.VISIT, words.DRAFT):
            if item.household_id:
                signals.visit_asked.emit(item.household_id)
            else:
                signals.screen_asked.emit("visits")
        elif item.kind == words.CHANNEL:
            open_published(self.context, self, item.target)
        elif item.kind in words.SCREEN_OF_KIND:
            signals.screen_asked.emit(words.SCREEN_OF_KIND[item.kind])
        elif item.kind in words.RECORD_SCREEN_OF_KIND:
            signals.record_asked.emit(words.RECORD_SCREEN_OF_KIND[item.kind], item.target)
        elif item.household_id:
            signals.household_asked.emit(item.household_id)
        else:
            self.context.tell.note(self.tr("这一条不属于某一户：{title}").format(title=item.title))

    def _import(self) -> None:
        from villageapp.ui.imports.dialog import ImportDialog  # only now: reading workbooks loads slowly

        ImportDialog.choose_file(self.context, self.window())

    def _on_clock(self) -> None:
        """A new day began: everything due moves on."""
        if self.context.work.today() != self._day:
            self._is_stale = True
            if self.isVisible():
                self._is_stale = False
                self.refresh()
