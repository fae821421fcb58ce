"""The questions of a visit, in the order in which they are asked, and when each is asked.

Layout is ``visit_form.py``; here is what there is to answer: inputs, conditions, raw values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox

from villageapp.domain import codes
from villageapp.domain.fields import Field, Kind
from villageapp.domain.visit import BASIC_NEEDS, CHANGES, GUARANTEES, NOBODY_HOME, VISIT
from villageapp.services.visit_rules import CHECK_STATES, HEADER
from villageapp.ui.visits import words
from villageapp.ui.visits.guarantee import Guarantee
from villageapp.ui.visits.moment_input import MomentInput
from villageapp.ui.visits.person_input import PersonInput
from villageapp.ui.visits.policy_input import PolicyInput
from villageapp.ui.visits.question import Question
from villageapp.ui.visits.reading import FormStart
from villageapp.ui.visits.segment_input import SegmentInput
from villageapp.ui.widgets.field_inputs import ChoicesInput, FieldInput, NoteInput, make_input

_PLACE = "visits"
MEASURE = "measure:"
"""Prefix of the key of a measure's tick; the rest is the measure id."""
_OPENED_BY_NO = {f"{name}_note": (name, False) for name in (*GUARANTEES, *BASIC_NEEDS)}
_OPENED_BY_YES = {f"{name}_note": (name, True) for name in CHANGES}
_EXPENSE = {"expense_kind": ("big_expense", True), "expense_amount": ("big_expense", True)}
OPENED_BY: Mapping[str, tuple[str, bool]] = {**_OPENED_BY_NO, **_OPENED_BY_YES, **_EXPENSE}
"""Question to the answer of another one that opens it."""


class TickInput(FieldInput):
    """One tick box: ticked is 是, unticked says nothing."""

    def __init__(self, field: Field, text: str) -> None:
        self.tick = QCheckBox(text)
        super().__init__(field, self.tick)
        self.tick.clicked.connect(lambda _on: self.edited.emit())

    def value(self) -> bool | None:
        """True when ticked, else None."""
        return True if self.tick.isChecked() else None

    def set_value(self, value: Any) -> None:
        """Show an answer."""
        self.tick.setChecked(bool(value))


