"""Opening the encrypted store; the only place that begins a transaction.

SQLite's own transaction mode loses updates under threads, so the driver is left in autocommit and every
writer begins with BEGIN IMMEDIATE here, one writer at a time.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.orm import Session, sessionmaker

from villageapp.errors import AppError, Trouble
from villageapp.models import upgrade

CACHE_KIB = 64 * 1024
"""What one connection may keep of the store; at 2 MiB lists are five to twelve times slower."""
ALL_CACHES = 32 * 1024 * 1024
"""Bytes that all connections of a window keep together at rest: beyond it each uses its own oldest pages again.
What writes much is not held to it: taking in 20,000 visits would take three times as long."""
BUSY_MS = 15_000
_IMMEDIATE = "villageapp_immediate"


def connect(path: Path, key: bytes, *, create: bool = False) -> Any:
    """A raw SQLCipher connection with our pragmas. Raises Trouble when the file cannot be read with the key."""
    mode = "rwc" if create else "rw"
    try:
        connection = sqlcipher.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
    except sqlcipher.Error as error:
        raise trouble(error, path) from error
    try:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA cipher_memory_security = OFF")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"cache_size = -{CACHE_KIB}",
            f"busy_timeout = {BUSY_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except sqlcipher.Error as error:
        connection.close()
        raise trouble(error, path) from error
    return connection


class Database:
    """An open store. Threads share it; each transaction belongs to one thread."""

    def __init__(
        self, path: Path, key: bytes, install: Callable[[type[Session]], None] | None = None
    ) -> None:
        """Open the store at ``path``, upgrading it first when its schema is older.

        ``install`` adds session events (change capture). Raises Trouble for a damaged, newer or
        unreadable file; the file is not altered then.
        """
        self.path = path
        self._reopen: Callable[[Path], Any] = lambda target: connect(target, key)
        upgrade.bring_up_to_date(path, key, connect)
        self._engine = _engine(path, key)
        self._write_lock = threading.RLock()
        self._cache_limit = 0

        class StoreSession(Session):
            """Sessions of this store alone, so that events stay with it."""

        if install is not None:
            install(StoreSession)
        self._sessions = sessionmaker(
            self._engine.execution_options(**{_IMMEDIATE: True}), class_=StoreSession, expire_on_commit=False
        )

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One write: all of it is committed and on disk when the block ends, or none of it."""
        with self._write_lock, translated(self.path), self._sessions.begin() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write without a session, for the bulk paths of sync that must not be captured."""
        with self._write_lock, translated(self.path), self.roomy():
            engine = self._engine.execution_options(**{_IMMEDIATE: True})
            with engine.begin() as connection:
                yield connection

    def keep_small(self) -> None:
        """From now on all connections of the program together keep ``ALL_CACHES`` at most."""
        with self._write_lock:
            self._cache_limit = ALL_CACHES
            self._limit_caches(ALL_CACHES)

    @contextmanager
    def roomy(self) -> Iterator[None]:
        """No bound on caches within the block, which writes much; ``settle`` gives the memory back afterwards."""
        if not self._cache_limit:
            yield
            return
        self._limit_caches(0)
        try:
            yield
        finally:
            self._limit_caches(self._cache_limit)

    def _limit_caches(self, size: int) -> None:
        """``size`` in bytes for the whole program, 0 for no limit; any connection can say it."""
        with closing(self._engine.raw_connection()) as connection:
            connection.execute(f"PRAGMA soft_heap_limit = {size}").fetchall()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent read that sees one moment and never waits for a writer."""
        with translated(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    def settle(self) -> None:
        """After much was written: fold the write-ahead log in, refresh the planner's statistics, give memory back."""
        with self._write_lock, translated(self.path), self._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            raw.execute("PRAGMA optimize").fetchall()
            raw.execute("PRAGMA shrink_memory").fetchall()

    def copy_to(self, target: Path) -> None:
        """A checked copy of this moment in one file, encrypted with the same key; nobody writes meanwhile.

        Raises Trouble; an unfinished ``target`` is removed.
        """
        log, target_log = Path(f"{self.path}-wal"), Path(f"{target}-wal")
        try:
            with self.writing():
                shutil.copyfile(self.path, target)
                if log.exists():
                    shutil.copyfile(log, target_log)
            with translated(target), closing(self._reopen(target)) as copy:
                verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
                copy.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if verdict != "ok":
                raise Trouble(
                    f"备份检查未通过（{verdict}），没有留下备份。",
                    remedy="请运行 doctor 检查数据库。",
                    code="store_damaged",
                )
            with target.open("rb+") as file:
                os.fsync(file.fileno())
        except BaseException as error:
            target.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise trouble(error, target) from error
            raise
        finally:
            for suffix in ("-wal", "-shm"):
                Path(f"{target}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Release every connection."""
        self._engine.dispose()


def _engine(path: Path, key: bytes) -> Engine:
    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=lambda: connect(path, key),
        poolclass=_queue_pool(),
        pool_size=6,
        max_overflow=4,
        pool_use_lifo=True,  # the connection whose cache is warm first
        pool_reset_on_return="rollback",
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        wanted = "IMMEDIATE" if connection.get_execution_options().get(_IMMEDIATE) else "DEFERRED"
        connection.exec_driver_sql(f"BEGIN {wanted}")

    return engine


def _queue_pool() -> Any:
    from sqlalchemy.pool import QueuePool

    return QueuePool


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk say into Trouble with a remedy; our own errors pass."""
    try:
        yield
    except AppError:
        raise
    except exc.DBAPIError as last:
        error = _first_failure(last)
        if isinstance(error.orig, (sqlcipher.OperationalError, sqlcipher.DatabaseError)) and not isinstance(
            error.orig, (sqlcipher.IntegrityError, sqlcipher.ProgrammingError, sqlcipher.InterfaceError)
        ):
            raise trouble(error.orig, path) from error
        raise
    except OSError as error:
        raise trouble(error, path) from error


def _first_failure(error: exc.DBAPIError) -> exc.DBAPIError:
    """A full disk ends the whole transaction, and then its savepoints cannot be found: the disk is what failed."""
    earlier = error.__context__
    while earlier is not None:
        if isinstance(earlier, exc.DBAPIError) and "disk is full" in str(earlier.orig):
            return earlier
        earlier = earlier.__context__
    return error


def trouble(error: BaseException, path: Path) -> Trouble:
    """What a low-level failure of the store means to the person at the laptop."""
    text = str(error).lower()
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or "disk is full" in text:
        return Trouble(
            "磁盘已满，这次没有保存；此前保存的内容都在。",
            remedy="请清理磁盘后再保存一次。",
            code="disk_full",
        )
    if "locked" in text or "busy" in text:
        return Trouble(
            "数据库正被另一个程序占用，这次没有保存。", remedy="请关闭其他窗口后再试。", code="store_busy"
        )
    if "not a database" in text or "malformed" in text or "corrupt" in text or "hmac" in text:
        return Trouble(
            f"数据库文件 {path.name} 已损坏或密钥不符，没有改动它。",
            remedy="请在口令页选“从备份恢复…”：备份之后写的、还能读出的内容也会取回。",
            code="store_damaged",
        )
    if (
        "readonly" in text
        or "read-only" in text
        or "unable to open" in text
        or isinstance(error, PermissionError)
    ):
        return Trouble(
            f"无法打开或写入 {path}。", remedy="请检查文件夹权限、磁盘是否只读。", code="store_unwritable"
        )
    return Trouble(
        f"读写数据库出错（{error}）。没有保存的内容请重做一次。",
        remedy="请检查磁盘，再试一次。",
        code="store_error",
    )


def private(path: Path) -> None:
    """Make a file readable by its owner alone, where the platform knows that."""
    if os.name == "posix" and path.exists():
        path.chmod(0o600)
