"""Search line and filter chips above the household list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from villageapp.domain import codes
from villageapp.services.households import HouseholdFilter
from villageapp.ui import theme
from villageapp.ui.households.saved_filters import SavedFilters
from villageapp.ui.preferences import Preferences
from villageapp.ui.widgets.flow import FlowLayout, button, restyle

TYPING_MS = 120
"""Pause in typing after which the list follows."""
_UNVISITED_DAYS = (30, 90)


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


class FilterBar(QWidget):
    """What the list is narrowed to."""

    altered = Signal()
    """Another text or another filter; typing is announced after a short pause."""

    def __init__(self, settings: Preferences) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("在本页筛选：姓名、拼音首字母、证件后四位、电话"))
        self.search.setAccessibleName(self.tr("筛选农户"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(60)
        self.search.addAction(
            theme.icon("search", theme.COLOURS.quiet), QLineEdit.ActionPosition.LeadingPosition
        )
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_MS)
        self._pause.timeout.connect(self.altered)
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.kind = FilterChip(self.tr("类型"), _entries("CL_HH_TYPE"))
        self.monitoring = FilterChip(self.tr("监测"), self._monitoring_choices())
        self.group = FilterChip(self.tr("组"), [])
        self.unvisited = FilterChip(self.tr("未走访"), self._unvisited_choices())
        self.problems = FilterChip(
            self.tr("问题"), [(self.tr("有未办结问题"), True), (self.tr("没有未办结问题"), False)]
        )
        self.labour = FilterChip(self.tr("劳动力"), [(self.tr("整户无劳动力"), True)])
        self.saved = SavedFilters(settings, self)
        self.saved.picked.connect(self.apply)
        self.clear = button(self.tr("清除筛选"), self.reset, role="flat")
        self.clear.hide()
        self._lay_out()

    def text(self) -> str:
        """The typed text."""
        return self.search.text().strip()

    def filters(self, today: date) -> HouseholdFilter:
        """The chips as the list service wants them."""
        monitoring, days = self.monitoring.value, self.unvisited.value
        return HouseholdFilter(
            household_type=_word(self.kind.value),
            monitored=monitoring if isinstance(monitoring, bool) else None,
            monitoring_category=None if isinstance(monitoring, bool) else _word(monitoring),
            group_name=_word(self.group.value),
            unvisited_since=today - timedelta(days=days) if isinstance(days, int) else None,
            with_problems=_claim(self.problems.value),
            no_labour_whole=_claim(self.labour.value),
        )

    def state(self) -> dict[str, object]:
        """The chosen answers by chip, for keeping; what was typed is not kept: it may name a person."""
        return {name: chip.value for name, chip in self._named().items() if chip.value is not None}

    def apply(self, state: Mapping[str, object]) -> None:
        """Choose these answers and no others; an answer that is no longer offered is left out."""
        for name, chip in self._named().items():
            chip.choose(state.get(name))
        self._on_picked()

    def _named(self) -> dict[str, FilterChip]:
        names = ("kind", "monitoring", "group", "unvisited", "problems", "labour")
        return dict(zip(names, self._chips, strict=True))

    def set_groups(self, names: Sequence[str]) -> None:
        """The groups of this village."""
        self.group.set_choices([(name or self.tr("（未分组）"), name) for name in names])

    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.text()) or any(chip.value is not None for chip in self._chips)

    def reset(self) -> None:
        """Show everything again."""
        self.search.clear()
        for chip in self._chips:
            chip.choose(None)
        self._on_picked()

    def _lay_out(self) -> None:
        self._chips = (self.kind, self.monitoring, self.group, self.unvisited, self.problems, self.labour)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        row = QWidget()
        flow = FlowLayout(row, spacing=6)
        for chip in self._chips:
            chip.picked.connect(self._on_picked)
            flow.addWidget(chip)
        flow.addWidget(self.saved)
        flow.addWidget(self.clear)
        layout.addWidget(row)

    def _on_picked(self) -> None:
        self.clear.setVisible(any(chip.value is not None for chip in self._chips))
        self._pause.stop()
        self.altered.emit()

    def _monitoring_choices(self) -> list[tuple[str, object]]:
        return [
            (self.tr("监测中（风险未消除）"), True),
            (self.tr("不在监测"), False),
            *_entries("CL_MON_CAT")[1:],
        ]

    def _unvisited_choices(self) -> list[tuple[str, object]]:
        return [(self.tr("超过 {days} 天").format(days=days), days) for days in _UNVISITED_DAYS]


def _entries(name: str) -> list[tuple[str, object]]:
    return [(label, code) for code, label in codes.code_list(name).labels.items()]


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _claim(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
