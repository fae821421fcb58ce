"""One case: its path, what to do now, the plan per risk, the figures of the exit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain.monitoring import NextStep
from villageapp.domain.monitoring_case import risks_of
from villageapp.domain.monitoring_facts import OPEN_STATES, State
from villageapp.services import case_steps, cases, measure_entries
from villageapp.services.case_steps import DUTY_FIELDS, LEAVING_FIELDS, PLAN_FIELDS, RISK_FIELDS, OpenCase
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.measures.measure_dialog import MeasureDialog
from villageapp.ui.monitoring import words
from villageapp.ui.monitoring.case_form import case_form
from villageapp.ui.monitoring.facts_card import ExitCard, RecordCard
from villageapp.ui.monitoring.path_view import PathView
from villageapp.ui.monitoring.plan_card import PlanCard
from villageapp.ui.monitoring.step_dialog import StepDialog
from villageapp.ui.monitoring.steps_card import StepsCard
from villageapp.ui.widgets.badge import BadgeLabel
from villageapp.ui.widgets.flow import button, label
from villageapp.ui.widgets.record_dialog import RecordDialog


class CasePane(QWidget):
    """Shows one case and takes it on; ``left`` asks for the board."""

    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.opened: OpenCase | None = None
        self._case_id = ""
        self._took_step = False
        self.name = label("", "title")
        self.place = label("", "quiet")
        self.state = BadgeLabel()
        self.category = label("")
        self.path = PathView()
        self.steps = StepsCard()
        self.plan = PlanCard()
        self.exit = ExitCard()
        self.record = RecordCard()
        self.back = button(self.tr("返回 (Esc)"), self.left.emit)
        self.home = button(self.tr("打开农户"), self._open_home)
        self.again = button(self.tr("再次纳入监测…"), self._reopen)
        self._lay_out()
        self.steps.asked.connect(self._take_step)
        self.steps.visit_asked.connect(lambda: self._context.signals.visit_asked.emit(self._household()))
        self.plan.plan_asked.connect(self._ask_plan)
        self.plan.risks_asked.connect(self._ask_risks)
        self.plan.ticked.connect(self._tick)
        self.plan.measure_asked.connect(self._ask_measure)
        self.exit.asked.connect(self._ask_exit)
        context.signals.scaled.connect(lambda _percent: self.refresh())

    def open(self, case_id: str) -> None:
        """Read and show a case, from its top."""
        if case_id != self._case_id:
            for part in (self.cards, self.path):
                part.verticalScrollBar().setValue(0)
        self._case_id = case_id
        self.refresh()

    def refresh(self) -> None:
        """Read the case again."""
        if not self._case_id:
            return
        work, case_id = self._context.work, self._case_id
        self._context.tasks.read(
            lambda _progress: case_steps.open_page(work, case_id), owner=self, done=self._show, latest="case"
        )

    def _show(self, opened: OpenCase) -> None:
        self.opened = opened
        case = opened.page.case
        is_open = State(case["state"]) in OPEN_STATES
        self.name.setText(opened.head_name or self.tr("（无户主）"))
        self.place.setText(opened.group_name)
        self.state.show_badge(words.state_badge(case["state"]))
        known = case["category"] or case["category_proposed"] or ""
        told = (words.category_text(known), words.risks_text(risks_of(case)))
        self.category.setText(" · ".join(part for part in told if part))
        self.category.setVisible(bool(self.category.text()))
        today = self._context.work.today()
        was_here = self._took_step or self.steps.isAncestorOf(self.focusWidget() or self)
        self.path.show_path(opened.path)
        self.steps.show_case(opened, {duty: (duty.due - today).days for duty in opened.page.duties})
        self.plan.show_case(opened, is_open=is_open)
        self.exit.show_case(opened, is_open=is_open)
        self.exit.setVisible(State(case["state"]) in _NEAR_EXIT)
        self.record.show_case(opened)
        self.again.setVisible(State(case["state"]) is State.ELIMINATED)
        if was_here:
            self._took_step = False
            self._focus_step()

    def _focus_step(self) -> None:
        """The buttons are new ones: the keyboard goes on with the next step."""
        first = next(iter(self.steps.buttons.values()), self.back)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(10)
        head = QHBoxLayout()
        head.setSpacing(10)
        QShortcut(
            QKeySequence(Qt.Key.Key_Escape),
            self,
            self.left.emit,
            context=Qt.ShortcutContext.WidgetWithChildrenShortcut,
        )
        for part in (self.back, self.name, self.place, self.state):
            head.addWidget(part)
        head.addStretch(1)
        head.addWidget(self.again)
        head.addWidget(self.home)
        layout.addLayout(head)
        layout.addWidget(self.category)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.path)
        self.cards = self._cards()
        row.addWidget(self.cards, 1)
        layout.addLayout(row, 1)

    def _cards(self) -> QScrollArea:
        page = QWidget()
        page.setProperty("surface", "page")
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 6, 0)
        rows.setSpacing(10)
        for card in (self.steps, self.plan, self.exit, self.record):
            rows.addWidget(card)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(self.tr("案卷"))
        scroll.setWidget(page)
        scroll.setMinimumSize(QSize(0, 0))
        return scroll

    def _household(self) -> str:
        return str(self.opened.page.case["household_id"]) if self.opened is not None else ""

    def _open_home(self) -> None:
        if self._household():
            self._context.signals.household_asked.emit(self._household())

    def _take_step(self, step: NextStep) -> None:
        if self.opened is not None:
            dialog = StepDialog(self._context, self.window(), self.opened, step)
            dialog.done_step.connect(lambda _saved: self._on_step())
            dialog.open()

    def _on_step(self) -> None:
        self._took_step = True

    def _ask_plan(self) -> None:
        self._ask(self.tr("帮扶计划"), (*PLAN_FIELDS, *DUTY_FIELDS), self.tr("帮扶计划已保存。"))

    def _ask_risks(self) -> None:
        self._ask(self.tr("致贫返贫风险"), RISK_FIELDS, self.tr("风险已保存。"))

    def _ask_exit(self) -> None:
        self._ask(
            self.tr("风险消除后 13 项指标"),
            LEAVING_FIELDS,
            self.tr("指标已保存。"),
            self.tr("人均纯收入按家庭纯收入除以年度人口数填写。"),
        )

    def _ask(self, title: str, names: Sequence[str], done: str, lead: str = "") -> None:
        """Some fields of the case; only what was changed is saved."""
        if self.opened is None:
            return
        work, case = self._context.work, self.opened.page.case
        case_id = str(case["id"])

        def save(raw: Mapping[str, Any], seen: Mapping[str, Any]) -> Saved:
            return cases.fill_in(work, case_id, raw, seen=seen)

        RecordDialog(
            self._context,
            self.window(),
            title=self.tr("{what}：{name}").format(what=title, name=self.opened.head_name),
            form=case_form(),
            names=names,
            save=save,
            values=case,
            is_new=False,
            lead=lead,
            done=done,
        ).open()

    def _tick(self, risk: str, ids: list[str]) -> None:
        work, household, offered = self._context.work, self._household(), self.plan.offered(risk)
        self._context.tasks.write(
            lambda _progress: measure_entries.answer_risk(work, household, risk, ids, offered),
            owner=self,
            done=lambda _saved: self._context.tell.done(self.tr("措施与风险的对应已保存。")),
            failed=self._on_tick_failed,
        )

    def _on_tick_failed(self, error: Exception) -> None:
        """What is shown follows the store again."""
        self._context.tell.error(error)
        self.refresh()

    def _ask_measure(self, risk: str) -> None:
        if self.opened is not None:
            known = (self._household(), self.opened.head_name)
            MeasureDialog(self._context, self.window(), household=known, values={"risk_code": risk}).open()

    def _reopen(self) -> None:
        work, case_id = self._context.work, self._case_id
        self._context.tell.ask(
            self.tr("为这一户再建一个监测案卷？"),
            yes=self.tr("再次纳入"),
            details=self.tr("风险消除后又出现风险的，从线索重新办理；原案卷保留。"),
            then=lambda: self._context.tasks.write(
                lambda _progress: cases.reopen(work, case_id),
                owner=self,
                done=lambda saved: self.open(saved.id),
            ),
        )


_NEAR_EXIT = frozenset(
    {
        State.HELPING,
        State.STABILISING,
        State.EXIT_VERIFY,
        State.EXIT_REVIEW,
        State.EXIT_NOTICE,
        State.EXIT_TOWN,
        State.EXIT_COUNTY,
        State.ELIMINATED,
    }
)
"""States in which the figures of the exit matter."""
