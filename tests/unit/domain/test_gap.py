"""防贫险补差: S3 with all its cases; the gap is the least amount that lifts the household to the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import income_subjects, money
from villageapp.domain.gap import Claimant, claim, shortfall
from villageapp.domain.income import Line, add_up, below, line_of
from villageapp.domain.parameters import Parameter, UnsetParameter, shipped

LINE = Parameter("MON_LINE", 7000_00, date(2022, 1, 1), title="监测标准指导线", source="TEST")
HOUSEHOLD = Claimant(
    household_type="1",
    monitored=False,
    all_insured=True,
    status="农户已签字",
    payments_recorded=True,
    population=3,
    net=18_300_00,
)


def test_s3a_whole_household_gap() -> None:
    found = claim(HOUSEHOLD, LINE)
    assert found.judgement.allowed
    assert (found.amount, found.per_person) == (2_700_00, 900_00)
    assert found.judgement.used == (LINE,)
    assert "差额 2,700.00 元" in found.judgement.explanation


def test_s3b_the_rounded_per_capita_figure_is_not_used() -> None:
    household = replace(HOUSEHOLD, net=20_000_00)
    assert money.yuan(money.per_head(household.net, 3)) == "6,666.67"
    found = claim(household, LINE)
    assert found.amount == 1_000_00
    assert found.per_person == 333_33


def test_s3c_one_adult_not_insured() -> None:
    found = claim(replace(HOUSEHOLD, all_insured=False), LINE)
    assert [reason.message for reason in found.judgement.reasons] == ["未全部参保"]
    assert (found.amount, found.per_person) == (None, None)


def test_s3d_an_ordinary_household_never_monitored() -> None:
    found = claim(replace(HOUSEHOLD, household_type="2"), LINE)
    assert [reason.message for reason in found.judgement.reasons] == ["不是脱贫户，当年也没有监测案卷"]
    assert found.amount is None
    assert claim(replace(HOUSEHOLD, household_type="2", monitored=True), LINE).amount == 2_700_00


def test_s3e_without_a_line_nothing_is_judged() -> None:
    with pytest.raises(UnsetParameter, match="监测标准未核定"):
        claim(HOUSEHOLD, line_of(2022, shipped()))


@pytest.mark.parametrize(
    ("change", "message", "missing"),
    [
        ({"all_insured": None}, "参保情况未核实", ("all_insured",)),
        ({"status": "草稿"}, "收支账状态为“草稿”，农户尚未签字", ("signed_id",)),
        ({"status": None}, "收支账状态为“未知”，农户尚未签字", ("signed_id",)),
        ({"payments_recorded": None}, "当年政策补贴尚未全部登记", ("payments_recorded",)),
        (
            {"household_type": None, "monitored": None},
            "不是脱贫户，当年也没有监测案卷",
            ("household_type", "monitored"),
        ),
    ],
)
def test_each_missing_condition_is_named(
    change: dict[str, object], message: str, missing: tuple[str, ...]
) -> None:
    judged = claim(replace(HOUSEHOLD, **change), LINE).judgement
    assert [reason.message for reason in judged.reasons] == [message]
    assert judged.missing == missing


def test_at_the_line_there_is_nothing_to_pay() -> None:
    found = claim(replace(HOUSEHOLD, net=21_000_00), LINE)
    assert (found.judgement.allowed, found.amount) == (True, 0)
    assert claim(replace(HOUSEHOLD, net=20_999_99), LINE).amount == 1
    with pytest.raises(ValueError, match="至少为 1"):
        claim(replace(HOUSEHOLD, population=0), LINE)


def test_what_was_already_paid_is_left_out_before_the_test() -> None:
    lines = [Line("D99", 18_300_00), Line("D11", 2_700_00)]
    income = add_up(lines, 3, income_subjects.shipped().on(date(2022, 12, 31)))
    assert (income.net, income.net_before_gap) == (21_000_00, 18_300_00)
    assert claim(replace(HOUSEHOLD, net=income.net_before_gap), LINE).amount == 2_700_00


@given(st.integers(-(10**10), 10**10), st.integers(1, 30), st.integers(1, 10**7))
def test_the_gap_is_minimal_and_sufficient(net: int, population: int, line: int) -> None:
    gap = shortfall(net, population, line)
    assert gap >= 0
    assert not below(net + gap, population, line)
    assert gap == 0 or below(net + gap - 1, population, line)
