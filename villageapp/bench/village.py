"""The fictitious stores that are measured, each made once per run through the ordinary services."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import select

from villageapp.bench.sizes import Sizes
from villageapp.domain.visit import VISIT
from villageapp.models.ids import household_id, new_id
from villageapp.models.records import Visit
from villageapp.paths import DataDir
from villageapp.services.demo_village import DemoVillage, build, write_workbook
from villageapp.services.imports import apply_import
from villageapp.services.workspace import Workspace, init_workspace, open_workspace

PASSPHRASE = "性能测试口令2022"
TODAY = date(2026, 11, 20)
"""The fictitious village stands as on this day, so that every run measures the same."""
_CHUNK = 500


class Stores:
    """Makes what is asked for once and keeps it for the run; a context manager that closes what is open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._villages: dict[int, DemoVillage] = {}
        self._open: Workspace | None = None

    def __enter__(self) -> Stores:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def village(self, households: int) -> DemoVillage:
        """A fictitious village of that many households."""
        if households not in self._villages:
            self._villages[households] = build(households, today=TODAY)
        return self._villages[households]

    def workbook(self, households: int) -> Path:
        """Its persons as the national system exports them."""
        path = self.folder / f"persons-{households}.xlsx"
        if not path.exists():
            write_workbook(self.village(households), path)
        return path

    def filled(self, sizes: Sizes) -> DataDir:
        """A closed store with the households, their members and visits."""
        data_dir = DataDir(self.folder / "filled")
        if not data_dir.exists():
            village = self.village(sizes.households)
            with new_store(data_dir, village) as work:
                apply_import(work, self.workbook(sizes.households))
                add_visits(work, visits_of(village, village, sizes.visits))
                work.database.settle()
        return data_dir

    def opened(self, sizes: Sizes) -> Workspace:
        """The filled store, open until ``release``."""
        if self._open is None:
            self._open = open_workspace(self.filled(sizes), PASSPHRASE)
        return self._open

    def release(self) -> None:
        """Close the store that ``opened`` opened."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def empty(self, households: int) -> DataDir:
        """A closed store of the village's team that holds nothing yet."""
        data_dir = DataDir(self.folder / f"empty-{households}")
        if not data_dir.exists():
            new_store(data_dir, self.village(households)).close()
        return data_dir


def new_store(data_dir: DataDir, village: DemoVillage) -> Workspace:
    """A new encrypted store of the village's team."""
    made = init_workspace(
        data_dir,
        village_code=village.village["code"],
        village_name=village.village["name"],
        user_name=village.cadres[0]["name"],
        passphrase=PASSPHRASE,
    )
    return made.work


def copy_of(data_dir: DataDir, target: Path) -> DataDir:
    """A copy of a closed store, in place of what was there."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(data_dir.root, target)
    return DataDir(target)


def visits_of(village: DemoVillage, texts: DemoVillage, count: int) -> Iterator[dict[str, Any]]:
    """That many visits of the village's households, with what visits of ``texts`` say; no two on one day of
    a household say the same."""
    said = [visit.values for number in texts.visits for visit in texts.visits[number]]
    numbers = cycle(household.number for household in village.households)
    for order, (number, values) in enumerate(islice(zip(numbers, cycle(said), strict=False), count)):
        earlier = timedelta(days=order // len(said), minutes=order % 60)
        moved = {name: values[name] - earlier for name in ("started_at", "ended_at") if values.get(name)}
        yield {**values, **moved, "household_id": household_id(number)}


def add_visits(work: Workspace, visits: Iterable[Mapping[str, Any]]) -> int:
    """Save visits through the ordinary session, many in one commit; how many."""
    visitors = [work.identity.user_id]
    waiting = iter(visits)
    saved = 0
    while some := list(islice(waiting, _CHUNK)):
        with work.transaction() as session:
            session.add_all(_records(some, visitors))
        saved += len(some)
    return saved


def edit_visits(work: Workspace, count: int, text: str) -> None:
    """Write another note into the first so many visits, many in one commit."""
    with work.transaction() as session:
        for visit in session.scalars(select(Visit).order_by(Visit.id).limit(count)):
            visit.assign({"note": text})


def _records(some: Sequence[Mapping[str, Any]], visitors: list[str]) -> list[Visit]:
    records = []
    for values in some:
        record = Visit(id=new_id())
        record.assign(VISIT.check({**values, "visitors": visitors}))
        records.append(record)
    return records
