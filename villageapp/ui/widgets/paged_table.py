"""The view over a PagedModel: fixed row height, badges, sorting by header, columns that can be hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from villageapp.progress import Progress
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.widgets.badge import Badge, paint_badge
from villageapp.ui.widgets.paged_model import BADGE_ROLE, Column, Index, PagedModel, Row

R = TypeVar("R", bound=Row)


class BadgeDelegate(QStyledItemDelegate):
    """Paints cells that carry a Badge as a stamp, all others as text."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Text by Qt, badges by hand over the cell's own background."""
        badge = index.data(BADGE_ROLE)
        if not isinstance(badge, Badge):
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]
        widget = option.widget  # type: ignore[attr-defined]
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        cell = QRectF(option.rect).adjusted(6, 0, -4, 0)  # type: ignore[attr-defined]
        paint_badge(painter, badge, cell, option.fontMetrics)  # type: ignore[attr-defined]


class PagedTable(QTableView, Generic[R]):
    """A list of records. ``load`` shows a list; the selected record stays selected over a reload."""

    chosen = Signal(str)
    """Another row became current: its record id."""
    opened = Signal(str)
    """Enter or double click on a row: its record id."""
    sort_asked = Signal(str, bool)
    """A header was pressed: the column's sort word, and whether descending."""
    columns_changed = Signal()
    """The person hid or showed a column."""

    def __init__(
        self,
        tasks: TaskRunner,
        columns: Sequence[Column[R]],
        fetch_rows: Callable[[Sequence[str]], Sequence[R]],
        name: str,
        parent: QWidget | None = None,
        *,
        many: bool = False,
    ) -> None:
        """``many``: several rows can be selected at once (Shift, Ctrl, Ctrl+A)."""
        super().__init__(parent)
        self.rows: PagedModel[R] = PagedModel(tasks, columns, fetch_rows, self)
        self._current = ""
        self._sort = ("", False)
        self.setAccessibleName(name)
        self.setModel(self.rows)
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
        self.set_scale(100)
        self.rows.modelAboutToBeReset.connect(self._remember)
        self.rows.modelReset.connect(self._restore)
        self.doubleClicked.connect(lambda index: self._open(index.row()))

    def load(self, fetch_ids: Callable[[Progress], Sequence[str]]) -> None:
        """Read and show a list of ids, in the background."""
        self.rows.load(fetch_ids)

    def current_id(self) -> str | None:
        """The current record."""
        return self.rows.id_at(self.currentIndex().row())

    def choose(self, record_id: str) -> bool:
        """Make a record current and scroll to it; False when it is not in this list."""
        row = self.rows.row_of(record_id)
        if row < 0:
            return False
        self.selectRow(row)
        index = self.rows.index(row, 0)
        if not self.viewport().rect().contains(self.visualRect(index)):
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        return True

    def selected_ids(self) -> list[str]:
        """All selected records, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [record_id for row in rows if (record_id := self.rows.id_at(row)) is not None]

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
        """Hide exactly these (those that may be hidden)."""
        wanted = set(keys)
        for index, column in enumerate(self.rows.columns):
            self.setColumnHidden(index, column.is_optional and column.key in wanted)

    def column_menu(self) -> QMenu:
        """A menu with a tick for every column that may be hidden."""
        menu = QMenu(self)
        for index, column in enumerate(self.rows.columns):
            if column.is_optional:
                action = QAction(column.title, menu)
                action.setCheckable(True)
                action.setChecked(not self.isColumnHidden(index))
                action.toggled.connect(lambda on, at=index: self._on_column_toggled(at, on))
                menu.addAction(action)
        return menu

    def show_sort(self, word: str, descending: bool) -> None:
        """Mark the column whose sort word this is."""
        self._sort = (word, descending)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        section = next((i for i, c in enumerate(self.rows.columns) if c.sort == word), -1)
        self.horizontalHeader().setSortIndicatorShown(section >= 0)
        if section >= 0:
            self.horizontalHeader().setSortIndicator(section, order)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Announce the record that became current."""
        super().currentChanged(current, previous)
        record_id = self.rows.id_at(current.row())
        if record_id is not None and record_id != self._current:
            self._current = record_id
            self.chosen.emit(record_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the current row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._open(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

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
        word = self.rows.columns[section].sort
        if not word:
            return
        descending = self._sort[0] == word and not self._sort[1]
        self.show_sort(word, descending)
        self.sort_asked.emit(word, descending)

    def _on_column_toggled(self, index: int, shown: bool) -> None:
        self.setColumnHidden(index, not shown)
        self.columns_changed.emit()

    def _open(self, row: int) -> None:
        record_id = self.rows.id_at(row)
        if record_id is not None:
            self.opened.emit(record_id)

    def _remember(self) -> None:
        self._current = self.current_id() or self._current

    def _restore(self) -> None:
        if self._current and not self.choose(self._current):
            self._current = ""
