"""A short table of words and badges (tens of rows), filled at once; long lists use PagedTable."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from villageapp.ui.widgets.badge import Badge
from villageapp.ui.widgets.paged_model import BADGE_ROLE
from villageapp.ui.widgets.record_table import BadgeDelegate

Cell = str | Badge


class PlainTable(QTableWidget):
    """Rows carry a record id; Enter or double click announces it."""

    opened = Signal(str)

    def __init__(self, columns: Sequence[tuple[str, int]], name: str, scale: int = 100) -> None:
        """``columns`` are (title, width in pixels at 100 %); the last one takes what is left."""
        super().__init__(0, len(columns))
        self._widths = [width for _title, width in columns]
        self.setHorizontalHeaderLabels([title for title, _width in columns])
        self.setAccessibleName(name)
        self.setItemDelegate(BadgeDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.set_scale(scale)
        self.itemDoubleClicked.connect(lambda item: self._open(item.row()))

    def set_scale(self, percent: int) -> None:
        """Row height and column widths for a font scale."""
        self.verticalHeader().setDefaultSectionSize(round(32 * percent / 100))
        for index, width in enumerate(self._widths):
            self.setColumnWidth(index, round(width * percent / 100))

    def show_rows(self, rows: Sequence[tuple[str, Sequence[Cell]]]) -> None:
        """Replace everything by (record id, cells) rows; the selected record stays selected."""
        kept = self.current_id()
        self.setRowCount(len(rows))
        for number, (record_id, cells) in enumerate(rows):
            for index, cell in enumerate(cells):
                self.setItem(number, index, _item(cell, record_id))
            if record_id == kept:
                self.selectRow(number)

    def current_id(self) -> str:
        """The selected record, or an empty text."""
        item = self.item(self.currentRow(), 0)
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the current row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._open(self.currentRow())
        else:
            super().keyPressEvent(event)

    def _open(self, row: int) -> None:
        item = self.item(row, 0)
        if item is not None:
            self.opened.emit(str(item.data(Qt.ItemDataRole.UserRole)))


def _item(cell: Cell, record_id: str) -> QTableWidgetItem:
    words = cell.text if isinstance(cell, Badge) else " ".join(cell.split())
    item = QTableWidgetItem(words)
    item.setToolTip(words)
    item.setData(Qt.ItemDataRole.UserRole, record_id)
    if isinstance(cell, Badge) and cell.text:
        item.setData(BADGE_ROLE, cell)
    return item
