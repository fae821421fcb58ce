"""A stick file on the disk: encrypted with age to several people, and either whole under its name or not there.

Writing: a temporary name beside the target, fsync, read back, rename, fsync of file and folder. Reading: streamed
and bounded; nothing decrypted ever touches a disk.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from villageapp import durable
from villageapp.errors import SyncError, SyncKind, Trouble, os_reason
from villageapp.progress import Progress
from villageapp.sync import age_keys, bundle_drive
from villageapp.sync.bundle_format import Enough, Sink, Source

SUFFIX = ".zcb"
_AGE = b"age-encryption.org/v1"
_HEADER_END = b"\n--- "
_MAX_HEADER = 256 * 1024
"""An age header names every recipient in about 100 bytes; the library reads it whole into memory."""
_TAIL = 512
"""Bytes of a sector: ciphertext never ends in so many zeros."""


def write(
    path: Path,
    frames: Iterator[bytes],
    sign: Callable[[bytes], bytes],
    recipients: Iterable[bytes],
    progress: Progress,
    *,
    expected: int = 0,
    replace: bool = False,
) -> int:
    """Write a stick file for the holders of these X25519 public keys; returns its size in bytes.

    ``expected`` bytes of content are looked for on the drive first. Raises AlreadyDone when ``path`` exists and
    is not to be replaced, Trouble for the name and the drive (full, write-protected, pulled out, not what it claims to
    hold), Cancelled. Whatever is raised, nothing new lies under ``path``; except Trouble(not_confirmed): there the
    whole file does, only the drive did not say that it will last.
    """
    draft = bundle_drive.draft_of(path)
    with bundle_drive.translated(path, "没有导出"):
        bundle_drive.check_name(path)
        bundle_drive.check_target(path, replace)
        bundle_drive.sweep(path)
        bundle_drive.check_room(path, expected)
        try:
            with draft.open("xb") as file:
                written = _encrypt(file, Source(frames, sign, progress, expected), recipients)
            bundle_drive.check_written(draft, written.hexdigest())
            size = draft.stat().st_size
            bundle_drive.check_target(path, replace)
            os.replace(draft, path)
        except BaseException:
            with suppress(OSError):  # the stick may be gone, and its draft with it
                draft.unlink()
            raise
    _confirm(path)
    return size


def _confirm(path: Path) -> None:
    """Make the drive say that the name lasts. Raises Trouble; the whole file bears the name all the same."""
    try:
        durable.sync_name(path)
    except OSError as error:
        raise Trouble(
            f"文件 {path.name} 已完整写出，但U盘没有确认已经存好（{os_reason(error)}）。",
            remedy="请安全弹出U盘，再插上看文件还在不在；不放心就再导出一次，重复导入没有害处。",
            code=durable.NOT_CONFIRMED,
        ) from error


class _Counted:
    """The file that is written to: its bytes hashed and counted; ``failure`` is what the disk said."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = 0
        self.digest = hashlib.sha256()
        self.failure: BaseException | None = None

    def write(self, piece: bytes) -> int:
        """As a file."""
        if self.failure is not None:  # the library offers what it has buffered once more
            raise self.failure
        try:
            self._size += len(piece)
            if self._size > bundle_drive.MAX_FILE:
                raise bundle_drive.too_large()
            self.digest.update(piece)
            return self._file.write(piece)
        except BaseException as error:  # the encrypting library would wrap it in its own
            self.failure = error
            raise

    def flush(self) -> None:
        """As a file."""
        self._file.flush()


def _encrypt(file: IO[bytes], source: Source, recipients: Iterable[bytes]) -> hashlib._Hash:
    """Encrypt and fsync; the SHA-256 of what should be on the disk now."""
    import pyrage

    keys = [pyrage.x25519.Recipient.from_str(age_keys.recipient(key)) for key in dict.fromkeys(recipients)]
    counted = _Counted(file)
    try:
        pyrage.encrypt_io(source, counted, keys)
    except BaseException as error:
        cause = source.failure or counted.failure
        if cause is None or cause is error:
            raise
        raise cause from error
    file.flush()
    os.fsync(file.fileno())
    return counted.digest


