"""Small secret files of the server's data folder: made once, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from villageapp.errors import Trouble, os_reason


def make_folder(data_dir: Path) -> None:
    """The data folder of the server. Raises Trouble when it cannot be made."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Trouble(
            f"无法建立服务器数据文件夹 {data_dir}：{os_reason(error)}。",
            remedy="请检查磁盘空间和文件夹权限，或用 --data-dir 另选位置。",
            code="data_dir_unusable",
        ) from error


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """The text in ``path``; when there is none, what ``make`` gives, written whole or not at all.

    Two processes that create it at once end with the same text. Raises Trouble.
    """
    try:
        if not path.exists():
            _publish(path, make())
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(
            f"无法读写服务器密钥文件 {path}。",
            remedy="请检查该文件的权限和磁盘空间；文件损坏时请从备份恢复它。",
            code="secret_unreadable",
        ) from error


def _publish(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):  # another process was first: its text stands
            os.link(draft, path)
    finally:
        draft.unlink()
