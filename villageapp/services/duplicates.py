"""People who may be registered twice, in this village and as somebody is entered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, false, func, or_, select

from villageapp.domain import duplicates
from villageapp.domain.duplicates import Certainty, Person
from villageapp.domain.merging import DIFFERENT
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Member, Merge

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

AT_ONCE = 250
"""Rows that are made at a time: a whole county at once would hold the interpreter, and the window with it."""
_member, _summary, _merge = Member.__table__.c, HouseholdSummary.__table__.c, Merge.__table__.c
_PEOPLE = (
    select(
        _member.id,
        _member.household_id,
        _member.name,
        _member.id_no,
        _member.birth_date,
        _member.sex,
        _member.phone,
        _summary.head_name,
        _summary.group_name,
    )
    .join_from(
        Member.__table__,
        HouseholdSummary.__table__,
        _summary.household_id == _member.household_id,
        isouter=True,
    )
    .where(_member.deleted.is_(False), _member.left_on.is_(None))
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records that may be one person."""

    id: str
    household_id: str
    name: str
    id_no: str
    head_name: str
    group: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two records that may be one person, and why."""

    first: Side
    second: Side
    certainty: Certainty
    reason: str


def proposals(work: Workspace) -> list[Proposal]:
    """Everybody in the village who may be registered twice and about whom nobody has decided yet."""
    with work.reading() as connection:
        people, sides = _people(connection)
        decided = _decided(connection)
    return [
        Proposal(sides[pair.first], sides[pair.second], pair.certainty, pair.reason)
        for pair in duplicates.pairs(people)
        if frozenset((pair.first, pair.second)) not in decided
    ]


def like(work: Workspace, values: Mapping[str, Any], own_id: str = "") -> list[Proposal]:
    """Whom somebody with these (clean) values may be already; for a warning while entering."""
    person = Person(
        own_id or "new",
        str(values.get("household_id") or ""),
        str(values.get("name") or ""),
        str(values.get("id_no") or ""),
        values.get("birth_date"),
        str(values.get("sex") or ""),
        str(values.get("phone") or ""),
    )
    mine = Side(person.id, person.household_id, person.name, person.id_no, "", "")
    with work.reading() as connection:
        people, sides = _people(connection, _PEOPLE.where(_has_something_of(person)))
    return [
        Proposal(mine, sides[found.second], found.certainty, found.reason)
        for found in duplicates.like(person, people)
    ]


def _has_something_of(person: Person) -> ColumnElement[bool]:
    """Who can be alike at all (see ``domain.duplicates.compare``), so that not everybody is read for one entry."""
    number = person.id_no
    shared: list[ColumnElement[bool]] = [
        func.substr(_member.id_no, part.start + 1, part.stop - part.start) == number[part]
        for part in duplicates.ID_PARTS
        if number
    ]
    if person.birth_date is not None:
        shared.append(_member.birth_date == person.birth_date)
    if person.phone:
        shared.append(_member.phone == person.phone)
    return or_(false(), *shared)


def _people(
    connection: Connection, query: Select[tuple[Any, ...]] = _PEOPLE
) -> tuple[list[Person], dict[str, Side]]:
    people: list[Person] = []
    sides: dict[str, Side] = {}
    for row in connection.execute(query.execution_options(yield_per=AT_ONCE)):
        number, home = row.id_no or "", row.household_id or ""
        name, sex, phone = row.name or "", row.sex or "", row.phone or ""
        people.append(Person(row.id, home, name, number, row.birth_date, sex, phone))
        sides[row.id] = Side(row.id, home, name, number, row.head_name or "", row.group_name or "")
    return people, sides


def _decided(connection: Connection) -> set[frozenset[str]]:
    rows = connection.execute(
        select(_merge.kept_id, _merge.merged_id).where(
            _merge.deleted.is_(False), _merge.entity == "member", _merge.decision == DIFFERENT
        )
    )
    return {frozenset((row.kept_id, row.merged_id)) for row in rows}
