"""Search line and chips above the measures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from villageapp.domain.codes import code_list
from villageapp.services.measure_lists import MeasureFilter
from villageapp.ui import theme
from villageapp.ui.households.filter_bar import TYPING_MS, FilterChip
from villageapp.ui.widgets.flow import FlowLayout, button


class MeasureFilters(QWidget):
    """What the list is narrowed to."""

    altered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("姓名、拼音首字母、电话、措施内容、子项、责任人"))
        self.search.setAccessibleName(self.tr("筛选帮扶措施"))
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
        self.year = FilterChip(self.tr("年度"), [])
        self.group = FilterChip(self.tr("措施大类"), _entries("CL_MEASURE_GROUP"))
        self.status = FilterChip(self.tr("状态"), _entries("CL_MEASURE_STATUS"))
        self.place = FilterChip(self.tr("组"), [])
        self.clear = button(self.tr("清除筛选"), self.reset, role="flat")
        self.clear.hide()
        self._chips = (self.year, self.group, self.status, self.place)
        self._lay_out()

    def wanted(self) -> MeasureFilter:
        """The answers as the list service wants them."""
        year, group, status, place = (chip.value for chip in self._chips)
        return MeasureFilter(
            self.search.text().strip(),
            year if isinstance(year, int) else None,
            group if isinstance(group, str) else None,
            status if isinstance(status, str) else None,
            place if isinstance(place, str) else None,
        )

    def offer(self, years: Sequence[int], groups: Sequence[str]) -> None:
        """The years and groups that this village has."""
        self.year.set_choices([(self.tr("{year} 年").format(year=year), year) for year in years])
        self.place.set_choices([(name, name) for name in groups])

    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.search.text().strip()) or any(chip.value is not None for chip in self._chips)

    def reset(self) -> None:
        """Show everything again."""
        self.search.clear()
        for chip in self._chips:
            chip.choose(None)
        self._on_picked()

    def _lay_out(self) -> None:
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
        layout.addWidget(row, 3)

    def _on_picked(self) -> None:
        self.clear.setVisible(any(chip.value is not None for chip in self._chips))
        self._pause.stop()
        self.altered.emit()


def _entries(name: str) -> list[tuple[str, object]]:
    return [(label, code) for code, label in code_list(name).labels.items()]
