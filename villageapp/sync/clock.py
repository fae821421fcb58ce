"""Hybrid logical clock: never runs backwards on one laptop, never decides what survives."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

COUNTER_BITS = 16
MAX_LEAD_MS = 24 * 3600 * 1000
"""A received clock further ahead of corrected time than this does not push ours forward (docs/sync.md)."""


def wall_ms() -> int:
    """Unix milliseconds of the device."""
    return time.time_ns() // 1_000_000


def instant(hlc: int) -> datetime:
    """The aware UTC time in a hybrid clock."""
    return datetime.fromtimestamp((hlc >> COUNTER_BITS) / 1000, UTC)


class HybridClock:
    """One per open store; the caller keeps ``last`` in the store, inside the transaction that used it."""

    def __init__(self, wall: Callable[[], int] = wall_ms) -> None:
        self._wall = wall
        self.offset_ms = 0
        """Server time minus device time, learned at the last exchange."""

    def now_ms(self) -> int:
        """Corrected Unix milliseconds."""
        return self._wall() + self.offset_ms

    def next(self, last: int) -> int:
        """A clock after ``last`` and not before corrected time."""
        return max(self.now_ms() << COUNTER_BITS, last + 1)

    def received(self, last: int, other: int) -> int:
        """The new ``last`` after seeing another replica's clock."""
        if (other >> COUNTER_BITS) - self.now_ms() > MAX_LEAD_MS:
            return last
        return max(last, other)
