"""Money never drifts by a fen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import money
from villageapp.domain.fields import Field, Kind, parse, show

FEN = st.integers(-(10**13), 10**13)


@given(FEN)
def test_fen_become_yuan_and_come_back(amount: int) -> None:
    assert money.fen(Decimal(money.digits(amount))) == amount


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (812_125, "8,121.25"),
        (5, "0.05"),
        (-5, "-0.05"),
        (-1, "-0.01"),
        (0, "0.00"),
        (-100_01, "-100.01"),
        (-1_000_00, "-1,000.00"),
        (999_99, "999.99"),
        (123_456_789, "1,234,567.89"),
    ],
)
def test_people_read_two_places_with_thousands_apart(amount: int, text: str) -> None:
    assert money.yuan(amount) == text
    assert money.digits(amount) == text.replace(",", "")


@given(FEN)
def test_what_people_read_is_taken_back_when_typed(amount: int) -> None:
    field = Field("amount", "金额", Kind.MONEY)
    assert parse(field, money.yuan(amount)) == amount
    assert show(field, amount) == money.yuan(amount)


def test_sums_in_a_sentence_compare_as_digits() -> None:
    told = "纯收入 -1,234,567.89 元，低于 7,000.00 元；1,2 组；编号 12,3456"
    assert money.ungrouped(told) == "纯收入 -1234567.89 元，低于 7000.00 元；1,2 组；编号 12,3456"
    assert money.ungrouped(money.ungrouped(told)) == money.ungrouped(told)


@pytest.mark.parametrize("text", ["0.001", "1.005", "-0.999"])
def test_parts_of_a_fen_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="最多两位小数"):
        money.fen(Decimal(text))


@pytest.mark.parametrize(
    ("amount", "heads", "each"),
    [
        (32_485_00, 4, 8_121_25),
        (20_000_00, 3, 6_666_67),
        (18_300_00, 3, 6_100_00),
        (1, 2, 1),
        (-1, 2, -1),
        (5, 3, 2),
        (4, 3, 1),
    ],
)
def test_per_head_rounds_half_up(amount: int, heads: int, each: int) -> None:
    assert money.per_head(amount, heads) == each


@given(FEN, st.integers(1, 30))
def test_per_head_is_within_half_a_fen(amount: int, heads: int) -> None:
    assert abs(2 * (money.per_head(amount, heads) * heads - amount)) <= heads


@pytest.mark.parametrize("heads", [0, -1])
def test_nobody_has_no_share(heads: int) -> None:
    with pytest.raises(ValueError, match="至少为 1"):
        money.per_head(100, heads)
