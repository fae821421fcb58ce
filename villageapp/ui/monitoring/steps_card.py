"""What can be done with a case now, what each step still needs, and what is due by when."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from villageapp.domain.monitoring import NextStep
from villageapp.domain.monitoring_duties import Duty
from villageapp.services.case_steps import TURNING_BACK, OpenCase
from villageapp.ui.monitoring import words
from villageapp.ui.widgets.badge import BadgeLabel
from villageapp.ui.widgets.flow import FlowLayout, button, clear, label


class StepsCard(QFrame):
    """The ways on with their reasons; the ways back as plain buttons below."""

    asked = Signal(object)
    """The NextStep that is to be taken."""
    visit_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(12, 12, 12, 12)
        self._rows.setSpacing(8)
        self.buttons: dict[str, QPushButton] = {}
        """By name of the move."""

    def show_case(self, opened: OpenCase, days_until: dict[Duty, int]) -> None:
        """Replace what is shown."""
        clear(self._rows)
        self.buttons = {}
        self._show_duties(opened, days_until)
        ahead = [s for s in opened.page.next_steps if s.move not in TURNING_BACK]
        back = [s for s in opened.page.next_steps if s.move in TURNING_BACK]
        if ahead:
            self._rows.addWidget(label(self.tr("下一步"), "heading"))
        for step in ahead:
            self._show_step(step)
        if not opened.page.next_steps:
            self._rows.addWidget(label(self.tr("案卷已结案，没有要办的步骤。"), "quiet", wrap=True))
        if back:
            self._rows.addWidget(self._others(back))

    def _show_duties(self, opened: OpenCase, days_until: dict[Duty, int]) -> None:
        page = opened.page
        if page.duties:
            self._rows.addWidget(label(self.tr("到期事项"), "heading"))
        for duty in page.duties:
            self._rows.addWidget(self._duty(duty, days_until[duty]))
        if page.unset:
            self._rows.addWidget(label(page.unset, "warn", wrap=True))
        if page.last_follow_up:
            self._rows.addWidget(label(page.last_follow_up, "quiet", wrap=True))

    def _duty(self, duty: Duty, days: int) -> QWidget:
        box, row = _line()
        row.addWidget(BadgeLabel(words.left_badge(days)))
        text = self.tr("{what}，期限 {day}（{rule}）").format(what=duty.text, day=duty.due, rule=duty.rule)
        row.addWidget(label(text, wrap=True), 1)
        if duty.rule in ("R-VIS-1", "R-MON-14"):
            row.addWidget(button(self.tr("去走访"), self.visit_asked.emit))
        return box

    def _show_step(self, step: NextStep) -> None:
        box, row = _line()
        row.addWidget(label(step.label, "mono"))
        row.addWidget(BadgeLabel(words.verdict_badge(step.judgement)))
        row.addStretch(1)
        row.addWidget(self._button(step, self.tr("办理…"), primary=True))
        self._rows.addWidget(box)
        for reason in step.judgement.reasons:
            self._rows.addWidget(label("○ " + words.reason_text(reason), wrap=True, selectable=True))
        for warning in step.judgement.warnings:
            self._rows.addWidget(label("! " + words.reason_text(warning), "warn", wrap=True, selectable=True))

    def _others(self, steps: list[NextStep]) -> QWidget:
        box = QWidget()
        flow = FlowLayout(box, spacing=8)
        flow.addWidget(label(self.tr("其他办理："), "quiet"))
        for step in steps:
            flow.addWidget(self._button(step, step.label + "…", primary=False))
        return box

    def _button(self, step: NextStep, text: str, *, primary: bool) -> QPushButton:
        made = button(text, partial(self.asked.emit, step), role="primary" if primary else "")
        made.setAccessibleName(
            self.tr("{step}：{verdict}").format(
                step=step.label, verdict=words.verdict_badge(step.judgement).text
            )
        )
        self.buttons[step.move.value] = made
        return made


def _line() -> tuple[QWidget, QHBoxLayout]:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    return box, row
