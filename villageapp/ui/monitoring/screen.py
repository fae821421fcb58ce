"""The screen 监测帮扶: clues and cases as a board or as a list, and one case with everything that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from villageapp.domain.changes import ChangeSet
from villageapp.services import case_board, clues
from villageapp.services.case_board import Board, BoardCard, Stage
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.monitoring.board_view import BoardView
from villageapp.ui.monitoring.case_page import CasePane
from villageapp.ui.monitoring.clue_dialogs import ClueDialog, ask_new_clue
from villageapp.ui.monitoring.columns import case_columns
from villageapp.ui.monitoring.filters import CaseFilters
from villageapp.ui.preferences import SCALE, Preference
from villageapp.ui.screen import ScreenPage
from villageapp.ui.widgets.flow import EmptyState, button, card, label
from villageapp.ui.widgets.list_table import ListTable

BOARD, LIST = "board", "list"
VIEW = Preference("monitoring/view", str, BOARD)
"""Board or list, as it was left."""
_ENTITIES = (
    "monitoring_case",
    "clue",
    "household",
    "measure",
    "visit",
    "problem",
    "consent",
    "income_account",
)


class MonitoringScreen(ScreenPage):
    """Board and list show the same cards; opening one shows the case instead, Esc goes back."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.filters = CaseFilters()
        self.board = BoardView(self.tr("监测看板"))
        self.list: ListTable[BoardCard] = ListTable(
            case_columns(), self.tr("监测线索和案卷"), lambda c: c.id, scale=context.settings.get(SCALE)
        )
        self.pane = CasePane(context)
        self.as_board = self._side(self.tr("看板"))
        self.as_list = self._side(self.tr("列表"))
        self.count = label("", "quiet")
        self.unset = label("", "warn", wrap=True)
        self._cards: tuple[BoardCard, ...] = ()
        self._board: Board | None = None
        self._wanted = ""
        self._whole = QStackedWidget()
        self._views = QStackedWidget()
        self._empty = EmptyState(
            self.tr("还没有监测线索和案卷"),
            self.tr(
                "线索从四个地方来：农户自己申报、走访时登记“收入骤减”、部门筛查预警、各类检查反馈。"
                "登记线索后上门核实，属实的建立案卷，再按评议、公示、审核一步步办理。"
            ),
            button(self.tr("登记第一条线索"), self.new_clue, role="primary"),
        )
        self._nothing = EmptyState(self.tr("没有符合条件的线索或案卷"), self.tr("换个条件，或点“清除筛选”。"))
        self._lay_out()
        self._listen()

    def refresh(self) -> None:
        """Read board and the open case again."""
        work = self.context.work
        self.context.tasks.read(
            lambda _progress: case_board.board(work), owner=self, done=self._show, latest="board"
        )
        if self._whole.currentWidget() is self.pane:
            self.pane.refresh()

    def concerns(self, changes: ChangeSet) -> bool:
        """Everything that a rule of a case looks at."""
        return any(changes.touches(entity) for entity in _ENTITIES)

    def focus_first(self) -> None:
        """The first card, or the list."""
        if self._whole.currentWidget() is self.pane:
            self.pane.back.setFocus(Qt.FocusReason.TabFocusReason)
        elif self.as_list.isChecked():
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
        elif not self.board.focus_card():
            self.filters.search.setFocus(Qt.FocusReason.TabFocusReason)

    def open_household(self, household_id: str) -> None:
        """The open case or clue of this household, when there is one."""
        found = next((c for c in self._cards if c.household_id == household_id), None)
        if found is not None:
            self.open_record(found.id)
        else:
            self.context.tell.note(self.tr("这一户没有监测线索或案卷。"))

    def open_record(self, record_id: str) -> None:
        """Show a case, or the dialog of a clue; before the first reading as soon as it is known which it is."""
        if self._board is None:
            self._wanted = record_id
            return
        found = next((c for c in self._cards if c.id == record_id), None)
        if found is not None and found.is_clue:
            self._open_clue(found)
        else:
            self.pane.open(record_id)
            self._whole.setCurrentWidget(self.pane)
            self.pane.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def new_clue(self) -> None:
        """A dialog for a new clue."""
        ask_new_clue(self.context, self.window())

    def show_overview(self) -> None:
        """Back from a case to board or list, with the keyboard on that case."""
        left = self.pane.opened.page.case["id"] if self.pane.opened is not None else ""
        self._whole.setCurrentWidget(self._overview)
        if self.as_list.isChecked():
            self.list.choose(left)
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not self.board.focus_card(left):
            self.board.focus_card()

    def _show(self, found: Board) -> None:
        self._board, self._cards = found, found.cards
        self.filters.offer_groups(found.groups)
        self.unset.setText("；".join(found.unset))
        self.unset.setVisible(bool(found.unset))
        self._untaken.setVisible(found.untaken > 0)
        text = self.tr("全国系统名单里有 {count} 户监测对象还没有案卷。").format(count=found.untaken)
        self._untaken_text.setText(text)
        self._narrow()
        wanted, self._wanted = self._wanted, ""
        if wanted:
            self.open_record(wanted)

    def _narrow(self) -> None:
        kept = self.filters.kept(self._cards)
        self.board.show_cards(kept)
        self.list.show_rows(kept)
        late = sum(1 for c in kept if c.days_left is not None and c.days_left < 0)
        text = self.tr("共 {count} 件").format(count=len(kept))
        self.count.setText(text + (self.tr("，超期 {count} 件").format(count=late) if late else ""))
        view: QWidget = self.list if self.as_list.isChecked() else self.board
        if not kept:
            view = self._nothing if self._cards else self._empty
        self._views.setCurrentWidget(view)

    def _lay_out(self) -> None:
        self._overview = QWidget()
        layout = QVBoxLayout(self._overview)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(10)
        layout.addLayout(self._head())
        layout.addWidget(self.filters)
        layout.addWidget(self.unset)
        layout.addWidget(self._untaken_bar())
        for view in (self.board, self.list, self._empty, self._nothing):
            self._views.addWidget(view)
        layout.addWidget(self._views, 1)
        self._whole.addWidget(self._overview)
        self._whole.addWidget(self.pane)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._whole)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(self.tr("监测帮扶"), "title"))
        row.addSpacing(12)
        sides = QButtonGroup(self)
        for side in (self.as_board, self.as_list):
            sides.addButton(side)
            row.addWidget(side)
        row.addWidget(self.count)
        row.addStretch(1)
        self.add = button(self.tr("登记线索"), self.new_clue, role="primary", icon="add", shortcut="Ctrl+N")
        row.addWidget(self.add)
        return row

    def _untaken_bar(self) -> QWidget:
        self._untaken, rows = card(margin=8)
        self._untaken_text: QLabel = label("", wrap=True)
        self.take_over = button(self.tr("为他们建立案卷"), self._take_over)
        row = QHBoxLayout()
        row.addWidget(self._untaken_text, 1)
        row.addWidget(self.take_over)
        rows.addLayout(row)
        self._untaken.hide()
        return self._untaken

    def _listen(self) -> None:
        self.filters.altered.connect(self._narrow)
        self.board.opened.connect(self.open_record)
        self.list.opened.connect(self.open_record)
        self.pane.left.connect(self.show_overview)
        self.context.signals.scaled.connect(self.list.set_scale)
        self.context.signals.scaled.connect(lambda _percent: self._narrow())
        (self.as_list if self.context.settings.get(VIEW) == LIST else self.as_board).setChecked(True)
        for side, view in ((self.as_board, BOARD), (self.as_list, LIST)):
            side.clicked.connect(lambda _on, chosen=view: self._turn(chosen))

    def _turn(self, view: str) -> None:
        self.context.settings.set(VIEW, view)
        self._narrow()

    def _open_clue(self, found: BoardCard) -> None:
        work = self.context.work
        self.context.tasks.read(
            lambda _progress: clues.one(work, found.id),
            owner=self,
            done=lambda clue: self._show_clue(clue, found),
            latest="clue",
        )

    def _show_clue(self, clue: Mapping[str, Any], found: BoardCard) -> None:
        has_case = any(
            not c.is_clue and c.stage is not Stage.CLOSED and c.household_id == found.household_id
            for c in self._cards
        )
        dialog = ClueDialog(self.context, self.window(), clue, found.head_name, has_case=has_case)
        dialog.taken_up.connect(self.open_record)
        dialog.open()

    def _take_over(self) -> None:
        work = self.context.work
        self.take_over.setEnabled(False)
        self.context.tasks.write(
            lambda progress: case_board.take_over_all(work, progress),
            owner=self,
            done=self._on_taken_over,
            ended=lambda: self.take_over.setEnabled(True),
            title=self.tr("建立监测案卷"),
        )

    def _on_taken_over(self, saved: Saved) -> None:
        told = saved.detail
        text = self.tr("已建立 {count} 个案卷，从“帮扶中”开始。").format(count=told.made)
        if told.refused:
            text += self.tr("有 {count} 户没有建立：{why}").format(
                count=len(told.refused), why=told.refused[0]
            )
        (self.context.tell.trouble if told.refused else self.context.tell.done)(text)

    def _side(self, text: str) -> QToolButton:
        side = QToolButton()
        side.setText(text)
        side.setCheckable(True)
        side.setProperty("role", "chip")
        side.setAccessibleName(text)
        return side
