"""The list of today's work: urgency, what, where, and what a press does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from villageapp.ui.theme import COLOURS
from villageapp.ui.today import words
from villageapp.ui.widgets.badge import paint_badge

if TYPE_CHECKING:
    from villageapp.services.today import TodayItem

Index = QModelIndex | QPersistentModelIndex
ITEM_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_ROOT = QModelIndex()
_BADGE_CHARACTERS = 7
_PADDING = 10


class WorkModel(QAbstractListModel):
    """Lines in the order of the service: most urgent first."""

    def __init__(self) -> None:
        super().__init__()
        self.items: tuple[TodayItem, ...] = ()

    def show_items(self, items: Sequence[TodayItem]) -> None:
        """Replace all lines."""
        self.beginResetModel()
        self.items = tuple(items)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Number of lines."""
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = 0) -> Any:
        """Title, the whole line as tool tip and accessible text, and the item itself for painting."""
        item = self.items[index.row()]
        if role == ITEM_ROLE:
            return item
        if role == int(Qt.ItemDataRole.DisplayRole):
            return item.title
        if role in (int(Qt.ItemDataRole.AccessibleTextRole), int(Qt.ItemDataRole.ToolTipRole)):
            return words.spoken(item)
        return None


class WorkDelegate(QStyledItemDelegate):
    """Paints one line in two rows."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Two rows of text and some air."""
        line = option.fontMetrics.height()  # type: ignore[attr-defined]
        return QSize(line * 20, line * 2 + 2 * _PADDING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Background by the style, then badge, title, detail, action."""
        self.initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]
        widget = option.widget  # type: ignore[attr-defined]
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        rect = QRectF(option.rect)  # type: ignore[attr-defined]
        self._draw(painter, rect, option, index.data(ITEM_ROLE))

    def _draw(self, painter: QPainter, rect: QRectF, option: QStyleOptionViewItem, item: TodayItem) -> None:
        metrics = option.fontMetrics  # type: ignore[attr-defined]
        wide = metrics.horizontalAdvance("口")
        inner = rect.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
        paint_badge(
            painter,
            words.urgency(item),
            QRectF(inner.x(), inner.y(), wide * _BADGE_CHARACTERS, inner.height()),
            metrics,
        )
        left = inner.x() + wide * _BADGE_CHARACTERS + _PADDING
        action = words.action(item)
        reserved = metrics.horizontalAdvance(f"{action} ›") + _PADDING if action else 0
        width = inner.right() - left - reserved
        half = inner.height() / 2
        bold = QFont(option.font)  # type: ignore[attr-defined]
        bold.setBold(True)
        self._text(painter, QRectF(left, inner.y(), width, half), item.title, bold, COLOURS.text)
        plain = QFont(option.font)  # type: ignore[attr-defined]
        self._text(painter, QRectF(left, inner.y() + half, width, half), item.detail, plain, COLOURS.quiet)
        place = QRectF(inner.right() - reserved, inner.y(), reserved, inner.height())
        painter.setPen(QColor(COLOURS.accent))
        painter.drawText(place, _RIGHT, f"{action} ›" if action else "")
        painter.setPen(QColor(COLOURS.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _text(self, painter: QPainter, place: QRectF, text: str, font: QFont, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(place, _LEFT, shown)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class WorkView(QListView):
    """One press or Enter from doing it."""

    picked = Signal(object)
    """The TodayItem that was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = WorkModel()
        self.setModel(self.lines)
        self.setItemDelegate(WorkDelegate(self))
        self.setAccessibleName(self.tr("今天要做的事"))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(lambda index: self._pick(index.row()))

    def show_items(self, items: Sequence[TodayItem]) -> None:
        """Replace the lines; the chosen one stays chosen while it is there."""
        chosen = self._key(self.currentIndex().row())
        self.lines.show_items(items)
        keys = [self._key(row) for row in range(len(items))]
        if items:
            self.setCurrentIndex(self.lines.index(keys.index(chosen) if chosen in keys else 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does what the line says."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~_KEYPAD:
            self._pick(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _pick(self, row: int) -> None:
        if 0 <= row < len(self.lines.items):
            self.picked.emit(self.lines.items[row])

    def _key(self, row: int) -> tuple[str, str] | None:
        if not 0 <= row < len(self.lines.items):
            return None
        item = self.lines.items[row]
        return item.kind, f"{item.target} {item.title}"


_KEYPAD = Qt.KeyboardModifier.KeypadModifier
