"""How much one round of an exchange carries, and how often a broken line is tried again within one exchange.

A round begins with half a megabyte. Over a line that breaks it begins again with little and grows while rounds
are quick, so that something always arrives between two breaks.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from villageapp.errors import SyncError, SyncKind
from villageapp.progress import Progress
from villageapp.sync.protocol import SEND_LIMIT

FIRST_BYTES = 512 * 1024
LEAST_BYTES = 64 * 1024
TINY_BYTES = 8 * 1024
"""Below ``LEAST_BYTES`` only while rounds of that size fail too."""
QUICK_SECONDS = 4.0
"""A round that took less may be twice as large the next time."""
SLOW_SECONDS = 20.0
"""A round that took longer is halved: many proxies cut after half a minute or a minute."""
ATTEMPTS = 4
"""Breaks in a row without any progress after which the exchange ends; the next one goes on."""
LONGEST_WAIT = 5.0
"""Seconds; whoever asks for more is asked again by the schedule, not within this exchange."""
NOT_AGAIN = frozenset(
    {"unreachable", "no_dns", "refused_connection", "proxy", "captive_portal", "clock_wrong"}
)
"""Codes of a line that is not there: trying again at once is of no use."""

Wait = Callable[[float, Progress], None]


def wait(seconds: float, progress: Progress) -> None:
    """Sleep, looking for cancelling."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        progress.check_cancelled()
        time.sleep(min(left, 0.2))


class Pace:
    """One per exchange."""

    def __init__(
        self,
        wait: Wait = wait,
        pick: random.Random | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.size = FIRST_BYTES
        """Bytes of segments that the next round may carry each way."""
        self.now = now
        """Seconds, by which rounds are measured."""
        self._wait = wait
        self._pick = pick or random.SystemRandom()
        self._breaks = 0

    def went_well(self, seconds: float) -> None:
        """A round went through in this time."""
        self._breaks = 0
        if seconds < QUICK_SECONDS:
            self.size = min(SEND_LIMIT, self.size * 2)
        elif seconds > SLOW_SECONDS:
            self.size = max(LEAST_BYTES, self.size // 2)

    def broke(self, error: SyncError, progress: Progress, *, moved: bool) -> None:
        """A round broke; ``moved``: something arrived nevertheless. Waits a moment, or raises ``error``."""
        self._breaks = 0 if moved else self._breaks + 1
        self.size = LEAST_BYTES if self.size > LEAST_BYTES else max(TINY_BYTES, self.size // 2)
        if moved and error.kind is SyncKind.OFFLINE and error.code not in NOT_AGAIN:
            return
        if self._breaks >= ATTEMPTS or not _is_worth_another_try(error):
            raise error
        asked = error.retry_after or 0.0
        self._wait(asked + self._pick.uniform(0.1, 0.4 * 2**self._breaks), progress)


def _is_worth_another_try(error: SyncError) -> bool:
    if error.code == "too_large":  # a proxy before the server that takes only small requests
        return True
    if error.code in NOT_AGAIN or error.kind not in (SyncKind.OFFLINE, SyncKind.BUSY):
        return False
    return error.retry_after is None or error.retry_after <= LONGEST_WAIT
