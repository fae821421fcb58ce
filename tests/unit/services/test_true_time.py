"""R-TIME-4: with a clock that must be wrong work goes on, but nothing is signed or closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.stores import LEADER, WANG, ZHANG, as_role, family_id, member_id
from villageapp.errors import NotAllowed, ValidationFailed
from villageapp.services import cases, incomes, problem_courses, problems, records
from villageapp.services.true_time import clock_trouble
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
DAY_MS = 24 * 3600 * 1000


def set_back(work: Workspace) -> Workspace:
    """The battery of the clock is empty: it shows a day long before the newest record."""
    work.clock._wall = lambda: 1_262_304_000_000
    return work


def a_day_off(work: Workspace) -> Workspace:
    """What the last exchange learned: the server's time is more than a day ahead of ours."""
    work.clock.offset_ms = DAY_MS + 1
    return work


WRONG = pytest.mark.parametrize("wrong", [set_back, a_day_off])


def test_a_right_clock_and_small_differences_are_no_trouble(work: Workspace) -> None:
    assert clock_trouble(on(work, "2023-03-06")) == ""
    work.clock.offset_ms = -DAY_MS
    assert clock_trouble(work) == ""
    work.clock.offset_ms = -DAY_MS - 1
    assert "24 小时" in clock_trouble(work)


def test_a_clock_before_the_newest_record_says_both_times(work: Workspace) -> None:
    on(work, "2023-03-06")
    problems.add_problem(work, {"category": "住房安全", "title": "屋顶漏雨", "scope": "村"})
    told = clock_trouble(set_back(work))
    assert "2010-01-01" in told
    assert "2023-03-06" in told


@WRONG
def test_no_problem_is_closed(work: Workspace, wrong: Callable[[Workspace], Workspace]) -> None:
    on(work, "2023-03-06")
    item = problems.add_problem(work, {"category": "住房安全", "title": "漏雨", "scope": "村"}).ids[0]
    problem_courses.advance(work, item, "verify", {"text": "不属实", "founded": False})
    told: dict[str, Any] = {"on": "2023-03-06", "text": "误报", "reporter_told_on": "2023-03-06"}
    with pytest.raises(NotAllowed, match="R-TIME-4") as refused:
        problem_courses.advance(wrong(work), item, "dismiss", told)
    assert (refused.value.code, "校准" in refused.value.remedy) == ("clock_wrong", True)
    work.clock.offset_ms = 0
    assert problem_courses.advance(on(work, "2023-03-07"), item, "dismiss", told).detail == "CLOSED"


@WRONG
def test_no_case_is_ended(work: Workspace, wrong: Callable[[Workspace], Workspace]) -> None:
    made = cases.open_case(on(as_role(work, LEADER), "2023-03-06"), family_id(WANG)).id
    with pytest.raises(NotAllowed, match="R-TIME-4"):
        cases.move(wrong(work), made, "close_natural", {"natural_reason": "整户迁出"})
    cases.fill_in(work, made, {"contact_name": "王测试"})


@WRONG
def test_nothing_is_signed(work: Workspace, wrong: Callable[[Workspace], Workspace]) -> None:
    on(work, "2023-11-06")
    lines = [{"subject_code": "B1", "amount": "28000"}]
    account = incomes.record_account(work, HOME, {"income_year": 2023, "population": 4}, lines).id
    with pytest.raises(NotAllowed, match="R-TIME-4"):
        incomes.set_status(wrong(work), account, "农户已签字")
    consent = {
        "household_id": HOME,
        "kind": "2",
        "member_ids": [member_id(ZHANG, "14990119620315001X")],
        "text_version": "2022-1",
        "signed_on": "2010-01-01",
        "method": "纸质签字拍照",
    }
    with pytest.raises(ValidationFailed, match="系统时间异常"):
        records.record(work, "consent", consent)
    assert incomes.page(work, account).account["status"] == "草稿"
