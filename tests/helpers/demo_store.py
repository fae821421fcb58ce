"""The fictitious demo village saved into a store in a few large transactions (the services do it record by record)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from villageapp.models import ids
from villageapp.models.base import Synced
from villageapp.models.records import Cadre, Household, Measure, Member, Visit
from villageapp.services.demo_village import DemoVillage
from villageapp.services.workspace import Workspace

_AT_ONCE = 2000


def fill(work: Workspace, village: DemoVillage, visits_of_each: int | None = None) -> None:
    """Save cadres, households, members, measures and visits; ``visits_of_each`` household at most."""
    cadres = {values["name"]: ids.new_id() for values in village.cadres}
    records = _records(village, cadres, visits_of_each)
    for some in _batches(records):
        with work.transaction() as session:
            session.add_all(some)
    work.database.settle()


def _batches(records: Iterable[Synced]) -> Iterator[list[Synced]]:
    waiting: list[Synced] = []
    for record in records:
        waiting.append(record)
        if len(waiting) == _AT_ONCE:
            yield waiting
            waiting = []
    yield waiting


def _records(village: DemoVillage, cadres: dict[str, str], most: int | None) -> Iterator[Synced]:
    for values in village.cadres:
        yield _made(Cadre(id=cadres[values["name"]]), values)
    for home in village.households:
        household_id = ids.household_id(home.number)
        people = {m["id_no"]: ids.member_id(household_id, m["id_no"]) for m in home.members}
        links: dict[str, Any] = {"head_member_id": people[home.members[0]["id_no"]]}
        if home.duty_cadre:
            links["duty_person_id"] = cadres[home.duty_cadre]
        yield _made(Household(id=household_id), {**home.values, **links})
        for member in home.members:
            yield _made(Member(id=people[member["id_no"]]), {**member, "household_id": household_id})
        yield from _work(village, home.number, household_id, people, cadres, most)


def _work(
    village: DemoVillage,
    number: str,
    household_id: str,
    people: dict[str, str],
    cadres: dict[str, str],
    most: int | None,
) -> Iterator[Synced]:
    for measure in village.measures.get(number, ()):
        links = {
            "household_id": household_id,
            "member_id": people.get(measure.member_id_no),
            "responsible_id": cadres.get(measure.responsible),
        }
        yield _made(Measure(id=ids.new_id()), {**measure.values, **links})
    for visit in village.visits.get(number, ())[-most if most else None :]:
        visitors = tuple(sorted(cadres[name] for name in visit.visitors))
        yield _made(
            Visit(id=ids.new_id()), {**visit.values, "household_id": household_id, "visitors": visitors}
        )


def _made(record: Synced, values: Any) -> Synced:
    record.assign(values)
    return record
