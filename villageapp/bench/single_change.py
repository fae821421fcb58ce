"""One visit, saved on the first laptop, until the second has it; against one note in Anki."""

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


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row: both laptops' exchanges together. Each side's first as often as the other's."""
    python = interpreter()
    mine: list[tuple[Leg, Leg]] = []
    his: list[tuple[Leg, Leg]] = []
    with ExitStack() as held:
        ours = OurSide(stores, sizes.sync_households, held, "single")
        anki = held.enter_context(Anki(python, stores.folder / "single-anki", FIELDS)) if python else None
        theirs = AnkiSide(anki) if anki else None
        rounds = sizes.light_rounds + sizes.keep_warm_up
        for round_, visit in enumerate(visits_of(ours.village, ours.village, rounds)):
            ours.add([visit])
            if theirs is not None:
                theirs.add([visit])
            for is_ours in (True, False) if round_ % 2 == 0 else (False, True):
                if is_ours:
                    mine.append((ours.push(1, projected=False), ours.pull(1, projected=False)))
                elif theirs is not None:
                    his.append((theirs.push(), theirs.pull()))
    yield _row(mine[sizes.keep_warm_up :], his[sizes.keep_warm_up :])


def _row(mine: Sequence[tuple[Leg, Leg]], his: Sequence[tuple[Leg, Leg]]) -> Row:
    up, down = mine[-1]
    extra = {
        "bytes_first_laptop": up.bytes,
        "bytes_second_laptop": down.bytes,
        "round_trips_first_laptop": up.turns,
        "round_trips_second_laptop": down.turns,
    }
    note = f"两台电脑各 {up.bytes}、{down.bytes} 字节，{up.turns}、{down.turns} 次请求"
    if his:
        other = his[-1][0] + his[-1][1]
        extra |= {"baseline_bytes": other.bytes, "baseline_round_trips": other.turns}
        note += f"；Anki 共 {other.bytes} 字节，{other.turns} 次请求"
    return Row(
        "sync-one",
        f"{DESCRIPTIONS['sync-one']}（甲机到服务器到乙机，CPU 含服务器）",
        AGAINST,
        middle([(a + b).cost for a, b in mine]),
        middle([(a + b).cost for a, b in his]) if his else None,
        len(mine),
        GOAL,
        note=note,
        extra=extra,
    )
