"""How households stand in the village's points (村民积分): this year, in all, and the latest entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Points

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

OF_HOUSEHOLD = "农户"
_points, _summary = Points.__table__.c, HouseholdSummary.__table__.c


@dataclass(frozen=True, slots=True)
class Standing:
    """A household with points; equal points share a rank."""

    household_id: str
    head_name: str
    group: str
    this_year: int
    all_time: int
    latest: str
    rank: int


def standings(work: Workspace) -> list[Standing]:
    """Households with any points, the most of this year first."""
    year = work.today().year
    query = (
        select(
            _points.household_id,
            _points.day,
            _points.reason,
            _points.points,
            _summary.head_name,
            _summary.group_name,
        )
        .join_from(
            Points.__table__,
            HouseholdSummary.__table__,
            _summary.household_id == _points.household_id,
            isouter=True,
        )
        .where(_points.deleted.is_(False), _points.household_id.is_not(None))
        .order_by(_points.day, _points.created_hlc)
    )
    sums: dict[str, list[int]] = {}
    names: dict[str, tuple[str, str, str]] = {}
    with work.reading() as connection:
        for row in connection.execute(query):
            given = sums.setdefault(row.household_id, [0, 0])
            given[0] += row.points if row.day.year == year else 0
            given[1] += row.points
            latest = f"{row.day} {row.reason} {row.points:+d}"
            names[row.household_id] = (row.head_name or "", row.group_name or "", latest)
    order = sorted(sums, key=lambda h: (-sums[h][0], -sums[h][1], names[h][0]))
    ranks = {value: number for number, value in reversed(list(enumerate((sums[h][0] for h in order), 1)))}
    return [
        Standing(h, names[h][0], names[h][1], sums[h][0], sums[h][1], names[h][2], ranks[sums[h][0]])
        for h in order
    ]
