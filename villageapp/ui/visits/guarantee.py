"""One of 三保障, 饮水, 吃, 穿: a switch; 否 opens a line for the reason and shows what will be registered."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QFrame, QVBoxLayout

from villageapp.domain.fields import Field
from villageapp.ui.visits.question import Question, enlarge
from villageapp.ui.widgets.field_inputs import FieldInput, LineInput
from villageapp.ui.widgets.flow import label
from villageapp.ui.widgets.yes_no import YesNoInput


class AlarmInput(FieldInput):
    """是 / 否 / 未知 where 否 means that something is amiss and shows in red."""

    def __init__(self, field: Field) -> None:
        self.switch = YesNoInput(warns_on_no=True)
        super().__init__(field, self.switch)
        self.switch.edited.connect(self.edited)
        self.switch.answered.connect(self.answered)

    def value(self) -> bool | None:
        """The answer; None is 未知."""
        return self.switch.value()

    def set_value(self, value: Any) -> None:
        """Show the answer."""
        self.switch.set_value(value)


class Guarantee(QFrame):
    """The switch, its reason, and the notice of the problem item a 否 opens."""

    def __init__(self, field: Field, reason: Field, *, big: bool) -> None:
        super().__init__()
        switch = AlarmInput(field)
        if big:
            enlarge(switch.switch)
        self.question = Question(switch, title=field.label.removesuffix("有保障"))
        self.reason = Question(LineInput(reason), title=self.tr("什么情况"), wide=True)
        self.notice = label("", "bad", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(6)
        for part in (self.question, self.reason, self.notice):
            layout.addWidget(part)
        self.close_reason()

    def open_reason(self, notice: str) -> None:
        """否: ask why, and say what saving registers."""
        self.reason.show()
        self.notice.setText(notice)
        self.notice.setVisible(bool(notice))

    def close_reason(self) -> None:
        """Any other answer."""
        self.reason.hide()
        self.notice.hide()
