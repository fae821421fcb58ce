"""The resident team: a term of two years, tables that the province has not set, leave and return."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import codes
from villageapp.domain.attendance import (
    LeaveRequest,
    approver,
    judge_days,
    judge_term,
    leave_states,
    next_leave_states,
)
from villageapp.domain.parameters import Parameter, UnsetParameter, shipped
from villageapp.errors import NotAllowed

TABLE = Parameter("LEAVE_LIMITS", [[7, "乡镇"], [3, "队长"], [15, "县驻村办"]], date(2022, 1, 1))


@pytest.mark.parametrize(
    ("start", "end", "short"),
    [
        ("2021-05-15", "2023-05-14", True),
        ("2021-05-15", "2023-05-15", False),
        ("2022-02-28", "2024-02-28", False),
        ("2024-02-29", "2026-02-28", False),
        ("2021-05-15", None, False),
    ],
)
def test_a_term_lasts_two_years(start: str, end: str | None, short: bool) -> None:
    judged = judge_term(date.fromisoformat(start), end and date.fromisoformat(end), shipped())
    assert judged.allowed
    assert bool(judged.warnings) is short
    if short:
        assert judged.warnings[0].earliest == date(2023, 5, 15)


def test_a_term_that_ends_before_it_begins_is_refused() -> None:
    assert not judge_term(date(2022, 1, 2), date(2022, 1, 1), shipped()).allowed


def test_the_province_has_set_neither_days_nor_leave_limits() -> None:
    with pytest.raises(UnsetParameter, match="最少在岗天数未核定"):
        judge_days(["在岗"], date(2022, 11, 1), shipped())
    with pytest.raises(UnsetParameter, match="请假天数与审批层级未核定"):
        approver(LeaveRequest(date(2022, 11, 1), date(2022, 11, 2)), shipped())


def test_days_present_are_counted_once_the_requirement_is_set() -> None:
    known = shipped().with_changes([Parameter("CADRE_DAYS", 20, date(2022, 1, 1))])
    assert judge_days(["在岗"] * 19 + ["请假"], date(2022, 11, 1), known).warnings
    assert not judge_days(["在岗"] * 20, date(2022, 11, 1), known).warnings


@pytest.mark.parametrize(
    ("days", "authority"), [(1, "队长"), (3, "队长"), (4, "乡镇"), (7, "乡镇"), (15, "县驻村办")]
)
def test_who_grants_a_leave(days: int, authority: str) -> None:
    start = date(2022, 12, 28)
    request = LeaveRequest(start, start + timedelta(days=days - 1))
    assert request.days == days
    assert approver(request, shipped().with_changes([TABLE])) == authority


def test_a_leave_that_nobody_may_grant() -> None:
    known = shipped().with_changes([TABLE])
    with pytest.raises(NotAllowed, match="超过规定的最长 15 天"):
        approver(LeaveRequest(date(2022, 11, 1), date(2022, 11, 16)), known)
    with pytest.raises(ValueError, match="早于开始"):
        approver(LeaveRequest(date(2022, 11, 2), date(2022, 11, 1)), known)


def test_somebody_is_late_from_the_second_day_after_the_leave() -> None:
    away = LeaveRequest(date(2022, 11, 28), date(2022, 11, 30))
    assert [away.late_by(date(2022, 12, day)) for day in (1, 2, 3)] == [0, 1, 2]
    back = LeaveRequest(date(2022, 11, 28), date(2022, 11, 30), back_on=date(2022, 12, 2))
    assert back.late_by(date(2023, 1, 1)) == 1


def test_a_leave_goes_up_to_the_authority_that_grants_it() -> None:
    assert leave_states("乡镇") == ("草稿", "队长", "乡镇")
    assert next_leave_states("草稿", "乡镇", None) == ("队长",)
    assert next_leave_states("队长", "乡镇", None) == ("乡镇", "驳回")
    assert next_leave_states("乡镇", "乡镇", None) == ("批准", "驳回")
    assert next_leave_states("批准", "乡镇", None) == ()
    assert next_leave_states("批准", "乡镇", date(2022, 12, 1)) == ("销假",)
    assert next_leave_states("县驻村办", "乡镇", None) == ()
    with pytest.raises(ValueError, match="省"):
        leave_states("省")


@pytest.mark.parametrize("authority", ["队长", "乡镇", "县驻村办"])
def test_no_leave_is_granted_by_skipping_an_authority(authority: str) -> None:
    states = set(codes.code_list("CL_LEAVE_STATE").labels)
    reached, path = ["草稿"], leave_states(authority)
    while following := next_leave_states(reached[-1], authority, date(2022, 12, 1)):
        assert set(following) <= states
        reached.append(following[0])
    assert tuple(reached) == (*path, "批准", "销假")
    assert next_leave_states("驳回", authority, date(2022, 12, 1)) == ()


@given(st.dates(date(2022, 1, 1), date(2090, 1, 1)), st.integers(0, 60), st.integers(0, 60))
def test_days_of_leave_and_delay_add_up(start: date, length: int, later: int) -> None:
    request = LeaveRequest(start, start + timedelta(days=length))
    assert request.days == length + 1
    expected = request.to_on + timedelta(days=1)
    assert request.late_by(expected + timedelta(days=later)) == later
