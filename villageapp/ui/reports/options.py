"""What the chosen output asks for, in one line that wraps: day, group, household, grade, paper, month, copies …"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSpinBox, QWidget

from villageapp.domain import dates
from villageapp.domain.fields import Field, Kind, parse
from villageapp.services.cards import Privacy
from villageapp.services.ledger_files import PAPERS
from villageapp.services.outputs import Ask, Choice, Output
from villageapp.services.visit_sheets import MOST_BLANK
from villageapp.ui.context import Context
from villageapp.ui.measures.household_input import HouseholdInput
from villageapp.ui.widgets.field_inputs import DateInput
from villageapp.ui.widgets.flow import FlowLayout, label

_MONTHS = 24


class OptionsBar(QWidget):
    """Shows only what is asked; ``changed`` when something else was chosen."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._today = context.work.today()
        self.day = DateInput(Field("on", self.tr("截至日期"), Kind.DATE))
        self.day.set_value(self._today)
        self.group = self._combo(self.tr("村民小组"))
        self.household = HouseholdInput(context, Field("household", self.tr("农户")))
        self.household.line.setPlaceholderText(self.tr("全部；输入姓名只打一户"))
        self.grade = self._combo(self.tr("隐私级别"))
        self.paper = self._combo(self.tr("纸张"))
        self.month = self._combo(self.tr("月份"))
        self.copies = QSpinBox()
        self.copies.setRange(1, MOST_BLANK)
        self.copies.setAccessibleName(self.tr("份数"))
        self.visit = self._combo(self.tr("走访"))
        self.case = self._combo(self.tr("监测案卷"))
        self.problem = self._combo(self.tr("问题"))
        self.blank = QCheckBox(self.tr("空白表（手写用）"))
        self._fill_fixed()
        self._parts: dict[Ask, QWidget] = {}
        self._lay_out()
        self._listen()

    def ask(self, output: Output) -> None:
        """Show what this output asks for; what was chosen before stays, except for an empty form."""
        for ask, part in self._parts.items():
            part.setVisible(ask in output.asks)
        for part in (self.paper, self.blank):
            part.blockSignals(True)
        self.blank.setChecked(False)
        self.paper.setCurrentIndex(max(0, self.paper.findData(output.paper(Choice()))))
        for part in (self.paper, self.blank):
            part.blockSignals(False)
        self.updateGeometry()

    def offer_groups(self, groups: Iterable[str]) -> None:
        """The villagers' groups there are."""
        self._offer(self.group, [(None, self.tr("全村")), *((name, name) for name in groups)])

    def offer_visits(self, found: Iterable[tuple[str, str]]) -> None:
        """Recorded visits, the newest first."""
        self._offer(self.visit, list(found))

    def offer_cases(self, found: Iterable[tuple[str, str]]) -> None:
        """Monitoring cases, the newest first."""
        self._offer(self.case, list(found))

    def offer_problems(self, found: Iterable[tuple[str, str]]) -> None:
        """Problem items, the latest first."""
        self._offer(self.problem, list(found))

    def choice(self) -> Choice:
        """What is chosen now."""
        return Choice(
            on=self._day(),
            group=self.group.currentData(),
            household_id=self.household.value(),
            grade=Privacy(self.grade.currentData()),
            paper=self.paper.currentData(),
            month=self.month.currentData(),
            copies=self.copies.value(),
            visit_id=self.visit.currentData(),
            case_id=self.case.currentData(),
            problem_id=self.problem.currentData(),
            blank=self.blank.isChecked(),
        )

    def _day(self) -> date | None:
        """The day typed; None (today) while it is none."""
        try:
            found = parse(self.day.field, self.day.value())
        except ValueError:
            self.day.set_wrong(True)
            return None
        self.day.set_wrong(False)
        return found if isinstance(found, date) else None

    def _combo(self, name: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        return made

    def _fill_fixed(self) -> None:
        self.group.addItem(self.tr("全村"), None)
        for grade in Privacy:
            self.grade.addItem(f"{grade.value} {grade.label}", grade.value)
        self.grade.setCurrentIndex(list(Privacy).index(Privacy.P1))
        for paper in PAPERS:
            self.paper.addItem(paper, paper)
        first = self._today.replace(day=1)
        for back in range(_MONTHS):
            month = dates.add_months(first, -back)
            self.month.addItem(month.strftime("%Y-%m"), month)

    def _lay_out(self) -> None:
        flow = FlowLayout(self, spacing=10)
        named: Mapping[Ask, tuple[str, QWidget]] = {
            Ask.MONTH: (self.tr("月份"), self.month),
            Ask.DAY: (self.tr("截至"), self.day),
            Ask.GROUP: (self.tr("小组"), self.group),
            Ask.HOUSEHOLD: (self.tr("农户"), self.household),
            Ask.VISIT: (self.tr("走访"), self.visit),
            Ask.CASE: (self.tr("案卷"), self.case),
            Ask.PROBLEM: (self.tr("问题"), self.problem),
            Ask.GRADE: (self.tr("隐私级别"), self.grade),
            Ask.PAPER: (self.tr("纸张"), self.paper),
            Ask.COPIES: (self.tr("份数"), self.copies),
        }
        wide = self.fontMetrics().horizontalAdvance("字")
        self.day.setMinimumWidth(wide * 10)
        self.household.setMinimumWidth(wide * 16)
        for ask, (words, control) in named.items():
            part = QWidget()
            row = QHBoxLayout(part)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
            text = label(words)
            text.setBuddy(control)
            row.addWidget(text)
            row.addWidget(control)
            self._parts[ask] = part
            flow.addWidget(part)
            part.hide()
        self.blank.setMinimumHeight(self.group.sizeHint().height())
        self._parts[Ask.BLANK] = self.blank
        flow.addWidget(self.blank)
        self.blank.hide()

    def _listen(self) -> None:
        for combo in (self.group, self.grade, self.paper, self.month, self.visit, self.case, self.problem):
            combo.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.blank.toggled.connect(lambda _on: self.changed.emit())
        self.copies.valueChanged.connect(lambda _value: self.changed.emit())
        self.day.edited.connect(self.changed.emit)
        self.household.edited.connect(self.changed.emit)

    def _offer(self, combo: QComboBox, found: list[tuple[Any, str]]) -> None:
        kept = combo.currentData()
        combo.blockSignals(True)
        combo.clear()
        for value, words in found:
            combo.addItem(words, value)
        combo.setCurrentIndex(max(0, combo.findData(kept)) if found else -1)
        combo.setEnabled(bool(found))
        combo.blockSignals(False)
