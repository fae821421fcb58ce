"""A table over records that are already in memory (some thousands): sort by header, narrow by text, choose columns, copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from villageapp.ui.widgets.badge import Badge
from villageapp.ui.widgets.paged_model import BADGE_ROLE, Index
from villageapp.ui.widgets.record_table import RecordTable

R = TypeVar("R")
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_ALIGN = int(Qt.ItemDataRole.TextAlignmentRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class ListColumn(Generic[R]):
    """One column. ``cell`` gives the words, or a Badge; ``order`` what to sort by (default: the words).

    ``width`` in pixels at 100 %.
    """

    key: str
    title: str
    width: int
    cell: Callable[[R], str | Badge]
    order: Callable[[R], Any] | None = None
    is_number: bool = False
    is_optional: bool = True


class ListModel(QAbstractTableModel, Generic[R]):
    """All rows, and those of them that are shown, in order."""

    def __init__(
        self, columns: Sequence[ListColumn[R]], id_of: Callable[[R], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._id_of = id_of
        self._all: list[R] = []
        self._cells: dict[str, tuple[str | Badge, ...]] = {}
        self._shown: list[R] = []
        self._text = ""
        self._sort: tuple[int, bool] = (-1, False)

    def show_rows(self, rows: Iterable[R]) -> None:
        """Replace all rows; text and order stay."""
        self._all = list(rows)
        self._cells = {}
        self._arrange()

    def narrow(self, text: str) -> None:
        """Show the rows with all of these words in some cell."""
        self._text = text
        self._arrange()

    def order_by(self, column: int, *, descending: bool) -> None:
        """Sort; -1 keeps the order in which the rows came."""
        self._sort = (column, descending)
        self._arrange()

    def rows(self) -> Sequence[R]:
        """The rows shown."""
        return self._shown

    def total(self) -> int:
        """How many rows there are, shown or not."""
        return len(self._all)

    def id_at(self, row: int) -> str:
        """The id in a row, empty outside."""
        return self._id_of(self._shown[row]) if 0 <= row < len(self._shown) else ""

    def row_of(self, record_id: str) -> int:
        """Where a record is shown, or -1."""
        return next((n for n, row in enumerate(self._shown) if self._id_of(row) == record_id), -1)

    def words(self, row: int, column: int) -> str:
        """What a cell says."""
        return _words(self._cells_of(self._shown[row])[column])

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Rows shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = 0) -> Any:
        """Words, badge and alignment of a cell."""
        if role == _ALIGN:
            return _RIGHT if self.columns[index.column()].is_number else _LEFT
        if role not in (_DISPLAY, _TOOL_TIP, _ACCESSIBLE, BADGE_ROLE):
            return None
        cell = self._cells_of(self._shown[index.row()])[index.column()]
        if role == BADGE_ROLE:
            return cell if isinstance(cell, Badge) and cell.text else None
        return " ".join(_words(cell).split()) if role == _DISPLAY else _words(cell)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Column titles."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _ALIGN:
            return _RIGHT if self.columns[section].is_number else _LEFT
        return self.columns[section].title if role == _DISPLAY else None

    def _cells_of(self, row: R) -> tuple[str | Badge, ...]:
        """Made when first asked for: thousands of rows come, some thirty are seen."""
        name = self._id_of(row)
        cells = self._cells.get(name)
        if cells is None:
            cells = self._cells[name] = tuple(column.cell(row) for column in self.columns)
        return cells

    def _arrange(self) -> None:
        self.beginResetModel()
        wanted = self._text.lower().split()
        self._shown = [row for row in self._all if self._has(row, wanted)]
        column, descending = self._sort
        if column >= 0:
            self._shown.sort(key=lambda row: self._order(row, column), reverse=descending)
        self.endResetModel()

    def _has(self, row: R, wanted: Sequence[str]) -> bool:
        if not wanted:
            return True
        said = " ".join(_words(cell) for cell in self._cells_of(row)).lower()
        return all(word in said for word in wanted)

    def _order(self, row: R, column: int) -> tuple[bool, Any]:
        order = self.columns[column].order
        value = order(row) if order else _words(self._cells_of(row)[column])
        return (value is None or value == "", value if value is not None else "")


class ListTable(RecordTable, Generic[R]):
    """The view. The selected record stays selected over a reload; Ctrl+C copies rows for WPS or Excel."""

    counted = Signal(int, int)
    """Rows shown, rows there are."""

    def __init__(
        self,
        columns: Sequence[ListColumn[R]],
        name: str,
        id_of: Callable[[R], str],
        *,
        scale: int = 100,
        many: bool = False,
    ) -> None:
        """``many``: several rows can be selected at once."""
        self.rows: ListModel[R] = ListModel(columns, id_of)
        super().__init__(self.rows, columns, name, many=many, scale=scale)
        self._sort = (-1, False)

    def show_rows(self, rows: Iterable[R]) -> None:
        """Replace the rows."""
        self._kept(lambda: self.rows.show_rows(rows))

    def narrow(self, text: str) -> None:
        """Show only rows with these words."""
        self._kept(lambda: self.rows.narrow(text))

    def id_at(self, row: int) -> str:
        """The record in a row, empty outside."""
        return self.rows.id_at(row)

    def choose(self, record_id: str) -> bool:
        """Make a record current; False when it is not shown."""
        row = self.rows.row_of(record_id)
        if row < 0:
            return False
        self.selectRow(row)
        self.scrollTo(self.rows.index(row, 0))
        return True

    def copy(self) -> None:
        """Put the selected rows (all, when none is) on the clipboard, tab-separated with headings."""
        shown = [i for i in range(len(self.rows.columns)) if not self.isColumnHidden(i)]
        picked = sorted(index.row() for index in self.selectionModel().selectedRows())
        lines = ["\t".join(self.rows.columns[i].title for i in shown)]
        for row in picked or range(self.rows.rowCount()):
            lines.append("\t".join(" ".join(self.rows.words(row, i).split()) for i in shown))
        QGuiApplication.clipboard().setText("\n".join(lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the current row, Ctrl+C copies."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def _kept(self, change: Callable[[], None]) -> None:
        kept = self.selected_ids()
        current = self.current_id() or self._current
        change()
        if not self.choose(current):
            self._current = ""
        for record_id in kept[1:] if len(kept) > 1 else ():
            row = self.rows.row_of(record_id)
            if row >= 0:
                flags = self.selectionModel().SelectionFlag
                self.selectionModel().select(self.rows.index(row, 0), flags.Select | flags.Rows)
        self.counted.emit(self.rows.rowCount(), self.rows.total())

    def _on_header_clicked(self, section: int) -> None:
        descending = self._sort == (section, False)
        self._sort = (section, descending)
        self._mark_sorted(section, descending=descending)
        self._kept(lambda: self.rows.order_by(section, descending=descending))


def _words(cell: str | Badge) -> str:
    return cell.text if isinstance(cell, Badge) else cell
