"""The walk of a day: which households, in the order in which one passes them. Kept on this laptop only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, select

from villageapp.domain.dates import CHINA
from villageapp.errors import Problem, ValidationFailed
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Household, Visit
from villageapp.services import drafts
from villageapp.services.groups import group_order
from villageapp.services.household_lists import next_in_group

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

ROUTE = "route"
"""Form under which a route is kept among the drafts; the subject is its day."""
MOST_STOPS = 300
_summary, _household, _visit = HouseholdSummary.__table__.c, Household.__table__.c, Visit.__table__.c
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Stop:
    """One household of a route. ``due_on`` is its next planned visit; ``is_done`` when it was visited that day."""

    household_id: str
    head_name: str
    group_name: str
    address: str
    phone: str
    due_on: date | None
    is_done: bool


@dataclass(frozen=True, slots=True)
class Route:
    """The stops of a day, in order."""

    day: date
    stops: tuple[Stop, ...]

    @property
    def left(self) -> tuple[Stop, ...]:
        """Where nobody has been yet that day."""
        return tuple(stop for stop in self.stops if not stop.is_done)


def of_group(work: Workspace, group: str) -> list[str]:
    """All households of a villagers' group, house by house."""
    return _walk(work, _summary.group_name == group)


def of_due(work: Workspace, day: date) -> list[str]:
    """Households whose next visit falls on ``day`` or before, group by group, house by house."""
    return _walk(work, (_summary.next_visit_on != "") & (_summary.next_visit_on <= day.isoformat()))


def plan(work: Workspace, day: date, household_ids: Sequence[str]) -> Route:
    """Keep the route of a day; it replaces the one before. Raises ValidationFailed (none, too many)."""
    stops = list(dict.fromkeys(household_ids))
    if not stops:
        raise ValidationFailed([Problem("", "没有选中要走访的农户，没有安排路线")])
    if len(stops) > MOST_STOPS:
        raise ValidationFailed([Problem("", f"一天的路线最多 {MOST_STOPS} 户，请按组安排")])
    drafts.save(work, ROUTE, day.isoformat(), {"households": stops})
    for other in drafts.all_drafts(work):
        if other.form == ROUTE and other.subject < work.today().isoformat():
            drafts.discard(work, ROUTE, other.subject)
    return Route(day, tuple(_stops(work, day, stops)))


def drop(work: Workspace, day: date) -> None:
    """Give a route up; nothing happens when there is none."""
    drafts.discard(work, ROUTE, day.isoformat())


def of_day(work: Workspace, day: date) -> Route | None:
    """The route kept for a day, without households that are gone."""
    kept = drafts.load(work, ROUTE, day.isoformat())
    if kept is None:
        return None
    return Route(day, tuple(_stops(work, day, kept.values.get("households") or [])))


def upcoming(work: Workspace) -> Route | None:
    """Today's route, else the next planned one."""
    today = work.today().isoformat()
    kept = sorted(d.subject for d in drafts.all_drafts(work) if d.form == ROUTE and d.subject >= today)
    return of_day(work, date.fromisoformat(kept[0])) if kept else None


def next_household(work: Workspace, household_id: str) -> str | None:
    """Where to go from here: the next stop of today's route without a visit, else the next of the group."""
    kept = drafts.load(work, ROUTE, work.today().isoformat())
    stops: list[str] = list(kept.values.get("households") or ()) if kept is not None else []
    if household_id not in stops:
        return next_in_group(work, household_id)
    at = stops.index(household_id)
    left = {stop.household_id for stop in _stops(work, work.today(), stops) if not stop.is_done}
    return next((stop for stop in (*stops[at + 1 :], *stops[:at]) if stop in left), None)


def _walk(work: Workspace, condition: Any) -> list[str]:
    statement = select(
        _summary.household_id,
        _summary.group_name,
        _household.natural_village,
        _household.address,
        _summary.head_key,
    ).join_from(HouseholdSummary.__table__, Household.__table__, _household.id == _summary.household_id)
    with work.reading() as connection:
        rows = connection.execute(statement.where(condition, _household.deleted.is_(False))).all()
    return [row[0] for row in sorted(rows, key=lambda row: _house_order(*row))]


def _house_order(household_id: str, group: str, hamlet: str | None, address: str | None, head: str) -> Any:
    """Group by number, then hamlet, then address with its numbers counted (2 before 10), then name."""
    return group_order(group), hamlet or "", _counted(address or ""), head, household_id


def _counted(text: str) -> list[tuple[int, int, str]]:
    parts = _NUMBERS.split(text)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part]


_STOPS = (
    select(
        _summary.household_id,
        _summary.head_name,
        _summary.group_name,
        _household.address,
        _household.phone,
        _summary.next_visit_on,
    )
    .join_from(HouseholdSummary.__table__, Household.__table__, _household.id == _summary.household_id)
    .where(_household.deleted.is_(False), _household.id.in_(bindparam("ids", expanding=True)))
)


def _stops(work: Workspace, day: date, ids: Iterable[str]) -> list[Stop]:
    wanted = list(ids)
    with work.reading() as connection:
        found = {row[0]: row for row in connection.execute(_STOPS, {"ids": wanted})}
        visited = _visited(connection, day, wanted)
    return [_stop(found[one], one in visited) for one in wanted if one in found]


def _stop(row: Any, is_done: bool) -> Stop:
    household, head, group, address, phone, due = row
    return Stop(
        household,
        head,
        group,
        address or "",
        phone or "",
        date.fromisoformat(due) if due else None,
        is_done,
    )


def visited_on(work: Workspace, day: date, household_ids: Sequence[str]) -> set[str]:
    """Which of these households have a visit recorded for that day."""
    with work.reading() as connection:
        return _visited(connection, day, household_ids)


def _visited(connection: Connection, day: date, ids: Sequence[str]) -> set[str]:
    start = datetime.combine(day, time(), CHINA)
    statement = select(_visit.household_id).where(
        _visit.household_id.in_(ids),
        _visit.started_at >= start,
        _visit.started_at < start + timedelta(days=1),
        _visit.deleted.is_(False),
    )
    return set(connection.scalars(statement))
