"""The attendance of the team: a day set, the sheet of a month with leaves and visits beside it (domain.md 2.10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from villageapp.domain import attendance, codes, dates
from villageapp.domain.parameters import UnsetParameter
from villageapp.domain.team_work import ATTENDANCE
from villageapp.errors import ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.records import Attendance, Cadre, Leave, Visit
from villageapp.services.guards import judge
from villageapp.services.leaves import GRANTED
from villageapp.services.references import refuse_missing
from villageapp.services.results import Saved
from villageapp.services.work_logs import month_of, span_of
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

ON_LEAVE = "请假"
_attendance, _leave, _visit = Attendance.__table__.c, Leave.__table__.c, Visit.__table__.c


@dataclass(frozen=True, slots=True)
class CadreMonth:
    """One cadre's attendance of a month."""

    cadre_id: str
    name: str
    states: dict[date, str]
    """Recorded states, and 请假 for days of a granted leave without a record."""
    visit_days: frozenset[date]
    """Days with a visit, as evidence of presence."""
    counts: dict[str, int]
    judgement: str
    """What the required days say, or why nothing is said (the requirement is unset)."""


def mark_attendance(work: Workspace, day: date, state: str, values: Mapping[str, Any] | None = None) -> Saved:
    """Set the attendance of a cadre (default: the person at this laptop) on a day, new or again.

    Raises ValidationFailed (also for a day that has not come), NotFound.
    """
    given = {"cadre_id": work.identity.user_id, **(values or {}), "day": day, "state": state}
    with work.transaction() as session:
        saved = _mark(work, session, given)
        changes = capture.touched(session)
    return Saved((saved,), changes)


def mark_days(work: Workspace, days: Iterable[tuple[str, date]], state: str) -> Saved:
    """Set the same state for many (cadre, day) pairs, all or none; see ``mark_attendance``."""
    with work.transaction() as session:
        ids = [_mark(work, session, {"cadre_id": cadre, "day": day, "state": state}) for cadre, day in days]
        changes = capture.touched(session)
    return Saved(tuple(ids), changes)


def _mark(work: Workspace, session: Session, given: Mapping[str, Any]) -> str:
    clean = ATTENDANCE.check({"entered_by": work.identity.user_id, **given})
    refuse_missing(session, ATTENDANCE, clean)
    found = session.scalars(
        select(Attendance).where(
            _attendance.cadre_id == clean["cadre_id"],
            _attendance.day == clean["day"],
            _attendance.deleted.is_(False),
        )
    ).first()
    problems = judge(session, work, "attendance", found.id if found else None, clean)
    if problems:
        raise ValidationFailed(problems)
    if found is None:
        found = Attendance(id=new_id())
        session.add(found)
    found.assign(clean)
    session.flush()
    return found.id


def attendance_month(work: Workspace, month: date) -> list[CadreMonth]:
    """The attendance sheet of the month in which ``month`` lies, one row per cadre who has any of it."""
    first, last = month_of(month)
    with work.reading() as connection:
        names = dict(connection.execute(select(Cadre.__table__.c.id, Cadre.__table__.c.name)).all())
        states = _recorded_states(connection, first, last)
        for cadre, day in _leave_days(connection, first, last):
            states.setdefault(cadre, {}).setdefault(day, ON_LEAVE)
        visited = _visit_days(connection, first, last)
    found = [
        _cadre_month(work, cadre, names[cadre], states.get(cadre, {}), visited.get(cadre, set()), first)
        for cadre in names
        if cadre in states or cadre in visited
    ]
    return sorted(found, key=lambda row: (row.name, row.cadre_id))


def _cadre_month(
    work: Workspace, cadre: str, name: str, states: dict[date, str], visited: set[date], first: date
) -> CadreMonth:
    try:
        judged = attendance.judge_days(states.values(), first, work.parameters).explanation
    except UnsetParameter as unset:
        judged = unset.message
    counts = {s: sum(v == s for v in states.values()) for s in codes.code_list("CL_ATTENDANCE").labels}
    return CadreMonth(cadre, name, dict(sorted(states.items())), frozenset(visited), counts, judged)


def _recorded_states(connection: Connection, first: date, last: date) -> dict[str, dict[date, str]]:
    statement = select(_attendance.cadre_id, _attendance.day, _attendance.state).where(
        _attendance.deleted.is_(False), _attendance.day >= first, _attendance.day <= last
    )
    found: dict[str, dict[date, str]] = {}
    for cadre, day, state in connection.execute(statement):
        found.setdefault(cadre, {})[day] = state
    return found


def _leave_days(connection: Connection, first: date, last: date) -> list[tuple[str, date]]:
    """(cadre, day) of granted leaves within the month, up to the day of being back."""
    statement = select(_leave.cadre_id, _leave.from_on, _leave.to_on, _leave.back_on).where(
        _leave.deleted.is_(False),
        _leave.state.in_((GRANTED, attendance.BACK)),
        _leave.from_on <= last,
        _leave.to_on >= first,
    )
    found = []
    for cadre, start, end, back in connection.execute(statement):
        until = end if back is None else min(end, dates.add_days(back, -1))
        day = max(start, first)
        while day <= min(until, last):
            found.append((cadre, day))
            day = dates.add_days(day, 1)
    return found


def _visit_days(connection: Connection, first: date, last: date) -> dict[str, set[date]]:
    begin, end = span_of(first)[0], span_of(last)[1]
    statement = select(_visit.visitors, _visit.started_at).where(
        _visit.deleted.is_(False), _visit.started_at >= begin, _visit.started_at < end
    )
    found: dict[str, set[date]] = {}
    for visitors, started_at in connection.execute(statement):
        for cadre in visitors or ():
            found.setdefault(cadre, set()).add(dates.local_day(started_at))
    return found
