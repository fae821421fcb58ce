"""Clues: a new one, its house check, taken up as a case, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QVBoxLayout, QWidget

from villageapp.domain.clue import CLUE, FALSE, TRUE
from villageapp.domain.fields import show
from villageapp.services import clues
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.measures.household_input import HouseholdInput
from villageapp.ui.widgets.flow import FlowLayout, button, label
from villageapp.ui.widgets.record_dialog import RecordDialog

_NEW = ("household_id", "household_name", "source", "reported_on", "reporter", "risk_codes", "description")
_SHOWN = (
    "source",
    "reported_on",
    "reporter",
    "description",
    "risk_codes",
    "due_verify",
    "verified_on",
    "verify_result",
    "note",
)


def ask_new_clue(context: Context, parent: QWidget) -> RecordDialog:
    """A dialog for a new clue."""
    work = context.work
    dialog = RecordDialog(
        context,
        parent,
        title=parent.tr("登记风险线索"),
        form=CLUE,
        names=_NEW,
        save=lambda raw, _seen: clues.report(work, raw),
        values={"source": clues.FOUND_BY_CADRES, "reported_on": work.today()},
        inputs={"household_id": HouseholdInput(context, CLUE["household_id"])},
        columns=1,
        lead=parent.tr(
            "先输入姓名选定农户；还没有登记的户，把户主姓名写在下一栏。登记后自动算出上门核实期限。"
        ),
    )
    dialog.saved.connect(lambda saved: _said(context, parent, saved))
    most = dialog.screen().availableGeometry().height() - 80
    dialog.resize(dialog.width(), min(dialog.height() + dialog.fontMetrics().height() * 5, most))
    dialog.open()
    return dialog


def _said(context: Context, parent: QWidget, saved: Saved) -> None:
    opened = saved.detail
    if opened.existing:
        context.tell.note(parent.tr("该户已有一条未处理的线索，没有重复登记。"))
    else:
        context.tell.done(parent.tr("线索已登记，{day} 前上门核实。").format(day=opened.due_verify))


class ClueDialog(QDialog):
    """What is known of a clue, and the ways on: check it, correct it, take it up, or turn it down."""

    taken_up = Signal(str)
    """The id of the case that the clue became."""

    def __init__(
        self,
        context: Context,
        parent: QWidget,
        clue: Mapping[str, Any],
        head_name: str,
        *,
        has_case: bool = False,
    ) -> None:
        """``has_case``: the household has an open case already, so this clue makes no second one."""
        super().__init__(parent)
        self._context = context
        self._clue = clue
        self._has_case = has_case
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = head_name or clue["household_name"] or self.tr("（无户主）")
        self.setWindowTitle(self.tr("风险线索：{name}").format(name=self.name))
        self.check = button(self.tr("登记核实…"), self._ask_check)
        self.take_up = button(self.tr("纳入程序，建立案卷"), self._take_up)
        self.refuse = button(self.tr("不纳入…"), self._ask_refusal)
        self.change = button(self.tr("改正…"), self._ask_change)
        self.home = button(self.tr("打开农户"), self._open_home)
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(12)
        layout.addWidget(label(self.name, "heading"))
        rows = QFormLayout()
        for name in _SHOWN:
            value = self._clue[name]
            if value not in (None, "", ()):
                text = label(show(CLUE[name], value), wrap=True, selectable=True)
                rows.addRow(label(CLUE[name].label, "quiet"), text)
        layout.addLayout(rows)
        layout.addWidget(label(self._advice(), wrap=True))
        layout.addStretch(1)
        box = QWidget()
        flow = FlowLayout(box, spacing=8)
        for part in (self.check, self.take_up, self.refuse, self.change, self.home):
            flow.addWidget(part)
        flow.addWidget(button(self.tr("关闭"), self.reject))
        layout.addWidget(box)
        self._permit()
        width = self.fontMetrics().horizontalAdvance("字") * 42
        self.setMinimumWidth(width)
        self.resize(width, layout.heightForWidth(width))

    def _permit(self) -> None:
        """Only what the clue's state allows; why not stands in the advice."""
        result = self._clue["verify_result"]
        known = bool(self._clue["household_id"]) and not self._has_case
        self.take_up.setEnabled(known and result in (None, TRUE))
        self.refuse.setEnabled(result not in (None, TRUE))
        self.home.setVisible(bool(self._clue["household_id"]))
        best = self.check if result is None else self.take_up if result == TRUE else self.refuse
        best.setProperty("role", "primary")

    def _advice(self) -> str:
        result = self._clue["verify_result"]
        if self._has_case and result != FALSE:
            return self.tr(
                "这一户已有未结案的监测案卷，情况在原案卷里办理；这条线索核实后按“已有政策解决”登记不纳入。"
            )
        if result is None:
            text = self.tr(
                "先上门核实。核实属实的建立案卷，交村级评议；不属实或已有政策解决的登记不纳入并告知农户。"
            )
        elif result == TRUE:
            text = self.tr("核实属实：建立案卷后进入评议、公示和审核，不能直接不纳入。")
        else:
            text = self.tr("核实结果为“{result}”：登记不纳入的原因和告知农户的日期。").format(result=result)
        if not self._clue["household_id"]:
            text += self.tr("这一户还没有登记为农户：登记后在“改正”里选定，才能建立案卷。")
        return text

    def _ask_check(self) -> None:
        risks = self._clue["risk_codes"]
        self._ask(
            self.tr("登记核实结果"),
            ("verify_result", "verified_on", "risk_codes", "note"),
            {"verified_on": self._context.work.today(), "risk_codes": risks, "note": self._clue["note"]},
            clues.verify,
            self.tr("核实结果已登记。"),
        )

    def _ask_refusal(self) -> None:
        self._ask(
            self.tr("不纳入"),
            ("decision_reason", "decision_told_on", "note"),
            {"decision_told_on": self._context.work.today(), "note": self._clue["note"]},
            clues.turn_down,
            self.tr("已登记不纳入。"),
        )

    def _ask_change(self) -> None:
        household = HouseholdInput(self._context, CLUE["household_id"])
        known = self._clue["household_id"]
        values = {**self._clue, "household_id": (known, self.name) if known else None}
        self._ask(
            self.tr("改正线索"),
            _NEW,
            values,
            clues.change,
            self.tr("线索已改正。"),
            {"household_id": household},
        )

    def _ask(
        self,
        title: str,
        names: tuple[str, ...],
        values: Mapping[str, Any],
        act: Any,
        done: str,
        inputs: Any = None,
    ) -> None:
        work, clue_id = self._context.work, str(self._clue["id"])
        dialog = RecordDialog(
            self._context,
            self,
            title=self.tr("{what}：{name}").format(what=title, name=self.name),
            form=CLUE,
            names=names,
            save=lambda raw, _seen: act(work, clue_id, raw),
            values=values,
            inputs=inputs,
            columns=1,
            done=done,
        )
        dialog.saved.connect(lambda _saved: self.accept())
        dialog.open()

    def _take_up(self) -> None:
        work, clue_id = self._context.work, str(self._clue["id"])
        self.take_up.setEnabled(False)
        self._context.tasks.write(
            lambda _progress: clues.take_up(work, clue_id),
            owner=self,
            done=self._on_taken_up,
            ended=self._permit,
        )

    def _on_taken_up(self, saved: Saved) -> None:
        self._context.tell.done(self.tr("已建立监测案卷，请接着登记入户核实。"))
        self.taken_up.emit(saved.id)
        self.accept()

    def _open_home(self) -> None:
        self._context.signals.household_asked.emit(str(self._clue["household_id"]))
        self.reject()
