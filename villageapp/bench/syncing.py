"""Visits pushed to our real server and pulled by a second laptop, against Anki's client and server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.anki import Anki, interpreter
from villageapp.bench.result import Row
from villageapp.bench.sides import AGAINST, FIELDS, AnkiSide, Leg, OurSide
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import middle
from villageapp.bench.village import Stores, visits_of

GOAL = 1.0
"""Times Anki's, for both ways."""


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """Two rows, up and down. Without Anki the rows have no baseline and say so."""
    python = interpreter()
    texts = stores.village(sizes.households)
    village = stores.village(sizes.sync_households)
    legs: dict[str, list[Leg]] = {"up": [], "down": [], "anki up": [], "anki down": []}
    with ExitStack() as held:
        ours = OurSide(stores, sizes.sync_households, held)
        anki = held.enter_context(Anki(python, stores.folder / "anki", FIELDS)) if python else None
        theirs = AnkiSide(anki) if anki else None
        rounds = sizes.heavy_rounds + sizes.keep_warm_up
        for round_ in range(rounds):
            visits = list(visits_of(village, texts, sizes.visits))
            ours.add(visits)
            if theirs is not None:
                theirs.add(visits)
            sides = [side for side in (ours, theirs) if side is not None]
            for side in sides if round_ % 2 == 0 else sides[::-1]:
                _measure_side(side, sizes.visits, legs)
    counted = {name: found[sizes.keep_warm_up :] for name, found in legs.items()}
    yield _row("sync-push", "上传", counted["up"], counted["anki up"], sizes)
    yield _row("sync-pull", "下载", counted["down"], counted["anki down"], sizes)


def _measure_side(side: OurSide | AnkiSide, count: int, legs: dict[str, list[Leg]]) -> None:
    if isinstance(side, OurSide):
        legs["up"].append(side.push(count))
        legs["down"].append(side.pull(count))
    else:
        legs["anki up"].append(side.push())
        legs["anki down"].append(side.pull())


def _row(name: str, way: str, ours: Sequence[Leg], theirs: Sequence[Leg], sizes: Sizes) -> Row:
    cost = middle([leg.cost for leg in ours])
    extra = {
        "records": sizes.visits,
        "records_per_second": round(sizes.visits / cost.wall),
        **_per_record("", ours[-1], sizes.visits),
    }
    if theirs:
        extra |= _per_record("baseline_", theirs[-1], sizes.visits)
    return Row(
        name,
        f"{DESCRIPTIONS['sync']}（{sizes.visits} 条{way},CPU 含服务器）",
        AGAINST,
        cost,
        middle([leg.cost for leg in theirs]) if theirs else None,
        len(ours),
        GOAL,
        note=_bytes_note(ours[-1], theirs, sizes.visits),
        extra=extra,
    )


def _per_record(prefix: str, leg: Leg, count: int) -> dict[str, float]:
    return {
        f"{prefix}bytes_up_per_record": round(leg.bytes_up / count, 1),
        f"{prefix}bytes_down_per_record": round(leg.bytes_down / count, 1),
    }


def _bytes_note(ours: Leg, theirs: Sequence[Leg], count: int) -> str:
    mine = ours.bytes / count
    if not theirs:
        return f"每条 {mine:.0f} 字节；没有安装 Anki,没有基准"
    return f"每条 {mine:.0f} 字节，Anki {theirs[-1].bytes / count:.0f} 字节"
