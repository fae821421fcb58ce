"""The plan of a case: every risk with the measures that answer it, and what could answer it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from villageapp.domain.codes import code_list
from villageapp.domain.fields import show
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.services.case_steps import OpenCase
from villageapp.services.risk_plans import RiskPlan, Ticked
from villageapp.ui.widgets.badge import Badge, BadgeLabel, Mood
from villageapp.ui.widgets.flow import FlowLayout, button, clear, label

MOST_POLICIES = 3
"""Policies named beside one risk."""
_WIDEST = 20
"""Characters of a measure beside its tick; all of it stands in the tool tip."""


class PlanCard(QFrame):
    """一户一策: the text of the plan, then risk by risk; ticking a measure makes it answer that risk."""

    plan_asked = Signal()
    risks_asked = Signal()
    ticked = Signal(str, object)
    """Risk and the ids of all measures that are ticked to it now."""
    measure_asked = Signal(str)
    """A new measure for this risk."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(12, 12, 12, 12)
        self._rows.setSpacing(8)
        self.ticks: dict[tuple[str, str], QCheckBox] = {}
        """By risk and measure."""

    def show_case(self, opened: OpenCase, *, is_open: bool) -> None:
        """Replace what is shown; a closed case cannot be changed."""
        kept = next((at for at, tick in self.ticks.items() if tick.hasFocus()), None)
        clear(self._rows)
        self.ticks = {}
        self._rows.addWidget(self._head(is_open))
        self._show_plan(opened.page.case)
        if not opened.plan:
            text = self.tr("还没有登记致贫返贫风险。先登记风险，再按风险落实措施。")
            self._rows.addWidget(label(text, "quiet", wrap=True))
        for risk in opened.plan:
            self._show_risk(risk, is_open)
        self._show_continuing(opened)
        if kept is not None and kept in self.ticks:
            self.ticks[kept].setFocus(Qt.FocusReason.OtherFocusReason)

    def _head(self, is_open: bool) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(self.tr("帮扶计划与措施"), "heading"))
        row.addStretch(1)
        if is_open:
            row.addWidget(button(self.tr("登记风险…"), self.risks_asked.emit))
            row.addWidget(button(self.tr("填写计划…"), self.plan_asked.emit))
        return box

    def _show_plan(self, case: Mapping[str, Any]) -> None:
        names = ("plan_on", "plan_income_target")
        told = [
            f"{MONITORING_CASE[n].label} {show(MONITORING_CASE[n], case[n])}"
            for n in names
            if case[n] is not None
        ]
        if told:
            self._rows.addWidget(label("，".join(told), "quiet"))
        if case["plan"]:
            self._rows.addWidget(label(case["plan"], wrap=True, selectable=True))
        elif not told:
            self._rows.addWidget(label(self.tr("还没有一户一策帮扶计划。"), "quiet"))

    def _show_risk(self, plan: RiskPlan, is_open: bool) -> None:
        frame = QFrame()
        frame.setProperty("surface", "plain")
        rows = QVBoxLayout(frame)
        rows.setContentsMargins(0, 6, 0, 0)
        rows.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("风险：{risk}").format(risk=plan.label), "heading"))
        head.addWidget(BadgeLabel(self._verdict(plan)))
        head.addStretch(1)
        if is_open:
            add = button(self.tr("为这项风险登记措施…"), partial(self.measure_asked.emit, plan.risk))
            add.setAccessibleName(self.tr("为风险“{risk}”登记措施").format(risk=plan.label))
            head.addWidget(add)
        rows.addLayout(head)
        if plan.items:
            rows.addWidget(
                label(self.tr("对应的措施：{items}").format(items=_items(plan)), "quiet", wrap=True)
            )
        for policy in plan.policies[:MOST_POLICIES]:
            text = self.tr("可享受而未享受：{title}").format(title=policy.title)
            if policy.missing:
                text += self.tr("（待核实：{facts}）").format(facts="、".join(policy.missing))
            rows.addWidget(label("＋ " + text, "warn", wrap=True))
        rows.addWidget(self._measures(plan, is_open))
        self._rows.addWidget(frame)

    def _show_continuing(self, opened: OpenCase) -> None:
        """What the family keeps after its exit, so that nobody stops it or is afraid of losing it."""
        if opened.continuing:
            self._rows.addWidget(label(self.tr("风险消除后可以延续的措施"), "heading"))
        for one in opened.continuing:
            text = self.tr("{what}：{reason}").format(what=one.text, reason=one.found.reason)
            self._rows.addWidget(label(text, "quiet" if one.found.goes_on else "warn", wrap=True))

    def _verdict(self, plan: RiskPlan) -> Badge:
        if plan.answered:
            return Badge(self.tr("已有对应措施"), Mood.GOOD)
        return Badge(self.tr("没有对应措施"), Mood.BAD)

    def _measures(self, plan: RiskPlan, is_open: bool) -> QWidget:
        """Fitting and ticked ones; the others of the household are offered as well, so that 其他 can be ticked."""
        box = QWidget()
        flow = FlowLayout(box, spacing=12)
        shown = [m for m in plan.measures if m.fits or m.names_risk or not plan.items]
        for measure in shown:
            tick = QCheckBox(self._text(measure, plan))
            tick.setToolTip(measure.text)
            tick.setChecked(measure.names_risk)
            tick.setEnabled(is_open)
            tick.setAccessibleName(
                self.tr("“{measure}”针对风险“{risk}”").format(measure=measure.text, risk=plan.label)
            )
            tick.clicked.connect(lambda _on, risk=plan.risk: self._on_ticked(risk))
            self.ticks[plan.risk, measure.id] = tick
            flow.addWidget(tick)
        if not shown:
            flow.addWidget(label(self.tr("本户没有可对应的措施。"), "quiet"))
        return box

    def _text(self, measure: Ticked, plan: RiskPlan) -> str:
        metrics = self.fontMetrics()
        most = metrics.horizontalAdvance("字") * _WIDEST
        what = metrics.elidedText(measure.text, Qt.TextElideMode.ElideRight, most)
        text = self.tr("{what}（{status}）").format(what=what, status=measure.status)
        if measure.names_risk and plan.items and not measure.fits:
            text = self.tr("{what}（{status}，类别不对应）").format(what=what, status=measure.status)
        if measure.names_other:
            text += self.tr(" 现针对{risk}").format(risk=measure.names_other)
        return text

    def _on_ticked(self, risk: str) -> None:
        ids = [measure for (of, measure), tick in self.ticks.items() if of == risk and tick.isChecked()]
        self.ticked.emit(risk, ids)

    def offered(self, risk: str) -> list[str]:
        """The measures that stand beside a risk, ticked or not."""
        return [measure for of, measure in self.ticks if of == risk]


def _items(plan: RiskPlan) -> str:
    groups, items = code_list("CL_MEASURE_GROUP"), code_list("CL_MEASURE_ITEM")
    return "、".join((groups if len(code) == 3 else items).label(code) for code in plan.items)
