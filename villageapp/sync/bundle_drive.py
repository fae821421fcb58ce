"""The drive under a stick file: is there room, does it keep what it took, and what its errors mean in words."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from villageapp.errors import AlreadyDone, AppError, Trouble, os_reason
from villageapp.sync.bundle_format import MAX_CONTENT

MAX_FILE = MAX_CONTENT - 1
"""Bytes of one file; FAT32 holds no larger one."""
_OVERHEAD = 1024 * 1024


def check_target(path: Path, replace: bool) -> None:
    """Raises Trouble (no_folder, is_folder) or AlreadyDone(file_exists)."""
    if not path.parent.is_dir():
        raise Trouble(
            f"找不到文件夹 {path.parent}，没有导出。",
            remedy="请插好U盘，核对盘符和文件夹名后再导出。",
            code="no_folder",
        )
    if path.is_dir():
        raise Trouble(f"{path} 是文件夹，没有导出。", remedy="请写一个文件名。", code="is_folder")
    if path.exists() and not replace:
        raise AlreadyDone(
            f"{path} 已经存在，没有覆盖它。", remedy="请换一个文件名，或确认要替换它。", code="file_exists"
        )


def sweep(path: Path) -> None:
    """Remove what an interrupted export to the same name left behind."""
    for left in path.parent.iterdir():
        if left.name.startswith(f".{path.name}.") and left.name.endswith(".part"):
            with suppress(OSError):  # another window is writing it, or the drive is read-only: said later
                left.unlink()


def check_room(path: Path, expected: int) -> None:
    """Look for ``expected`` bytes and some more before anything is written. Raises Trouble."""
    needed = expected + expected // 100 + _OVERHEAD
    if needed > MAX_FILE:
        raise too_large()
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise Trouble(
            f"U盘空间不够：需要约 {_megabytes(needed)} MB，只剩 {_megabytes(free)} MB。没有导出。",
            remedy="请清理U盘或换一个再导出。",
            code="disk_full",
        )


def _megabytes(size: int) -> int:
    return -(-size // 1_000_000)


def check_written(draft: Path, digest: str) -> None:
    """A stick that claims more room than it has takes everything and gives back zeros: read it again."""
    with draft.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # not from memory
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        raise Trouble(
            "写入后核对，U盘里的内容与写入的不一致。没有导出，U盘可能已坏或标称容量是假的。",
            remedy="请换一个U盘再导出。",
            code="stick_damaged",
        )


def sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems of sticks do not know it
            raise
    finally:
        os.close(descriptor)


def too_large() -> Trouble:
    """The refusal of more than fits into one file."""
    return Trouble(
        "要导出的内容超过一个U盘文件的上限（4 GB），没有导出。",
        remedy="请先联网同步一次，或只导出记录、不带照片。",
        code="too_large",
    )


@contextmanager
def translated(path: Path, kept: str) -> Iterator[None]:
    """What the drive says, in words; ``kept`` says what did not happen."""
    try:
        yield
    except AppError:
        raise
    except OSError as error:
        raise _drive_trouble(error, path, kept) from error


def _drive_trouble(error: OSError, path: Path, kept: str) -> Trouble:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Trouble(f"U盘已满，{kept}。", remedy="请清理U盘或换一个再试。", code="disk_full")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Trouble(
            f"{path} 不能读写（U盘可能有写保护），{kept}。",
            remedy="请打开U盘侧面的写保护开关，或换一个位置。",
            code="write_protected",
        )
    if isinstance(error, FileNotFoundError):
        return Trouble(f"找不到 {path}，{kept}。", remedy="请插好U盘，核对文件名。", code="file_missing")
    if isinstance(error, IsADirectoryError):
        return Trouble(f"{path} 是文件夹，{kept}。", remedy="请选择一个文件。", code="is_folder")
    return Trouble(
        f"读写 {path} 出错（{os_reason(error)}），{kept}。",
        remedy="U盘可能已拔出或已坏，请重新插好再试。",
        code="drive_failed",
    )
