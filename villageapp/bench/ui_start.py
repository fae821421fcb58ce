"""Cold start to a usable list of today's work, without the time of typing, against Anki's own start (goal ≤ 0.6).

Both start on a profile that exists, without a network, and end when their main window is painted with content.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.anki import interpreter
from villageapp.bench.processes import CHILD_SECONDS, answer_of, offscreen, start_cost
from villageapp.bench.result import Row
from villageapp.bench.sizes import Sizes
from villageapp.bench.starting import EMPTY_WINDOW
from villageapp.bench.timing import Cost, interleaved, middle
from villageapp.bench.village import PASSPHRASE, Stores
from villageapp.errors import Trouble

GOAL = 0.6
TYPING_SECONDS = 3.0
"""How long the person types; it is taken out of the time, and what is loaded behind the window meanwhile out of
the processor time (``typing_cpu_seconds``)."""
AGAINST = "Anki 启动到主窗口"
_PEER = Path(__file__).with_name("children") / "anki_window.py"


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row; without ``aqt`` the baseline is an empty window and there is no goal."""
    environment = offscreen(stores.folder)
    data_dir, told = stores.filled(sizes), list[dict[str, Any]]()

    def ours() -> Cost:
        answer = answer_of("work_list", [str(data_dir.root), PASSPHRASE, str(TYPING_SECONDS)], environment)
        told.append(answer)
        return start_cost(answer)

    anki = _anki(stores.folder / "anki-profile", environment)
    baseline = (lambda: _start_anki(anki)) if anki else lambda: _empty(environment)
    mine, theirs = interleaved(ours, baseline, sizes.rounds, warm_up=sizes.keep_warm_up)
    yield Row(
        "ui-start",
        f"{DESCRIPTIONS['ui-start']}（{sizes.households} 户）",
        AGAINST if anki else EMPTY_WINDOW,
        middle(mine),
        middle(theirs),
        sizes.rounds,
        GOAL if anki else None,
        note="" if anki else "没有安装 Anki 的桌面程序（aqt）",
        extra={
            "peak_mb": max(answer["peak_mb"] for answer in told),
            "opening_seconds": median(answer["opening"] for answer in told),
            "typing_cpu_seconds": median(answer["typing_cpu"] for answer in told),
            "longest_key_seconds": max(answer["longest_key"] for answer in told),
        },
    )


def _empty(environment: Mapping[str, str]) -> Cost:
    return start_cost(answer_of("empty_window", [], environment))


def _anki(folder: Path, environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]] | None:
    """Command and environment of Anki with a profile made in ``folder``; None where it is not installed."""
    python = interpreter()
    if python is None:
        return None
    own = {**environment, "QTWEBENGINE_DISABLE_SANDBOX": "1"}
    command = [str(python), str(_PEER), str(folder)]
    if subprocess.run([python, "-c", "import aqt"], capture_output=True, env=own, check=False).returncode:
        return None
    _told(command, own)
    return command, own


def _start_anki(anki: tuple[list[str], dict[str, str]]) -> Cost:
    started = time.monotonic()
    answer = json.loads(_told(*anki))
    return Cost(answer["at"] - started, answer["cpu"])


def _told(command: list[str], environment: Mapping[str, str]) -> str:
    """The last line of what Anki's child says. Raises Trouble when it failed."""
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=dict(os.environ | environment),
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=CHILD_SECONDS,
        check=False,
    )
    if ended.returncode:
        raise Trouble(
            f"Anki 没有启动成（退出码 {ended.returncode}）：{ended.stderr[-300:]}", code="bench_child"
        )
    return ended.stdout.strip().rpartition("\n")[2]
