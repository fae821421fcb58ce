"""What a LedgerGrid shows: clean values, what was typed over them, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QUndoCommand

from villageapp.domain.fields import parse, show
from villageapp.errors import Problem
from villageapp.ui import theme
from villageapp.ui.widgets.paged_model import Index

if TYPE_CHECKING:
    from villageapp.ui.widgets.ledger_grid import GridColumn, GridRow

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_EDIT = int(Qt.ItemDataRole.EditRole)
_ALIGN = int(Qt.ItemDataRole.TextAlignmentRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_FOREGROUND = int(Qt.ItemDataRole.ForegroundRole)
_BACKGROUND = int(Qt.ItemDataRole.BackgroundRole)
_FONT = int(Qt.ItemDataRole.FontRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleDescriptionRole)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_ROOT = QModelIndex()
_Cell = tuple[str, str]  # row id, column name


class LedgerModel(QAbstractTableModel):
    """Rows, typed texts and problems."""

    edited = Signal()

    def __init__(self, columns: Sequence[GridColumn], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._rows: list[GridRow] = []
        self._typed: dict[_Cell, str] = {}
        self._refused: dict[_Cell, str] = {}

    def show_rows(self, rows: Sequence[GridRow]) -> None:
        """Replace everything."""
        self.beginResetModel()
        self._rows = list(rows)
        self._typed.clear()
        self._refused.clear()
        self.endResetModel()

    def id_at(self, row: int) -> str:
        """The record in a row, empty outside."""
        return self._rows[row].id if 0 <= row < len(self._rows) else ""

    def row_of(self, row_id: str) -> int:
        """Where a record is, or -1."""
        return next((n for n, row in enumerate(self._rows) if row.id == row_id), -1)

    def column_of(self, name: str) -> int:
        """Where a column is, or -1."""
        return next((n for n, column in enumerate(self._columns) if column.name == name), -1)

    def is_editable(self, row: int, column: int) -> bool:
        """Whether a person may type there."""
        return self._columns[column].field is not None and not self._rows[row].locked

    def typed(self, row: int, column: int) -> str:
        """The text that an editor starts with."""
        return self._typed.get(self._cell(row, column), self._stored(row, column))

    def words(self, row: int, column: int) -> str:
        """What the cell says."""
        return self.typed(row, column)

    def set_text(self, row: int, column: int, text: str) -> None:
        """Type into a cell; text equal to the stored value counts as no change."""
        cell = self._cell(row, column)
        if text.strip() == self._stored(row, column):
            self._typed.pop(cell, None)
        else:
            self._typed[cell] = text.strip()
        self._judge(row, column)
        index = self.index(row, column)
        self.dataChanged.emit(index, index)
        self.edited.emit()

    def changed_rows(self) -> dict[str, dict[str, Any]]:
        """Raw values of changed cells by row id and column name."""
        found: dict[str, dict[str, Any]] = {}
        for (row_id, name), text in self._typed.items():
            found.setdefault(row_id, {})[name] = self._raw(name, text)
        return found

    def rows_now(self) -> list[tuple[str, dict[str, Any]]]:
        """Every row as it stands: clean values, and what was typed over them, by column name."""
        changed = self.changed_rows()
        names = [column.name for column in self._columns if column.field is not None]
        return [
            (row.id, {**{n: row.values.get(n) for n in names}, **changed.get(row.id, {})})
            for row in self._rows
        ]

    def problems(self) -> list[tuple[str, Problem]]:
        """Refused cells."""
        return [(row_id, Problem(name, words)) for (row_id, name), words in self._refused.items()]

    def mark(self, row_id: str, problems: Sequence[Problem]) -> list[Problem]:
        """Show what a service refused; returns what no column here is about."""
        left: list[Problem] = []
        for problem in problems:
            if self.column_of(problem.field) < 0:
                left.append(problem)
                continue
            self._refused[row_id, problem.field] = problem.message
        row = self.row_of(row_id)
        if row >= 0:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._columns) - 1))
        return left

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Number of records."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Editable where a field stands and the row is not locked."""
        kept = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.isValid() and self.is_editable(index.row(), index.column()):
            kept |= Qt.ItemFlag.ItemIsEditable
        return kept

    def data(self, index: Index, role: int = 0) -> Any:
        """Words, colours and what is wrong."""
        row, column = index.row(), index.column()
        cell = self._cell(row, column)
        if role == _DISPLAY:
            return ("✕ " if cell in self._refused else "") + self.words(row, column)
        if role == _EDIT:
            return self.typed(row, column)
        if role == _ALIGN:
            return _RIGHT if self._columns[column].is_number else _LEFT
        if role in (_TOOL_TIP, _ACCESSIBLE):
            return self._refused.get(cell) or self._rows[row].locked or None
        if role == _FOREGROUND and cell in self._refused:
            return QColor(theme.COLOURS.bad)
        if role == _BACKGROUND:
            return self._background(row, column)
        return _bold() if role == _FONT and cell in self._typed else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Titles, and row numbers with a dot for rows that have unsaved cells."""
        if orientation == Qt.Orientation.Horizontal:
            if role == _ALIGN:
                return _RIGHT if self._columns[section].is_number else _LEFT
            return self._columns[section].title if role == _DISPLAY else None
        if role != _DISPLAY:
            return None
        changed = any(row_id == self.id_at(section) for row_id, _name in self._typed)
        return f"● {section + 1}" if changed else str(section + 1)

    def _background(self, row: int, column: int) -> QColor | None:
        if self._cell(row, column) in self._typed:
            return QColor(theme.COLOURS.warn_soft)
        return None if self.is_editable(row, column) else QColor(theme.COLOURS.page)

    def _cell(self, row: int, column: int) -> _Cell:
        return self._rows[row].id, self._columns[column].name

    def _stored(self, row: int, column: int) -> str:
        described, value = self._columns[column], self._rows[row].values.get(self._columns[column].name)
        if value is None:
            return ""
        if described.choices:
            return dict(described.choices).get(value, str(value))
        return show(described.field, value) if described.field is not None else str(value)

    def _raw(self, name: str, text: str) -> Any:
        column = self._columns[self.column_of(name)]
        by_text = {words: code for code, words in column.choices}
        return by_text.get(text, text) or None

    def _judge(self, row: int, column: int) -> None:
        cell, described = self._cell(row, column), self._columns[column]
        self._refused.pop(cell, None)
        text = self._typed.get(cell)
        if not text or described.field is None or described.choices:
            return
        try:
            parse(described.field, text)
        except ValueError as error:
            self._refused[cell] = str(error)


def _bold() -> QFont:
    """What is typed and not saved stands out without its colour too."""
    font = QFont()
    font.setBold(True)
    return font


class CellEdit(QUndoCommand):
    """Texts typed into cells, as one step."""

    def __init__(self, model: LedgerModel, title: str, edits: Sequence[tuple[int, int, str]]) -> None:
        super().__init__(title)
        self._model = model
        self._after = list(edits)
        self._before = [(row, column, model.typed(row, column)) for row, column, _text in edits]

    def redo(self) -> None:
        """Type."""
        self._write(self._after)

    def undo(self) -> None:
        """Take it back."""
        self._write(self._before)

    def _write(self, edits: Sequence[tuple[int, int, str]]) -> None:
        for row, column, text in edits:
            self._model.set_text(row, column, text)
