"""考勤: one row for each cadre, one column for each day; a key sets the state, a dot marks days with visits."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QMenu,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from villageapp.domain import codes, dates
from villageapp.services import attendances, cadres
from villageapp.services.attendances import CadreMonth
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import label

MONTHS = 24
"""Months back that can be chosen."""
_MARKS = {"在岗": "✓", "请假": "假", "出差": "差", "培训": "培", "休息": "休", "缺岗": "缺"}


class AttendancePane(QWidget):
    """Keys 1 to 6 set the state of the selected days; Enter or a click on the menu key shows the list."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._rows: list[tuple[str, str]] = []
        self._days: list[date] = []
        self._states = tuple(codes.code_list("CL_ATTENDANCE").labels)
        self.month = QComboBox()
        self.month.setAccessibleName(self.tr("月份"))
        today = context.work.today()
        for back in range(MONTHS):
            self.month.addItem(dates.add_months(today.replace(day=1), -back).strftime("%Y-%m"))
        self.month.activated.connect(lambda _index: self.refresh())
        self.grid = _Sheet()
        self.grid.setAccessibleName(self.tr("考勤表"))
        self.grid.chosen.connect(self._set_number)
        self.grid.menu_asked.connect(self._menu)
        keys = "　".join(f"{number} {state}" for number, state in enumerate(self._states, 1))
        self.hint = label(
            self.tr("选中日期后按数字键：") + keys + self.tr("　· 表示当天有走访"), "quiet", wrap=True
        )
        self.judged = label("", wrap=True)
        head = QHBoxLayout()
        head.addWidget(self.month)
        head.addWidget(self.hint, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(head)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.judged)
        context.signals.scaled.connect(self.grid.set_scale)
        self.grid.set_scale(context.settings.get(SCALE))

    def refresh(self) -> None:
        """Read the month."""
        work, month = self._context.work, date.fromisoformat(f"{self.month.currentText()}-01")
        self._context.tasks.read(
            lambda _progress: (cadres.list_cadres(work), attendances.attendance_month(work, month)),
            owner=self,
            done=lambda found: self._show(month, *found),
            latest="attendance",
        )

    def _show(self, month: date, people: Sequence[dict[str, object]], found: Sequence[CadreMonth]) -> None:
        last = calendar.monthrange(month.year, month.month)[1]
        self._days = [month.replace(day=number) for number in range(1, last + 1)]
        self._rows = [(str(one["id"]), str(one["name"])) for one in people]
        known = {one.cadre_id: one for one in found}
        self.grid.setRowCount(len(self._rows))
        self.grid.setColumnCount(last)
        self.grid.setVerticalHeaderLabels([name for _id, name in self._rows])
        weekdays = "一二三四五六日"
        self.grid.setHorizontalHeaderLabels([f"{d.day}\n{weekdays[d.weekday()]}" for d in self._days])
        for row, (cadre, name) in enumerate(self._rows):
            sheet = known.get(cadre)
            for column, day in enumerate(self._days):
                state = sheet.states.get(day, "") if sheet else ""
                visited = sheet is not None and day in sheet.visit_days
                self.grid.setItem(row, column, _cell(name, day, state, visited))
        self.judged.setText(_judged(found))

    def _menu(self) -> None:
        menu = QMenu(self)
        for number, state in enumerate(self._states, 1):
            menu.addAction(f"{number} {state}", lambda at=number: self._set_number(at))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(
            self.grid.viewport().mapToGlobal(self.grid.visualItemRect(self.grid.currentItem()).bottomLeft())
        )

    def _set_number(self, number: int) -> None:
        if not 1 <= number <= len(self._states):
            return
        work, state = self._context.work, self._states[number - 1]
        picked = [(self._rows[i.row()][0], self._days[i.column()]) for i in self.grid.selectedIndexes()]
        if picked:
            self._context.tasks.write(
                lambda _progress: attendances.mark_days(work, picked, state),
                owner=self,
                done=lambda _saved: self.refresh(),
                failed=self._context.tell.error,
            )


class _Sheet(QTableWidget):
    """Narrow columns, digits as commands."""

    chosen = Signal(int)
    menu_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.horizontalHeader().setHighlightSections(False)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)  # a mark with its dot is as wide as a cell
        for corner in self.findChildren(QAbstractButton):
            corner.setAccessibleName(self.tr("全选"))

    def set_scale(self, percent: int) -> None:
        """Column width and row height for a font scale."""
        self.horizontalHeader().setMinimumSectionSize(20)
        self.horizontalHeader().setDefaultSectionSize(round(34 * percent / 100))
        self.verticalHeader().setDefaultSectionSize(round(34 * percent / 100))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1 … 9 set a state, Enter shows what can be chosen."""
        if event.text().isdigit():
            self.chosen.emit(int(event.text()))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.menu_asked.emit()
        else:
            super().keyPressEvent(event)


def _judged(found: Sequence[CadreMonth]) -> str:
    """Each judgement once, with the names that it is about; one that is about all without names."""
    names: dict[str, list[str]] = {}
    for one in found:
        if one.judgement:
            names.setdefault(one.judgement, []).append(one.name)
    alike = len(names) == 1 and len(found) > 1
    return "　".join(said if alike else f"{'、'.join(who)}：{said}" for said, who in names.items())


def _cell(name: str, day: date, state: str, visited: bool) -> QTableWidgetItem:
    mark = _MARKS.get(state, state[:1])
    item = QTableWidgetItem(mark + ("·" if visited else ""))
    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    item.setToolTip(f"{name} {day} {state}" + ("，当天有走访" if visited else ""))
    return item
