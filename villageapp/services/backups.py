"""Backups: one file with the encrypted store, its wrapped key and its photos, made, checked and put back.

The file is a tar of ``manifest.json``, ``village.db``, ``keys.json`` and ``blobs/…``; all but the manifest is
encrypted already, so it may lie on any stick. It opens with the passphrase (or recovery code) of the day it
was made.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from villageapp import __version__, durable
from villageapp.domain import dates
from villageapp.errors import AlreadyDone, NotAllowed, NotFound, Trouble, os_reason
from villageapp.models.database import private
from villageapp.paths import DataDir
from villageapp.progress import SILENT, Progress
from villageapp.services import syncing
from villageapp.services.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo

FORMAT = 1
SUFFIX = ".zcbak"
_MANIFEST, _STORE, _KEYS, _BLOBS = "manifest.json", "village.db", "keys.json", "blobs"
_BLOB = re.compile(r"blobs/[0-9a-f]{2}/[0-9a-f]{64}")
MAX_MANIFEST = 64 * 1024 * 1024
"""Bytes; a line of 120 bytes for each photo."""
MAX_MEMBERS = 500_000
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds. ``hash`` is the state hash of its store; ``made_at`` an ISO instant; ``kept`` the folder
    into which restoring it has put the store that was there."""

    file: str
    bytes: int
    made_at: str
    village: str
    records: int
    photos: int
    hash: str
    kept: str = ""


def create(work: Workspace, path: Path, progress: Progress = SILENT) -> BackupReport:
    """Make a backup at ``path``; an existing file is never replaced.

    Raises AlreadyDone (the file exists), Trouble (disk full, unreadable), Cancelled; nothing is left then. After
    Trouble(not_confirmed) the whole backup is there, only the drive did not say that it will last.
    """
    if path.exists():
        raise AlreadyDone(f"{path} 已存在，没有改动。", remedy="请换一个文件名。", code="file_exists")
    building = path.with_name(f".{path.name}.part")
    try:
        building.unlink(missing_ok=True)  # of an earlier attempt that was cut off
        with scratch(path.parent) as folder:
            copy = folder / _STORE
            progress.step(0, 0, "正在复制数据库")
            work.database.copy_to(copy)
            _pack(work, copy, building, progress)
        _flush(building)
        durable.put(building, path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        building.unlink(missing_ok=True)
    manifest = _manifest(path)
    return _report(path, manifest)


def verify(path: Path, passphrase: str, progress: Progress = SILENT) -> BackupReport:
    """Check every byte against the manifest and open the store with the passphrase.

    Raises NotFound (no such file), NotAllowed (wrong passphrase), Trouble (damaged, not a backup).
    """
    manifest = _manifest(path)
    with _unpacked(path, manifest, path.parent, progress) as data_dir:
        _opens(data_dir, passphrase, manifest)
    return _report(path, manifest)


def restore(
    path: Path,
    data_dir: DataDir,
    passphrase: str,
    *,
    replace: bool = False,
    progress: Progress = SILENT,
    amend: Callable[[DataDir], None] | None = None,
) -> BackupReport:
    """Put a backup into a data folder, after checking it as ``verify`` does.

    A store that is there stays unless ``replace``; then it is kept beside as ``before-restore-…``. ``amend`` may work
    on the unpacked store before it takes its place. Raises AlreadyDone (a store is there), and what ``verify`` and
    ``amend`` raise; the folder is unchanged then.
    """
    if data_dir.exists() and not replace:
        raise AlreadyDone(
            f"{data_dir.root} 里已有数据库，没有改动。",
            remedy="请另选位置；确实要换掉时加 --replace，现有的会改名保留。",
        )
    manifest = _manifest(path)
    data_dir.create()
    with _unpacked(path, manifest, data_dir.root, progress) as unpacked:
        _opens(unpacked, passphrase, manifest)
        if amend is not None:
            amend(unpacked)
        kept = take_place(unpacked, data_dir, manifest["made_at"])
    return _report(path, manifest, kept)


def _pack(work: Workspace, copy: Path, building: Path, progress: Progress) -> None:
    files = {_STORE: copy, _KEYS: work.data_dir.key_slots}
    blobs = work.data_dir.blobs
    for found in sorted(blobs.glob("??/*")) if blobs.is_dir() else ():
        name = f"blobs/{found.parent.name}/{found.name}"
        if _BLOB.fullmatch(name):
            files[name] = found
    state = syncing.state_hash(work)
    manifest = {
        "format": FORMAT,
        "app": __version__,
        "made_at": dates.instant_text(work.now()),
        "village": work.identity.village_code,
        "records": state.records,
        "hash": state.hash,
        "files": {name: [source.stat().st_size, _sha256(source)] for name, source in files.items()},
    }
    with tarfile.open(building, "x:", format=tarfile.PAX_FORMAT) as archive:
        _add_bytes(archive, _MANIFEST, json.dumps(manifest).encode())
        for done, (name, source) in enumerate(files.items()):
            progress.check_cancelled()
            progress.step(done, len(files), "正在写备份")
            archive.add(source, arcname=name, recursive=False, filter=_plain)


def _add_bytes(archive: TarFile, name: str, content: bytes) -> None:
    import io

    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, io.BytesIO(content))


