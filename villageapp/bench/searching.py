"""A keystroke in the search box, against a plain LIKE scan of the members' names in the same store."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import cycle, islice
from random import Random
from typing import Any

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.county import county_store
from villageapp.bench.result import Row
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, cost_of, percentile
from villageapp.bench.village import PASSPHRASE, Stores
from villageapp.domain import pinyin
from villageapp.services import search
from villageapp.services.demo_village import DemoVillage
from villageapp.services.workspace import Workspace, open_workspace

_SCAN = "SELECT id, name FROM member WHERE deleted = 0 AND name LIKE ? ORDER BY name LIMIT 50"
_PEOPLE = """
SELECT member.name, id_no, coalesce(national_hh_no, '') FROM member JOIN household ON household.id = household_id
WHERE id_no IS NOT NULL AND member.deleted = 0 ORDER BY member.id LIMIT ?
"""
"""Anybody: ids follow from numbers of identity cards by a hash."""
WARM_UP = 10
KEY_SECONDS = 0.05
"""Longest wait for a keystroke that the product allows itself."""
AGAINST = "同一加密库中只对姓名做 LIKE 扫描"
_COUNTY_SHARE = 4
"""In the county's store, where a plain scan takes long, so many times fewer keystrokes are measured."""


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """Two rows for each size, a village and a county: the middle keystroke and the slow one of twenty."""
    village = stores.village(sizes.households)
    members = sum(len(h.members) for h in village.households)
    typed = keystrokes(village, sizes.queries)
    yield from _rows("search", stores.opened(sizes), (sizes.households, members), typed, sizes)
    with open_workspace(county_store(stores, sizes.wide_households), PASSPHRASE) as work:
        began = time.perf_counter()
        search.prepare(work)  # as the window does when it has come to rest
        seconds = time.perf_counter() - began
        with work.reading() as connection:
            members = connection.exec_driver_sql("SELECT count(*) FROM member WHERE deleted = 0").scalar_one()
            people = connection.exec_driver_sql(_PEOPLE, (sizes.queries,)).all()
        typed = _typed(((row[0], row[1], row[2]) for row in people), -(-sizes.queries // _COUNTY_SHARE))
        size = (sizes.wide_households, members)
        yield from _rows("search-county", work, size, typed, sizes, {"prepare_seconds": seconds})


def keystrokes(village: DemoVillage, count: int) -> list[str]:
    """What people type on the way to somebody: initials, characters, the tail of an ID or household number."""
    rng = Random(7)

    def people() -> Iterator[tuple[str, str, str]]:
        while True:
            household = rng.choice(village.households)
            member = rng.choice(household.members)
            yield str(member["name"]), str(member["id_no"]), household.number

    return _typed(people(), count)


def _typed(people: Iterable[tuple[str, str, str]], count: int) -> list[str]:
    """For people given as name, ID and household number."""
    found: list[str] = []
    for name, id_no, number in people:
        initials = pinyin.initials(name)
        found += [initials[:end] for end in range(1, len(initials) + 1)]
        found += [name[:end] for end in range(1, len(name) + 1)]
        found += [id_no[-4:], number[-4:]]
        if len(found) >= count:
            break
    return list(islice(cycle(found), count))


def _rows(
    name: str,
    work: Workspace,
    size: tuple[int, int],
    typed: Sequence[str],
    sizes: Sizes,
    extra: Mapping[str, Any] | None = None,
) -> Iterator[Row]:
    """``size`` is the number of households and of members."""
    if sizes.keep_warm_up:
        _costs(work, typed[:WARM_UP])
    ours, scans = _costs(work, typed)
    for percent in (50, 95):
        yield Row(
            f"{name}-p{percent}",
            f"{DESCRIPTIONS['search']}（{size[0]} 户 {size[1]} 人，第 {percent} 百分位）",
            AGAINST,
            percentile(ours, percent),
            percentile(scans, percent),
            len(typed),
            limit_seconds=KEY_SECONDS if percent == 95 else None,
            extra={"wall_by_length": _by_length(typed, ours, percent), **(extra or {})},
        )


def _by_length(typed: Sequence[str], costs: Sequence[Cost], percent: int) -> dict[str, float]:
    """Seconds by the number of characters typed."""
    lengths = sorted({len(text) for text in typed})
    of = {n: [cost for text, cost in zip(typed, costs, strict=True) if len(text) == n] for n in lengths}
    return {str(n): percentile(some, percent).wall for n, some in of.items() if len(some) > 1}


def _costs(work: Workspace, typed: Sequence[str]) -> tuple[list[Cost], list[Cost]]:
    """Both sides of every keystroke, each first as often as the other."""
    ours: list[Cost] = []
    scans: list[Cost] = []
    for order, text in enumerate(typed):
        sides = ((ours, search.find), (scans, _scan))
        for costs, find in sides if order % 2 == 0 else sides[::-1]:
            costs.append(cost_of(partial(find, work, text), tidy=False))
    return ours, scans


def _scan(work: Workspace, text: str) -> object:
    with work.reading() as connection:
        return connection.exec_driver_sql(_SCAN, (f"%{text}%",)).all()
