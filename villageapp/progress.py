"""How long work tells how far it is and learns that it should stop. Knows nothing of Qt."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Given to every long operation; called from the thread that does the work."""

    def step(self, done: int, total: int, what: str) -> None:
        """Say that ``done`` of ``total`` (0 = unknown) are finished; ``what`` is Chinese, e.g. 正在导入."""

    def check_cancelled(self) -> None:
        """Raise ``errors.Cancelled`` if the person asked to stop; called between units of work."""


class Silent:
    """Progress for callers that do not watch and never cancel."""

    def step(self, done: int, total: int, what: str) -> None:
        """Ignore."""

    def check_cancelled(self) -> None:
        """Never cancelled."""


SILENT: Progress = Silent()