def _plain(member: TarInfo) -> TarInfo:
    """Neither owner nor name of a person of this machine travels with the file."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _manifest(path: Path) -> Mapping[str, Any]:
    """The first member, checked. Raises NotFound, Trouble."""
    if not path.is_file():
        raise NotFound(f"没有找到备份文件 {path}。", remedy="请核对文件名。", code="file_not_found")
    try:
        with tarfile.open(path, "r:") as archive:
            first = archive.next()
            if first is None or first.name != _MANIFEST or first.size > MAX_MANIFEST:
                raise _not_ours(path)
            content = archive.extractfile(first)
            manifest = json.loads(content.read() if content is not None else b"")
    except (tarfile.TarError, ValueError, EOFError, OSError) as error:
        raise _not_ours(path) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not _complete(manifest):
        raise _not_ours(path)
    return manifest


def _complete(manifest: Mapping[str, Any]) -> bool:
    files = manifest.get("files")
    if not isinstance(files, dict) or not {_STORE, _KEYS} <= files.keys() or len(files) > MAX_MEMBERS:
        return False
    named = all(name in (_STORE, _KEYS) or _BLOB.fullmatch(name) for name in files)
    sized = all(isinstance(f, list) and len(f) == 2 and type(f[0]) is int for f in files.values())
    texts = all(isinstance(manifest.get(key), str) for key in ("made_at", "village", "hash"))
    return named and sized and texts and type(manifest.get("records")) is int


@contextmanager
def _unpacked(path: Path, manifest: Mapping[str, Any], beside: Path, progress: Progress) -> Iterator[DataDir]:
    """All files of a backup in a folder that goes away, every one with the size and hash promised."""
    with scratch(beside) as folder:
        seen: set[str] = set()
        try:
            with tarfile.open(path, "r:") as archive:
                for member in archive:
                    progress.check_cancelled()
                    if member.name != _MANIFEST:
                        _extract(archive, member, folder, manifest["files"], path)
                        seen.add(member.name)
                        progress.step(len(seen), len(manifest["files"]), "正在核对备份")
        except (tarfile.TarError, EOFError) as error:
            raise _damaged(path) from error
        except OSError as error:
            raise _unwritable(folder, error) from error
        if seen != manifest["files"].keys():
            raise _damaged(path)
        yield DataDir(folder)


def _extract(archive: TarFile, member: TarInfo, folder: Path, files: Mapping[str, Any], path: Path) -> None:
    size, digest = files.get(member.name, (None, ""))
    source = archive.extractfile(member) if member.isreg() else None
    if source is None or member.size != size:
        raise _damaged(path)
    target = folder / member.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        private(target)
        found = _copy(source, out)
        out.flush()
        os.fsync(out.fileno())
    if found != digest:
        raise _damaged(path)


def _copy(source: IO[bytes], out: IO[bytes]) -> str:
    total = hashlib.sha256()
    while part := source.read(CHUNK):
        total.update(part)
        out.write(part)
    return total.hexdigest()


def _opens(data_dir: DataDir, passphrase: str, manifest: Mapping[str, Any]) -> None:
    """The store opens with the passphrase and is the one that the manifest describes."""
    with open_workspace(data_dir, passphrase) as work:
        if syncing.state_hash(work).hash != manifest["hash"]:
            raise NotAllowed(
                "备份里的数据与它的清单不符，没有采用。", remedy="请换一个备份。", code="damaged"
            )


def take_place(unpacked: DataDir, data_dir: DataDir, made_at: str) -> Path | None:
    """A closed store goes where one may be; that is kept in the folder returned, named by the instant ``made_at``.

    All of it, or nothing: raises Trouble.
    """
    done: list[tuple[Path, Path]] = []

    def move(source: Path, target: Path) -> None:
        if source.exists():
            os.replace(source, target)
            done.append((source, target))

    kept = _kept_folder(data_dir, made_at) if data_dir.exists() else None
    try:
        if kept is not None:
            for name in (_STORE, f"{_STORE}-wal", f"{_STORE}-shm", _KEYS, _BLOBS):
                move(data_dir.root / name, kept / name)
        # Photos first, the store after them, the keys last: a store without keys does not look like one.
        for name in (_BLOBS, _STORE, _KEYS):
            move(unpacked.root / name, data_dir.root / name)
    except OSError as error:  # another program holds a file open, perhaps
        for source, target in reversed(done):
            os.replace(target, source)
        if kept is not None:
            kept.rmdir()
        raise _unwritable(data_dir.root, error) from error
    return kept


def _kept_folder(data_dir: DataDir, made_at: str) -> Path:
    """A new folder beside."""
    stamp = re.sub(r"[^0-9]", "", made_at)
    number = 0
    while (kept := data_dir.root / f"before-restore-{stamp}-{number}").exists():
        number += 1
    kept.mkdir(mode=0o700)
    return kept


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """A private folder on the same disk, gone afterwards. Raises Trouble."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".villageapp-", dir=beside))
    except OSError as error:
        raise _unwritable(beside, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _report(path: Path, manifest: Mapping[str, Any], kept: Path | None = None) -> BackupReport:
    photos = len(manifest["files"]) - 2
    size = path.stat().st_size
    return BackupReport(
        str(path),
        size,
        manifest["made_at"],
        manifest["village"],
        manifest["records"],
        photos,
        manifest["hash"],
        str(kept or ""),
    )


def _not_ours(path: Path) -> Trouble:
    return Trouble(
        f"{path.name} 不是驻村通的备份文件，没有改动任何内容。",
        remedy="请选 .zcbak 文件。",
        code="not_a_backup",
    )


def _damaged(path: Path) -> Trouble:
    return Trouble(
        f"备份文件 {path.name} 已损坏或不完整，没有改动任何内容。", remedy="请换一个备份。", code="damaged"
    )


def _unwritable(path: Path, error: OSError) -> Trouble:
    return Trouble(
        f"无法读写 {path}：{os_reason(error)}。没有留下不完整的文件。",
        remedy="请检查磁盘空间和权限。",
        code="backup_unwritable",
    )
