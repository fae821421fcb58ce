"""Search line and filter chips above a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from villageapp.domain import codes
from villageapp.ui import theme
from villageapp.ui.widgets.flow import FlowLayout, button, restyle

TYPING_MS = 120
"""Pause in typing after which the list follows."""
_LONGEST = 60


class SearchLine(QLineEdit):
    """A line to search by; ``paused`` follows a short pause in typing."""

    paused = Signal()

    def __init__(self, hint: str, name: str) -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setAccessibleName(name)
        self.setClearButtonEnabled(True)
        self.setMaxLength(_LONGEST)
        self.addAction(theme.icon("search", theme.COLOURS.quiet), QLineEdit.ActionPosition.LeadingPosition)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_MS)
        self._pause.timeout.connect(self.paused)
        self.textChanged.connect(lambda _text: self._pause.start())

    def typed(self) -> str:
        """The text without blanks around it."""
        return self.text().strip()

    def settle(self) -> None:
        """Do not announce what was typed: somebody does so now."""
        self._pause.stop()


@dataclass(frozen=True, slots=True)
class _Choice:
    """One entry of a chip's menu."""

    text: str
    value: object


class FilterChip(QToolButton):
    """A question with one chosen answer; shows the answer and fills while one is chosen."""

    picked = Signal()

    def __init__(self, title: str, choices: Sequence[tuple[str, object]]) -> None:
        super().__init__()
        self._title = title
        self.value: object = None
        self.setProperty("role", "chip")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setMenu(QMenu(self))
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[str, object]]) -> None:
        """Replace the menu; the chosen answer stays when it is still offered."""
        self._choices = [_Choice(self.tr("全部"), None), *(_Choice(text, value) for text, value in choices)]
        menu = self.menu()
        menu.clear()
        group = QActionGroup(menu)
        for choice in self._choices:
            action = QAction(choice.text, group)
            action.setCheckable(True)
            action.setChecked(choice.value == self.value)
            action.triggered.connect(lambda _on=False, value=choice.value: self._pick(value))
            menu.addAction(action)
        if all(choice.value != self.value for choice in self._choices):
            self.value = None
        self._show()

    def choose(self, value: object) -> None:
        """Choose an answer without announcing it; None for all."""
        self.value = value
        self.set_choices([(choice.text, choice.value) for choice in self._choices[1:]])

    def _pick(self, value: object) -> None:
        self.choose(value)
        self.picked.emit()

    def _show(self) -> None:
        chosen = next((c.text for c in self._choices if c.value == self.value and c.value is not None), "")
        self.setText(f"{self._title}：{chosen} ▾" if chosen else f"{self._title} ▾")
        self.setAccessibleName(f"{self._title}：{chosen or self.tr('全部')}")
        self.setProperty("filled", "true" if chosen else "false")
        restyle(self)


class FilterLine(QWidget):
    """A search line and chips in a row, and a button that clears them; the parts are given by the list's own class."""

    altered = Signal()
    """Another text or another answer; typing is announced after a short pause."""

    def __init__(self, hint: str, name: str, chips: Sequence[FilterChip], *, chips_width: int = 3) -> None:
        super().__init__()
        self.search = SearchLine(hint, name)
        self.search.paused.connect(self._on_paused)
        self._chips = tuple(chips)
        self.clear = button(self.tr("清除筛选"), self.reset, role="flat")
        self.clear.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.search, 2, Qt.AlignmentFlag.AlignTop)
        row = QWidget()
        flow = FlowLayout(row, spacing=6)
        for chip in self._chips:
            chip.picked.connect(self._on_picked)
            flow.addWidget(chip)
        flow.addWidget(self.clear)
        layout.addWidget(row, chips_width)

    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.search.typed()) or any(chip.value is not None for chip in self._chips)

    def reset(self) -> None:
        """Show everything again."""
        self.search.clear()
        for chip in self._chips:
            chip.choose(None)
        self._on_picked()

    def _on_paused(self) -> None:
        self.clear.setVisible(self.is_narrowed())
        self.altered.emit()

    def _on_picked(self) -> None:
        self.clear.setVisible(self.is_narrowed())
        self.search.settle()
        self.altered.emit()


def entries(name: str) -> list[tuple[str, object]]:
    """The choices of a chip over a code list, as (label, code)."""
    return [(label, code) for code, label in codes.code_list(name).labels.items()]


def word(value: object) -> str | None:
    """The answer of a chip whose values are codes or names."""
    return value if isinstance(value, str) else None


def claim(value: object) -> bool | None:
    """The answer of a chip whose values are yes and no."""
    return value if isinstance(value, bool) else None
