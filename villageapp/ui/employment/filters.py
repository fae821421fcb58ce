"""Search line and chips above the employment ledger."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from villageapp.services.employment_lists import EmploymentFilter
from villageapp.services.employment_rows import Standing
from villageapp.ui import theme
from villageapp.ui.households.filter_bar import TYPING_MS, FilterChip
from villageapp.ui.widgets.flow import FlowLayout, button


class EmploymentFilters(QWidget):
    """What the grid is narrowed to."""

    altered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("姓名、拼音首字母、电话、企业、地点"))
        self.search.setAccessibleName(self.tr("筛选务工台账"))
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
        self.month = FilterChip(self.tr("本月"), [(self.tr("未核实"), False), (self.tr("已核实"), True)])
        self.standing = FilterChip(self.tr("状态"), [(kind.value, kind) for kind in Standing])
        self.group = FilterChip(self.tr("组"), [])
        self.place = FilterChip(self.tr("地点"), [(self.tr("县内"), True), (self.tr("县外"), False)])
        self.planned = FilterChip(
            self.tr("计划务工"), [(self.tr("想务工"), True), (self.tr("没有打算或未问"), False)]
        )
        self._chips = (self.month, self.standing, self.group, self.place, self.planned)
        self.clear = button(self.tr("清除筛选"), self.reset, role="flat")
        self.clear.hide()
        self._lay_out()

    def wanted(self) -> EmploymentFilter:
        """The answers as the list service wants them."""
        month, standing, group, place, planned = (chip.value for chip in self._chips)
        return EmploymentFilter(
            self.search.text().strip(),
            group if isinstance(group, str) else None,
            month if isinstance(month, bool) else None,
            place if isinstance(place, bool) else None,
            planned if isinstance(planned, bool) else None,
            standing if isinstance(standing, Standing) else None,
        )

    def offer(self, groups: Sequence[str]) -> None:
        """The groups of this village."""
        self.group.set_choices([(name, name) for name in groups])

    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.search.text().strip()) or any(chip.value is not None for chip in self._chips)

    def reset(self) -> None:
        """Show everybody again."""
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
        layout.addWidget(row, 4)

    def _on_picked(self) -> None:
        self.clear.setVisible(any(chip.value is not None for chip in self._chips))
        self._pause.stop()
        self.altered.emit()
