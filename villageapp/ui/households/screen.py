"""The screen 农户: the list on the left, the chosen household on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter

from villageapp.domain.changes import ChangeSet
from villageapp.ui.cards.preview import CardDialog
from villageapp.ui.context import Context
from villageapp.ui.households.list_panel import ListPanel
from villageapp.ui.households.page import HouseholdPane
from villageapp.ui.imports.dialog import ImportDialog
from villageapp.ui.preferences import LIST_WIDTH
from villageapp.ui.screen import ScreenPage

FOLLOW_MS = 60
"""Pause after which the page follows the list, so that a held arrow key does not read every household."""
USUAL_LIST = 656
"""Pixels in which all usual columns of the list fit."""
_ENTITIES = ("household", "member", "visit", "measure", "problem")


class HouseholdsScreen(ScreenPage):
    """List and page side by side."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.list = ListPanel(context)
        self.pane = HouseholdPane(context)
        self._is_divided = False
        self._follow = QTimer(self)
        self._follow.setSingleShot(True)
        self._follow.setInterval(FOLLOW_MS)
        self._follow.timeout.connect(self._show_chosen)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.list)
        self._splitter.addWidget(self.pane)
        self._splitter.setStretchFactor(0, 0)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.splitterMoved.connect(lambda at, _index: context.settings.set(LIST_WIDTH, at))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)
        self._listen()

    def showEvent(self, event: QShowEvent) -> None:
        """Give the list the width that it had, once the screen has its own."""
        super().showEvent(event)
        if not self._is_divided:
            self._is_divided = True
            QTimer.singleShot(0, self._divide)

    def refresh(self) -> None:
        """Read list and page again."""
        self.list.refresh()
        self.pane.refresh()

    def concerns(self, changes: ChangeSet) -> bool:
        """Everything that the list or the page shows."""
        return any(changes.touches(entity) for entity in _ENTITIES) or self.pane.concerns(changes)

    def has_unsaved(self) -> bool:
        """Whether fields of the page were changed and not saved."""
        return self.pane.has_unsaved()

    def focus_first(self) -> None:
        """Start in the list."""
        self.list.table.setFocus()

    def open_household(self, household_id: str) -> None:
        """Show a household, in the list as well."""
        self.list.show_household(household_id)
        self.pane.open(household_id)

    def _listen(self) -> None:
        self.list.chosen.connect(lambda _id: self._follow.start())
        self.list.opened.connect(lambda _id: self.pane.tabs.setFocus())
        self.list.import_asked.connect(self._import)
        self.list.print_asked.connect(self._print)
        self.pane.card_asked.connect(lambda household_id: self._print([household_id]))

    def _divide(self) -> None:
        width = self.context.settings.get(LIST_WIDTH) or min(USUAL_LIST, self.width() // 2 + 60)
        self._splitter.setSizes([width, max(1, self.width() - width)])

    def _show_chosen(self) -> None:
        household_id = self.list.table.current_id()
        if household_id is None:
            return
        if self.pane.has_unsaved() and self.pane.page is not None and self.pane.page.id != household_id:
            self.list.table.choose(self.pane.page.id)
            self._follow.stop()
        self.pane.open(household_id)

    def _import(self) -> None:
        ImportDialog.choose_file(self.context, self.window())

    def _print(self, household_ids: list[str]) -> None:
        if household_ids:
            CardDialog(self.context, household_ids, self.window()).open()
