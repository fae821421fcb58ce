"""Upgrading a store so that it cannot be hurt: a copy is migrated and checked, then takes the old one's place.

The live file is never altered. Three backups are kept. A store from a newer program is refused.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from villageapp.errors import AppError, Trouble, os_reason
from villageapp.models.migrations import LAPTOP_HEAD

BACKUPS_KEPT = 3
Connect = Callable[..., Any]


def bring_up_to_date(path: Path, key: bytes, connect: Connect) -> None:
    """Make sure the store at ``path`` has the newest schema; create it when there is none. Raises Trouble."""
    try:
        _bring_up_to_date(path, key, connect)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise Trouble(
            f"数据库升级没有完成（{'磁盘已满' if is_full else os_reason(error)}）。原数据库没有改动。",
            remedy="请检查磁盘空间和文件夹权限后重新打开；仍不行请联系县里技术人员。",
            code="disk_full" if is_full else "upgrade_failed",
        ) from error


def _bring_up_to_date(path: Path, key: bytes, connect: Connect) -> None:
    if not path.exists():
        _create(path, key, connect)
        return
    revision = current_revision(path, key, connect)
    if revision == LAPTOP_HEAD:
        return
    with _locked(path.with_name("upgrade.lock")):
        _refuse_unknown(revision)
        _upgrade_copy(path, key, connect, revision or "0000")


def current_revision(path: Path, key: bytes, connect: Connect) -> str | None:
    """The schema revision of a store, None for an empty one."""
    connection = connect(path, key)
    try:
        known = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
        return str(row[0]) if row else None
    finally:
        connection.close()


def _create(path: Path, key: bytes, connect: Connect) -> None:
    """A new store appears complete or not at all."""
    building = path.with_name(f".{path.name}.new")
    _remove(building)
    try:
        connect(building, key, create=True).close()
        _migrate(building, key, connect)
        _sync_file(building)
        os.replace(building, path)
        if os.name == "posix":
            path.chmod(0o600)
    finally:
        _remove(building)


def _refuse_unknown(revision: str | None) -> None:
    from villageapp.models.migrations.run import known_revisions

    if revision is not None and revision not in known_revisions():
        raise Trouble(
            f"数据库来自更新的版本（{revision}），本版本打不开它；没有改动任何内容。",
            remedy="请安装最新版驻村通后再打开。",
            code="store_too_new",
        )


def _upgrade_copy(path: Path, key: bytes, connect: Connect, revision: str) -> None:
    backup = _backup(path, key, connect, revision)
    building = path.with_name(f".{path.name}.upgrading")
    _remove(building)
    try:
        shutil.copyfile(backup, building)
        _migrate(building, key, connect)
        _check(building, key, connect)
        _sync_file(building)
        os.replace(building, path)
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
    except AppError:
        raise
    except Exception as error:
        raise Trouble(
            f"数据库升级没有完成（{error}）。原数据库没有改动，备份在 {backup.name}。",
            remedy="请检查磁盘空间后重新打开；仍不行请联系县里技术人员。",
            code="upgrade_failed",
        ) from error
    finally:
        _remove(building)


def _backup(path: Path, key: bytes, connect: Connect, revision: str) -> Path:
    """A checked copy beside the store; the write-ahead log is folded in first."""
    connection = connect(path, key)
    try:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise Trouble(
                "另一个窗口正在使用数据库，暂不能升级。", remedy="请关闭其他窗口后再打开。", code="store_busy"
            )
    finally:
        connection.close()
    _check(path, key, connect)
    folder = path.with_name("backups")
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{path.stem}-{revision}.db"
    temporary = target.with_suffix(".part")
    shutil.copyfile(path, temporary)
    _sync_file(temporary)
    os.replace(temporary, target)
    _check(target, key, connect)
    for old in sorted(folder.glob("*.db"), key=lambda p: p.stat().st_mtime)[:-BACKUPS_KEPT]:
        old.unlink()
    return target


def _check(path: Path, key: bytes, connect: Connect) -> None:
    connection = connect(path, key)
    try:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchone()
    finally:
        connection.close()
    if verdict != "ok" or orphans is not None:
        raise Trouble(
            f"数据库检查未通过（{verdict}），没有升级，没有改动。",
            remedy="请从备份恢复。",
            code="store_damaged",
        )


def _migrate(path: Path, key: bytes, connect: Connect) -> None:
    from villageapp.models.migrations.run import upgrade_laptop

    connection = connect(path, key)
    try:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    finally:
        connection.close()
    upgrade_laptop(lambda: connect(path, key))
    connection = connect(path, key)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One upgrade at a time; a lock left by a killed program is taken over, since its owner is gone."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise Trouble(
            f"无法在 {path.parent} 里写文件。", remedy="请检查权限。", code="store_unwritable"
        ) from error
    try:
        _take(descriptor)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    busy = Trouble("另一个窗口正在升级数据库。", remedy="请等它完成后再打开。", code="store_busy")
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError as error:
        raise busy from error
