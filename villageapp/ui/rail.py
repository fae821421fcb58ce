"""The left rail: one entry per screen, icon and word, Alt+1 … Alt+9, Alt+0; it scrolls when type is large."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from villageapp.ui import theme


class Rail(QWidget):
    """Shows which screen is in front and asks for another."""

    asked = Signal(str)
    """Key of the screen that the person wants."""

    def __init__(self, entries: Sequence[tuple[str, str]]) -> None:
        """``entries`` are (key, title) pairs; the key names the icon."""
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        inner = QWidget()
        inner.setObjectName("railEntries")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(8, 8, 8, 8)
        rows.setSpacing(2)
        for number, (key, title) in enumerate(entries, 1):
            rows.addWidget(self._entry(number, key, title))
        rows.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("railScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._scroll)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """As wide as the longest entry, with room for a scroll bar."""
        inner = self._scroll.widget()
        width = inner.sizeHint().width() + self._scroll.verticalScrollBar().sizeHint().width()
        return QSize(width, super().sizeHint().height())

    def mark(self, key: str) -> None:
        """Show that this screen is in front."""
        self._buttons[key].setChecked(True)
        self._scroll.ensureWidgetVisible(self._buttons[key])

    def _entry(self, number: int, key: str, title: str) -> QToolButton:
        entry = QToolButton()
        entry.setText(title)
        entry.setIcon(theme.icon(key, theme.COLOURS.rail_text))
        entry.setIconSize(QSize(22, 22))
        entry.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        entry.setCheckable(True)
        entry.setProperty("role", "rail")
        entry.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        entry.setAccessibleName(title)
        entry.clicked.connect(lambda _checked=False: self.asked.emit(key))
        self._group.addButton(entry)
        self._buttons[key] = entry
        if number <= 10:
            digit = number % 10
            entry.setToolTip(f"{title} (Alt+{digit})")
            QShortcut(QKeySequence(f"Alt+{digit}"), self, lambda: self.asked.emit(key))
        return entry
