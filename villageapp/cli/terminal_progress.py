"""Progress as one line that rewrites itself on a terminal."""

from __future__ import annotations

import time
from typing import TextIO

from villageapp.cli.table import fitted

_LEAST_SECONDS = 0.1
_WIDTH = 72


class TerminalProgress:
    """Shows at most ten reports a second; Ctrl-C interrupts by itself, so nothing is ever cancelled here."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown_at = 0.0

    def step(self, done: int, total: int, what: str) -> None:
        """Rewrite the line; the last step clears it."""
        now = time.monotonic()
        finished = total > 0 and done >= total
        if not finished and now - self._shown_at < _LEAST_SECONDS:
            return
        self._shown_at = now
        share = f"{done}/{total}({done * 100 // total}%)" if total else str(done)
        line = "" if finished else f"{what} {share}"
        self._stream.write(f"\r{fitted(line, _WIDTH)}\r")
        self._stream.flush()

    def check_cancelled(self) -> None:
        """Never cancelled."""
