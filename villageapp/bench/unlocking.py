"""Passphrase to usable household list, against the start of an empty PySide6 main window (goal ≤ 3)."""

from __future__ import annotations

from collections.abc import Iterator

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.processes import answer_of, offscreen, start_cost
from villageapp.bench.result import Row
from villageapp.bench.sizes import Sizes
from villageapp.bench.starting import EMPTY_WINDOW
from villageapp.bench.timing import Cost, interleaved, middle
from villageapp.bench.village import PASSPHRASE, Stores

GOAL = 3.0


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row."""
    data_dir = stores.filled(sizes)
    environment = offscreen(stores.folder)
    peaks: list[float] = []

    def unlock() -> Cost:
        answer = answer_of("unlock", [str(data_dir.root), PASSPHRASE], environment)
        peaks.append(answer["peak_mb"])
        return Cost(answer["at"], answer["cpu"])

    ours, empty = interleaved(
        unlock,
        lambda: start_cost(answer_of("empty_window", [], environment)),
        sizes.rounds,
        warm_up=sizes.keep_warm_up,
    )
    yield Row(
        "unlock",
        f"{DESCRIPTIONS['unlock']}（{sizes.households} 户）",
        EMPTY_WINDOW,
        middle(ours),
        middle(empty),
        sizes.rounds,
        GOAL,
        extra={"peak_mb": max(peaks)},
    )
