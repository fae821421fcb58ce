"""A plan held against the store: what is new, what changes, what people's own edits keep from changing.

A field is written only when the file says something new of it: something else than the store holds, and
something else than the imports that still stand said last. Where no import of this laptop spoke of a field
yet, a value that somebody edited or typed stays and is reported, a value nobody touched gives way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from villageapp.domain.fields import Form
from villageapp.domain.forms import FORMS
from villageapp.domain.household import NOT_MONITORED
from villageapp.models import ids
from villageapp.progress import Progress
from villageapp.services.imports.plan import ImportPlan, PlannedHousehold, PlannedMember, Rejected
from villageapp.services.imports.stored import Stored, Values

IN_REGISTER = "在册"
_BETWEEN_REPORTS = 500


@dataclass(slots=True)
class Difference:
    """One record of the file against the store."""

    entity: str
    record_id: str
    row: int
    title: str
    is_new: bool = False
    restored: bool = False
    """The record is here, but a batch that was taken back had removed it."""
    after: Values = field(default_factory=dict)
    """Fields to write."""
    before: Values = field(default_factory=dict)
    """Their present values; empty for a new record."""
    kept: Values = field(default_factory=dict)
    """Fields that stay as people made them, with the file's value."""
    said: Values = field(default_factory=dict)
    """What the file says and earlier imports did not, written or not."""

    @property
    def form(self) -> Form:
        """The form of the record."""
        return FORMS[self.entity]


@dataclass(slots=True)
class Comparison:
    """All records of the file, households before members before spells, each in order of the file."""

    households: list[Difference]
    members: list[Difference]
    remarks: list[tuple[int, str]]
    """(row, message) of what was noticed on the way."""
    spells: list[Difference] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    """Rows that only the store could tell to be wrong."""

    @property
    def differences(self) -> list[Difference]:
        """All of them, parents before children."""
        return [*self.households, *self.members, *self.spells]


def compare(plan: ImportPlan, stored: Stored, village_code: str, progress: Progress) -> Comparison:
    """Hold every household and member of the plan against the store. Raises Cancelled."""
    judge = _Judge(plan, stored, village_code)
    for number, household in enumerate(plan.households):
        if number % _BETWEEN_REPORTS == 0:
            progress.check_cancelled()
        judge.locate(household)
    members = []
    for number, member in enumerate(plan.members):
        if number % _BETWEEN_REPORTS == 0:
            progress.check_cancelled()
            progress.step(number, len(plan.members), "正在与本机数据比对")
        members.append(judge.member(member))
    households = [judge.household(household) for household in plan.households]
    return Comparison(households, members, judge.remarks)


class _Judge:
    def __init__(self, plan: ImportPlan, stored: Stored, village_code: str) -> None:
        self._stored, self._village_code = stored, village_code
        self._household_ids: dict[str, str] = {}
        self._member_ids: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._sizes = {household.national_hh_no: len(household.rows) for household in plan.households}
        self.remarks: list[tuple[int, str]] = []

    def locate(self, household: PlannedHousehold) -> None:
        number = household.national_hh_no
        self._household_ids[number] = self._stored.by_number.get(number) or ids.household_id(number)

    def household(self, planned: PlannedHousehold) -> Difference:
        """After the members, because the head is one of them."""
        record_id = self._household_ids[planned.national_hh_no]
        values = dict(planned.values)
        head = self._member_ids.get((planned.national_hh_no, planned.head_key))
        if head is not None:
            values["head_member_id"] = head
        found = Difference("household", record_id, planned.row, f"户 {planned.national_hh_no}")
        known = self._stored.households.get(record_id)
        derived = record_id == ids.household_id(planned.national_hh_no)
        defaults = self._household_defaults(planned)
        return judge_fields(self._stored, found, known, values, defaults, derived, self.remarks)

    def member(self, planned: PlannedMember) -> Difference:
        household = self._household_ids[planned.national_hh_no]
        record_id = self._member_id(planned, household)
        self._taken.add(record_id)
        self._member_ids[planned.national_hh_no, planned.key] = record_id
        known = self._stored.members.get(record_id)
        if known is not None and known["household_id"] != household and record_id not in self._stored.removed:
            message = f"{planned.values['name']}原在另一户，按文件转入户 {planned.national_hh_no}"
            self.remarks.append((planned.row, message))
        found = Difference("member", record_id, planned.row, str(planned.values["name"]))
        derived = record_id == ids.member_id(household, planned.key)
        values = {**planned.values, "household_id": household}
        return judge_fields(self._stored, found, known, values, {}, derived, self.remarks)

    def _member_id(self, planned: PlannedMember, household: str) -> str:
        """The record of that person, whoever made it; else the id that every laptop derives."""
        derived = ids.member_id(household, planned.key)
        stored, values = self._stored, planned.values
        if derived in stored.members and derived not in stored.removed:
            return derived
        citizen = values.get("id_no")
        found = stored.by_citizen.get(citizen) if citizen else None
        if found is None and values.get("national_member_no"):
            found = stored.by_member_no.get((household, values["national_member_no"]))
        if found is None and values.get("birth_date"):
            found = stored.by_birth.get((household, values["name"], values["birth_date"]))
        return found if found and found not in self._taken else derived

    def _household_defaults(self, planned: PlannedHousehold) -> Values:
        """What a new household needs beyond the file; never written to one that is here already."""
        village = self._stored.village
        return {
            "region_code": self._village_code,
            "county": village.get("county"),
            "town": village.get("town"),
            "village": village.get("name"),
            "monitoring_category": NOT_MONITORED,
            "status": IN_REGISTER,
            "registered_population": self._sizes[planned.national_hh_no],
        }


def judge_fields(
    stored: Stored,
    found: Difference,
    known: Values | None,
    values: Values,
    defaults: Values,
    derived: bool,
    remarks: list[tuple[int, str]],
) -> Difference:
    """Fill in what the file changes of one record. ``known``: its present values, None when it is not here;
    ``derived``: its id follows from its natural key, so an import made it."""
    removed = found.record_id in stored.removed
    if known is None or (removed and found.record_id in stored.undone):
        found.is_new, found.restored = True, known is not None
        found.after = {**defaults, **values}
        found.said = dict(values)
        return found
    said = stored.imported.get(found.record_id, {})
    found.said = {n: v for n, v in values.items() if n not in said or said[n] != v}
    if removed:
        found.kept = {}
        if found.said:
            remarks.append((found.row, f"{found.title}已在本机被删除，没有恢复"))
        return found
    edited = stored.edited.get(found.record_id, frozenset()) if derived else None
    for name, value in found.said.items():
        present = known[name]
        if present == value:
            continue
        typed = name not in said and present is not None and (edited is None or name in edited)
        if typed:
            found.kept[name] = value
        else:
            found.after[name] = value
            found.before[name] = present
    return found


def missing_ids(found: list[Difference], present: Mapping[str, Any], removed: set[str]) -> list[str]:
    """Ids of records that the store has and the file does not name."""
    named = {difference.record_id for difference in found}
    return [record_id for record_id in present if record_id not in named and record_id not in removed]
