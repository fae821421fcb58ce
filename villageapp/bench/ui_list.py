"""Lists and the search box in the window: see ``ui_desk``."""

from __future__ import annotations

from villageapp.bench.ui_desk import measure_lists as measure

__all__ = ["measure"]
