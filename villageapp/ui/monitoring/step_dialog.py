"""One step of a case: just the fields it needs; what still stands in the way, by rule, fact and earliest day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain.fields import Kind
from villageapp.domain.judgement import Judgement
from villageapp.domain.monitoring import NextStep
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_moves import Move
from villageapp.errors import NotAllowed
from villageapp.services import case_steps, cases
from villageapp.services.case_steps import FIELDS_OF_MOVE, FROM_ACCOUNT, OpenCase
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.monitoring import words
from villageapp.ui.monitoring.case_form import case_form
from villageapp.ui.monitoring.consent_dialog import ask_consent
from villageapp.ui.monitoring.paper_input import paper_input
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.field_inputs import Choice, FieldInput
from villageapp.ui.widgets.flow import button, card, clear, label
from villageapp.ui.widgets.record_form import RecordForm

_NEEDS_CONSENT = frozenset({Move.OPEN_REVIEW, Move.POST_NOTICE, Move.APPROVE})


class StepDialog(QDialog):
    """Open it with ``open``. 办理 takes the step; 只保存 keeps what was filled in for later.

    A refusal changes nothing and stands below the fields; the dialog stays open then.
    """

    done_step = Signal(object)
    """The ``Saved`` of the step."""

    def __init__(self, context: Context, parent: QWidget, opened: OpenCase, step: NextStep) -> None:
        super().__init__(parent)
        self._context = context
        self._opened = opened
        self._move = step.move
        self._case_id = str(opened.page.case["id"])
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("{step}：{name}").format(step=step.label, name=opened.head_name))
        self.form = self._make_form()
        self.go = button(self.tr("办理 (Ctrl+S)"), self._go, role="primary")
        self.go.setShortcut("Ctrl+S")
        self.keep = button(self.tr("只保存，先不办理"), self._keep)
        self.keep.setVisible(bool(FIELDS_OF_MOVE[self._move]))
        self._said: list[str] = []
        self.verdict, self._reasons = card(margin=10, spacing=4)
        self.verdict.setAccessibleName(self.tr("这一步还差什么"))
        self._lay_out(step.judgement)

    def _make_form(self) -> RecordForm:
        names = FIELDS_OF_MOVE[self._move]
        choices: dict[str, tuple[Choice, ...]] = {"verifiers": self._opened.cadres}
        inputs: dict[str, FieldInput] = {}
        for name in names:
            field = MONITORING_CASE[name]
            if field.kind in (Kind.REF, Kind.REFS) and name not in choices:
                inputs[name] = paper_input(self._context, field, self._case_id, self._opened.papers)
        form = RecordForm(case_form(), names, columns=2, choices=choices, inputs=inputs)
        form.set_values(self._opened.page.case)
        first = next((n for n in names if MONITORING_CASE[n].kind is Kind.DATE), "")
        if first and form.input(first).value() is None:
            form.input(first).set_value(self._context.work.today())
        if "exit_mode" in names and form.input("exit_mode").value() is None:
            form.input("exit_mode").set_value("帮扶消除")
        return form

    def _lay_out(self, judged: Judgement) -> None:
        inner = QWidget()
        inner.setProperty("surface", "plain")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(12, 12, 16, 12)
        rows.setSpacing(10)
        if not FIELDS_OF_MOVE[self._move]:
            rows.addWidget(label(self.tr("这一步不需要填写内容，由以往的走访和收支账判定。"), wrap=True))
        for part in self._aids():
            rows.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft)
        moment = {Move.APPROVE: self.tr("收支和保障按识别时的情况填写。")}
        moment[Move.VERIFY_EXIT] = self.tr("人口、收支和保障按风险消除后的情况填写，13 项都要填。")
        if self._move in moment:
            rows.addWidget(label(moment[self._move], "quiet", wrap=True))
        rows.addWidget(self.form)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("这一步要填的内容"))
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the keyboard
        scroll.setWidget(inner)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for part in (button(self.tr("取消"), self.reject), self.keep, self.go):
            buttons.addWidget(part)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.verdict)
        layout.addLayout(buttons)
        available = self.screen().availableGeometry()
        scale = self._context.settings.get(SCALE) / 100
        wanted = inner.sizeHint()
        self.resize(
            min(max(round(680 * scale), wanted.width() + 60), available.width() - 40),
            min(max(round(240 * scale), wanted.height() + 110), available.height() - 80),
        )
        self._plain_height = self.height()
        names = FIELDS_OF_MOVE[self._move]
        (self.form.input(names[0]) if names else self.go).setFocus()
        self.show_verdict(judged, before=True)

    def _aids(self) -> list[QWidget]:
        found: list[QWidget] = []
        if self._move in FROM_ACCOUNT:
            found.append(button(self.tr("带入最近的收支账"), self._fill_from_account))
        if self._move in _NEEDS_CONSENT and self._opened.consent_on is None:
            found.append(button(self.tr("登记授权承诺…"), self._ask_consent))
        return found

    def show_verdict(self, judged: Judgement, *, before: bool = False) -> None:
        """Every reason on its own line: rule, fact, earliest day; then what is only worth a look.

        ``before``: nothing was tried yet, so what merely waits to be filled in is not said.
        """
        clear(self._reasons)
        asked = set(FIELDS_OF_MOVE[self._move])
        reasons = [r for r in judged.reasons if not (before and r.missing and asked.issuperset(r.missing))]
        self._said = [words.reason_text(reason) for reason in (*reasons, *judged.warnings)]
        if reasons:
            title = self.tr("现在还差：") if before else self.tr("这一步还不能办，没有改动：")
            self._reasons.addWidget(label(title, "warn" if before else "bad"))
            for reason in reasons:
                self._reasons.addWidget(label("✕ " + words.reason_text(reason), wrap=True, selectable=True))
        for warning in judged.warnings:
            self._reasons.addWidget(label("! " + words.reason_text(warning), "warn", wrap=True))
        self.verdict.setVisible(bool(reasons or judged.warnings))
        self._make_room()

    def _make_room(self) -> None:
        """Grow by the verdict, as far as the screen goes: a refusal must not push the fields out of sight."""
        if self.verdict.isHidden():
            return
        width = self.width() - 24
        needed = self._reasons.heightForWidth(width) if self._reasons.hasHeightForWidth() else 0
        needed = max(needed, self.verdict.sizeHint().height())
        most = self.screen().availableGeometry().height() - 60
        self.resize(self.width(), min(self._plain_height + needed + 16, most))

    def said(self) -> list[str]:
        """What the verdict names: every reason, then every warning."""
        return list(self._said)

    def _values(self) -> Mapping[str, Any]:
        return self.form.changed_values()

    def _go(self) -> None:
        work, case_id, move, values = self._context.work, self._case_id, self._move, self._values()
        self._busy(True)
        self._context.tasks.write(
            lambda _progress: cases.move(work, case_id, move.value, values),
            owner=self,
            done=self._on_done,
            failed=lambda error: self._on_refused(error, values),
            ended=lambda: self._busy(False),
        )

    def _keep(self) -> None:
        values = self._values()
        if not values:
            self.reject()
            return
        work, case_id, seen = self._context.work, self._case_id, self.form.seen_values(tuple(values))
        self._busy(True)
        self._context.tasks.write(
            lambda _progress: cases.fill_in(work, case_id, values, seen=seen),
            owner=self,
            done=self._on_kept,
            failed=lambda error: self._context.tell.error(error, self.form),
            ended=lambda: self._busy(False),
        )

    def _on_refused(self, error: Exception, values: Mapping[str, Any]) -> None:
        if not isinstance(error, NotAllowed):
            self._context.tell.error(error, self.form)
            return
        work, case_id, move = self._context.work, self._case_id, self._move
        self._context.tasks.read(
            lambda _progress: case_steps.judge(work, case_id, move, values),
            owner=self,
            done=lambda judged: self._show_refusal(judged, error),
            latest="verdict",
        )

    def _show_refusal(self, judged: Judgement, error: NotAllowed) -> None:
        if judged.allowed:  # refused by something that is no rule of the case, e.g. the clock
            self._context.tell.error(error)
            return
        self.show_verdict(judged)
        self._context.tell.trouble(self.tr("这一步还不能办，原因在窗口下方。"))

    def _on_done(self, saved: Saved) -> None:
        odd = "；".join(problem.message for problem in saved.warnings)
        text = self.tr("已办理，案卷现为“{state}”。").format(state=words.state_text(str(saved.detail)))
        self._context.tell.done(text + (self.tr("请注意：") + odd if odd else ""))
        self.done_step.emit(saved)
        self.accept()

    def _on_kept(self, _saved: Saved) -> None:
        self._context.tell.done(self.tr("已保存，案卷还在原来的步骤。"))
        self.accept()

    def _fill_from_account(self) -> None:
        work, case_id, leaving = self._context.work, self._case_id, self._move is Move.VERIFY_EXIT
        self._context.tasks.read(
            lambda _progress: cases.account_figures(work, case_id, leaving=leaving),
            owner=self,
            done=self._take_figures,
            latest="figures",
        )

    def _take_figures(self, figures: Mapping[str, Any]) -> None:
        for name, value in figures.items():
            if name in self.form.names():
                self.form.input(name).set_value(value)
        self._context.tell.note(self.tr("已带入收支账的 {count} 个数，请核对。").format(count=len(figures)))

    def _ask_consent(self) -> None:
        ask_consent(self._context, self, self._opened)

    def _busy(self, busy: bool) -> None:
        self.go.setEnabled(not busy)
        self.keep.setEnabled(not busy)
