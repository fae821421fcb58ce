"""Import of a person export into an encrypted store, against python-calamine reading the same file alone."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import Path

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.result import Row
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, cost_of, interleaved, middle
from villageapp.bench.village import PASSPHRASE, Stores, copy_of
from villageapp.services.imports import apply_import
from villageapp.services.workspace import open_workspace

_PERSONS_PER_HOUSEHOLD = 3.05
"""Of the fictitious village, for choosing its size; the row says how many persons there were."""


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row; each round imports into a new store."""
    households = ceil(sizes.persons / _PERSONS_PER_HOUSEHOLD)
    workbook = stores.workbook(households)
    persons = sum(len(household.members) for household in stores.village(households).households)

    def ours() -> Cost:
        data_dir = copy_of(stores.empty(households), stores.folder / "importing")
        with open_workspace(data_dir, PASSPHRASE) as work:
            return cost_of(lambda: apply_import(work, workbook))

    mine, reading = interleaved(
        ours, lambda: cost_of(lambda: read_alone(workbook)), sizes.heavy_rounds, warm_up=sizes.keep_warm_up
    )
    yield Row(
        "import",
        f"{DESCRIPTIONS['import']}（{persons} 人，读表、核对、入库）",
        "python-calamine 只读出同一文件",
        middle(mine),
        middle(reading),
        sizes.heavy_rounds,
        extra={"persons": persons, "persons_per_second": round(persons / middle(mine).wall)},
    )


def read_alone(workbook: Path) -> int:
    """Read every row of every sheet and forget it; how many there were."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(workbook)
    return sum(1 for name in book.sheet_names for _ in book.get_sheet_by_name(name).iter_rows())
