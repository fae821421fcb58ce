"""Settling one conflict: the values one under the other, each with its button, and a line for another value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from villageapp.domain.fields import Field, Kind, to_wire
from villageapp.domain.forms import FORMS
from villageapp.errors import Problem, ValidationFailed
from villageapp.ui.syncing import conflict_words as words
from villageapp.ui.widgets.field_inputs import Choice
from villageapp.ui.widgets.flow import button, clear, label
from villageapp.ui.widgets.record_form import RecordForm

if TYPE_CHECKING:
    from villageapp.services.syncing import Conflict


class ConflictChooser(QWidget):
    """Shows the values of a conflict; ``chosen`` carries the one that is to stand, as it travels (wire)."""

    chosen = Signal(object)

    def __init__(self, own_replica: str) -> None:
        super().__init__()
        self._own_replica = own_replica
        self._conflict: Conflict | None = None
        self._options: list[words.Option] = []
        self.takes: list[QPushButton] = []
        self.other: RecordForm | None = None
        self.adopt: QPushButton | None = None
        self.title = label("", "heading", wrap=True)
        self._rows = QGridLayout()
        self._rows.setColumnStretch(1, 1)
        self._rows.setHorizontalSpacing(12)
        self._rows.setVerticalSpacing(8)
        self._foot = QVBoxLayout()
        self._foot.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.title)
        layout.addLayout(self._rows)
        layout.addLayout(self._foot)

    def show_conflict(
        self, conflict: Conflict, titles: Mapping[str, str], choices: Sequence[Choice] | None = None
    ) -> None:
        """Show another conflict; the same one again keeps what is being typed.

        ``choices`` are the records that another value of a reference can be picked from.
        """
        if conflict == self._conflict:
            return
        self._conflict = conflict
        clear(self._rows)
        clear(self._foot)
        self.other = self.adopt = None
        field = words.field_of(conflict)
        whose = titles.get(conflict.record_id, words.kind_of(conflict))
        self.title.setText(f"{whose} · {conflict.label}")
        self._show_options(words.options(conflict, titles, self._own_replica))
        if field is not None and _can_be_typed(field, choices):
            self._offer_other(conflict, field, choices)
        elif field is None and conflict.field != words.DELETED:
            self._foot.addWidget(
                label(self.tr("这个字段来自更新的版本，请升级驻村通后再选定。"), "warn", wrap=True)
            )

    def take(self, number: int) -> bool:
        """Choose the value with this number (from 1); False when there is none."""
        if not 1 <= number <= len(self.takes) or not self.takes[number - 1].isEnabled():
            return False
        self.chosen.emit(self._options[number - 1].wire)
        return True

    def set_busy(self, busy: bool) -> None:
        """While a choice is being saved no other can be made."""
        for made in (*self.takes, *([self.adopt] if self.adopt is not None else [])):
            made.setEnabled(not busy)

    def show_problems(self, problems: Sequence[Problem]) -> Sequence[Problem]:
        """Beside the typed value."""
        return self.other.show_problems(problems) if self.other is not None else problems

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1, 2, … take a value, unless a digit is being typed."""
        if not self.take(number_of(event)):
            super().keyPressEvent(event)

    def _show_options(self, options: Sequence[words.Option]) -> None:
        self._options, self.takes = list(options), []
        for number, option in enumerate(options, 1):
            made = button(f"{number} {option.caption}", lambda at=number: self.take(at))  # type: ignore[misc]
            made.setAutoDefault(True)  # Enter presses it
            made.setAccessibleName(f"{number} {option.caption}：{option.text}")
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(label(option.text, wrap=True, selectable=True))
            if option.source:
                column.addWidget(label(option.source, "quiet", wrap=True))
            self._rows.addWidget(made, number - 1, 0, Qt.AlignmentFlag.AlignTop)
            self._rows.addLayout(column, number - 1, 1)
            self.takes.append(made)

    def _offer_other(self, conflict: Conflict, field: Field, choices: Sequence[Choice] | None) -> None:
        form = FORMS[conflict.entity]
        given = {field.name: choices} if choices is not None else None
        self.other = RecordForm(form, [field.name], choices=given)
        self.adopt = button(self.tr("采用"), self._adopt)
        self.adopt.setAutoDefault(True)
        self.adopt.setAccessibleName(self.tr("采用另填的值"))
        self.other.input(field.name).answered.connect(self.adopt.setFocus)
        self._foot.addWidget(label(self.tr("都不对？另填一个："), "quiet"))
        row = QHBoxLayout()
        row.addWidget(self.other, 1)
        row.addWidget(self.adopt, 0, Qt.AlignmentFlag.AlignTop)
        self._foot.addLayout(row)

    def _adopt(self) -> None:
        """Check what was typed as the form of the record does, then choose it."""
        assert self.other is not None
        name = self.other.names()[0]
        field = self.other.form[name]
        try:
            value = self.other.form.check(self.other.values(), complete=False)[name]
        except ValidationFailed as error:
            self.other.show_problems(error.problems)
            return
        if field.required and value in (None, "", ()):
            self.other.show_problems([Problem(name, self.tr("必须填写"))])
        else:
            self.chosen.emit(to_wire(value))


def number_of(event: QKeyEvent) -> int:
    """The digit that was pressed without Ctrl or Alt; 0 for any other key."""
    typed = event.text()
    plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    return int(typed) if plain and typed.isascii() and typed.isdigit() else 0


def _can_be_typed(field: Field, choices: Sequence[Choice] | None) -> bool:
    """Sub-lines and references to records that cannot be listed are only chosen among the values."""
    return field.kind is not Kind.ROWS and (field.kind not in words.REFERENCES or choices is not None)
