"""What every command gets: where to write, where the store lies, how to ask for the passphrase."""

from __future__ import annotations

import getpass
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from villageapp import paths
from villageapp.cli.terminal_progress import TerminalProgress
from villageapp.errors import Trouble, os_reason
from villageapp.paths import DataDir
from villageapp.progress import SILENT, Progress

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

ENV_PASSPHRASE = "VILLAGEAPP_PASSPHRASE"  # noqa: S105 - the name of a variable
_MOST_PASSPHRASE_BYTES = 4096


@dataclass
class Console:
    """The two sides of a command: people read lines, programs read one JSON object."""

    as_json: bool = False
    named_data_dir: Path | None = None
    passphrase_file: Path | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def data_dir(self) -> DataDir:
        """The laptop's data folder: named on the command line, by the environment, or the platform's."""
        return DataDir(self.named_data_dir or paths.default_data_dir())

    def answer(self, result: Mapping[str, Any], lines: Iterable[str]) -> None:
        """The outcome of a command: ``result`` for programs, ``lines`` for people."""
        if self.as_json:
            print(json.dumps(result, ensure_ascii=False))
            return
        for line in lines:
            print(line)

    def say(self, line: str) -> None:
        """A line for people while a command goes on."""
        if not self.as_json:
            print(line, flush=True)

    def progress(self) -> Progress:
        """One rewriting line on a terminal, nothing anywhere else."""
        return TerminalProgress(sys.stderr) if sys.stderr.isatty() else SILENT

    def open(self) -> Workspace:
        """The store of this laptop, opened with the passphrase; use it as a context manager."""
        from villageapp.errors import NotFound
        from villageapp.services.workspace import open_workspace

        data_dir = self.data_dir
        if not data_dir.exists():
            raise NotFound(
                f"{data_dir.root} 里还没有数据库。",
                remedy="请先用 villageapp init 新建，或用 --data-dir 指明位置。",
            )
        return open_workspace(data_dir, self.passphrase())

    def passphrase(self, *, new: bool = False) -> str:
        """From the file, the environment, or asked for on the terminal (twice for a new one).

        Raises Trouble when there is none of them, or the file cannot be read.
        """
        if self.passphrase_file is not None:
            return _first_line(self.passphrase_file)
        named = os.environ.get(ENV_PASSPHRASE)
        if named:
            return utf8(named)
        return _asked(new=new)


def utf8(text: str) -> str:
    """What came from the command line or the environment, read as UTF-8 whatever the locale says."""
    return os.fsencode(text).decode("utf-8", "surrogateescape")


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_PASSPHRASE_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else "不是 UTF-8 文字"
        raise Trouble(
            f"无法读取口令文件 {path}：{reason}。", remedy="请检查文件名和权限。", code="passphrase_file"
        ) from error
    line = text.splitlines()[0] if text else ""
    if not line:
        raise Trouble(
            f"口令文件 {path} 的第一行是空的。", remedy="请把口令写在第一行。", code="passphrase_file"
        )
    return line


def _asked(*, new: bool) -> str:
    if not sys.stdin.isatty():
        raise Trouble(
            "需要口令，但这里没有终端可以询问。",
            remedy=f"请用 --passphrase-file 指明口令文件，或设置环境变量 {ENV_PASSPHRASE}。",
            code="no_passphrase",
        )
    try:
        typed = getpass.getpass("新口令（至少 8 个字符）：" if new else "口令：", stream=sys.stderr)
        if new and getpass.getpass("再输入一次：", stream=sys.stderr) != typed:
            raise Trouble(
                "两次输入的口令不一样，没有新建。", remedy="请重新运行。", code="passphrase_differs"
            )
    except EOFError as error:
        raise Trouble("没有输入口令。", remedy="请重新运行。", code="no_passphrase") from error
    return typed
