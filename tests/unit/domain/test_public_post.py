"""Public posts: S10's candidate list, one post per household, pay with attendance only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.parameters import Parameter, shipped
from villageapp.domain.public_post import (
    Labourer,
    PostHousehold,
    candidates,
    judge_agreement,
    judge_candidate,
    judge_pay,
)

ON = date(2022, 11, 28)
FREE = Labourer("2", "00", employed=False)
W = PostHousehold("W", "1", open_case=False, labourers=(FREE, replace(FREE, labour="3")), per_capita=6_500_00)


def test_s10_candidates_the_poorest_first() -> None:
    others = [
        replace(W, household_id="richer", per_capita=8_121_25),
        replace(W, household_id="unknown", per_capita=None),
        replace(W, household_id="employed", labourers=(replace(FREE, employed=True),)),
        replace(W, household_id="ordinary", household_type="2"),
        replace(W, household_id="watched", household_type="2", open_case=True, per_capita=7_000_00),
    ]
    found = [household.household_id for household in candidates([*others, W], ON, shipped())]
    assert found == ["W", "watched", "richer", "unknown"]


def test_s10_after_one_post_the_household_disappears() -> None:
    given_one = replace(W, active_posts=1)
    assert candidates([given_one], ON, shipped()) == []
    assert judge_candidate(given_one, ON, shipped()).refusal() == "R-POST:已有 1 个在岗公益岗位"


def test_s10_a_second_post_needs_a_reason() -> None:
    start, end = date(2022, 1, 1), date(2022, 12, 31)
    assert judge_agreement(0, start, end, "", shipped()).allowed
    refused = judge_agreement(1, start, end, " ", shipped())
    assert "一户一公岗" in refused.refusal()
    assert refused.missing == ("override_reason",)
    permitted = judge_agreement(1, start, end, "无其他人选", shipped())
    assert permitted.allowed
    assert [warning.message for warning in permitted.warnings] == [
        "一户一公岗：该户已有 1 个在岗公益岗位，理由：无其他人选"
    ]
    two = shipped().with_changes([Parameter("POSTS_PER_HH", 2, date(2022, 1, 1), region="1401")])
    assert not judge_agreement(1, start, end, "", two).allowed


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (date(2022, 1, 1), None, "须填写协议结束日期"),
        (None, date(2022, 1, 1), "须填写协议开始日期"),
        (date(2022, 1, 2), date(2022, 1, 1), "早于开始日期"),
    ],
)
def test_an_agreement_has_both_days_in_order(start: date | None, end: date | None, message: str) -> None:
    assert message in judge_agreement(0, start, end, "", shipped()).refusal()


@pytest.mark.parametrize(
    ("person", "message", "missing"),
    [
        (replace(FREE, labour="4"), "没有未就业的劳动力", False),
        (replace(FREE, student_status="06"), "没有未就业的劳动力", False),
        (replace(FREE, employed=True), "没有未就业的劳动力", False),
        (replace(FREE, labour=None), "未登记", True),
        (replace(FREE, student_status=None), "未登记", True),
        (replace(FREE, employed=None), "未登记", True),
        (replace(FREE, labour=None, employed=True), "没有未就业的劳动力", False),
    ],
)
def test_unknown_is_told_apart_from_no(person: Labourer, message: str, missing: bool) -> None:
    judged = judge_candidate(replace(W, labourers=(person,)), ON, shipped())
    assert message in judged.refusal()
    assert bool(judged.missing) is missing


def test_pay_only_for_attended_months() -> None:
    assert judge_pay(300_00, 12, 12, 3_600_00).allowed
    assert judge_pay(300_00, 12, 11, 3_300_00).allowed
    assert "发放 3,600.00 元超过应发数" in judge_pay(300_00, 12, 11, 3_600_00).refusal()
    nobody = judge_pay(300_00, 12, 0, 1)
    assert "没有出勤记录，不能发放" in nobody.refusal()
    assert nobody.missing == ("attended",)


@given(st.integers(1, 5_000_00), st.integers(0, 24), st.integers(0, 24), st.integers(0, 100_000_00))
def test_pay_never_exceeds_months_times_pay(pay: int, months: int, attended: int, amount: int) -> None:
    assert judge_pay(pay, months, attended, amount).allowed == (
        amount <= pay * months and amount <= pay * attended
    )
