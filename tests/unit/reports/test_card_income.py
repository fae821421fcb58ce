"""The change beside two years of income."""

from __future__ import annotations

import pytest

from villageapp.reports.card_income import change_percent


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
