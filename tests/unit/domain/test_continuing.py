"""Measures that go on after the risk is gone (domain.md 2.4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.continuing import Ends, continuation
from villageapp.domain.parameters import shipped

ON = date(2026, 11, 23)
PARAMETERS = shipped()


@pytest.mark.parametrize(
    ("item", "ends", "goes_on"),
    [
        ("M0301", Ends(contract_on=date(2027, 5, 1)), True),
        ("M0301", Ends(contract_on=ON), True),
        ("M0301", Ends(contract_on=ON - timedelta(days=1)), False),
        ("M0301", Ends(), None),
        ("M0302", Ends(contract_on=date(2027, 5, 1)), False),
        ("M0401", Ends(contract_on=date(2026, 12, 31)), True),
        ("M0802", Ends(student_status="04"), True),
        ("M0901", Ends(student_status="00"), False),
        ("M0901", Ends(), None),
        ("M0101", Ends(contract_on=date(2027, 5, 1)), False),
    ],
)
def test_loans_posts_and_schooling_go_on_and_nothing_else(
    item: str, ends: Ends, goes_on: bool | None
) -> None:
    found = continuation(item, "实施中", ends, ON, PARAMETERS)
    assert found.goes_on is goes_on
    assert found.reason


@pytest.mark.parametrize("status", ["已完成", "终止"])
def test_what_is_over_does_not_go_on(status: str) -> None:
    assert continuation("M0301", status, Ends(date(2027, 5, 1)), ON, PARAMETERS).goes_on is False


@given(st.integers(-4000, 4000))
def test_a_contract_goes_on_to_its_very_last_day(days: int) -> None:
    found = continuation("M0301", "实施中", Ends(ON + timedelta(days=days)), ON, PARAMETERS)
    assert found.goes_on is (days >= 0)
    assert found.until == ON + timedelta(days=days)
