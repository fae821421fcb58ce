"""Rescue of a damaged store: a backup is restored, and what the damaged file still says is taken into it.

The damaged file is only copied and read; it stays beside, as after every restore. Until the new store is whole nothing
has changed.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from villageapp.domain import dates
from villageapp.errors import NotFound, Trouble, os_reason
from villageapp.models import keys, lent_pages
from villageapp.models.database import Database, private
from villageapp.models.wreck import DATABASE_ERROR, Wreck, quiet
from villageapp.paths import DataDir
from villageapp.progress import SILENT, Progress
from villageapp.services import backups
from villageapp.services.backups import BackupReport
from villageapp.services.workspace import open_with_key
from villageapp.sync import salvage
from villageapp.sync.salvage import Salvaged

_BLOCK = 4096
"""Bytes; what cannot be read of a failing disk is lost in pieces of this size, that of a page."""
_WRECK = "wreck"
_Taken = tuple[Salvaged, int, int]
"""What was taken over; photos, and those that could not be read."""


@dataclass(frozen=True, slots=True)
class RescueReport:
    """What came of a rescue. ``backup`` is what was restored first, if any; ``kept`` the folder of the damaged store.

    ``changes`` (later than the backup) were taken over, ``said_again`` of them from records because their part of the
    log is lost; ``holes`` places could not be read; ``waiting`` changes of colleagues come with the next sync.
    ``photos`` files were taken over, ``photos_lost`` could not be read.
    """

    backup: BackupReport | None
    kept: str
    changes: int
    said_again: int
    holes: int
    waiting: int
    photos: int
    photos_lost: int


def rescue(
    path: Path | None, data_dir: DataDir, passphrase: str, progress: Progress = SILENT
) -> RescueReport:
    """Restore the backup at ``path`` and take over what the store in ``data_dir`` still says beyond it.

    Without a backup (None) a new store takes over what can be read; then also the list of tables must be whole.
    ``passphrase`` is that of the day the backup was made, or the recovery code. Doing it again doubles nothing. Raises
    NotFound (no store, no such file), NotAllowed (wrong passphrase), Trouble (damaged backup; the store is another
    one, or nothing in it can be read; disk full), Cancelled; nothing has changed then.
    """
    if not data_dir.database.exists():
        raise NotFound(
            f"{data_dir.root} 里没有数据库文件，没有可抢救的内容。",
            remedy="请用 villageapp backup restore 直接恢复备份。",
            code="no_store",
        )
    if path is None:
        return _rescue_alone(data_dir, passphrase, progress)
    found: list[_Taken] = []

    def amend(unpacked: DataDir) -> None:
        found.append(_take_over(data_dir, unpacked, passphrase, progress, has_backup=True))

    report = backups.restore(path, data_dir, passphrase, replace=True, progress=progress, amend=amend)
    return _report(report, report.kept, *found[0])


def bring_back(
    path: Path | None, data_dir: DataDir, passphrase: str, progress: Progress = SILENT
) -> RescueReport:
    """Restore the backup at ``path``; where a store is already, ``rescue`` it. Raises as ``rescue``."""
    if path is None or data_dir.database.exists():
        return rescue(path, data_dir, passphrase, progress)
    report = backups.restore(path, data_dir, passphrase, replace=True, progress=progress)
    return RescueReport(report, report.kept, 0, 0, 0, 0, 0, 0)


def sentence(report: RescueReport) -> str:
    """What came of it and what to do next, for people."""
    told, backup = f"没有用备份，已从原来的数据库取回 {report.changes} 项改动", report.backup
    if backup is not None:
        told = f"已恢复 {backup.made_at[:10]} 制作的备份（{backup.records} 条记录）"
        if report.changes:
            told += f"，并从原来的数据库取回备份之后的 {report.changes} 项改动"
        elif report.kept:
            told += "，原来的数据库里没有读到更新的内容"
    if report.holes:
        told += f"；有 {report.holes} 处已损坏，读不出来"
    if report.waiting:
        told += f"；同事写的 {report.waiting} 项在下次同步时取回"
    if report.photos_lost:
        told += f"；{report.photos_lost} 个照片文件读不出来"
    if report.kept:
        told += f"。原来的数据库保留在 {report.kept}"
    return f"{told}。请同步一次，并核对最近几天的走访。"


def _report(backup: BackupReport | None, kept: str, done: Salvaged, photos: int, lost: int) -> RescueReport:
    counts = (done.changes, done.said_again, done.holes, done.waiting)
    return RescueReport(backup, kept, *counts, photos, lost)


def _rescue_alone(data_dir: DataDir, passphrase: str, progress: Progress) -> RescueReport:
    if not data_dir.key_slots.exists():
        raise NotFound(
            f"{data_dir.root} 里没有密钥文件 {data_dir.key_slots.name}，没有它谁也读不出数据库。没有改动任何内容。",
            remedy="请找回这个文件，或选一个备份：备份里有密钥。",
            code="no_keys",
        )
    with backups.scratch(data_dir.root) as folder:
        fresh = DataDir(folder)
        shutil.copyfile(data_dir.key_slots, fresh.key_slots)
        private(fresh.key_slots)
        taken = _take_over(data_dir, fresh, passphrase, progress, has_backup=False)
        kept = backups.take_place(fresh, data_dir, dates.instant_text(datetime.now(UTC)))
    return _report(None, str(kept or ""), *taken)


def _take_over(
    damaged: DataDir, unpacked: DataDir, passphrase: str, progress: Progress, *, has_backup: bool
) -> _Taken:
    try:
        key = keys.unlock(unpacked.key_slots, passphrase)
        photos, lost = _take_photos(damaged.blobs, unpacked.blobs, progress)
        copy = _copied(damaged, unpacked.root / _WRECK)
        if has_backup and not unpacked.backups.exists():  # else it is of another schema, and was upgraded
            _lend(copy, unpacked.database, key)
        with _opened(copy, key) as wreck:
            if not has_backup:
                _begin(unpacked, key, wreck)
            with open_with_key(unpacked, key) as work:
                done = salvage.take_in(work.database, work.clock, wreck, progress)
                if not done.is_readable:
                    raise _unreadable()
                work.database.settle()
    except OSError as error:
        raise Trouble(
            f"抢救时无法读写 {damaged.root}：{os_reason(error)}。没有改动任何内容。",
            remedy="请检查磁盘空间和权限；磁盘有坏道时，请把整个文件夹复制到别的磁盘再试。",
            code="rescue_unwritable",
        ) from error
    return done, photos, lost


def _begin(fresh: DataDir, key: bytes, wreck: Wreck) -> None:
    """A new store with the identity of the damaged one."""
    database = Database(fresh.database, key)
    try:
        if not salvage.adopt_identity(database, wreck):
            raise _unreadable()
    finally:
        database.close()
    private(fresh.database)


def _copied(damaged: DataDir, folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    copy = folder / damaged.database.name
    for suffix in ("", "-wal"):
        source = Path(f"{damaged.database}{suffix}")
        if source.exists():
            copy_readable(source, Path(f"{copy}{suffix}"))
    return copy


def _lend(copy: Path, healthy: Path, key: bytes) -> None:
    with quiet():
        try:
            lent_pages.lend(copy, healthy, key)
        except (Trouble, DATABASE_ERROR) as error:
            raise _unreadable() from error


def _opened(copy: Path, key: bytes) -> Wreck:
    try:
        return Wreck(copy, key)
    except Trouble as error:
        raise _unreadable() from error


def _unreadable() -> Trouble:
    return Trouble(
        "数据库文件的表目录已损坏，或它与这个备份不是同一个库，里面的内容读不出来。没有改动任何内容。",
        remedy="请换一个较新的备份再试；或用 villageapp backup restore --replace 只恢复备份，已同步的内容会从服务器取回。",
        code="store_unreadable",
    )


def _take_photos(source: Path, target: Path, progress: Progress) -> tuple[int, int]:
    """Files that the backup does not have, by link where the disk can; how many, and how many are unreadable."""
    taken = lost = 0
    for found in sorted(source.glob("??/*")) if source.is_dir() else ():
        place = target / found.parent.name / found.name
        if place.exists() or found.name.startswith("."):
            continue
        progress.check_cancelled()
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            _link(found, place)
            taken += 1
        except OSError:  # a failing disk: the photo comes again from the server, if it is there
            place.unlink(missing_ok=True)
            lost += 1
    return taken, lost


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def copy_readable(source: Path, target: Path) -> int:
    """Copy a file; where the disk does not give it back there are zeros. Returns how many bytes are missing."""
    missing = 0
    size = source.stat().st_size
    with source.open("rb", buffering=0) as given, target.open("xb") as taken:
        for start in range(0, size, _BLOCK):
            length = min(_BLOCK, size - start)
            try:
                given.seek(start)
                block = given.read(length) or b""
            except OSError:  # one bad sector must not cost the rest
                block = b""
            missing += length - len(block)
            taken.write(block.ljust(length, b"\0"))
    return missing
