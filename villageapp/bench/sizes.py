"""How large a run is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the stores and how often each side is measured."""

    households: int = 5_000
    """Households of the store for unlock, search and card, with about three members each."""
    visits: int = 20_000
    """Visits that store holds, and visits that are synced."""
    persons: int = 20_000
    """Rows of the imported workbook, within a household."""
    queries: int = 240
    """Keystrokes measured on each side."""
    cards: int = 200
    sync_households: int = 400
    """Households of the two laptops that sync."""
    rounds: int = 5
    """Measurements of each side; one more before them warms up and does not count."""
    heavy_rounds: int = 3
    """The same for import and sync, which take long."""
    keep_warm_up: bool = True
    """False leaves the warming-up round away (tests)."""
