"""The real provincial server in a process of its own, on a free loopback port."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.conninfo import make_conninfo

from villageapp.server import admin
from villageapp.server.postgres import postgres

START_SECONDS = 60.0
STOP_SECONDS = 40.0
VILLAGE = "149901001001"
_PROGRAM = (
    "import sys; from pathlib import Path; from villageapp.server.run import run;"
    "run(Path(sys.argv[1]), sys.argv[2] or None, '127.0.0.1', int(sys.argv[3]))"
)


@dataclass(slots=True)
class ServerProcess:
    """A running server: its address, its folder, and the means to ask its administration."""

    url: str
    data_dir: Path
    dsn: str | None
    process: subprocess.Popen[str]

    def enrol_code(self, village_code: str = VILLAGE, name: str = "张三") -> str:
        """A fresh one-time code."""
        return admin.enrol_code(self.data_dir, self.dsn, village_code, name)

    def ask(self, path: str) -> Any:
        """The JSON of an administration address below ``/admin/v1/``."""
        token = (self.data_dir / "admin.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.get(f"{self.url}/admin/v1/{path}", headers=headers, trust_env=False, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def counts(self, workspace: str) -> dict[str, int]:
        """Records per entity."""
        found: dict[str, int] = self.ask(f"workspaces/{workspace}/counts")
        return found

    def state(self, workspace: str) -> dict[str, Any]:
        """Digest, records, conflicts."""
        found: dict[str, Any] = self.ask(f"workspaces/{workspace}/state")
        return found

    def stop(self) -> int:
        """Ask it to stop, as the system does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """Take its power away."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)


def start_server(data_dir: Path, dsn: str | None = None, port: int = 0) -> ServerProcess:
    """Start a server and wait until it answers."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(data_dir), dsn or "", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True).start()
    try:
        line = lines.get(timeout=START_SECONDS)
        assert line.startswith("ready http://"), f"the server said {line!r}"
    except BaseException:
        process.kill()
        process.wait()
        raise
    return ServerProcess(line.split()[1], data_dir, dsn, process)


def _pump(stream: Any, lines: queue.Queue[str]) -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put("")


@contextmanager
def running_server(data_dir: Path, dsn: str | None = None) -> Iterator[ServerProcess]:
    """A server that is stopped when the block ends."""
    server = start_server(data_dir, dsn)
    try:
        yield server
    finally:
        try:
            server.stop()
        except subprocess.TimeoutExpired:
            server.kill()
            raise


@contextmanager
def roomy_folder() -> Iterator[Path]:
    """A folder for a PostgreSQL: under root it works as another user, whom pytest's own folders shut out."""
    with tempfile.TemporaryDirectory(prefix="village-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """The embedded PostgreSQL in ``folder`` for as long as the block lasts; gives a DSN.

    It leaves out what only a failing machine would show, waiting for the disk: hundreds of databases are made and
    thrown away here, and at its end it would wait for each of their files. A server started without a DSN has a
    PostgreSQL of its own, which waits.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with postgres(folder, None) as engine, engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        info, password = driver.info, (folder / "postgres.password").read_text().strip()
        connection.rollback()
        dsn = make_conninfo(
            host=info.host, port=info.port, user=info.user, dbname=info.dbname, password=password
        )
        _spare_the_disk(dsn)
        yield dsn


def _spare_the_disk(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


def fresh_database(dsn: str) -> str:
    """A new empty database on the same PostgreSQL; gives its DSN."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_conninfo(dsn, dbname=name)


def eventually(claim: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether a claim comes true in time; asked again and again."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not claim():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.02)
    return True
