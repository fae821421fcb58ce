"""Photovoltaic income: S10's nineteen posts, and sums that are exact to the fen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.parameters import shipped
from villageapp.domain.pv_income import (
    WAGES,
    Line,
    PostBudget,
    judge_distribution,
    post_budget,
    split_evenly,
)

LATER = date(2022, 12, 31)


def test_s10_nineteen_posts() -> None:
    found = post_budget(86_400_00, Decimal("0.80"), 300_00)
    assert found == PostBudget(budget=69_120_00, posts=19, wages=68_400_00, remainder=720_00)


def test_s10_one_fen_too_much_is_refused() -> None:
    lines = [Line(WAGES, 68_400_00), Line("小型公益事业", 10_000_00), Line("村集体留存", 8_000_00)]
    exact = judge_distribution(86_400_00, lines, LATER, shipped())
    assert exact.allowed
    assert exact.explanation == (
        "净收益 86,400.00 元，分配 86,400.00 元，其中公益岗工资 68,400.00 元，结余 0.00 元。"
    )
    over = judge_distribution(86_400_00, [*lines, Line("奖励", 1)], LATER, shipped())
    assert over.refusal() == "R-PV:分配合计 86,400.01 元，超过净收益 86,400.00 元"


def test_the_labour_share_counts_only_while_it_is_set() -> None:
    lines = [Line(WAGES, 69_119_99), Line("村集体留存", 1_00)]
    in_force = judge_distribution(86_400_00, lines, date(2020, 12, 31), shipped())
    assert "应不少于 69,120.00 元" in in_force.refusal()
    assert [parameter.key for parameter in in_force.used] == ["PV_LABOUR_SHARE"]
    assert judge_distribution(86_400_00, lines, date(2021, 1, 1), shipped()).allowed


def test_a_negative_line_is_refused() -> None:
    lines = [Line("奖励", -1), Line("救助", -2)]
    assert judge_distribution(100, lines, LATER, shipped()).refusal() == "R-PV:分配金额不能为负"


@pytest.mark.parametrize(
    ("net", "share", "pay"), [(-1, "0.8", 1), (1, "1.01", 1), (1, "-0.1", 1), (1, "0.8", 0)]
)
def test_impossible_figures_are_refused(net: int, share: str, pay: int) -> None:
    with pytest.raises(ValueError, match="净收益不能为负"):
        post_budget(net, Decimal(share), pay)


@given(st.integers(0, 10**10), st.integers(0, 100), st.integers(1, 10_000_00))
def test_wages_and_remainder_are_the_budget(net: int, percent: int, pay: int) -> None:
    found = post_budget(net, Decimal(percent) / 100, pay)
    assert found.budget == net * percent // 100
    assert found.wages + found.remainder == found.budget
    assert found.wages == found.posts * pay * 12
    assert 0 <= found.remainder < pay * 12


@given(st.integers(0, 10**10), st.integers(1, 500))
def test_an_even_split_loses_no_fen(amount: int, heads: int) -> None:
    parts = split_evenly(amount, heads)
    assert (sum(parts), len(parts)) == (amount, heads)
    assert max(parts) - min(parts) <= 1
    assert parts == sorted(parts, reverse=True)
    lines = [Line("奖励", part) for part in parts]
    assert judge_distribution(amount, lines, LATER, shipped()).allowed
    assert not judge_distribution(amount, [*lines, Line("奖励", 1)], LATER, shipped()).allowed


@pytest.mark.parametrize(("amount", "heads"), [(100, 0), (-1, 3)])
def test_nothing_is_divided_among_nobody(amount: int, heads: int) -> None:
    with pytest.raises(ValueError, match="分配人数"):
        split_evenly(amount, heads)
