"""What every table of records does alike: whole rows, fixed height, columns that can be hidden, Enter opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from PySide6.QtCore import QAbstractTableModel, QRectF, Qt, Signal
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

from villageapp.ui.widgets.badge import Badge, paint_badge
from villageapp.ui.widgets.paged_model import BADGE_ROLE, Index

ROW_HEIGHT = 32
"""Pixels at 100 %."""


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


class _Column(Protocol):
    """What a table needs to know of a column."""

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def is_optional(self) -> bool: ...


class RecordTable(QTableView):
    """A view over records; its classes say which id stands in which row, and what a press on a header does."""

    chosen = Signal(str)
    """Another row became current: its record id."""
    opened = Signal(str)
    """Enter or double click on a row: its record id."""
    columns_changed = Signal()
    """The person hid or showed a column."""

    def __init__(
        self,
        model: QAbstractTableModel,
        columns: Sequence[_Column],
        name: str,
        parent: QWidget | None = None,
        *,
        many: bool = False,
        scale: int = 100,
    ) -> None:
        """``many``: several rows can be selected at once (Shift, Ctrl, Ctrl+A)."""
        super().__init__(parent)
        self._columns = tuple(columns)
        self._current = ""
        model.setParent(self)
        self.setModel(model)
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
        self._set_up_headers()
        self.set_scale(scale)
        self.doubleClicked.connect(lambda index: self._open(index.row()))

    def id_at(self, row: int) -> str:
        """The record in a row, empty outside."""
        raise RuntimeError("a table says which record stands in a row")

    def current_id(self) -> str:
        """The current record, or an empty text."""
        return self.id_at(self.currentIndex().row())

    def selected_ids(self) -> list[str]:
        """All selected records, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [record_id for row in rows if (record_id := self.id_at(row))]

    def set_scale(self, percent: int) -> None:
        """Row height and column widths for a font scale."""
        height = round(ROW_HEIGHT * percent / 100)
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        for index, column in enumerate(self._columns):
            self.setColumnWidth(index, round(column.width * percent / 100))

    def hidden_columns(self) -> list[str]:
        """Keys of the columns that are not shown."""
        return [c.key for i, c in enumerate(self._columns) if self.isColumnHidden(i)]

    def hide_columns(self, keys: Iterable[str]) -> None:
        """Hide exactly these (those that may be hidden)."""
        wanted = set(keys)
        for index, column in enumerate(self._columns):
            self.setColumnHidden(index, column.is_optional and column.key in wanted)

    def column_menu(self) -> QMenu:
        """A menu with a tick for every column that may be hidden."""
        menu = QMenu(self)
        for index, column in enumerate(self._columns):
            if column.is_optional:
                action = QAction(column.title, menu)
                action.setCheckable(True)
                action.setChecked(not self.isColumnHidden(index))
                action.toggled.connect(lambda on, at=index: self._on_column_toggled(at, on))
                menu.addAction(action)
        return menu

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Announce the record that became current."""
        super().currentChanged(current, previous)
        record_id = self.id_at(current.row())
        if record_id and record_id != self._current:
            self._current = record_id
            self.chosen.emit(record_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the current row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._open(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _set_up_headers(self) -> None:
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(40)
        header.sectionClicked.connect(self._on_header_clicked)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda at: self.column_menu().popup(header.mapToGlobal(at)))

    def _mark_sorted(self, section: int, *, descending: bool) -> None:
        """Show the arrow in a header; -1 for none."""
        header = self.horizontalHeader()
        header.setSortIndicatorShown(section >= 0)
        if section >= 0:
            order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
            header.setSortIndicator(section, order)

    def _on_header_clicked(self, section: int) -> None:
        raise RuntimeError("a table says what a press on a header does")

    def _on_column_toggled(self, index: int, shown: bool) -> None:
        self.setColumnHidden(index, not shown)
        self.columns_changed.emit()

    def _open(self, row: int) -> None:
        record_id = self.id_at(row)
        if record_id:
            self.opened.emit(record_id)
