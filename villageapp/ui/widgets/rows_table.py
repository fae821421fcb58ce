"""A read-only table over rows that are already there: thousands of lines of a report, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from villageapp.ui.widgets.paged_model import Index

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_ROOT = QModelIndex()


class RowsModel(QAbstractTableModel):
    """Rows of words."""

    def __init__(
        self, titles: Sequence[str], rows: Sequence[Sequence[str]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._titles = titles
        self._rows = rows

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = 0) -> Any:
        """The words of a cell."""
        if role in (_DISPLAY, _TOOL_TIP):
            return self._rows[index.row()][index.column()]
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Column titles."""
        if role == _DISPLAY and orientation == Qt.Orientation.Horizontal:
            return self._titles[section]
        return None


class RowsTable(QTableView):
    """Shows a RowsModel; ``columns`` are (title, width in pixels at 100 %), the last takes what is left."""

    def __init__(
        self, columns: Sequence[tuple[str, int]], rows: Sequence[Sequence[str]], name: str, scale: int = 100
    ) -> None:
        super().__init__()
        self.setModel(RowsModel([title for title, _width in columns], rows, self))
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(round(28 * scale / 100))
        header = self.horizontalHeader()
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for index, (_title, width) in enumerate(columns):
            self.setColumnWidth(index, round(width * scale / 100))
