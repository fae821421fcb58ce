"""The first columns of a table stay in view while the others scroll sideways, as in every spreadsheet."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from villageapp.ui.widgets.paged_model import Index

_MOST = 0.5
"""Part of the table that may stand still; with more there would be no room to read what scrolls."""


class FrozenColumns(QTableView):
    """Lies over the first ``count`` columns of ``table`` while it is scrolled to the right; otherwise hidden.

    Model and selection are the table's own, so both always say the same. The keyboard and a screen reader only
    ever meet the table; typing into a frozen cell scrolls back to it (``uncover``).
    """

    def __init__(self, table: QTableView, count: int, name: str) -> None:
        super().__init__(table)
        self._table, self._count = table, count
        self.setModel(table.model())
        self.setSelectionModel(table.selectionModel())
        self.setAccessibleName(name)
        self.setProperty("role", "frozen")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(table.verticalScrollMode())
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.hide()
        self._listen()

    @property
    def width_needed(self) -> int:
        """Pixels of the frozen columns."""
        return sum(self._table.columnWidth(column) for column in range(self._count))

    def covers(self, index: Index) -> bool:
        """Whether the cell stands here now, instead of in the table."""
        return not self.isHidden() and index.isValid() and index.column() < self._count

    def uncover(self) -> None:
        """Scroll the table back to its first column."""
        self._table.horizontalScrollBar().setValue(0)

    def follow(self) -> None:
        """Take place, sizes and row heights of the table."""
        table, width = self._table, self.width_needed
        scrolled = table.horizontalScrollBar().value() > 0
        for column in range(table.model().columnCount()):
            self.setColumnHidden(column, column >= self._count)
        for column in range(self._count):
            self.setColumnWidth(column, table.columnWidth(column))
        self.verticalHeader().setDefaultSectionSize(table.verticalHeader().defaultSectionSize())
        header, view = table.horizontalHeader(), table.viewport()
        self.horizontalHeader().setFixedHeight(header.height())
        self.setGeometry(view.x(), header.y(), width, header.height() + view.height())
        self.verticalScrollBar().setValue(table.verticalScrollBar().value())
        self.setVisible(scrolled and width <= view.width() * _MOST)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The room for the rows changed: with the window, the type size or a scroll bar."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.follow()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Selects; the keyboard goes to the table."""
        super().mousePressEvent(event)
        self._table.setFocus(Qt.FocusReason.MouseFocusReason)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls the table, in both directions."""
        self._table.wheelEvent(event)

    def _listen(self) -> None:
        table = self._table
        table.viewport().installEventFilter(self)
        table.horizontalScrollBar().valueChanged.connect(self.follow)
        table.horizontalHeader().sectionResized.connect(self.follow)
        table.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(table.verticalScrollBar().setValue)
        table.model().modelReset.connect(self.follow)
        self.doubleClicked.connect(self._edit)

    def _edit(self, index: Index) -> None:
        self.uncover()
        self._table.edit(index)
