"""Search line and chips above the employment ledger."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from villageapp.services.employment_lists import EmploymentFilter
from villageapp.services.employment_rows import Standing
from villageapp.ui.widgets.filters import FilterChip, FilterLine, claim, word

_PLACE = "employment"


class EmploymentFilters(FilterLine):
    """What the grid is narrowed to."""

    def __init__(self) -> None:
        tr = QCoreApplication.translate
        self.month = FilterChip(
            tr(_PLACE, "本月"), [(tr(_PLACE, "未核实"), False), (tr(_PLACE, "已核实"), True)]
        )
        self.standing = FilterChip(tr(_PLACE, "状态"), [(kind.value, kind) for kind in Standing])
        self.group = FilterChip(tr(_PLACE, "组"), [])
        self.place = FilterChip(tr(_PLACE, "地点"), [(tr(_PLACE, "县内"), True), (tr(_PLACE, "县外"), False)])
        self.planned = FilterChip(
            tr(_PLACE, "计划务工"), [(tr(_PLACE, "想务工"), True), (tr(_PLACE, "没有打算或未问"), False)]
        )
        super().__init__(
            tr(_PLACE, "姓名、拼音首字母、电话、企业、地点"),
            tr(_PLACE, "筛选务工台账"),
            (self.month, self.standing, self.group, self.place, self.planned),
            chips_width=4,
        )

    def wanted(self) -> EmploymentFilter:
        """The answers as the list service wants them."""
        standing = self.standing.value
        return EmploymentFilter(
            self.search.typed(),
            word(self.group.value),
            claim(self.month.value),
            claim(self.place.value),
            claim(self.planned.value),
            standing if isinstance(standing, Standing) else None,
        )

    def offer(self, groups: Sequence[str]) -> None:
        """The groups of this village."""
        self.group.set_choices([(name, name) for name in groups])
