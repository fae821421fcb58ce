"""How long to wait after wrong passphrases: longer each time, never for good, and nothing is ever wiped."""

from __future__ import annotations

FREE_TRIES = 3
"""So many may be wrong without a wait: slips of the finger."""
LONGEST_WAIT = 30  # seconds


def wait_seconds(wrong: int) -> int:
    """Seconds to wait after ``wrong`` wrong tries in a row: 0 for the first three, then 1, 2, 4 ... 30."""
    doublings = min(wrong - FREE_TRIES - 1, LONGEST_WAIT.bit_length())
    return min(2**doublings, LONGEST_WAIT) if doublings >= 0 else 0
