"""One question of the visit form: label, input, last visit's answer in grey, and what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from villageapp.domain.fields import Field, parse
from villageapp.errors import Problem, Severity
from villageapp.ui.widgets.field_inputs import ChoicesInput, FieldInput, LineInput
from villageapp.ui.widgets.flow import label, set_role
from villageapp.ui.widgets.yes_no import YesNoInput

TITLE_CHARACTERS = 7
"""Width of the column of labels."""


class Question(QWidget):
    """A row. Narrow inputs have last time's answer at their right, ``wide`` ones below."""

    def __init__(
        self, made: FieldInput, *, title: str = "", wide: bool = False, title_width: int = 0
    ) -> None:
        super().__init__()
        self.input = made
        self.field: Field = made.field
        mark = " *" if self.field.required else ""
        unit = f"（{self.field.unit}）" if self.field.unit else ""
        self.title = label(f"{title or self.field.label}{unit}{mark}", wrap=True)
        self.title.setBuddy(made)
        self.title.setFixedWidth(title_width or self.fontMetrics().horizontalAdvance("口") * TITLE_CHARACTERS)
        self.last = label("", "quiet", wrap=True)
        self.last.hide()
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        made.edited.connect(self.clear_problem)
        self._lay_out(wide)

    def show_last(self, text: str) -> None:
        """Last visit's answer; nothing for an empty text."""
        self.last.setText(text)
        self.last.setVisible(bool(text))
        self.input.inner.setAccessibleDescription(text)

    def show_problem(self, problem: Problem) -> None:
        """Say what is wrong beside the question."""
        is_error = problem.severity is Severity.ERROR
        said = problem.message.removeprefix(f"{self.field.label}：")
        self.problem.setText(("✕ " if is_error else "! ") + said)
        set_role(self.problem, "problem" if is_error else "warn")
        self.problem.show()
        self.input.set_wrong(is_error)

    def clear_problem(self) -> None:
        """Take it away."""
        if not self.problem.isHidden():
            self.problem.hide()
            self.input.set_wrong(False)

    def set_raw(self, raw: object) -> None:
        """Show what was typed once (from a draft), even when it is no valid value yet."""
        try:
            self.input.set_value(parse(self.field, raw))
        except ValueError:  # half-typed: kept as it was, saving names the reason beside the field
            if isinstance(self.input, LineInput):
                self.input.line.setText(str(raw))
            else:
                self.input.set_value(None)

    def take_focus(self) -> None:
        """Put the keyboard here; text is selected so that typing replaces it."""
        self.input.setFocus(Qt.FocusReason.TabFocusReason)

    def _lay_out(self, wide: bool) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        top = Qt.AlignmentFlag.AlignTop if wide else Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self.title, 0, 0, top)
        grid.addWidget(self.input, 0, 1)
        if wide:
            grid.addWidget(self.last, 1, 1)
            self.title.setContentsMargins(0, 0 if isinstance(self.input, ChoicesInput) else 6, 0, 0)
            grid.setColumnStretch(1, 1)
        else:
            grid.addWidget(self.last, 0, 2)
            grid.setColumnStretch(2, 1)
        grid.addWidget(self.problem, 2, 1, 1, 2)


def enlarge(switch: YesNoInput) -> None:
    """Make 是 否 未知 easy to hit across a table; sizes follow the font."""
    character = switch.fontMetrics().horizontalAdvance("口")
    switch.setStyleSheet(
        f'QToolButton[role="segment"] {{ min-height: {round(character * 1.9)}px; '
        f"min-width: {round(character * 3.2)}px; font-size: {round(character * 1.2)}px; }}"
    )
