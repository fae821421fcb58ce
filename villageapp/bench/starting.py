"""Cold start to the painted sign-in window, against an empty PySide6 main window (goal ≤ 1.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.processes import answer_of, offscreen, start_cost
from villageapp.bench.result import Row
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, interleaved, middle
from villageapp.bench.village import Stores

GOAL = 1.5
EMPTY_WINDOW = "空的 PySide6 主窗口画出"
SMALL = 1
"""Households behind the sign-in window; it reads none of them."""


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row; ``extra`` has the peak memory of both."""
    data_dir = stores.empty(SMALL)
    environment = offscreen(stores.folder)
    last: dict[str, Any] = {}

    def start(module: str, *arguments: str) -> Cost:
        answer = answer_of(module, arguments, environment)
        last[module] = answer["peak_mb"]
        return start_cost(answer)

    ours, empty = interleaved(
        lambda: start("sign_in", str(data_dir.root)),
        lambda: start("empty_window"),
        sizes.rounds,
        warm_up=sizes.keep_warm_up,
    )
    memory = {"peak_mb": last["sign_in"], "baseline_peak_mb": last["empty_window"]}
    yield Row(
        "start",
        DESCRIPTIONS["start"],
        EMPTY_WINDOW,
        middle(ours),
        middle(empty),
        sizes.rounds,
        GOAL,
        extra=memory,
    )
