"""A new laptop for a whole village over 1 Mbit/s that breaks again and again: how soon people can be found, and
what had to come twice. Anki's new collection over the same line takes its whole file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.anki import Anki, interpreter
from villageapp.bench.relay import Line, Relay
from villageapp.bench.result import Row
from villageapp.bench.sides import AGAINST, FIELDS, AnkiSide, Leg, OurSide
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost
from villageapp.bench.village import Stores, visits_of
from villageapp.errors import SyncError, Trouble
from villageapp.services.search import find
from villageapp.services.syncing import sync_now
from villageapp.services.workspace import Workspace

LINE = Line(rtt_seconds=0.08, bits_per_second=1_000_000)
EVERY_SECONDS = 90.0
LIMIT_SECONDS = 60.0
"""Until people can be found."""
MOST_TRIES = 20
_LOOK_SECONDS = 0.2
_HOUSEHOLDS_FOUND = "SELECT count(*) FROM search_entry WHERE kind = 'household'"


@dataclass(frozen=True, slots=True)
class _Joined:
    """How a new laptop got everything."""

    leg: Leg
    found_after: float
    """Seconds until every household was in the search box."""
    tries: int
    drops: int


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row: seconds until a new laptop finds everybody."""
    python = interpreter()
    with ExitStack() as held:
        ours = OurSide(stores, sizes.drop_households, held, "drops")
        visits = list(visits_of(ours.village, ours.village, sizes.visits))
        ours.add(visits)
        ours.push(len(visits))
        stored = _stored_bytes(ours.laptops[0])
        joined = _join(ours, held, sizes)
        theirs: Leg | None = None
        if python is not None:
            anki = held.enter_context(Anki(python, stores.folder / "drops-anki", FIELDS))
            side = AnkiSide(anki)
            side.add(visits)
            side.push()
            side.use(LINE)
            with _breaking(anki.relay, sizes.drop_first_seconds):
                theirs = side.leg("join")
    yield _row(joined, theirs, stored, sizes)


def _stored_bytes(work: Workspace) -> int:
    """What a laptop that has nothing must get at least: every segment."""
    query = "SELECT sum(length(header) + length(body) + length(signature)) FROM segment"
    with work.reading() as connection:
        return int(connection.exec_driver_sql(query).scalar_one())


def _join(ours: OurSide, held: ExitStack, sizes: Sizes) -> _Joined:
    new = ours.join(held, 2)
    ours.use(LINE)
    up, down = ours.relay.counted()
    turns, started, cpu = ours.relay.turns(), time.perf_counter(), time.process_time()
    with _breaking(ours.relay, sizes.drop_first_seconds) as drops, _watching(new, ours) as found:
        tries = _until_synced(new)
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    now_up, now_down = ours.relay.counted()
    leg = Leg(Cost(wall, cpu), now_up - up, now_down - down, ours.relay.turns() - turns)
    return _Joined(leg, found() - started, tries, drops())


def _until_synced(work: Workspace) -> int:
    """Sync as often as the line breaks, at once; how often."""
    for tries in range(1, MOST_TRIES + 1):
        try:
            sync_now(work)
            return tries
        except SyncError:
            continue
    raise Trouble(f"{MOST_TRIES} 次都没有取完。", code="bench_drops")


@contextmanager
def _breaking(relay: Relay, first_seconds: float) -> Iterator[Callable[[], int]]:
    """Cut the line after ``first_seconds`` and then every EVERY_SECONDS; gives how often something was cut."""
    is_over = threading.Event()
    count = 0

    def work() -> None:
        nonlocal count
        wait = first_seconds
        while not is_over.wait(wait):
            count += relay.drop() > 0
            wait = EVERY_SECONDS

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield lambda: count
    finally:
        is_over.set()
        thread.join()


@contextmanager
def _watching(work: Workspace, ours: OurSide) -> Iterator[Callable[[], float]]:
    """Look into the search box until the last household of the village is found; gives the moment."""
    last = ours.village.households[-1]
    name = str(last.members[0]["name"])
    is_over = threading.Event()
    found_at: list[float] = []

    def look() -> bool:
        with work.reading() as connection:
            here = connection.exec_driver_sql(_HOUSEHOLDS_FOUND).scalar_one()
        return here >= len(ours.village.households) and bool(find(work, name))

    def watch() -> None:
        while not found_at:
            is_last = is_over.wait(_LOOK_SECONDS)
            if look():
                found_at.append(time.perf_counter())
            elif is_last:
                return

    thread = threading.Thread(target=watch)
    thread.start()

    def moment() -> float:
        is_over.set()
        thread.join()
        if not found_at:
            raise Trouble("取完以后仍搜不到全部农户。", code="bench_drops")
        return found_at[0]

    try:
        yield moment
    finally:
        is_over.set()
        thread.join()


def _row(joined: _Joined, theirs: Leg | None, stored: int, sizes: Sizes) -> Row:
    leg = joined.leg
    again = max(0, leg.bytes_down - stored)
    return Row(
        "sync-drops",
        f"{DESCRIPTIONS['sync-drops']}（{sizes.drop_households} 户 {sizes.visits} 次走访，搜得到全部农户为止）",
        AGAINST,
        Cost(joined.found_after, leg.cost.cpu),
        theirs.cost if theirs else None,
        1,
        limit_seconds=LIMIT_SECONDS,
        note=f"全部取完 {leg.cost.wall:.1f} 秒，断 {joined.drops} 次，内容 {stored} 字节，多收 {again} 字节",
        extra={
            "seconds_until_all": round(leg.cost.wall, 2),
            "drops": joined.drops,
            "tries": joined.tries,
            "bytes_down": leg.bytes_down,
            "bytes_of_segments": stored,
            "bytes_beyond_segments": again,
        }
        | ({"baseline_bytes_down": theirs.bytes_down} if theirs else {}),
    )
