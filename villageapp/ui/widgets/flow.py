"""Layout that wraps like text, and three-line makers of the labels and buttons that every screen uses."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore
from PySide6.QtCore import QMargins, QPoint, QRect, QSize
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLayout,
    QLayoutItem,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from villageapp.ui import theme


class FlowLayout(QLayout):
    """Puts its widgets beside each other and goes on in the next line when the line is full."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(QMargins(0, 0, 0, 0))
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        """Called by Qt for every added widget."""
        self._items.append(item)

    def count(self) -> int:
        """Number of widgets."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """The item at ``index``, or None as Qt wants it."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        """Remove and return an item."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> QtCore.Qt.Orientation:
        """Takes no more than it needs."""
        return QtCore.Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Narrower means higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all lines at ``width`` pixels."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Place the widgets."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        """All in one line."""
        sizes = [item.sizeHint() for item in self._items]
        width = sum(size.width() for size in sizes) + self.spacing() * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        """The widest single widget."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        y = rect.y()
        for line in self._lines(rect.width()):
            height = max(size.height() for _item, size in line)
            x = rect.x()
            for item, size in line:
                if move:
                    item.setGeometry(QRect(QPoint(x, y + (height - size.height()) // 2), size))
                x += size.width() + self.spacing()
            y += height + self.spacing()
        return max(0, y - self.spacing() - rect.y())

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        room = 0
        for item in self._items:
            widget = item.widget()
            if widget is not None and widget.isHidden():
                continue
            size = item.sizeHint()
            if not lines or size.width() > room:
                lines.append([])
                room = width
            lines[-1].append((item, size))
            room -= size.width() + self.spacing()
        return lines


def label(text: str, role: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A plain-text label; ``role`` is one of the words of style.qss: title, heading, quiet, good, warn, bad."""
    made = QLabel(text)
    made.setProperty("textFormat", "PlainText")  # by word: see signin/window.py on the namespace Qt
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    if selectable:
        made.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def set_role(widget: QWidget, role: str) -> None:
    """Change the style role of a widget that is already shown."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        restyle(widget)


def restyle(widget: QWidget) -> None:
    """Make a changed dynamic property visible."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def button(
    text: str, pressed: Callable[[], object], *, role: str = "", icon: str = "", shortcut: str = ""
) -> QPushButton:
    """A push button. ``role`` is primary, flat or empty; the shortcut stands in the tool tip."""
    made = QPushButton(text)
    made.setAccessibleName(text)
    made.setAutoDefault(False)
    if role:
        made.setProperty("role", role)
    if icon:
        primary, colours = role == "primary", theme.COLOURS
        off = colours.disabled_on_fill if primary else colours.disabled
        made.setIcon(theme.icon(icon, colours.on_accent if primary else "", off=off))
    if shortcut:
        made.setShortcut(shortcut)
        made.setToolTip(f"{text}（{shortcut}）")
    made.clicked.connect(lambda _checked=False: pressed())
    return made


def tool(icon: str, name: str, pressed: Callable[[], object]) -> QToolButton:
    """A small button with an icon only; ``name`` is its tool tip and accessible name."""
    made = QToolButton()
    made.setIcon(theme.icon(icon))
    made.setToolTip(name)
    made.setAccessibleName(name)
    made.clicked.connect(lambda _checked=False: pressed())
    return made


def card(*, margin: int = 12, spacing: int = 8) -> tuple[QFrame, QVBoxLayout]:
    """A white frame with a thin border, and its vertical layout."""
    frame = QFrame()
    frame.setProperty("surface", "card")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    return frame, layout


def clear(layout: QLayout) -> None:
    """Remove and delete everything in ``layout``, nested layouts included."""
    while layout.count():
        item = layout.takeAt(0)
        widget: QWidget | None = item.widget()
        nested: QLayout | None = item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif nested is not None:
            clear(nested)


class EmptyState(QWidget):
    """What stands where there is nothing yet: what it means and what to do first."""

    def __init__(self, title: str, text: str, action: QPushButton | None = None) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(10)
        layout.addStretch(1)
        self._title = label(title, "heading")
        self._text = label(text, "quiet", wrap=True)
        for line in (self._title, self._text):
            line.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(line)
        if action is not None:
            action.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            layout.addWidget(action, 0, QtCore.Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)

    def title(self) -> str:
        """The heading shown."""
        return self._title.text()

    def text(self) -> str:
        """The explanation shown."""
        return self._text.text()

    def say(self, title: str, text: str) -> None:
        """Replace both texts."""
        self._title.setText(title)
        self._text.setText(text)
