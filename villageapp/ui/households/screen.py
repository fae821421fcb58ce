"""The screen 农户: the list on the left, the chosen household on the right.

The list is what a person waits for after the passphrase, so the page with its forms is built behind it, and
what prints or reads workbooks is imported when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from villageapp.domain.changes import ChangeSet
from villageapp.ui.context import Context
from villageapp.ui.households.list_panel import ListPanel
from villageapp.ui.preferences import LIST_WIDTH
from villageapp.ui.screen import ScreenPage

if TYPE_CHECKING:
    from villageapp.ui.households.page import HouseholdPane

FOLLOW_MS = 60
"""Pause after which the page follows the list, so that a held arrow key does not read every household."""
USUAL_LIST = 660
"""Pixels in which all usual columns of the list fit."""
_ENTITIES = ("household", "member", "visit", "measure", "problem")


class HouseholdsScreen(ScreenPage):
    """List and page side by side."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.list = ListPanel(context)
        self._pane: HouseholdPane | None = None
        self._is_divided = False
        self._follow = QTimer(self)
        self._follow.setSingleShot(True)
        self._follow.setInterval(FOLLOW_MS)
        self._follow.timeout.connect(self._show_chosen)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.list)
        self._splitter.addWidget(QWidget())
        self._splitter.setStretchFactor(0, 0)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.splitterMoved.connect(lambda at, _index: context.settings.set(LIST_WIDTH, at))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)
        self._listen()

    @property
    def pane(self) -> HouseholdPane:
        """The right half, built when first asked for (0.1 s)."""
        if self._pane is None:
            from villageapp.ui.households.page import HouseholdPane

            self._pane = HouseholdPane(self.context)
            self._pane.card_asked.connect(lambda household_id: self._print([household_id]))
            sizes = self._splitter.sizes()
            self._splitter.replaceWidget(1, self._pane).deleteLater()
            self._splitter.setStretchFactor(1, 1)
            self._splitter.setSizes(sizes)
        return self._pane

    def showEvent(self, event: QShowEvent) -> None:
        """Give the list the width that it had, once the screen has its own."""
        super().showEvent(event)
        if not self._is_divided:
            self._is_divided = True
            QTimer.singleShot(0, self._divide)

    def refresh(self) -> None:
        """Read list and page again."""
        self.list.refresh()
        if self._pane is not None:
            self._pane.refresh()

    def concerns(self, changes: ChangeSet) -> bool:
        """Everything that the list or the page shows."""
        shown = any(changes.touches(entity) for entity in _ENTITIES)
        return shown or (self._pane is not None and self._pane.concerns(changes))

    def has_unsaved(self) -> bool:
        """Whether fields of the page were changed and not saved."""
        return self._pane is not None and self._pane.has_unsaved()

    def focus_first(self) -> None:
        """Start in the list."""
        self.list.table.setFocus()

    def open_household(self, household_id: str) -> None:
        """Show a household, in the list as well."""
        self.list.show_household(household_id)
        self.pane.open(household_id)

    def _listen(self) -> None:
        self.list.chosen.connect(lambda _id: self._follow.start())
        self.list.opened.connect(lambda _id: self.pane.titles.setFocus())
        self.list.import_asked.connect(self._import)
        self.list.print_asked.connect(self._print)
        self.list.table.rows.counted.connect(self._build_behind)

    def _build_behind(self) -> None:
        """After the list has been drawn; without any household the page says what to do."""
        if self._pane is None:
            QTimer.singleShot(FOLLOW_MS, self, lambda: self.pane)

    def _divide(self) -> None:
        width = self.context.settings.get(LIST_WIDTH) or min(USUAL_LIST, self.width() // 2 + 60)
        self._splitter.setSizes([width, max(1, self.width() - width)])

    def _show_chosen(self) -> None:
        pane, household_id = self.pane, self.list.table.current_id()
        if not household_id:
            return
        if pane.has_unsaved() and pane.page is not None and pane.page.id != household_id:
            self.list.table.choose(pane.page.id)
            self._follow.stop()
        pane.open(household_id)

    def _import(self) -> None:
        from villageapp.ui.imports.dialog import ImportDialog

        ImportDialog.choose_file(self.context, self.window())

    def _print(self, household_ids: list[str]) -> None:
        if household_ids:
            from villageapp.ui.cards.preview import CardDialog

            CardDialog(self.context, household_ids, self.window()).open()
