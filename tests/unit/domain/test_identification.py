"""The identification of a monitored household: S5 with all its days; waits counted right in every month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import dates
from villageapp.domain.clue import CLUE, due_verify
from villageapp.domain.identification import (
    Timeline,
    category,
    earliest_county,
    identification_due,
    notice,
    overdue_days,
    timeline,
)
from villageapp.domain.parameters import Parameter, UnsetParameter, shipped
from villageapp.domain.periods import period_end, period_text
from villageapp.errors import ValidationFailed

S5 = Timeline(
    reported_on=date(2023, 3, 6),
    verify_on=date(2023, 3, 7),
    consent_on=date(2023, 3, 7),
    village_review_on=date(2023, 3, 9),
    votes_for=11,
    votes_total=17,
    notice_start=date(2023, 3, 10),
)
days = st.dates(date(2022, 1, 1), date(2060, 12, 31))


def refusals(line: Timeline) -> list[str]:
    return [reason.rule for reason in timeline(line, shipped()).reasons]


def test_s5_the_house_check_is_due_the_next_day() -> None:
    assert due_verify(date(2023, 3, 6), shipped()) == date(2023, 3, 7)


def test_s5_eleven_of_seventeen_pass_and_eight_do_not() -> None:
    assert timeline(S5, shipped()).allowed
    refused = timeline(replace(S5, votes_for=8), shipped())
    assert [reason.message for reason in refused.reasons] == ["民主评议 8/17 票同意，未过半数，评议未通过"]


@pytest.mark.parametrize(
    ("agree", "total", "passes"), [(9, 17, True), (8, 16, False), (9, 16, True), (0, 0, False)]
)
def test_more_than_half_of_all_votes(agree: int, total: int, passes: bool) -> None:
    assert timeline(replace(S5, votes_for=agree, votes_total=total), shipped()).allowed is passes


def test_s5_the_notice_hangs_five_days_without_its_first() -> None:
    early = timeline(replace(S5, notice_end=date(2023, 3, 14)), shipped())
    assert [reason.message for reason in early.reasons] == [
        "公示 2023-03-10 至 2023-03-14 只有 4 天，不少于 5 天，最早 2023-03-15"
    ]
    assert early.earliest == date(2023, 3, 15)
    assert timeline(replace(S5, notice_end=date(2023, 3, 15)), shipped()).allowed


def test_s5_the_township_step_starts_the_day_after_the_notice() -> None:
    ended = replace(S5, notice_end=date(2023, 3, 15))
    same_day = timeline(replace(ended, town_review_on=date(2023, 3, 15)), shipped())
    assert not same_day.allowed
    assert same_day.earliest == date(2023, 3, 16)
    assert timeline(replace(ended, town_review_on=date(2023, 3, 16)), shipped()).allowed
    assert earliest_county(ended, shipped()) == date(2023, 3, 16)


def test_s5_a_late_approval_is_flagged_and_accepted() -> None:
    done = replace(
        S5,
        notice_end=date(2023, 3, 15),
        town_review_on=date(2023, 3, 16),
        county_approved_on=date(2023, 3, 24),
    )
    judged = timeline(done, shipped())
    assert judged.allowed
    parameter, due = identification_due(date(2023, 3, 6), shipped())
    assert (parameter.key, due) == ("IDENT_MAX_DAYS", date(2023, 3, 21))
    assert overdue_days(done, due) == 3
    assert [warning.message for warning in judged.warnings] == [
        "识别超期 3 天（期限 2023-03-21，县级审定 2023-03-24）"
    ]
    assert {parameter.key for parameter in judged.used} == {"NOTICE_MIN_DAYS", "IDENT_MAX_DAYS"}
    in_time = replace(done, county_approved_on=date(2023, 3, 21))
    assert timeline(in_time, shipped()).warnings == ()


@pytest.mark.parametrize(
    ("household_type", "chosen", "allowed"),
    [
        ("1", "1", True),
        ("1", "2", False),
        ("1", "3", True),
        ("2", "1", False),
        ("2", "2", True),
        ("2", "3", True),
        (None, "1", False),
        (None, "3", True),
        ("1", None, False),
        ("1", "0", False),
    ],
)
def test_s5_the_category_fits_the_household(
    household_type: str | None, chosen: str | None, allowed: bool
) -> None:
    assert category(household_type, chosen).allowed is allowed


def test_the_refusal_of_a_category_says_why() -> None:
    refused = category("1", "2")
    assert refused.refusal() == "R-MON-5:脱贫户不能定为边缘易致贫户，边缘易致贫户须为一般农户"


def test_no_review_without_a_consent_signed_before() -> None:
    assert refusals(replace(S5, consent_on=None)) == ["R-MON-4"]
    late = timeline(replace(S5, consent_on=date(2023, 3, 10)), shipped())
    assert late.reasons[0].rule == "R-MON-4"
    assert late.earliest == date(2023, 3, 10)
    assert timeline(replace(S5, consent_on=date(2023, 3, 9)), shipped()).allowed


@pytest.mark.parametrize(
    "name", ["reported_on", "verify_on", "village_review_on", "notice_start", "notice_end", "town_review_on"]
)
def test_no_step_can_be_left_out(name: str) -> None:
    done = replace(
        S5,
        notice_end=date(2023, 3, 15),
        town_review_on=date(2023, 3, 16),
        county_approved_on=date(2023, 3, 17),
    )
    assert timeline(done, shipped()).allowed
    judged = timeline(replace(done, **{name: None}), shipped())
    assert not judged.allowed
    assert name in judged.missing


@pytest.mark.parametrize(
    "change",
    [
        {"verify_on": date(2023, 3, 5)},
        {"village_review_on": date(2023, 3, 6), "consent_on": date(2023, 3, 6)},
        {"notice_start": date(2023, 3, 8)},
        {"votes_for": None},
        {"votes_for": 18},
    ],
)
def test_steps_out_of_order_or_votes_that_cannot_be(change: dict[str, object]) -> None:
    assert refusals(replace(S5, **change)) == ["R-MON-2"]


def test_the_minimum_of_the_notice_is_a_parameter_and_unset_it_refuses() -> None:
    longer = shipped().with_changes([Parameter("NOTICE_MIN_DAYS", 7, date(2023, 1, 1))])
    ended = replace(S5, notice_end=date(2023, 3, 16))
    assert notice(ended, shipped()).allowed
    assert notice(ended, longer).earliest == date(2023, 3, 17)
    with pytest.raises(UnsetParameter, match="未核定"):
        notice(replace(S5, notice_start=date(2020, 1, 1)), shipped())


@given(days, st.integers(-3, 12), st.integers(-3, 12))
def test_the_notice_and_the_step_after_it_are_never_a_day_too_early(
    start: date, ends: int, town: int
) -> None:
    line = Timeline(
        notice_start=start,
        notice_end=start + timedelta(days=ends),
        town_review_on=start + timedelta(days=ends + town),
    )
    judged = notice(line, shipped())
    assert judged.allowed == (ends >= 5 and town >= 1)
    if not judged.allowed:
        assert judged.earliest is not None


@given(days, st.integers(0, 60))
def test_periods_never_count_the_first_day(start: date, length: int) -> None:
    assert (period_end(start, f"{length}d", shipped()) - start).days == length


@given(days, st.integers(0, 60))
def test_months_end_on_the_same_day_or_the_last_of_the_month(start: date, months: int) -> None:
    end = period_end(start, f"{months}m", shipped())
    assert dates.months_between(f"{start:%Y-%m}", f"{end:%Y-%m}") == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


def test_the_day_after_the_31st_of_january() -> None:
    assert period_end(date(2023, 1, 31), "1m", shipped()) == date(2023, 2, 28)
    assert period_end(date(2024, 1, 31), "1m", shipped()) == date(2024, 2, 29)
    assert period_end(date(2023, 8, 31), "6m", shipped()) == date(2024, 2, 29)


def test_working_days_need_the_plan_of_holidays() -> None:
    start = date(2023, 9, 27)
    with pytest.raises(UnsetParameter, match="节假日安排"):
        period_end(start, "5w", shipped())
    off = [date(2023, 9, 29), *(date(2023, 10, day) for day in range(1, 7))]
    plan = Parameter("HOLIDAYS", {"off": off, "worked": [date(2023, 10, 7)]}, date(2023, 1, 1))
    assert period_end(start, "3w", shipped().with_changes([plan])) == date(2023, 10, 9)
    assert period_text("20w") == "20 个工作日"


@pytest.mark.parametrize("period", ["", "5", "d", "-1d", "5y", "1.5m", "99999d"])
def test_a_period_nobody_can_read_is_refused(period: str) -> None:
    with pytest.raises(ValueError, match="应写成"):
        period_end(date(2023, 1, 1), period, shipped())


def test_a_clue_that_is_not_taken_says_why_and_that_the_family_was_told() -> None:
    raw = {
        "household_name": "张示范",
        "source": "农户自主申报",
        "reported_on": "2023-03-06",
        "description": "看病花费大",
    }
    assert CLUE.check(raw)["source"] == "10"
    with pytest.raises(ValidationFailed, match="不纳入须填写不纳入原因"):
        CLUE.check({**raw, "decision": "不纳入", "decision_reason": "", "decision_told_on": "2023-03-08"})
    with pytest.raises(ValidationFailed, match="核实日期早于"):
        CLUE.check({**raw, "verified_on": "2023-03-05"})
    with pytest.raises(ValidationFailed, match="尚未登记农户的户主姓名"):
        CLUE.check({**raw, "household_name": "", "household_id": None})
