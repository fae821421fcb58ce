"""Fields of a household, read and changed in place: groups of rows in a scroll area, save bar below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain.household import HOUSEHOLD
from villageapp.errors import Problem
from villageapp.ui.widgets.field_inputs import ChoiceInput, FieldInput
from villageapp.ui.widgets.flow import button, label
from villageapp.ui.widgets.record_form import RecordForm

Group = tuple[str, Sequence[str]]
"""Heading and field names."""
_LEFT, _RIGHT = 12, 16
_MARGINS = _LEFT + _RIGHT
"""Pixels beside the fields."""


class EditPane(QWidget):
    """Some fields of one household. The screen saves; the pane knows what changed."""

    edited = Signal()
    save_asked = Signal()
    discard_asked = Signal()

    def __init__(self, groups: Sequence[Group], *, with_duty_person: bool = False) -> None:
        super().__init__()
        self._forms: list[RecordForm] = []
        self._values: Mapping[str, Any] = {}
        inner = QWidget()
        inner.setProperty("surface", "plain")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(_LEFT, 12, _RIGHT, 12)
        rows.setSpacing(10)
        for heading, names in groups:
            rows.addWidget(label(heading, "heading"))
            form = RecordForm(
                HOUSEHOLD, names, columns=2, choices={"duty_person_id": ()} if with_duty_person else None
            )
            form.edited.connect(lambda _name: self._on_edited())
            self._forms.append(form)
            rows.addWidget(form)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the keyboard
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        scroll.viewport().installEventFilter(self)
        self._scroll = scroll
        self._bar = self._save_bar()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        layout.addWidget(self._bar)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fields stand in one column where the pane has no room for two."""
        if event.type() == QEvent.Type.Resize:
            room = self._scroll.viewport().width() - _MARGINS
            narrow = any(form.wide_width() > room for form in self._forms)
            for form in self._forms:
                form.fit(narrow=narrow)
        return super().eventFilter(watched, event)

    def show_values(self, values: Mapping[str, Any], cadres: Mapping[str, str]) -> None:
        """Show a household; typing that is not saved is given up."""
        self._values = values
        for form in self._forms:
            if "duty_person_id" in form.names():
                person = form.input("duty_person_id")
                if isinstance(person, ChoiceInput):
                    person.set_choices(tuple(cadres.items()))
            form.set_values(values)
        self._bar.hide()

    def changed_values(self) -> dict[str, Any]:
        """Raw values of what was changed."""
        return {name: value for form in self._forms for name, value in form.changed_values().items()}

    def seen_values(self, names: Sequence[str]) -> dict[str, Any]:
        """Clean values that the person saw in these fields."""
        return {name: self._values.get(name) for name in names if name in self._names()}

    def show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """Beside the fields of this pane; returns the others."""
        left = list(problems)
        for form in self._forms:
            mine = [problem for problem in left if problem.field in form.names()]
            form.clear_problems()
            if mine:
                left = [problem for problem in left if problem not in mine] + form.show_problems(mine)
                self._scroll.ensureWidgetVisible(form.input(mine[0].field))
        return left

    def input(self, name: str) -> FieldInput:
        """The input of a field. Raises StopIteration for a field of another pane."""
        return next(form.input(name) for form in self._forms if name in form.names())

    def problem_text(self, name: str) -> str:
        """What stands beside a field; empty when nothing is wrong with it."""
        return next(form.problem_text(name) for form in self._forms if name in form.names())

    def _names(self) -> set[str]:
        return {name for form in self._forms for name in form.names()}

    def _on_edited(self) -> None:
        self._bar.setVisible(bool(self.changed_values()))
        self.edited.emit()

    def _save_bar(self) -> QWidget:
        bar = QFrame()
        bar.setProperty("surface", "card")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 6, 12, 6)
        row.addWidget(label("● " + self.tr("有改动未保存"), "warn"), 1)
        row.addWidget(button(self.tr("放弃修改"), self.discard_asked.emit))
        row.addWidget(button(self.tr("保存") + " (Ctrl+S)", self.save_asked.emit, role="primary"))
        bar.hide()
        return bar
