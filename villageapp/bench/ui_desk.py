"""What somebody at the main window waits for: lists at two sizes, saving a visit, a whole day.

The window's own time comes from the processor clock of its thread; a list is shown when nothing is left to read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.county import county_store
from villageapp.bench.processes import CHILD_SECONDS, answer_of, offscreen
from villageapp.bench.result import Row
from villageapp.bench.searching import keystrokes
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, middle, percentile
from villageapp.bench.village import PASSPHRASE, Stores, copy_of
from villageapp.cli.demo_server import DemoServer
from villageapp.paths import DataDir
from villageapp.services.enrolling import enrol
from villageapp.services.workspace import open_workspace

SHOWN_SECONDS, KEY_SECONDS, SAVE_SECONDS = 0.1, 0.05, 0.05
"""Longest waits that the product allows itself: a list, a keystroke of the search box, a saved visit."""
GUI_SECONDS = 0.016
"""One frame of the screen: longest time of the window's own thread for an act in a list."""
GROWTH_MB, STALL_MS = 50.0, 100.0
"""What a day may add to memory, and how long the window may be deaf."""
ACTS: Mapping[str, str] = {"page": "翻页", "filter": "筛选", "sort": "排序", "tab": "换标签"}
NOTHING = "没有基准"


def measure_lists(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """Five rows for each size: page, filter, sort, tab, and the slow keystroke of twenty.

    The wall time is until shown; CPU time is that of the window's own thread.
    """
    typed = _words(stores, sizes)
    for households, data_dir in (
        (sizes.households, stores.filled(sizes)),
        (sizes.wide_households, county_store(stores, sizes.wide_households)),
    ):
        answer = _desk(stores, "list", data_dir, {"times": sizes.acts, "typed": typed})
        for act, title in ACTS.items():
            costs = _costs(answer, act)
            yield _act_row(f"ui-{act}-{households}", f"{title}（{households} 户）", middle(costs), len(costs))
        keys = _costs(answer, "key")
        yield Row(
            f"ui-key-{households}",
            f"搜索每次按键（{households} 户，第 95 百分位）",
            NOTHING,
            percentile(keys, 95),
            None,
            len(keys),
            limit_seconds=KEY_SECONDS,
            extra={"p50_seconds": percentile(keys, 50).wall, "peak_mb": answer["peak_mb"]},
        )


def _act_row(name: str, what: str, cost: Cost, rounds: int) -> Row:
    note = f"窗口线程 {cost.cpu * 1000:.1f} ms，目标 {GUI_SECONDS * 1000:.0f} ms"
    return Row(
        name,
        what,
        NOTHING,
        cost,
        None,
        rounds,
        limit_seconds=SHOWN_SECONDS,
        note=note,
        extra={"gui_met": cost.cpu <= GUI_SECONDS},
    )


def measure_saves(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row: Ctrl+S until the form says saved, beside a bare flush of one page to the same disk."""
    data_dir = copy_of(stores.filled(sizes), stores.folder / "ui-save")
    answer = _desk(stores, "save", data_dir, {"times": sizes.acts, "folder": str(stores.folder)})
    costs = _costs(answer, "save")
    yield Row(
        "ui-save",
        f"{DESCRIPTIONS['ui-save']}（{sizes.households} 户）",
        "同一磁盘写 4 KiB 并落盘",
        middle(costs),
        middle([Cost(seconds, 0.0) for seconds in answer["bare"]]),
        len(costs),
        limit_seconds=SAVE_SECONDS,
        extra={"p95_seconds": percentile(costs, 95).wall if len(costs) > 1 else costs[0].wall},
    )


def measure_day(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row: its time is of the whole day; what counts is growth and stalls."""
    data_dir = copy_of(stores.filled(sizes), stores.folder / "ui-day")
    much = {"changes": sizes.day_changes, "visits": sizes.day_visits, "seconds": sizes.day_seconds}
    with ExitStack() as held:
        server = held.enter_context(DemoServer(stores.folder / "ui-day-server"))
        server.start()
        _join(server, stores, sizes, data_dir)
        answer = _desk(stores, "day", data_dir, much, seconds=sizes.day_seconds + CHILD_SECONDS)
    told = {key: value for key, value in answer.items() if key not in ("at", "started", "costs")}
    yield Row(
        "ui-day",
        f"{DESCRIPTIONS['ui-day']}（{sizes.households} 户）",
        NOTHING,
        Cost(answer["seconds"], answer["gui"]),
        None,
        1,
        note=_day_words(answer),
        extra={
            **told,
            "growth_met": answer["growth_mb"] is None or answer["growth_mb"] < GROWTH_MB,
            "stalls_met": answer["longest_stall_ms"] <= STALL_MS,
        },
    )


def _day_words(answer: Mapping[str, Any]) -> str:
    return (
        f"换页 {answer['changes']} 次、走访 {answer['visits']} 次、同步 {answer['syncs']} 次；"
        f"内存最多增加 {answer['growth_mb']} MB（每四分之一天后 {_figures(answer['quarters_mb'])}；"
        f"从打开窗口算起 {answer['since_opening_mb']}），最长停顿 {answer['longest_stall_ms']} ms，"
        f"超过 {STALL_MS:.0f} ms 的 {answer['stalls_over_100_ms']} 次"
    )


def _figures(some: Sequence[float | None]) -> str:
    return "、".join(str(one) for one in some)


def _join(server: DemoServer, stores: Stores, sizes: Sizes, data_dir: DataDir) -> None:
    village = stores.village(sizes.households)
    cadre = village.cadres[0]
    code = server.enrol_code(village.village["code"], cadre["name"], cadre["role"])
    with open_workspace(data_dir, PASSPHRASE) as work:
        enrol(work, server.url, code)


def _words(stores: Stores, sizes: Sizes) -> list[str]:
    """Whole words of Latin letters and digits: the other keys come from an input method."""
    village = stores.village(sizes.households)
    ascii_only = [text for text in keystrokes(village, sizes.acts * 20) if text.isascii() and len(text) > 1]
    return ascii_only[: max(2, sizes.acts)]


def _desk(
    stores: Stores, what: str, data_dir: DataDir, much: Mapping[str, Any], *, seconds: float = CHILD_SECONDS
) -> dict[str, Any]:
    folder: Path = data_dir.root
    arguments = [what, str(folder), PASSPHRASE, json.dumps(much)]
    return answer_of("desk", arguments, offscreen(stores.folder), seconds=seconds)


def _costs(answer: Mapping[str, Any], act: str) -> Sequence[Cost]:
    return [Cost(cost["shown"], cost["gui"]) for cost in answer["costs"][act]]
