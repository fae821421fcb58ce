"""The left rail: one entry per screen, icon and word, Alt+1 … Alt+9."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QToolButton, QVBoxLayout, QWidget

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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 8, 12)
        layout.setSpacing(4)
        for number, (key, title) in enumerate(entries, 1):
            layout.addWidget(self._entry(number, key, title))
        layout.addStretch(1)

    def mark(self, key: str) -> None:
        """Show that this screen is in front."""
        self._buttons[key].setChecked(True)

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
        if number <= 9:
            entry.setToolTip(f"{title}(Alt+{number})")
            QShortcut(QKeySequence(f"Alt+{number}"), self, lambda: self.asked.emit(key))
        return entry