class Questions:
    """All questions by key; ``VISIT`` field names, and ``measure:<id>`` for the ticks."""

    def __init__(self, start: FormStart) -> None:
        self.all: dict[str, Question] = {}
        self.guarantees: dict[str, Guarantee] = {}
        self._start = start
        tr = QCoreApplication.translate
        self._add_header()
        for name in CHANGES:
            self._add(name)
            self._add(f"{name}_note", title=tr(_PLACE, "写明变化"))
        for name in (*GUARANTEES, *BASIC_NEEDS):
            self._add_guarantee(name, big=name in GUARANTEES)
        self._add_ticks()
        self._add_money()
        self._add_talk()
        self._add_end()
        self._show_last()

    def __getitem__(self, key: str) -> Question:
        return self.all[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.all)

    def measures(self) -> list[str]:
        """Keys of the ticks."""
        return [key for key in self.all if key.startswith(MEASURE)]

    def asked(self) -> list[str]:
        """Keys of what is to be answered now, in order."""
        return [key for key in self.all if not self.is_off(key)]

    def is_off(self, key: str) -> bool:
        """Whether a question is not asked, by the answers so far."""
        if self.meets_nobody() and key not in HEADER:
            return True
        opener = OPENED_BY.get(key)
        return opener is not None and self.all[opener[0]].input.value() is not opener[1]

    def meets_nobody(self) -> bool:
        """无人在家 leaves header and next visit only."""
        return bool(self.all["result"].input.value() == NOBODY_HOME)

    def raw(self) -> dict[str, Any]:
        """Everything entered, asked or not, as a draft keeps it."""
        found = {
            key: question.input.value() for key, question in self.all.items() if not key.startswith(MEASURE)
        }
        ticks = ((key.removeprefix(MEASURE), self.all[key].input.value()) for key in self.measures())
        rows = [{"measure_id": measure, "status": status} for measure, status in ticks if status]
        return {**found, "measures_checked": rows or None}

    def values(self) -> dict[str, Any]:
        """What is to be saved: questions that are not asked are None."""
        raw = self.raw()
        found = {
            name: None if name in self.all and self.is_off(name) else value for name, value in raw.items()
        }
        if self.meets_nobody():
            found["measures_checked"] = None
        return found

    def set_raw(self, raw: Mapping[str, Any]) -> None:
        """Show a draft; questions it does not name are left."""
        for name in self.all:
            if name in raw:
                self.all[name].set_raw(raw[name])
        for row in raw.get("measures_checked") or ():
            tick = self.all.get(f"{MEASURE}{row.get('measure_id')}")
            if tick is not None:
                tick.input.set_value(row.get("status"))

    def show_last(self, previous: Mapping[str, Any] | None, today: date) -> None:
        """Grey answers of the last visit; a question that opens by an answer needs none of its own."""
        for key, question in self.all.items():
            if key.startswith(MEASURE):
                question.show_last(words.last_tick(key.removeprefix(MEASURE), previous, today))
            elif key not in HEADER and key not in OPENED_BY:
                question.show_last(words.last_answer(question.field, previous, today))

    def _show_last(self) -> None:
        self.show_last(self._start.opening.previous, self._start.today)

    def _add(
        self, name: str, made: FieldInput | None = None, *, title: str = "", wide: bool | None = None
    ) -> None:
        field = VISIT[name]
        if wide is None:
            wide = field.kind in (Kind.TEXT, Kind.NOTE)
        self.all[name] = Question(made or make_input(field), title=title, wide=wide)

    def _add_segments(self, name: str) -> None:
        field = VISIT[name]
        self._add(name, SegmentInput(field, tuple(codes.code_list(field.choices).labels.items())))

    def _add_header(self) -> None:
        start = self._start
        self._add("started_at", MomentInput(VISIT["started_at"], lambda: start.today))
        left = MomentInput(VISIT["ended_at"], lambda: start.today)
        left.line.setPlaceholderText(QCoreApplication.translate(_PLACE, "保存时自动填"))
        self._add("ended_at", left)
        self._add("kind")
        self._add("visitors", ChoicesInput(VISIT["visitors"], start.visitors), wide=True)
        self._add_segments("result")
        self._add("interviewee", PersonInput(VISIT["interviewee"], start.opening.members), wide=False)

    def _add_guarantee(self, name: str, *, big: bool) -> None:
        made = Guarantee(VISIT[name], VISIT[f"{name}_note"], big=big)
        self.guarantees[name] = made
        self.all[name], self.all[f"{name}_note"] = made.question, made.reason

    def _add_ticks(self) -> None:
        field, choices = VISIT["measures_checked"], tuple((state, state) for state in CHECK_STATES)
        for measure in self._start.opening.measures:
            title = words.measure_text(measure)
            made = SegmentInput(field, choices)
            made.inner.setAccessibleName(title)
            width = made.fontMetrics().horizontalAdvance("口") * 24
            self.all[f"{MEASURE}{measure['id']}"] = Question(made, title=title, title_width=width)

    def _add_money(self) -> None:
        self._add_segments("income_trend")
        self._add("big_expense")
        self._add_segments("expense_kind")
        self._add("expense_amount")

    def _add_talk(self) -> None:
        for name in ("difficulty", "demand"):
            self._add(name, NoteInput(VISIT[name], lines=2))
        self._add("policy_told", PolicyInput(VISIT["policy_told"], self._start.matches))
        self._add("help_done", NoteInput(VISIT["help_done"], lines=2))

    def _add_end(self) -> None:
        self._add_segments("satisfaction")
        self._add("next_visit_on")
        tick = TickInput(
            VISIT["signed_on_paper"], QCoreApplication.translate(_PLACE, "农户已在纸质走访表上签字")
        )
        self._add("signed_on_paper", tick)
        self._add("note", NoteInput(VISIT["note"], lines=2))
