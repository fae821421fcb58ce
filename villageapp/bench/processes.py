"""Child processes that tell when they got somewhere, and what process trees have used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from villageapp.bench.timing import Cost
from villageapp.errors import Trouble

CHILD_SECONDS = 300


def offscreen(folder: Path) -> dict[str, str]:
    """The environment of a child with a window nobody sees.

    Compiled modules and font instances are kept in ``folder``, as an installed program keeps them: without
    that, every start of a source tree in which nothing may be written compiles it anew.
    """
    dropped = ("VILLAGEAPP_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    own = {"XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    return {**kept, **own, "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"}


def answer_of(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], *, seconds: float = CHILD_SECONDS
) -> dict[str, Any]:
    """Run a child program to its end, ``seconds`` at most; its answer, with ``started`` (monotonic seconds) added.

    Raises Trouble with the end of what it wrote when it failed.
    """
    command = [sys.executable, "-m", f"villageapp.bench.children.{module}", *arguments]
    started = time.monotonic()
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=dict(environment),
        text=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    try:
        answer: dict[str, Any] = json.loads(ended.stdout.strip().rpartition("\n")[2])
    except ValueError as error:
        raise Trouble(
            f"测量用的程序 {module} 没有完成（退出码 {ended.returncode}）：{ended.stderr.strip()[-500:]}",
            code="bench_child",
        ) from error
    return {**answer, "started": started}


def start_cost(answer: Mapping[str, Any]) -> Cost:
    """From starting the process to the moment the child told."""
    return Cost(answer["at"] - answer["started"], answer["cpu"])
