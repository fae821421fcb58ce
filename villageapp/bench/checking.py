"""The data check-up of the whole village and after one edit, against one full scan of the tables it reads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.result import Row
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, cost_of, interleaved, middle
from villageapp.bench.village import Stores
from villageapp.services import households
from villageapp.services.checking import check_changed, check_village
from villageapp.services.workspace import Workspace

AGAINST = "同一加密库各表整表读取一遍"
_READ = "household member measure visit problem employment income_account income_line monitoring_case loan public_post cadre"


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """Two rows: everything, and one household after an edit."""
    work = stores.opened(sizes)
    chosen, numbers = households.list_ids(work)[0], count(1)

    def scan() -> Cost:
        return cost_of(partial(_scan, work))

    def after_an_edit() -> Cost:
        households.change(work, chosen, {"address": f"{next(numbers)} 号院"})
        return cost_of(partial(check_changed, work))

    def everything() -> Cost:
        return cost_of(partial(check_village, work))

    told = f"（{sizes.households} 户）"
    for name, what, ours in (
        ("check-full", f"{DESCRIPTIONS['check']}{told}", everything),
        ("check-edit", f"改一户后的体检{told}", after_an_edit),
    ):
        mine, scans = interleaved(ours, scan, sizes.rounds, warm_up=sizes.keep_warm_up)
        yield Row(name, what, AGAINST, middle(mine), middle(scans), sizes.rounds)


def _scan(work: Workspace) -> list[int]:
    with work.reading() as connection:
        return [len(connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()) for table in _READ.split()]
