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
    slow_visits: int = 2_000
    """Visits sent over the slow line; half as many edits."""
    slow_rtt_seconds: float = 0.4
    """Round trip of that line."""
    drop_households: int = 1_000
    """Households that a new laptop takes over a line that breaks."""
    drop_first_seconds: float = 6.0
    """When that line breaks first; then every 90 seconds."""
    ingest_changes: int = 40_000
    """Changes that the server takes in."""
    ingest_sustained: int = 240_000
    """The same in one go, while records are made of them."""
    load_laptops: int = 40
    """Laptops of one team that exchange at once."""
    load_workspaces: int = 2_000
    """Teams that exchange one after the other."""
    wide_households: int = 100_000
    """Households of the largest list shown in the window."""
    acts: int = 30
    """How often each act in the window is measured."""
    day_changes: int = 2_000
    """Screens brought to the front in a simulated day; visits and exchanges come in proportion."""
    day_visits: int = 300
    day_seconds: float = 900.0
    """The day ends then at the latest; without a pause between two acts a whole one takes about five minutes."""
    rounds: int = 5
    """Measurements of each side; one more before them warms up and does not count."""
    light_rounds: int = 40
    """The same for one change, which takes milliseconds."""
    heavy_rounds: int = 3
    """The same for import and sync, which take long."""
    keep_warm_up: bool = True
    """False leaves the warming-up round away (tests)."""


QUICK = Sizes(
    households=500,
    visits=2_000,
    persons=2_000,
    queries=60,
    cards=40,
    sync_households=100,
    slow_visits=200,
    drop_households=100,
    drop_first_seconds=1.0,
    ingest_changes=10_000,
    ingest_sustained=20_000,
    load_laptops=10,
    load_workspaces=50,
    wide_households=2_000,
    acts=10,
    day_changes=130,
    day_visits=20,
    rounds=2,
    light_rounds=10,
    heavy_rounds=2,
)
"""A run of minutes, to see that everything works; its figures mean little."""
