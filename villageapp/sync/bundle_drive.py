"""The drive under a stick file: is there room, does it keep what it took, and what its errors mean in words."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from villageapp.errors import AlreadyDone, AppError, Trouble, os_reason
from villageapp.sync.bundle_format import MAX_CONTENT

MAX_FILE = MAX_CONTENT - 1
"""Bytes of one file; FAT32 holds no larger one."""
_OVERHEAD = 1024 * 1024
MAX_NAME = 255
"""UTF-16 units of a file name on FAT32, exFAT and NTFS."""
_UNKNOWN = re.compile(r'[<>:"/\\|?*\x00-\x1f]|[. ]$')
_DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE)


def check_name(path: Path) -> None:
    """A stick knows fewer names than the disk of some laptops. Raises Trouble(bad_name)."""
    name = path.name
    if sum(1 + (character > "\uffff") for character in name) > MAX_NAME:
        raise _bad_name("文件名太长")
    if _UNKNOWN.search(name) or _DEVICES.fullmatch(name):
        raise _bad_name(
            'U盘上的文件名不能有 < > : " / \\ | ? * 这些字符\uff0c也不能用 con\u3001nul 等系统保留的名字'
        )


def _bad_name(why: str, kept: str = "没有导出") -> Trouble:
    return Trouble(f"{why}\uff0c{kept}。", remedy="请换一个文件名。", code="bad_name")


def draft_of(path: Path) -> Path:
    """A temporary name beside ``path``; not longer for a long one."""
    return path.with_name(f"{_draft_prefix(path)}{secrets.token_hex(8)}.part")


def _draft_prefix(path: Path) -> str:
    return f".{hashlib.sha256(os.fsencode(path.name.casefold())).hexdigest()[:16]}."


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
        if left.name.startswith(_draft_prefix(path)) and left.name.endswith(".part"):
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
    if error.errno == errno.ENAMETOOLONG:
        return _bad_name("文件名太长", kept)
    if isinstance(error, FileNotFoundError):
        return Trouble(f"找不到 {path}，{kept}。", remedy="请插好U盘，核对文件名。", code="file_missing")
    if isinstance(error, IsADirectoryError):
        return Trouble(f"{path} 是文件夹，{kept}。", remedy="请选择一个文件。", code="is_folder")
    return Trouble(
        f"读写 {path} 出错（{os_reason(error)}），{kept}。",
        remedy="U盘可能已拔出或已坏，请重新插好再试。",
        code="drive_failed",
    )
