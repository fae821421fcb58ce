"""月调度表: the figures of a month, each openable, ready to be copied into the report."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from villageapp.domain import dates
from villageapp.domain.problem_report import MonthSheet
from villageapp.services import problem_courses
from villageapp.ui.context import Context
from villageapp.ui.widgets.flow import button, clear, label

MONTHS = 24
"""Months back that can be chosen."""


class MonthDialog(QDialog):
    """Choose a month; nine figures."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("问题月调度表"))
        self.month = QComboBox()
        self.month.setAccessibleName(self.tr("月份"))
        today = context.work.today()
        for back in range(MONTHS):
            self.month.addItem(dates.add_months(today.replace(day=1), -back).strftime("%Y-%m"))
        self.month.activated.connect(lambda _index: self.refresh())
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(28)
        self._grid.setVerticalSpacing(10)
        self.figures: dict[str, str] = {}
        head = QHBoxLayout()
        head.addWidget(label(self.tr("月份")))
        head.addWidget(self.month)
        head.addStretch(1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button(self.tr("复制"), self._copy))
        foot.addWidget(button(self.tr("关闭"), self.accept, role="primary"))
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addLayout(self._grid)
        layout.addStretch(1)
        layout.addLayout(foot)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("字") * 34)
        self.refresh()

    def refresh(self) -> None:
        """Count the month."""
        work, month = self._context.work, problem_courses.month_of(self.month.currentText())
        self._context.tasks.read(
            lambda _progress: problem_courses.month_sheet(work, month),
            owner=self,
            done=self._show,
            latest="month",
        )

    def _show(self, sheet: MonthSheet) -> None:
        clear(self._grid)
        rows = (
            ("added", self.tr("新增")),
            ("to_finish", self.tr("应办结")),
            ("finished", self.tr("办结")),
            ("on_time", self.tr("按期")),
            ("overdue", self.tr("超期")),
            ("returned", self.tr("回炉")),
            ("rebounded", self.tr("反弹")),
            ("closed", self.tr("销号")),
            ("open", self.tr("未销号")),
        )
        counts = sheet.counts()
        self.figures = {title: str(counts[name]) for name, title in rows}
        for number, (title, figure) in enumerate(self.figures.items()):
            self._grid.addWidget(label(figure, "figure"), number // 5 * 2, number % 5)
            self._grid.addWidget(label(title, "quiet"), number // 5 * 2 + 1, number % 5)

    def _copy(self) -> None:
        from PySide6.QtGui import QGuiApplication

        lines = ("\t".join(self.figures), "\t".join(self.figures.values()))
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._context.tell.note(self.tr("已复制，可以贴到表格里。"))
