"""What the screen 务工就业 shows: the ledger of this month, narrowed and counted (domain.md 2.9)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from villageapp.domain.employment_spells import INSIDE_COUNTY, month_of
from villageapp.services.employment_rows import (
    EmploymentRow,
    IdleHousehold,
    Standing,
    all_rows,
    idle_households,
)
from villageapp.services.groups import group_order
from villageapp.services.search import matching_households

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class EmploymentFilter:
    """What the grid is narrowed to; None leaves a question open."""

    text: str = ""
    group_name: str | None = None
    confirmed: bool | None = None
    inside_county: bool | None = None
    planned: bool | None = None
    """Whether the person wants to work (计划务工)."""
    standing: Standing | None = None


EVERYBODY = EmploymentFilter()


@dataclass(frozen=True, slots=True)
class EmploymentPage:
    """The grid, its counts, and the households of the third tab."""

    rows: tuple[EmploymentRow, ...]
    month: str
    to_confirm: int
    """Lines that are confirmed every month, narrowed or not."""
    confirmed: int
    working: int
    """People who work, at a post or else."""
    groups: tuple[str, ...]
    idle: tuple[IdleHousehold, ...]


def page(work: Workspace, wanted: EmploymentFilter = EVERYBODY, keep: Collection[str] = ()) -> EmploymentPage:
    """The ledger of this month; rows in ``keep`` (with unsaved typing) stay whatever the filter says."""
    day = work.today()
    with work.reading() as connection:
        every = all_rows(connection, day, with_ended=wanted.standing is Standing.ENDED)
        homes = set(matching_households(connection, wanted.text)) if wanted.text.strip() else set()
    asked = [row for row in every if row.counts]
    return EmploymentPage(
        tuple(row for row in every if row.id in keep or _fits(row, wanted, homes)),
        month_of(day),
        len(asked),
        sum(row.is_confirmed for row in asked),
        len({row.member_id for row in every if row.standing in (Standing.WORKING, Standing.POST)}),
        tuple(sorted({row.group_name for row in every if row.group_name}, key=group_order)),
        tuple(idle_households(every)),
    )


def _fits(row: EmploymentRow, wanted: EmploymentFilter, homes: Collection[str]) -> bool:
    if wanted.text.strip() and not _says(row, wanted.text) and row.household_id not in homes:
        return False
    inside = row.values.get("scope") in INSIDE_COUNTY if row.values.get("scope") else None
    asked = (
        (wanted.group_name, row.group_name),
        (wanted.confirmed, row.is_confirmed if row.counts else None),
        (wanted.inside_county, inside),
        (wanted.planned, bool(row.values["work_planned"])),
        (wanted.standing, row.standing),
    )
    return all(wish is None or wish == has for wish, has in asked)


def _says(row: EmploymentRow, text: str) -> bool:
    said = (
        row.name,
        row.head_name,
        row.group_name,
        *map(row.values.get, ("employer", "region", "job", "industry")),
    )
    whole = " ".join(part for part in said if part).lower()
    return all(word in whole for word in text.lower().split())
