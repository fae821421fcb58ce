"""The month so far: coverage, visits per day, open problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from villageapp.ui.today import words
from villageapp.ui.today.bars import DayBars
from villageapp.ui.today.ring import CoverageRing
from villageapp.ui.widgets.flow import FlowLayout, label, set_role

if TYPE_CHECKING:
    from villageapp.services.today import MonthFigures


class MonthPanel(QFrame):
    """Figures only; nothing to press."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.ring = CoverageRing()
        self.bars = DayBars()
        self.title = label("", "heading")
        self.coverage = label("")
        self.visits = label("", "quiet")
        self.open_problems = label("", "figure")
        self.overdue_problems = label("", "figure")
        self._lay_out()

    def show_figures(self, figures: MonthFigures) -> None:
        """Fill in a month."""
        self.title.setText(self.tr("{month}月遍访率").format(month=figures.first_day.month))
        lines = words.coverage_lines(figures)
        self.coverage.setWordWrap(not figures.households)
        self.coverage.setText("\n".join(lines))
        self.ring.show_share(figures.coverage if figures.households else None)
        spoken = self.tr("遍访率 {share}，{text}").format(share=self.ring.text(), text="，".join(lines))
        self.ring.setAccessibleName(spoken)
        self.visits.setText(words.visits_text(figures))
        self.bars.show_days(figures.visits_by_day, words.days_spoken(figures))
        self.open_problems.setText(str(figures.open_problems))
        self.overdue_problems.setText(str(figures.overdue_problems))
        set_role(self._overdue_word, "bad" if figures.overdue_problems else "quiet")

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(self.title)
        top = FlowLayout(spacing=14)
        top.addWidget(self.ring)
        top.addWidget(self.coverage)
        layout.addLayout(top)
        layout.addSpacing(8)
        layout.addWidget(label(self.tr("每天走访次数"), "heading"))
        layout.addWidget(self.bars)
        layout.addWidget(self.visits)
        layout.addSpacing(8)
        layout.addWidget(label(self.tr("问题"), "heading"))
        layout.addLayout(self._problems())
        layout.addStretch(1)

    def _problems(self) -> QGridLayout:
        self._overdue_word = label(self.tr("其中超期"), "quiet")
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.addWidget(self.open_problems, 0, 0)
        grid.addWidget(label(self.tr("未销号"), "quiet"), 1, 0)
        grid.addWidget(self.overdue_problems, 0, 1)
        grid.addWidget(self._overdue_word, 1, 1)
        grid.setColumnStretch(2, 1)
        return grid
