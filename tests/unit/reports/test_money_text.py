"""Money as printed."""

from __future__ import annotations

import pytest

from villageapp.reports.money_text import change_percent, yuan


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (5, "0.05"), (123456789, "1,234,567.89"), (-1, "-0.01"), (-100000, "-1,000.00")],
)
def test_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (100, 110, "+10.0%"),
        (300, 200, "-33.3%"),
        (100, 100, "0.0%"),
        (0, 100, "—"),
        (-5, 100, "—"),
        (None, 100, "—"),
        (100, None, "—"),
        (1_000_000, 1_000_001, "0.0%"),
    ],
)
def test_change(before: int | None, after: int | None, text: str) -> None:
    assert change_percent(before, after) == text
