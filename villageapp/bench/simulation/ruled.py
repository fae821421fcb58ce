"""Time and chance of a simulated world: nothing outside the seed decides anything."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from villageapp.models import ids
from villageapp.sync import clock

START_MS = 1_764_000_000_000
"""Where the world's time begins: a day in November 2025."""
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
YEAR = 365 * DAY


class WorldTime:
    """True time in Unix milliseconds; every event happens at a moment of its own."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def pass_by(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now_ms += max(1, milliseconds)

    def time_ns(self) -> int:
        """As ``time.time_ns``."""
        return self.now_ms * 1_000_000


class _SeededIds:
    """Gives ids of version 7 that follow from the seed."""

    def __init__(self, time: WorldTime, chance: random.Random) -> None:
        self._time, self._chance = time, chance

    def uuid7(self) -> uuid.UUID:
        """As ``uuid_utils.uuid7``."""
        bits = (self._time.now_ms << 80) | (7 << 76) | (self._chance.getrandbits(12) << 64)
        return uuid.UUID(int=bits | (2 << 62) | self._chance.getrandbits(62))


@contextmanager
def instead(module: Any, **replacements: Any) -> Iterator[None]:
    """Within the block, names of a module mean something else."""
    before = {name: getattr(module, name) for name in replacements}
    for name, value in replacements.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


@contextmanager
def ruled(time: WorldTime, seed: int) -> Iterator[None]:
    """Within the block, the program's clock and the ids that it makes follow from the seed."""
    seeded = _SeededIds(time, random.Random(f"ids {seed}"))
    with instead(clock, time=time), instead(ids, uuid_utils=seeded):
        yield
