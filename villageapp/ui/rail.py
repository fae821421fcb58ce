"""The left rail: one entry per screen, icon and word, Alt+1 … Alt+9, Alt+0.

Where the window is low or the type large the entries move closer together; what still does not fit scrolls.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from villageapp.ui import theme
from villageapp.ui.preferences import BASE_PIXELS
from villageapp.ui.widgets.flow import restyle

_AIR = {"loose": 8, "tight": 3, "tightest": 1}
"""Pixels at 100 % above and below a word (style.qss), by the property ``air``."""


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
        self._air = "loose"
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Closer together in a low window."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """The style sheet has had its say only now."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._fit)

    def changeEvent(self, event: QEvent) -> None:
        """Another size of type needs another room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            QTimer.singleShot(0, self, self._fit)

    def mark(self, key: str) -> None:
        """Show that this screen is in front."""
        self._buttons[key].setChecked(True)
        self._scroll.ensureWidgetVisible(self._buttons[key])

    def _fit(self) -> None:
        """All entries without scrolling, as long as that is possible."""
        scale = self.font().pixelSize() * 100 // BASE_PIXELS
        sides = 2 * len(self._buttons)
        bare = self._scroll.widget().minimumSizeHint().height()
        bare -= sides * theme.pixels(scale, _AIR[self._air])
        fitting = (air for air, at in _AIR.items() if bare + sides * theme.pixels(scale, at) <= self.height())
        air = next(fitting, "tightest")
        if air != self._air:
            self._air = air
            for entry in self._buttons.values():
                entry.setProperty("air", air)
                restyle(entry)
                QApplication.sendEvent(entry, QEvent(QEvent.Type.StyleChange))  # it remembers its size

    def _entry(self, number: int, key: str, title: str) -> QToolButton:
        entry = QToolButton()
        entry.setText(title)
        entry.setIcon(theme.icon(key, theme.COLOURS.rail_text))
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
