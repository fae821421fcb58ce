"""Every moment at which a program can be cut off: file operations as Python announces them, commits and statements."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from villageapp.bench.simulation.disks import Killed

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Points:
    """Counts the points inside some folders, and does something at one of them."""

    def __init__(self, *folders: Path) -> None:
        self._folders = tuple(str(folder) for folder in folders)
        self.passed: list[str] = []
        self.at: int | None = None
        self.effect: Callable[[], BaseException] = Killed
        self.before_effect: Callable[[], object] = lambda: None
        self.watching = False

    def reach(self, name: str) -> None:
        """The program is at a point."""
        if not self.watching:
            return
        self.passed.append(name)
        if self.at is not None and len(self.passed) - 1 == self.at:
            self.watching = False
            self.before_effect()
            raise self.effect()

    def announced(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit event of the interpreter."""
        if not self.watching:
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING and self._is_ours(path):
                self.reach(f"open {Path(os.fsdecode(path)).name}")
        elif event == "os.rename" and self._is_ours(arguments[0]):
            self.reach(f"replace {Path(os.fsdecode(arguments[1])).name}")

    def _is_ours(self, path: object) -> bool:
        return isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith(self._folders)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Points count within the block."""
        self.passed, self.watching = [], True
        try:
            yield
        finally:
            self.watching = False


_listening: list[Points] = []
_hooked: list[bool] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    for points in tuple(_listening):
        points.announced(event, arguments)


@contextmanager
def listening(points: Points) -> Iterator[None]:
    """Audit events and ``os.fsync`` are points within the block. An audit hook can never be taken out again."""
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    _listening.append(points)
    real = os.fsync

    def fsync(fd: Any) -> None:
        points.reach("fsync")
        real(fd)

    os.fsync = fsync
    try:
        yield
    finally:
        os.fsync = real
        _listening.remove(points)


def replaced_by_copy(folder: Path, copy: Path) -> None:
    """A folder as it was when the copy was made."""
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)
    shutil.rmtree(copy)
