"""Rows of label, input and problem line for fields of a Form. The screen says which, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from villageapp.domain.fields import Field, Form, Kind
from villageapp.errors import Problem, Severity
from villageapp.ui.widgets.field_inputs import Choice, FieldInput, make_input
from villageapp.ui.widgets.flow import label, set_role

_WIDEST_LABEL = "七个汉字的宽度"
"""A longer label wraps."""
_ROUNDING = 2
"""Pixels: letters are placed in parts of one, and a label that lacks a part of a pixel wraps."""
_WIDE = (Kind.NOTE, Kind.CODES, Kind.REFS)
"""Kinds that take a whole line of a form with two columns."""


class RecordForm(QWidget):
    """Inputs for some fields of one record.

    ``choices`` gives (record id, text) pairs for reference fields by name. ``columns`` places narrow fields
    beside each other. Fields with ``only_if`` show only while the other field has that value. Enter in one
    field moves to the next. Use ``values`` for a new record, ``changed_values`` for a change.
    """

    edited = Signal(str)
    """The person changed the field with that name."""

    def __init__(
        self,
        form: Form,
        names: Sequence[str],
        *,
        choices: Mapping[str, Sequence[Choice]] | None = None,
        columns: int = 1,
        inputs: Mapping[str, FieldInput] | None = None,
    ) -> None:
        super().__init__()
        self.form = form
        self._inputs: dict[str, FieldInput] = {}
        self._labels: dict[str, QLabel] = {}
        self._problems: dict[str, QLabel] = {}
        self._seen: dict[str, Any] = {}
        self._raw_seen: dict[str, Any] = {}
        self._columns = self._shown_columns = columns
        self._wide = (0, 1)
        """Pixels that all columns need, and the type size that this was measured with."""
        self._cells: dict[str, QWidget] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        for name in names:
            given = (inputs or {}).get(name)
            self._add(form[name], given or make_input(form[name], (choices or {}).get(name)))
        self._place()

    def input(self, name: str) -> FieldInput:
        """The input of a field."""
        return self._inputs[name]

    def names(self) -> tuple[str, ...]:
        """The fields shown, in order."""
        return tuple(self._inputs)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show clean values; what is then changed counts from here. Fields not named are emptied."""
        for name, made in self._inputs.items():
            made.set_value(values.get(name))
        self.mark_clean({name: values.get(name) for name in self._inputs})
        self.clear_problems()
        self._apply_conditions()

    def mark_clean(self, seen: Mapping[str, Any]) -> None:
        """Take what is entered now as saved; ``seen`` are the clean values it stands for."""
        self._seen = dict(seen)
        self._raw_seen = self.values()

    def values(self) -> dict[str, Any]:
        """What is entered, raw, for ``Form.check``; hidden fields are None."""
        return {
            name: None if self._is_off(self.form[name]) else made.value()
            for name, made in self._inputs.items()
        }

    def changed_values(self) -> dict[str, Any]:
        """Raw values of the fields that differ from ``set_values``."""
        return {name: value for name, value in self.values().items() if value != self._raw_seen.get(name)}

    def seen_values(self, names: Sequence[str] | None = None) -> dict[str, Any]:
        """The clean values the person saw before changing; goes into ``seen`` of a change service."""
        return {name: self._seen.get(name) for name in (names if names is not None else self._inputs)}

    def is_changed(self) -> bool:
        """Whether there is something to save."""
        return bool(self.changed_values())

    def show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """Show each problem beside its field, focus the first error; returns those without a field here."""
        self.clear_problems()
        left: list[Problem] = []
        for problem in problems:
            line = self._problems.get(problem.field)
            if line is None or self._inputs[problem.field].isHidden():
                left.append(problem)
                continue
            is_error = problem.severity is Severity.ERROR
            set_role(line, "problem" if is_error else "warn")
            said = problem.message.removeprefix(f"{self.form[problem.field].label}：")
            line.setText(("✕ " if is_error else "! ") + said)
            line.show()
            self._inputs[problem.field].set_wrong(is_error)
        first = next((p.field for p in problems if p not in left and p.severity is Severity.ERROR), "")
        if first:
            self._inputs[first].setFocus(Qt.FocusReason.OtherFocusReason)
        return left

    def problem_text(self, name: str) -> str:
        """What stands beside a field; empty when nothing is wrong with it."""
        line = self._problems[name]
        return "" if line.isHidden() else line.text()

    def clear_problems(self) -> None:
        """Take all problem lines away."""
        for name, line in self._problems.items():
            if not line.isHidden():
                line.hide()
                self._inputs[name].set_wrong(False)

    def wide_width(self) -> int:
        """Pixels that all columns beside each other need."""
        size = max(1, self.fontInfo().pixelSize())
        if self._shown_columns == self._columns:
            self._wide = (self.minimumSizeHint().width(), size)
        width, measured = self._wide
        return width * size // measured

    def fit(self, *, narrow: bool) -> None:
        """One column where the columns do not fit beside each other: nothing is scrolled sideways."""
        columns = 1 if narrow else self._columns
        if columns != self._shown_columns:
            self.wide_width()
            self._shown_columns = columns
            self._place()

    def _add(self, field: Field, made: FieldInput) -> None:
        mark = " *" if field.required else ""
        named = label(
            f"{field.label}{mark}" + (f"（{field.unit}）" if field.unit else ""), "quiet", wrap=True
        )
        named.setBuddy(made)
        named.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        named.setContentsMargins(0, 6, 0, 0)
        named.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        named.ensurePolished()  # the style sheet has the type size
        width = named.fontMetrics().horizontalAdvance
        named.setMinimumWidth(min(width(named.text()), width(_WIDEST_LABEL)) + _ROUNDING)
        if field.help:
            made.inner.setToolTip(field.help)
        problem = label("", "problem", wrap=True)
        problem.hide()
        self._inputs[field.name], self._labels[field.name], self._problems[field.name] = made, named, problem
        cell = QWidget()
        stack = QVBoxLayout(cell)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(2)
        stack.addWidget(made)
        stack.addWidget(problem)
        self._cells[field.name] = cell
        made.edited.connect(lambda: self._on_edited(field.name))
        made.answered.connect(self.focusNextChild)

    def _place(self) -> None:
        row = column = 0
        columns, top = self._shown_columns, Qt.AlignmentFlag.AlignTop
        for name in self._inputs:
            wide = columns == 1 or self.form[name].kind in _WIDE
            if wide and column:
                row, column = row + 1, 0
            self._grid.addWidget(self._labels[name], row, column * 2)
            self._grid.addWidget(
                self._cells[name], row, column * 2 + 1, 1, columns * 2 - 1 if wide else 1, top
            )
            column = 0 if wide else (column + 1) % columns
            row += 1 if column == 0 else 0
        for index in range(self._columns):
            self._grid.setColumnStretch(index * 2 + 1, 1 if index < columns else 0)

    def _on_edited(self, name: str) -> None:
        if not self._problems[name].isHidden():
            self._problems[name].hide()
            self._inputs[name].set_wrong(False)
        self._apply_conditions()
        self.edited.emit(name)

    def _apply_conditions(self) -> None:
        for name, made in self._inputs.items():
            off = self._is_off(self.form[name])
            made.setHidden(off)
            self._labels[name].setHidden(off)

    def _is_off(self, field: Field) -> bool:
        if field.only_if is None or field.only_if[0] not in self._inputs:
            return False
        return bool(self._inputs[field.only_if[0]].value() != field.only_if[1])
