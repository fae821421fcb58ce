"""The names of the tabs in as many lines as they need: eleven do not fit beside each other in large type."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QButtonGroup, QTabWidget, QToolButton, QWidget

from villageapp.ui.widgets.flow import FlowLayout


class TabStrip(QWidget):
    """Stands for the tab bar of ``tabs``, which is hidden: arrow keys go from one to the next, all are seen."""

    def __init__(self, tabs: QTabWidget) -> None:
        super().__init__()
        self._tabs = tabs
        self.setAccessibleName(tabs.accessibleName())
        flow = FlowLayout(self, spacing=0)
        group = QButtonGroup(self)
        self.entries: list[QToolButton] = []
        for index in range(tabs.count()):
            entry = QToolButton()
            entry.setText(tabs.tabText(index))
            entry.setAccessibleName(tabs.tabText(index))
            entry.setCheckable(True)
            entry.setProperty("role", "tab")
            entry.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            group.addButton(entry, index)
            self.entries.append(entry)
            flow.addWidget(entry)
        group.idToggled.connect(lambda at, on: tabs.setCurrentIndex(at) if on else None)
        tabs.currentChanged.connect(lambda at: self.entries[at].setChecked(True))
        tabs.tabBar().hide()
        tabs.setFocusPolicy(
            Qt.FocusPolicy.NoFocus
        )  # it would hand the keyboard to the hidden bar and lose it
        self.entries[tabs.currentIndex()].setChecked(True)

    def say(self, index: int, title: str) -> None:
        """Give a tab another title."""
        self._tabs.setTabText(index, title)
        self.entries[index].setText(title)
        self.entries[index].setAccessibleName(title)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard goes to the tab in front."""
        super().focusInEvent(event)
        self.entries[self._tabs.currentIndex()].setFocus(event.reason())
