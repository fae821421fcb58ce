"""The lists of R-INC-9: exact at their borders, silent where last year is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.decline import FELL, LOW, SHOCK, Trend, YearIncome, fell, fell_by, lists
from villageapp.domain.parameters import Parameter, UnsetParameter, shipped

PARAMETERS = shipped().with_changes([Parameter("MON_LINE", 7000_00, date(2022, 1, 1), source="TEST")])


def names(trend: Trend) -> list[str]:
    return [warning.message.split("：")[0] for warning in lists(trend, PARAMETERS).warnings]


@pytest.mark.parametrize(
    ("now", "last", "expected"),
    [
        (8_000_00, 8_000_00, []),
        (7_999_99, 8_000_00, [FELL]),
        (7_000_00, 10_000_00, [FELL, SHOCK]),
        (7_000_01, 10_000_00, [FELL]),
        (6_999_99, 6_000_00, [LOW]),
        (5_000_00, 10_000_00, [FELL, LOW, SHOCK]),
        (-1, 0, [FELL, LOW]),
    ],
)
def test_the_borders_of_the_three_lists(now: int, last: int, expected: list[str]) -> None:
    assert names(Trend(2022, YearIncome(now), YearIncome(last))) == expected


def test_the_share_of_the_line_is_a_parameter() -> None:
    wider = PARAMETERS.with_changes([Parameter("INCOME_LOW_PERCENT", 120, date(2022, 1, 1))])
    trend = Trend(2022, YearIncome(8_399_99))
    assert names(trend) == []
    found = lists(trend, wider)
    assert [warning.message for warning in found.warnings] == [
        "人均偏低：2022 年人均纯收入 8,399.99 元，低于监测标准 7,000.00 元的 120%"
    ]
    assert {parameter.key for parameter in found.used} >= {"MON_LINE", "INCOME_LOW_PERCENT"}


def test_a_visit_reports_a_shock_of_disaster_or_epidemic_only() -> None:
    trend = Trend(2022, YearIncome(9_000_00), None, shock_reported=True, risks=("12",))
    assert names(trend) == [SHOCK]
    assert names(replace(trend, risks=("01",))) == []
    assert names(replace(trend, shock_reported=False)) == []


def test_an_unset_line_refuses_all_lists() -> None:
    with pytest.raises(UnsetParameter, match="监测标准未核定"):
        lists(Trend(2022, YearIncome(1)), shipped())


def test_nobody_is_divided_by_nothing() -> None:
    with pytest.raises(ValueError, match="至少为 1"):
        YearIncome(1, 0)


incomes = st.builds(YearIncome, st.integers(-(10**9), 10**9), st.integers(1, 30))


@given(incomes, incomes, st.integers(1, 99))
def test_comparisons_are_those_of_exact_fractions(now: YearIncome, last: YearIncome, percent: int) -> None:
    a, b = Fraction(now.net, now.population), Fraction(last.net, last.population)
    assert fell(now, last) == (a < b)
    assert fell_by(now, last, percent) == (b > 0 and (b - a) / b >= Fraction(percent, 100))
