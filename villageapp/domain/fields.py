"""A field is described once, here; form, validation, import, ledger, database column and message follow.

``Form.check`` turns raw values (typed by a person, read from a workbook or from JSON) into clean Python
values and refuses with one Problem per field. This module is the one to import: kinds and values of fields
are in the two beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from villageapp.domain.field_kinds import Field, Kind
from villageapp.domain.field_values import (
    MAX_ITEMS,
    MAX_TEXT,
    NO_WORDS,
    UNKNOWN_WORDS,
    YES_WORDS,
    from_wire,
    parse,
    show,
    tidy,
    to_wire,
)
from villageapp.errors import Problem, Severity, ValidationFailed

__all__ = [
    "MAX_ITEMS",
    "MAX_TEXT",
    "NO_WORDS",
    "UNKNOWN_WORDS",
    "YES_WORDS",
    "Field",
    "Form",
    "Kind",
    "Rule",
    "from_wire",
    "parse",
    "show",
    "tidy",
    "to_wire",
]

Rule = Callable[[Mapping[str, Any]], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Form:
    """All fields of one entity and the rules between them."""

    entity: str
    title: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {f.name: f for f in self.fields})

    def __getitem__(self, name: str) -> Field:
        return self.by_name[name]

    def check(self, raw: Mapping[str, Any], *, complete: bool = True) -> dict[str, Any]:
        """Clean values of the fields named in ``raw``.

        With ``complete`` required fields must be there (a whole record); without, only what is given is
        checked (a change of some fields). Raises ValidationFailed with every problem found; warnings do
        not raise, see ``warnings``.
        """
        values, problems = self._parse(raw)
        if complete:
            problems += self._missing(values)
        if not problems:
            problems = [p for p in self._judge(values) if p.severity is Severity.ERROR]
        if problems:
            raise ValidationFailed(problems)
        return values

    def warnings(self, values: Mapping[str, Any]) -> list[Problem]:
        """What the rules find odd but permit, on values that ``check`` returned."""
        return [p for p in self._judge(values) if p.severity is Severity.WARNING]

    def _parse(self, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, given in raw.items():
            described = self.by_name.get(name)
            if described is None:
                problems.append(Problem(name, f"{self.title}没有“{name[:40]}”这个字段"))
                continue
            try:
                values[name] = parse(described, given)
            except ValueError as error:
                problems.append(Problem(name, f"{described.label}：{error}"))
        return values, problems

    def _missing(self, values: Mapping[str, Any]) -> list[Problem]:
        found = []
        for f in self.fields:
            wanted = f.required
            if f.only_if is not None:
                other, value = f.only_if
                wanted = values.get(other) == value
            if wanted and values.get(f.name) in (None, "", ()):
                found.append(Problem(f.name, f"{f.label}：必须填写"))
        return found

    def _judge(self, values: Mapping[str, Any]) -> list[Problem]:
        return [problem for rule in self.rules for problem in rule(values)]
