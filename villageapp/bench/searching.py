"""A keystroke in the search box, against a plain LIKE scan of the members' names in the same store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import cycle, islice
from random import Random

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.result import Row
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, cost_of, percentile
from villageapp.bench.village import Stores
from villageapp.domain import pinyin
from villageapp.services.demo_village import DemoVillage
from villageapp.services.search import find
from villageapp.services.workspace import Workspace

_SCAN = "SELECT id, name FROM member WHERE deleted = 0 AND name LIKE ? ORDER BY name LIMIT 50"
WARM_UP = 10
AGAINST = "同一加密库中只对姓名做 LIKE 扫描"


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """Two rows: the middle keystroke and the slow one of twenty."""
    work = stores.opened(sizes)
    members = sum(len(h.members) for h in stores.village(sizes.households).households)
    typed = keystrokes(stores.village(sizes.households), sizes.queries)
    if sizes.keep_warm_up:
        _costs(work, typed[:WARM_UP])
    ours, scans = _costs(work, typed)
    for percent in (50, 95):
        yield Row(
            f"search-p{percent}",
            f"{DESCRIPTIONS['search']}（{sizes.households} 户 {members} 人，第 {percent} 百分位）",
            AGAINST,
            percentile(ours, percent),
            percentile(scans, percent),
            len(typed),
        )


def keystrokes(village: DemoVillage, count: int) -> list[str]:
    """What people type on the way to somebody: initials, characters, the tail of an ID or household number."""
    rng = Random(7)
    found: list[str] = []
    while len(found) < count:
        household = rng.choice(village.households)
        member = rng.choice(household.members)
        name, initials = str(member["name"]), pinyin.initials(str(member["name"]))
        found += [initials[:end] for end in range(1, len(initials) + 1)]
        found += [name[:end] for end in range(1, len(name) + 1)]
        found += [str(member["id_no"])[-4:], household.number[-4:]]
    return list(islice(cycle(found), count))


def _costs(work: Workspace, typed: Sequence[str]) -> tuple[list[Cost], list[Cost]]:
    """Both sides of every keystroke, each first as often as the other."""
    ours: list[Cost] = []
    scans: list[Cost] = []
    for order, text in enumerate(typed):
        sides = ((ours, find), (scans, _scan))
        for costs, search in sides if order % 2 == 0 else sides[::-1]:
            costs.append(cost_of(partial(search, work, text), tidy=False))
    return ours, scans


def _scan(work: Workspace, text: str) -> object:
    with work.reading() as connection:
        return connection.exec_driver_sql(_SCAN, (f"%{text}%",)).all()
