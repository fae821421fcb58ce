"""Search line and chips above the measures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from villageapp.services.measure_lists import MeasureFilter
from villageapp.ui.widgets.filters import FilterChip, FilterLine, entries, word

_PLACE = "measures"


class MeasureFilters(FilterLine):
    """What the list is narrowed to."""

    def __init__(self) -> None:
        tr = QCoreApplication.translate
        self.year = FilterChip(tr(_PLACE, "年度"), [])
        self.group = FilterChip(tr(_PLACE, "措施大类"), entries("CL_MEASURE_GROUP"))
        self.status = FilterChip(tr(_PLACE, "状态"), entries("CL_MEASURE_STATUS"))
        self.place = FilterChip(tr(_PLACE, "组"), [])
        super().__init__(
            tr(_PLACE, "姓名、拼音首字母、电话、措施内容、子项、责任人"),
            tr(_PLACE, "筛选帮扶措施"),
            (self.year, self.group, self.status, self.place),
        )

    def wanted(self) -> MeasureFilter:
        """The answers as the list service wants them."""
        year = self.year.value
        return MeasureFilter(
            self.search.typed(),
            year if isinstance(year, int) else None,
            word(self.group.value),
            word(self.status.value),
            word(self.place.value),
        )

    def offer(self, years: Sequence[int], groups: Sequence[str]) -> None:
        """The years and groups that this village has."""
        self.year.set_choices([(self.tr("{year} 年").format(year=year), year) for year in years])
        self.place.set_choices([(name, name) for name in groups])
