"""A sweep (排查): every household of a scope is visited within a period; who is done and who is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain import dates
from villageapp.domain.coverage import Coverage, Met, coverage
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Visit
from villageapp.services.groups import group_order

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

EVERYBODY, MONITORED, POOR_BEFORE = "all", "monitored", "poor_before"
SCOPES: Mapping[str, str] = {EVERYBODY: "全部农户", MONITORED: "监测对象", POOR_BEFORE: "脱贫户"}
_visit, _summary = Visit.__table__.c, HouseholdSummary.__table__.c
_POOR_TYPE = "1"


@dataclass(frozen=True, slots=True)
class SweptHousehold:
    """A household of the scope; ``visited_on`` is the last counted visit in the period."""

    household_id: str
    head_name: str
    group: str
    monitored: bool
    visited_on: date | None
    open_problems: int


@dataclass(frozen=True, slots=True)
class Sweep:
    """Coverage of a scope in a period (R-VIS-1), household by household, in walking order."""

    first: date
    last: date
    coverage: Coverage
    households: tuple[SweptHousehold, ...]

    def groups(self) -> dict[str, tuple[int, int]]:
        """For each group: how many are done, how many there are."""
        found: dict[str, tuple[int, int]] = {}
        for one in self.households:
            done, total = found.get(one.group, (0, 0))
            found[one.group] = (done + (one.visited_on is not None), total + 1)
        return found


def sweep(
    work: Workspace, first: date, last: date, scope: str = EVERYBODY, sweep_type: str | None = None
) -> Sweep:
    """How a sweep stands. ``sweep_type`` (a code of CL_SWEEP) counts only visits recorded for that kind of sweep.

    Raises ValueError when the period ends before it begins, KeyError for an unknown scope.
    """
    SCOPES[scope]
    with work.reading() as connection:
        rows = [dict(row) for row in connection.execute(select(HouseholdSummary.__table__)).mappings()]
        met = [
            Met(row.household_id, dates.local_day(row.started_at), row.result)
            for row in connection.execute(_visits(sweep_type))
        ]
    wanted = [row for row in rows if _in_scope(row, scope)]
    covered = coverage((row["household_id"] for row in wanted), met, first, last)
    last_on: dict[str, date] = {}
    for one in met:
        if one.household_id in covered.met and first <= one.on <= last:
            last_on[one.household_id] = max(one.on, last_on.get(one.household_id, one.on))
    wanted.sort(key=lambda r: (group_order(r["group_name"]), r["head_key"]))
    return Sweep(first, last, covered, tuple(_household(row, last_on) for row in wanted))


def _visits(sweep_type: str | None) -> Any:
    query = select(_visit.household_id, _visit.started_at, _visit.result).where(_visit.deleted.is_(False))
    return query if sweep_type is None else query.where(_visit.sweep_type == sweep_type)


def _in_scope(row: Mapping[str, Any], scope: str) -> bool:
    if scope == MONITORED:
        return bool(row["monitored"])
    return scope != POOR_BEFORE or row["household_type"] == _POOR_TYPE


def _household(row: Mapping[str, Any], last_on: Mapping[str, date]) -> SweptHousehold:
    return SweptHousehold(
        row["household_id"],
        row["head_name"],
        row["group_name"],
        bool(row["monitored"]),
        last_on.get(row["household_id"]),
        row["open_problems"],
    )
