"""A simulated working day in the window: see ``ui_desk``."""

from __future__ import annotations

from villageapp.bench.ui_desk import measure_day as measure

__all__ = ["measure"]
