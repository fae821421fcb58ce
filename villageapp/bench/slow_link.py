"""A line of 400 ms and 512 kbit/s: one change end to end, many changes pushed; Anki over the same line.

Connections are kept open on both sides, as both programs do; opening ours costs one more round trip a laptop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.anki import Anki, interpreter
from villageapp.bench.relay import Line
from villageapp.bench.result import Row
from villageapp.bench.sides import AGAINST, FIELDS, AnkiSide, Leg, OurSide
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import middle
from villageapp.bench.village import Stores, visits_of

BITS_PER_SECOND = 512_000
LIMITS = {"slow-one": 1.0, "slow-changes": 2.5, "slow-visits": 4.5}
"""Seconds that the product allows itself; the line makes seconds comparable between machines."""


class _Pair:
    """Both sides, used in turn; Anki's may be missing."""

    def __init__(self, stores: Stores, sizes: Sizes, held: ExitStack) -> None:
        python = interpreter()
        self.ours = OurSide(stores, sizes.sync_households, held, "slow")
        anki = held.enter_context(Anki(python, stores.folder / "slow-anki", FIELDS)) if python else None
        self.theirs = AnkiSide(anki) if anki else None
        self.rounds, self.warm_up = sizes.heavy_rounds, sizes.keep_warm_up
        self._visits = visits_of(self.ours.village, self.ours.village, 10 * sizes.slow_visits)

    def add(self, count: int) -> None:
        """New visits on the sending laptops."""
        some = [next(self._visits) for _ in range(count)]
        self.ours.add(some)
        if self.theirs is not None:
            self.theirs.add(some)

    def edit(self, count: int, text: str) -> None:
        """One field of so many records on the sending laptops."""
        self.ours.edit(count, text)
        if self.theirs is not None:
            self.theirs.edit(count, text)

    def use(self, line: Line) -> None:
        """Both over such a line."""
        self.ours.use(line)
        if self.theirs is not None:
            self.theirs.use(line)


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """Three rows."""
    count, edits = sizes.slow_visits, sizes.slow_visits // 2
    with ExitStack() as held:
        pair = _Pair(stores, sizes, held)
        pair.add(edits)
        pair.ours.push(edits)
        pair.ours.pull(edits)
        if pair.theirs is not None:
            pair.theirs.push()
            pair.theirs.pull()
        pair.use(Line(sizes.slow_rtt_seconds, BITS_PER_SECOND))
        yield _row(pair, "slow-one", "一条变更从甲机到乙机", lambda _: pair.add(1), 1, both=True)
        yield _row(
            pair,
            "slow-changes",
            f"上传 {edits} 条修改",
            lambda round_: pair.edit(edits, f"第 {round_} 次核对"),
            edits,
        )
        yield _row(pair, "slow-visits", f"上传 {count} 条走访", lambda _: pair.add(count), count)


def _row(
    pair: _Pair, name: str, what: str, prepare: Callable[[int], None], count: int, *, both: bool = False
) -> Row:
    mine: list[Leg] = []
    his: list[Leg] = []
    for round_ in range(pair.rounds + both * pair.warm_up):  # the first opens the connections
        prepare(round_)
        leg = pair.ours.push(count, projected=False)
        mine.append(leg + pair.ours.pull(count, projected=False) if both else leg)
        if pair.theirs is not None:
            leg = pair.theirs.push()
            his.append(leg + pair.theirs.pull() if both else leg)
    first = mine[0].cost.wall
    if both and pair.warm_up:
        mine, his = mine[1:], his[1:]
    cost = middle([leg.cost for leg in mine])
    return Row(
        name,
        f"{DESCRIPTIONS['sync-slow']}:{what}",
        AGAINST,
        cost,
        middle([leg.cost for leg in his]) if his else None,
        len(mine),
        limit_seconds=LIMITS[name],
        note=f"{mine[-1].bytes} 字节，{mine[-1].turns} 次请求",
        extra={"bytes": mine[-1].bytes, "round_trips": mine[-1].turns, "first_seconds": round(first, 3)}
        | ({"baseline_bytes": his[-1].bytes, "baseline_round_trips": his[-1].turns} if his else {}),
    )
