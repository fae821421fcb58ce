"""The workers that project: processes of their own, so that ingest does not share an interpreter with them.

Each takes a workspace that nobody else is at (``FOR UPDATE SKIP LOCKED``), so they need no coordination. A worker
process hears from the server through its standard input, and ends when that closes, however the server ends. It
gives way to the server when both want the processor. When the last of them has died (or none was asked for), a
thread of the server projects instead.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from villageapp.server.opening import open_province
from villageapp.server.project import Projector

STOP_SECONDS = 30.0
NICENESS = 5
_log = logging.getLogger(__name__)


class Projectors:
    """All workers of one server; used like a single ``Projector``."""

    def __init__(self, engine: Engine, data_dir: Path, dsn: str | None, workers: int = 1) -> None:
        """``workers`` processes; 0: the server's own thread alone."""
        self._own = Projector(engine)
        self._has_own = False
        self._command = worker_command(data_dir, dsn)
        self._wanted = workers
        self._workers: list[_Worker] = []
        self._stopping = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin."""
        self._workers = [_Worker(self._command, self._take_over) for _ in range(self._wanted)]
        for worker in self._workers:
            worker.watch()
        if not self._workers:
            self._take_over()

    def nudge(self) -> None:
        """Segments have been stored."""
        for worker in self._workers:
            worker.nudge()
        if self._has_own:
            self._own.nudge()

    def stop(self) -> None:
        """End after the batches at hand."""
        with self._lock:
            self._stopping = True
        for worker in self._workers:
            worker.close()
        if self._has_own:
            self._own.stop()
        for worker in self._workers:
            worker.wait()

    def _take_over(self) -> None:
        """Project in this process, if no worker is left to do it."""
        with self._lock:
            if self._stopping or self._has_own or any(worker.is_alive for worker in self._workers):
                return
            self._own.start()
            self._has_own = True


class _Worker:
    """One worker process, and the thread that notices when it dies."""

    def __init__(self, command: list[str], died: Callable[[], None]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0)  # noqa: S603 - our own program
        self._orders = self._process.stdin
        if os.name == "posix" and self._orders is not None:
            os.set_blocking(self._orders.fileno(), False)  # a worker that hangs must not hold up laptops
        self._died = died
        self._closed = False
        self._lock = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="projector watch", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def watch(self) -> None:
        """Begin to look whether it dies."""
        self._watcher.start()

    def nudge(self) -> None:
        """Tell it that there is something to do."""
        with self._lock:
            if self._orders is None or self._closed:
                return
            with contextlib.suppress(OSError):  # it has orders enough, or has died: the watcher says so
                self._orders.write(b"\n")

    def close(self) -> None:
        """Let it end after the batch at hand."""
        with self._lock:
            self._closed = True
            if self._orders is not None:
                with contextlib.suppress(BrokenPipeError):  # it has ended already
                    self._orders.close()

    def wait(self) -> None:
        """Until it has ended; one that does not end is killed (its transaction is undone)."""
        self._watcher.join(STOP_SECONDS)
        if self._watcher.is_alive():
            self._process.kill()
            self._watcher.join()

    def _watch(self) -> None:
        status = self._process.wait()
        if not self._closed:
            _log.error("a projector process has ended (%s); the others, or the server itself, go on", status)
            self._died()


def worker_command(data_dir: Path, dsn: str | None) -> list[str]:
    """The command line of a worker process."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "villageapp"]
    named = ["--dsn", dsn] if dsn is not None else []
    return [*program, "server", "projector", "--data-dir", str(data_dir), *named]


def work_until_closed(data_dir: Path, dsn: str | None, orders: IO[bytes]) -> None:
    """A worker process: project, again at every line of ``orders``, until it ends. Raises Trouble."""
    _obey_orders_alone()
    with open_province(data_dir, dsn) as province:
        projector = Projector(province.engine)
        projector.start()
        try:
            for _ in orders:
                projector.nudge()
        finally:
            projector.stop()


def _obey_orders_alone() -> None:
    """Ctrl+C and a service manager's stop reach the whole group; a worker ends when the server says so. It also
    leaves the processor to the server, whose answers people wait for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.name == "posix":
        os.nice(NICENESS)
    else:
        import psutil

        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
