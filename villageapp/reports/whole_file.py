"""A file that is complete or untouched: written under another name, flushed, renamed, and the name flushed too."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from villageapp import durable
from villageapp.errors import Trouble, os_reason

UNWRITABLE = "file_unwritable"
"""Code of the Trouble that says why a file was not written."""


def check_target(path: Path) -> None:
    """Raise Trouble at once when ``path`` can never become a file: before minutes of work, not after."""
    if path.is_dir() or not path.parent.is_dir():
        what = "是文件夹" if path.is_dir() else f"所在的文件夹 {path.parent} 不存在"
        raise Trouble(f"无法写入 {path}：{what}。", remedy="请换一个文件名或先建好文件夹。", code=UNWRITABLE)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write into the file yielded; it takes the name ``path`` when the block ends well, else nothing is left.

    Mode 0600: reports hold personal data. Raises Trouble when the disk or the folder does not take it;
    Trouble(not_confirmed) when the whole file is there and only its lasting is in doubt.
    """
    check_target(path)
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".report-", suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        durable.put(part, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> Trouble:
    """What went wrong while writing, what was kept, what to do."""
    return Trouble(
        f"无法写入 {path.name}：{os_reason(error)}。已登记的内容不受影响，没有留下不完整的文件。",
        remedy="请检查磁盘空间和文件夹权限，关闭正在打开该文件的程序，或另选位置。",
        code=UNWRITABLE,
    )
