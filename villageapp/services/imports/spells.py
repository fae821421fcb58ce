"""From the rows of monthly employment lists to spells and wishes to work (domain.md 2.9, 5.1 d)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.member import MEMBER
from villageapp.errors import Severity
from villageapp.services.imports.findings import Findings
from villageapp.services.imports.identity import PersonRow
from villageapp.services.imports.plan import Duplicate, PlannedIntention, PlannedSpell

_INTENTION = ("work_planned", "work_demand")
_LEFT_TO_CHECKUP = frozenset({"industry", "employer"})
"""Rule 5_15_009 is broken in the national lists themselves: taken, and the data check-up asks for it."""

Where = Callable[[str, int], str]
"""The address of a target's cell in a row."""


class Spells:
    """Rows are added in order of the file; then ``spells`` and ``intentions`` hold what they say."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._spells: dict[tuple[str, str, str], PlannedSpell] = {}
        self._intentions: dict[tuple[str, str], PlannedIntention] = {}

    @property
    def spells(self) -> tuple[PlannedSpell, ...]:
        """One per person and start month, in order of the file."""
        return tuple(self._spells.values())

    @property
    def intentions(self) -> tuple[PlannedIntention, ...]:
        """One per person, in order of the file."""
        return tuple(self._intentions.values())

    def add(self, person: PersonRow, where: Where) -> None:
        """One row that names a person: taken, merged into an earlier one, or rejected with the reason."""
        if person.rejected:
            return
        wish = {name: person.member[name] for name in _INTENTION if name in person.member}
        reason, key = self._objection(person, wish)
        if reason:
            self._findings.reject(person.row, where(key, person.row), reason)
            return
        cell = where("member.id_no", person.row)
        if person.employment:
            self._add_spell(person, cell)
        if wish:
            self._add_intention(person, wish, cell)

    def _objection(self, person: PersonRow, wish: dict[str, Any]) -> tuple[str, str]:
        """Why the row is not taken, and the target whose cell is to blame; empty texts when it is."""
        if not person.member.get("id_no"):
            return "没有证件号码，认不出是本村哪一个人", "member.id_no"
        spell = person.employment
        if not spell:
            return ("", "") if wish else ("这一行没有写务工情况", "member.name")
        if "start_ym" not in spell:
            if spell.get("working") is False:
                return "", ""
            return "没有能读的开始时间，分不清是哪一段务工", "employment.start_ym"
        for rule in EMPLOYMENT.rules:
            for problem in rule({"end_ym": None, **spell}):
                if problem.severity is Severity.ERROR and problem.field not in _LEFT_TO_CHECKUP:
                    return problem.message, f"employment.{problem.field}"
        return "", ""

    def _add_spell(self, person: PersonRow, cell: str) -> None:
        values = person.employment
        key = (person.hh_no, person.key, values.get("start_ym") or "")
        name = str(person.member["name"])
        first = self._spells.get(key)
        if first is None:
            self._spells[key] = PlannedSpell(
                person.hh_no, person.key, name, dict(values), person.row, cell, person.sheet
            )
        elif _channel(first.values, values):
            reason = f"与第 {first.row} 行是同一人、同一开始月份而就业渠道不同，不能判断以哪一行为准"
            self._findings.reject(person.row, cell, reason)
        else:
            self._merge(first, person)

    def _merge(self, first: PlannedSpell, again: PersonRow) -> None:
        merged = {**again.employment, **first.values}
        key = (again.hh_no, again.key, first.values.get("start_ym") or "")
        self._spells[key] = PlannedSpell(
            first.national_hh_no, first.key, first.name, merged, first.row, first.cell, first.sheet
        )
        self._duplicate(again, first)
        self._say_differences(
            again, first, [EMPLOYMENT[n].label for n, v in again.employment.items() if merged[n] != v]
        )

    def _add_intention(self, person: PersonRow, wish: dict[str, Any], cell: str) -> None:
        key = (person.hh_no, person.key)
        name = str(person.member["name"])
        first = self._intentions.get(key)
        planned = PlannedIntention(person.hh_no, person.key, name, wish, person.row, cell, person.sheet)
        if first is None:
            self._intentions[key] = planned
            return
        merged = {**wish, **first.values}
        self._intentions[key] = PlannedIntention(
            first.national_hh_no, first.key, first.name, merged, first.row, first.cell, first.sheet
        )
        if not person.employment:  # a second spell repeats the wish of its person
            self._duplicate(person, first)
        self._say_differences(person, first, [MEMBER[n].label for n, v in wish.items() if merged[n] != v])

    def _duplicate(self, again: PersonRow, first: PlannedSpell | PlannedIntention) -> None:
        self._findings.duplicates.append(Duplicate(again.row, first.row, again.sheet, first.sheet))

    def _say_differences(
        self, again: PersonRow, first: PlannedSpell | PlannedIntention, labels: list[str]
    ) -> None:
        if labels:
            message = f"与第 {first.row} 行是同一人，但{'、'.join(labels)}不同，按第 {first.row} 行"
            self._findings.warn(again.row, message, again.sheet)


def _channel(first: Any, second: Any) -> bool:
    """Whether both name a channel, and different ones."""
    one, other = first.get("channel"), second.get("channel")
    return bool(one and other and one != other)
