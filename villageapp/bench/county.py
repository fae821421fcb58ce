"""More households than one village can have: several fictitious villages in one list and one store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from villageapp.bench.starting import SMALL
from villageapp.bench.village import TODAY, Stores, new_store
from villageapp.paths import DataDir
from villageapp.services.demo_village import DemoHousehold, DemoVillage, build, write_workbook
from villageapp.services.demo_village.build import MOST_HOUSEHOLDS
from villageapp.services.imports import apply_import

_FIRST_SEED = 2022


def villages(households: int) -> Iterator[DemoVillage]:
    """Villages with that many households together; no number of a household or person comes twice."""
    seen: set[str] = set()
    left, order = households, 0
    while left:
        made = build(min(MOST_HOUSEHOLDS, households), _FIRST_SEED + order, today=TODAY)
        own = [_renumbered(home, order) for home in made.households if _is_new(home, seen)][:left]
        yield replace(made, households=tuple(own), visits={}, measures={})
        left, order = left - len(own), order + 1


def county_store(stores: Stores, households: int) -> DataDir:
    """A closed store of a county's size, made once per run: persons only."""
    data_dir = DataDir(stores.folder / "wide")
    if not data_dir.exists():
        workbook = stores.folder / "county.xlsx"
        with new_store(data_dir, stores.village(SMALL)) as work:
            for village in villages(households):
                write_workbook(village, workbook)
                apply_import(work, workbook)
            work.database.settle()
    return data_dir


def _is_new(home: DemoHousehold, seen: set[str]) -> bool:
    """Whether none of its members has an identity number that an earlier village gave away."""
    numbers = {str(member["id_no"]) for member in home.members if member.get("id_no")}
    if numbers & seen:
        return False
    seen |= numbers
    return True


def _renumbered(home: DemoHousehold, order: int) -> DemoHousehold:
    """The code of the village is the first twelve digits of a household's number; each village has its own."""
    new = f"{int(home.number[:12]) + order:012d}{home.number[12:]}"
    members = (
        {**member, "national_member_no": f"{new}{str(member['national_member_no'])[len(home.number) :]}"}
        for member in home.members
    )
    return replace(home, values={**home.values, "national_hh_no": new}, members=tuple(members))
