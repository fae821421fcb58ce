"""A table over records that are already in memory (some thousands): sort by header, narrow by text, choose columns, copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from villageapp.ui.widgets.badge import Badge
from villageapp.ui.widgets.paged_model import BADGE_ROLE, Index
from villageapp.ui.widgets.paged_table import BadgeDelegate

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
        self._cells = {self._id_of(row): tuple(c.cell(row) for c in self.columns) for row in self._all}
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
        return _words(self._cells[self.id_at(row)][column])

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
        cell = self._cells[self.id_at(index.row())][index.column()]
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
        said = " ".join(_words(cell) for cell in self._cells[self._id_of(row)]).lower()
        return all(word in said for word in wanted)

    def _order(self, row: R, column: int) -> tuple[bool, Any]:
        order = self.columns[column].order
        value = order(row) if order else _words(self._cells[self._id_of(row)][column])
        return (value is None or value == "", value if value is not None else "")


class ListTable(QTableView, Generic[R]):
    """The view. The selected record stays selected over a reload; Ctrl+C copies rows for WPS or Excel."""

    chosen = Signal(str)
    """Another row became current: its id."""
    opened = Signal(str)
    """Enter or double click: its id."""
    counted = Signal(int, int)
    """Rows shown, rows there are."""
    columns_changed = Signal()

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
        super().__init__()
        self.rows: ListModel[R] = ListModel(columns, id_of, self)
        self._current = ""
        self._sort = (-1, False)
        self.setModel(self.rows)
        self.setAccessibleName(name)
        self.setItemDelegate(BadgeDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if many else mode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._set_up_header()
        self.set_scale(scale)
        self.doubleClicked.connect(lambda index: self._open(index.row()))

    def show_rows(self, rows: Iterable[R]) -> None:
        """Replace the rows."""
        self._kept(lambda: self.rows.show_rows(rows))

    def narrow(self, text: str) -> None:
        """Show only rows with these words."""
        self._kept(lambda: self.rows.narrow(text))

    def current_id(self) -> str:
        """The current record, or an empty text."""
        return self.rows.id_at(self.currentIndex().row())

    def selected_ids(self) -> list[str]:
        """All selected records, from top to bottom."""
        picked = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.rows.id_at(row) for row in picked]

    def choose(self, record_id: str) -> bool:
        """Make a record current; False when it is not shown."""
        row = self.rows.row_of(record_id)
        if row < 0:
            return False
        self.selectRow(row)
        self.scrollTo(self.rows.index(row, 0))
        return True

    def set_scale(self, percent: int) -> None:
        """Row height and column widths for a font scale."""
        height = round(32 * percent / 100)
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        for index, column in enumerate(self.rows.columns):
            self.setColumnWidth(index, round(column.width * percent / 100))

    def hidden_columns(self) -> list[str]:
        """Keys of the columns that are not shown."""
        return [c.key for i, c in enumerate(self.rows.columns) if self.isColumnHidden(i)]

    def hide_columns(self, keys: Iterable[str]) -> None:
        """Hide exactly these."""
        wanted = set(keys)
        for index, column in enumerate(self.rows.columns):
            self.setColumnHidden(index, column.is_optional and column.key in wanted)

    def column_menu(self) -> QMenu:
        """A tick for every column that may be hidden."""
        menu = QMenu(self)
        for index, column in enumerate(self.rows.columns):
            if column.is_optional:
                action = QAction(column.title, menu)
                action.setCheckable(True)
                action.setChecked(not self.isColumnHidden(index))
                action.toggled.connect(lambda on, at=index: self._on_column_toggled(at, on))
                menu.addAction(action)
        return menu

    def copy(self) -> None:
        """Put the selected rows (all, when none is) on the clipboard, tab-separated with headings."""
        shown = [i for i in range(len(self.rows.columns)) if not self.isColumnHidden(i)]
        picked = sorted(index.row() for index in self.selectionModel().selectedRows())
        lines = ["\t".join(self.rows.columns[i].title for i in shown)]
        for row in picked or range(self.rows.rowCount()):
            lines.append("\t".join(" ".join(self.rows.words(row, i).split()) for i in shown))
        QGuiApplication.clipboard().setText("\n".join(lines))

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Announce the record that became current."""
        super().currentChanged(current, previous)
        record_id = self.rows.id_at(current.row())
        if record_id and record_id != self._current:
            self._current = record_id
            self.chosen.emit(record_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the current row, Ctrl+C copies."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._open(self.currentIndex().row())
        elif event.matches(QKeySequence.StandardKey.Copy):
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

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(40)
        header.sectionClicked.connect(self._on_header_clicked)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda at: self.column_menu().popup(header.mapToGlobal(at)))

    def _on_header_clicked(self, section: int) -> None:
        descending = self._sort == (section, False)
        self._sort = (section, descending)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicatorShown(True)
        self.horizontalHeader().setSortIndicator(section, order)
        self._kept(lambda: self.rows.order_by(section, descending=descending))

    def _on_column_toggled(self, index: int, shown: bool) -> None:
        self.setColumnHidden(index, not shown)
        self.columns_changed.emit()

    def _open(self, row: int) -> None:
        record_id = self.rows.id_at(row)
        if record_id:
            self.opened.emit(record_id)


def _words(cell: str | Badge) -> str:
    return cell.text if isinstance(cell, Badge) else cell
