"""What holds for all tests: how many examples are made up, and in which order files run.

Generated examples are judged by what they find, never by how long they take: ``quick`` is for every change,
``--hypothesis-profile=long`` for a night.
"""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", settings.get_profile("quick"), max_examples=2000)
settings.load_profile("quick")

HEAVY = ("versions", "simulation", "e2e", "machines", "postgres", "bench", "ui", "cli")
"""Folders with long tests, the longest first: what starts last must be short, or one process waits for the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Heavy folders first; within a folder the order stays."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    parts = item.path.relative_to(Path(__file__).parent).parts[:-1]
    return next((HEAVY.index(part) for part in parts if part in HEAVY), len(HEAVY))


def pytest_collection_finish() -> None:
    """What is loaded and collected by now stays: full collections need not look at it again after every few tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
