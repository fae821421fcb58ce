"""The workers that project: one thread in the server, and as many further processes as were asked for.

Each takes a workspace that nobody else is at (``FOR UPDATE SKIP LOCKED``), so they need no coordination. A worker
process hears from the server through its standard input, and ends when that closes, however the server ends.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from villageapp.server.opening import open_province
from villageapp.server.project import Projector

STOP_SECONDS = 30.0
_log = logging.getLogger(__name__)


class Projectors:
    """All workers of one server; used like a single ``Projector``."""

    def __init__(self, engine: Engine, data_dir: Path, dsn: str | None, workers: int = 1) -> None:
        self._own = Projector(engine)
        self._command = worker_command(data_dir, dsn)
        self._others = workers - 1
        self._processes: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin."""
        self._own.start()
        for _ in range(self._others):
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, bufsize=0)  # noqa: S603 - our own program
            if os.name == "posix" and process.stdin is not None:
                os.set_blocking(process.stdin.fileno(), False)  # a worker that hangs must not hold up laptops
            self._processes.append(process)

    def nudge(self) -> None:
        """Segments have been stored."""
        self._own.nudge()
        with self._lock:
            for process in self._processes:
                _tell(process)

    def stop(self) -> None:
        """End after the batches at hand."""
        for process in self._processes:
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):  # it has ended already
                    process.stdin.close()
        self._own.stop()
        for process in self._processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _tell(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is None or process.poll() is not None:
        return
    try:
        process.stdin.write(b"\n")
    except OSError:
        _log.warning("a projector process has ended; the others go on")


def worker_command(data_dir: Path, dsn: str | None) -> list[str]:
    """The command line of a worker process."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "villageapp"]
    named = ["--dsn", dsn] if dsn is not None else []
    return [*program, "server", "projector", "--data-dir", str(data_dir), *named]


def work_until_closed(data_dir: Path, dsn: str | None, orders: IO[bytes]) -> None:
    """A worker process: project, again at every line of ``orders``, until it ends. Raises Trouble."""
    with open_province(data_dir, dsn) as province:
        projector = Projector(province.engine)
        projector.start()
        try:
            for _ in orders:
                projector.nudge()
        finally:
            projector.stop()
