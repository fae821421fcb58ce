"""From persons to households: values filled within one household number, same persons merged (domain.md 5.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.member import HEAD, MEMBER
from villageapp.errors import Severity
from villageapp.services.imports.findings import Findings
from villageapp.services.imports.identity import PersonRow
from villageapp.services.imports.plan import Duplicate, PlannedHousehold, PlannedMember


@dataclass(slots=True)
class _Family:
    number: str
    values: dict[str, Any] = field(default_factory=dict)
    said_in: dict[str, int] = field(default_factory=dict)  # row of each value
    last: dict[str, Any] = field(default_factory=dict)  # of the row before
    head: dict[str, str] = field(default_factory=dict)
    members: list[PersonRow] = field(default_factory=list)


class Families:
    """Persons are added in order of the file; then ``households`` and ``members`` are asked for once."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._families: dict[str, _Family] = {}
        self._persons: dict[str, PersonRow] = {}

    def add(self, person: PersonRow) -> None:
        """One row: its household values, and the person unless rejected or known already."""
        family = self._families.setdefault(person.hh_no, _Family(person.hh_no))
        self._household_values(family, person)
        for name, text in person.head.items():
            family.head.setdefault(name, text)
        if person.rejected:
            return
        key = person.key if person.member.get("id_no") else f"{person.hh_no}|{person.key}"
        first = self._persons.get(key)
        if first is None:
            self._persons[key] = person
            family.members.append(person)
        else:
            self._merge(first, person)

    def households(self) -> tuple[PlannedHousehold, ...]:
        """Households that have at least one member, with what is odd about them said."""
        return tuple(self._household(f) for f in self._families.values() if f.members)

    def members(self) -> tuple[PlannedMember, ...]:
        """All members in order of the file."""
        found = []
        for person in self._persons.values():
            judged = person.member | {"id_no": None}  # sex and birth date are those of the number already
            for rule in MEMBER.rules:
                for problem in rule(judged):
                    self._findings.warn(
                        person.row, f"{person.member['name']}：{problem.message}", person.sheet
                    )
            if set(person.member.get("health") or ()) > {"1"}:
                del person.member["health"]  # contradicts itself; the remark above says so
            found.append(PlannedMember(person.hh_no, person.key, person.member, person.row))
        return tuple(found)

    def _household_values(self, family: _Family, person: PersonRow) -> None:
        """The first value counts; later rows of the same household fill what is missing."""
        if person.household == family.last:
            return
        family.last = person.household
        for name, value in person.household.items():
            known = family.values.setdefault(name, value)
            row = family.said_in.setdefault(name, person.row)
            if known != value:
                label = HOUSEHOLD[name].label
                self._findings.warn(
                    person.row, f"{label}与第 {row} 行不同（同一户），按第 {row} 行", person.sheet
                )

    def _merge(self, first: PersonRow, again: PersonRow) -> None:
        self._findings.duplicates.append(Duplicate(again.row, first.row, again.sheet, first.sheet))
        if first.hh_no != again.hh_no:
            message = f"{first.member['name']}与第 {first.row} 行是同一人但户编号不同，按第 {first.row} 行登记在户 {first.hh_no}"
            self._findings.warn(again.row, message, again.sheet)
            return
        different = []
        for name, value in again.member.items():
            if first.member.setdefault(name, value) != value:
                different.append(MEMBER[name].label)
        if different:
            message = f"与第 {first.row} 行是同一人，但{'、'.join(different)}不同，按第 {first.row} 行"
            self._findings.warn(again.row, message, again.sheet)

    def _household(self, family: _Family) -> PlannedHousehold:
        first = family.members[0]
        values = {"national_hh_no": family.number, **family.values}
        stated, found = values.get("registered_population"), len(family.members)
        if stated is not None and stated != found:
            row = family.said_in["registered_population"]
            self._findings.warn(
                row, f"人数 {stated} ≠ {found}（户编号 {family.number} 在表中有 {found} 人）", first.sheet
            )
        for rule in HOUSEHOLD.rules:
            for problem in rule(values):
                serious = "（请核对）" if problem.severity is Severity.ERROR else ""
                self._findings.warn(first.row, problem.message + serious, first.sheet)
        rows = tuple(person.row for person in family.members)
        return PlannedHousehold(family.number, values, rows, self._head(family))

    def _head(self, family: _Family) -> str:
        """The key of the head: by relation, by the head's number or name, or the only member."""
        heads = [p for p in family.members if p.member.get("relation") == HEAD]
        if len(heads) > 1:
            rows = "、".join(str(p.row) for p in heads)
            message = f"户编号 {family.number} 有 {len(heads)} 个户主（第 {rows} 行），按第 {heads[0].row} 行"
            self._findings.warn(heads[1].row, message, heads[1].sheet)
        if not heads:
            heads = _named(family.members, family.head)
        if not heads and len(family.members) == 1:
            heads = family.members
        if not heads:
            first = family.members[0]
            self._findings.warn(first.row, f"户编号 {family.number} 没有写明户主，导入后请指定", first.sheet)
        return heads[0].key if heads else ""


def _named(members: Iterable[PersonRow], head: dict[str, str]) -> list[PersonRow]:
    number = head.get("head_id_no", "").upper()[:18]
    name = head.get("head_name", "")
    by_number = [p for p in members if number and p.key == number]
    return by_number or [p for p in members if name and p.member.get("name") == name]