def read(
    path: Path,
    secret_key: bytes,
    take: Callable[[int, bytes], None],
    progress: Progress,
    *,
    what: str = "正在读取U盘文件",
    photos: bool = True,
) -> Sink:
    """Decrypt a stick file with an X25519 secret key; each whole frame is given to ``take(part, payload)``.

    The frames are not to be believed before this returns: only then is it known that nothing was cut off or
    altered. Without ``photos`` reading stops before the first one, and nothing is known of the rest; ``what`` is
    said as progress. Gives the sink with the seal (``seal`` should be a signature over ``signed``). Raises Trouble
    (cannot be read), SyncError (not_a_bundle, not_for_us, damaged, malformed), Cancelled, or what ``take`` did.
    """
    with bundle_drive.translated(path, "没有导入"), _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        _check_header(file, size)
        sink, source = Sink(take, photos=photos), _Watched(file, size, progress, what)
        try:
            _decrypt(file, source, sink, secret_key)
        except Enough:
            return sink
        sink.close()
    return sink


class _Watched:
    """The file that is read from, with progress; ``failure`` is what the disk or the person said."""

    def __init__(self, file: IO[bytes], size: int, progress: Progress, what: str) -> None:
        self._file = file
        self._what = what
        self._size = size
        self._progress = progress
        self.failure: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        """As a file."""
        try:
            self._progress.check_cancelled()
            piece = self._file.read(size)
            self._progress.step(self._file.tell(), self._size, self._what)
        except BaseException as error:  # the decrypting library would wrap it in its own
            self.failure = error
            raise
        return piece


def _decrypt(file: IO[bytes], source: _Watched, sink: Sink, secret_key: bytes) -> None:
    import pyrage

    identities: Sequence[pyrage.x25519.Identity] = [
        pyrage.x25519.Identity.from_str(age_keys.secret(secret_key))
    ]
    try:
        pyrage.decrypt_io(source, sink, identities)
    except BaseException as error:
        cause = source.failure or sink.failure
        if cause is error:
            raise
        if cause is not None:
            raise cause from error
        if isinstance(error, pyrage.DecryptError):
            raise _header_refused(error) from error
        if isinstance(error, OSError):  # so the library says that a piece is altered or missing
            raise _damaged(file) from error
        raise


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A plain file within the limits; a folder or device is none."""
    with path.open("rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise not_a_bundle("它不是普通文件")
        if about.st_size > bundle_drive.MAX_FILE:
            raise not_a_bundle("它超过大小上限")
        yield file


def _check_header(file: IO[bytes], size: int) -> None:
    start = file.read(_MAX_HEADER)
    file.seek(0)
    if not start:
        raise not_a_bundle("文件是空的")
    if not start.strip(b"\0"):
        raise _lost("文件内容全是零，U盘可能已坏或标称容量是假的")
    if not start.startswith(_AGE[: len(start)]):
        raise not_a_bundle("开头不对")
    if _HEADER_END in start:
        return
    if len(start) == size:
        raise _lost("文件不完整，可能没有拷完就拔出了U盘")
    raise _lost("文件头已损坏")


def not_a_bundle(why: str) -> SyncError:
    """Refuses a file that is something else."""
    return SyncError(
        SyncKind.PROTOCOL,
        f"这不是驻村通的U盘文件（{why}），没有导入。",
        remedy=f"请选择扩展名为 {SUFFIX} 的文件。",
        code="not_a_bundle",
    )


def _header_refused(error: Exception) -> SyncError:
    """What the header of an age file says no with."""
    if "No matching keys" in str(error):
        return SyncError(
            SyncKind.AUTH,
            "这个U盘文件不是给这台电脑的，打不开，没有导入。",
            remedy="请对方在这台电脑登记并同步后重新导出；也请核对拿的是本村的文件。",
            code="not_for_us",
        )
    return _lost("文件头已损坏或被改动")


def _damaged(file: IO[bytes]) -> SyncError:
    file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
    if not file.read().strip(b"\0"):
        return _lost("文件后部全是零，U盘可能已坏或标称容量是假的")
    return _lost("文件不完整或已损坏，可能没有拷完就拔出了U盘")


def _lost(why: str) -> SyncError:
    return SyncError(
        SyncKind.PROTOCOL,
        f"{why}。没有导入，本机内容没有变。",
        remedy="请对方重新导出，等U盘安全弹出后再拔。",
        code="damaged",
    )
