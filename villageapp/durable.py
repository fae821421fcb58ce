"""Files that last: a new name that a power cut or a pulled stick cannot take back.

Written to a temporary name, flushed and renamed is enough on the disks of laptops; on FAT the length stands beside
the name, and a new name has none until the file is flushed once more.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from villageapp.errors import Trouble, os_reason

NOT_CONFIRMED = "not_confirmed"
"""Code of the Trouble that says: the whole file bears its name, only the drive did not say that it will last."""
_UNKNOWN_FOR_FOLDERS = (errno.EINVAL, errno.ENOTSUP)
"""What some file systems of sticks answer when a folder is to be flushed."""


def put(draft: Path, path: Path) -> None:
    """Give the flushed file ``draft`` the name ``path`` for good.

    Raises OSError as long as ``path`` is what it was, Trouble(not_confirmed) when only its lasting is in doubt.
    """
    os.replace(draft, path)
    try:
        sync_name(path)
    except OSError as error:
        raise Trouble(
            f"文件 {path.name} 已完整写出，但磁盘没有确认已经存好（{os_reason(error)}）。",
            remedy="在U盘上的请安全弹出，再插上看文件还在不在；不放心就再存一次。",
            code=NOT_CONFIRMED,
        ) from error


def sync_name(path: Path) -> None:
    """Make a new name last through a power cut or a pulled stick, where the system can. Raises OSError."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` last, where the system can. Raises OSError."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNKNOWN_FOR_FOLDERS:
            raise
    finally:
        os.close(descriptor)
