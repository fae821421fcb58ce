"""The grid for paper forms: digits answer as on the form, F4 calls the rest of a row normal."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView

from villageapp.domain.visit import NOBODY_HOME
from villageapp.ui.visits import grid_rows
from villageapp.ui.widgets.ledger_grid import LedgerGrid


class VisitGrid(LedgerGrid):
    """One row per household."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1, 2, 3 … choose in columns with a list and go to the right; F4 see ``fill_normal``."""
        if self.state() != QAbstractItemView.State.EditingState and not event.modifiers() & ~_KEYPAD:
            if event.key() == Qt.Key.Key_F4:
                self.fill_normal()
                return
            if self._answer(event.key() - int(Qt.Key.Key_1)):
                return
        super().keyPressEvent(event)

    def fill_normal(self) -> None:
        """In every selected row what is empty becomes normal, no changes; the keyboard goes to the next row."""
        rows = sorted({row for row, _column in self._selected()}) or [self.currentIndex().row()]
        edits = [
            (row, self.model_.column_of(name), "是" if answer else "否")
            for row in rows
            if row >= 0 and not self._meets_nobody(row)
            for name, answer in grid_rows.NORMAL.items()
            if not self.model_.typed(row, self.model_.column_of(name))
        ]
        self._apply(self.tr("本行正常"), edits)
        if len(rows) == 1:
            self._go(rows[0] + 1, self.model_.column_of("result"))

    def typed_rows(self) -> dict[str, dict[str, Any]]:
        """Rows in which something was typed, whole."""
        changed = self.changed_rows()
        return {row_id: values for row_id, values in self.model_.rows_now() if row_id in changed}

    def type_rows(self, rows: dict[str, dict[str, Any]]) -> None:
        """Put texts of a draft into their cells; what has no place here any more is left out."""
        for row_id, texts in rows.items():
            row = self.model_.row_of(row_id)
            for name, text in texts.items():
                column = self.model_.column_of(name)
                if row >= 0 and column >= 0 and self.model_.is_editable(row, column):
                    self.model_.set_text(row, column, str(text or ""))

    def start(self) -> None:
        """Put the keyboard on the first answer."""
        self._go(0, self.model_.column_of("result"))
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _answer(self, place: int) -> bool:
        """Choose an entry of the current column; whether there is such an entry."""
        at = self.currentIndex()
        entries = grid_rows.answers(self.columns[at.column()]) if at.isValid() else []
        if not 0 <= place < len(entries):
            return False
        cells = [cell for cell in self._selected() if cell[1] == at.column()] or [(at.row(), at.column())]
        self._apply(self.tr("回答"), [(row, column, entries[place]) for row, column in cells])
        if len(cells) == 1:
            self._go(at.row(), at.column() + 1)
        return True

    def _meets_nobody(self, row: int) -> bool:
        return self.model_.typed(row, self.model_.column_of("result")) == NOBODY_HOME

    def _go(self, row: int, column: int) -> None:
        wanted = self.model_.index(row, column)
        if wanted.isValid():
            self.selectionModel().setCurrentIndex(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(wanted)


_KEYPAD = Qt.KeyboardModifier.KeypadModifier
