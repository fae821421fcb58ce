"""Subjects of the income account (CL_INC, domain.md 2.3): whether a subject counts is data with effective dates.

The table is ``resources/income_subjects.toml``, the names are the code list CL_INC.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from villageapp import paths
from villageapp.domain import codes

LIST = "CL_INC"


class Group(StrEnum):
    """The part of the printed form a subject belongs to (domain.md 4.7)."""

    WAGE = "A"
    BUSINESS = "B"
    PROPERTY = "C"
    TRANSFER = "D"
    COST = "E"


class Role(StrEnum):
    """What a counted amount does to the net income."""

    INCOME = "income"
    EXPENSE = "expense"
    OFFSET = "offset"  # lowers the expense, never below 0 (E9)


@dataclass(frozen=True, slots=True)
class Counting:
    """Since when a subject counts or does not; the latest start in force wins, the later entry on a tie."""

    code: str
    counts: bool
    effective_from: date
    source: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject as of one day."""

    code: str
    label: str
    group: Group
    role: Role
    counts: bool
    left_out_of_gap: bool = False
    """Not part of the income before the 防贫险补差 test (D11, R-INC-8)."""
    counting: Counting | None = None
    """The version that decided ``counts``."""


@dataclass(frozen=True, slots=True)
class _Row:
    group: Group
    role: Role
    left_out_of_gap: bool


class SubjectTable:
    """All subjects with their versions."""

    def __init__(self, rows: Mapping[str, _Row], countings: Iterable[Counting]) -> None:
        self._rows = rows
        self._countings = tuple(countings)

    def on(self, day: date) -> Mapping[str, Subject]:
        """Every subject by code as it stands on that day; one without a version yet does not count."""
        return {code: self._subject(code, row, day) for code, row in self._rows.items()}

    def with_changes(self, countings: Iterable[Counting]) -> SubjectTable:
        """A copy with these versions added (a province's decision). Raises ValueError for an unknown subject."""
        added = tuple(countings)
        for counting in added:
            if counting.code not in self._rows:
                raise ValueError(f"没有收支科目“{counting.code[:20]}”")
        return SubjectTable(self._rows, (*self._countings, *added))

    def _subject(self, code: str, row: _Row, day: date) -> Subject:
        fits = [
            (c.effective_from, place, c)
            for place, c in enumerate(self._countings)
            if c.code == code and c.effective_from <= day
        ]
        counting = max(fits)[2] if fits else None
        return Subject(
            code,
            codes.code_list(LIST).label(code),
            row.group,
            row.role,
            counting is not None and counting.counts,
            row.left_out_of_gap,
            counting,
        )


@cache
def shipped() -> SubjectTable:
    """The subjects that come with the program."""
    with (paths.resources() / "income_subjects.toml").open("rb") as file:
        raw = tomllib.load(file)
    rows: dict[str, _Row] = {}
    countings: list[Counting] = []
    for table in raw["subjects"]:
        for code in table["codes"]:
            rows[code] = _Row(Group(table["group"]), Role(table["role"]), table.get("gap", False))
            countings += [
                Counting(code, version["counts"], version["from"], version.get("source", ""))
                for version in table["counting"]
            ]
    return SubjectTable(rows, countings)
