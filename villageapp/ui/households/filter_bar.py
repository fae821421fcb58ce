"""Search line and filter chips above the household list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from villageapp.services.households import HouseholdFilter
from villageapp.ui.households.saved_filters import SavedFilters
from villageapp.ui.preferences import Preferences
from villageapp.ui.widgets.filters import FilterChip, SearchLine, claim, entries, word
from villageapp.ui.widgets.flow import FlowLayout, button

_UNVISITED_DAYS = (30, 90)
_LARGEST_UNFOLDED = 120
"""Percent of type up to which all chips are shown."""


class FilterBar(QWidget):
    """What the list is narrowed to."""

    altered = Signal()
    """Another text or another filter; typing is announced after a short pause."""

    def __init__(self, settings: Preferences) -> None:
        super().__init__()
        self.search = SearchLine(
            self.tr("在本页筛选：姓名、拼音首字母、证件后四位、电话"), self.tr("筛选农户")
        )
        self.search.paused.connect(self.altered)
        self.kind = FilterChip(self.tr("类型"), entries("CL_HH_TYPE"))
        self.monitoring = FilterChip(self.tr("监测"), self._monitoring_choices())
        self.group = FilterChip(self.tr("组"), [])
        self.unvisited = FilterChip(self.tr("未走访"), self._unvisited_choices())
        self.problems = FilterChip(
            self.tr("问题"), [(self.tr("有未办结问题"), True), (self.tr("没有未办结问题"), False)]
        )
        self.labour = FilterChip(self.tr("劳动力"), [(self.tr("整户无劳动力"), True)])
        self.risk = FilterChip(self.tr("风险"), entries("CL_RISK"))
        self.unmet = FilterChip(
            self.tr("三保障"), [(self.tr("最近走访有“否”"), True), (self.tr("最近走访没有“否”"), False)]
        )
        self.away = FilterChip(
            self.tr("外出务工"), [(self.tr("有人外出务工"), True), (self.tr("没有人外出务工"), False)]
        )
        self.saved = SavedFilters(settings, self)
        self.saved.picked.connect(self.apply)
        self.more = QToolButton()
        self.more.setText(self.tr("更多筛选"))
        self.more.setAccessibleName(self.tr("更多筛选"))
        self.more.setCheckable(True)
        self.more.setProperty("role", "chip")
        self.more.clicked.connect(lambda _on: self._fold())
        self._is_large = False
        self.top = QHBoxLayout()
        """The line of the search; the panel adds the number of households."""
        self.clear = button(self.tr("清除筛选"), self.reset, role="flat")
        self.clear.hide()
        self._lay_out()

    def text(self) -> str:
        """The typed text."""
        return self.search.typed()

    def filters(self, today: date) -> HouseholdFilter:
        """The chips as the list service wants them."""
        monitoring, days = self.monitoring.value, self.unvisited.value
        return HouseholdFilter(
            household_type=word(self.kind.value),
            monitored=monitoring if isinstance(monitoring, bool) else None,
            monitoring_category=None if isinstance(monitoring, bool) else word(monitoring),
            group_name=word(self.group.value),
            unvisited_since=today - timedelta(days=days) if isinstance(days, int) else None,
            with_problems=claim(self.problems.value),
            no_labour_whole=claim(self.labour.value),
            risk=word(self.risk.value),
            unmet=claim(self.unmet.value),
            working_away=claim(self.away.value),
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
        names = ("kind", "monitoring", "group", "unvisited", "problems", "labour", "risk", "unmet", "away")
        return dict(zip(names, self._chips, strict=True))

    def set_groups(self, names: Sequence[str]) -> None:
        """The groups of this village."""
        self.group.set_choices([(name or self.tr("（未分组）"), name) for name in names])

    def set_scale(self, percent: int) -> None:
        """In large type the chips that are used less stand behind 更多筛选, so that the list keeps its room."""
        self._is_large = percent > _LARGEST_UNFOLDED
        self._fold()

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
        first = (self.kind, self.monitoring, self.group, self.unvisited, self.problems, self.labour)
        self._chips = (*first, self.risk, self.unmet, self.away)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.top.addWidget(self.search, 1)
        layout.addLayout(self.top)
        row = QWidget()
        flow = FlowLayout(row, spacing=6)
        for chip in self._chips:
            chip.picked.connect(self._on_picked)
            flow.addWidget(chip)
        flow.addWidget(self.more)
        flow.addWidget(self.saved)
        flow.addWidget(self.clear)
        layout.addWidget(row)

    def _on_picked(self) -> None:
        self.clear.setVisible(any(chip.value is not None for chip in self._chips))
        self._fold()
        self.search.settle()
        self.altered.emit()

    def _fold(self) -> None:
        folded = self._is_large and not self.more.isChecked()
        self.more.setVisible(self._is_large)
        for chip in (self.labour, self.risk, self.unmet, self.away):
            chip.setVisible(not folded or chip.value is not None)

    def _monitoring_choices(self) -> list[tuple[str, object]]:
        return [
            (self.tr("监测中（风险未消除）"), True),
            (self.tr("不在监测"), False),
            *entries("CL_MON_CAT")[1:],
        ]

    def _unvisited_choices(self) -> list[tuple[str, object]]:
        return [(self.tr("超过 {days} 天").format(days=days), days) for days in _UNVISITED_DAYS]
