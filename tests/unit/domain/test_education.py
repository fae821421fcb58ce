"""Compulsory education: age on 1 September, reasons that excuse, unknown told apart from no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import codes
from villageapp.domain.education import Child, is_of_age, judge_schooling, school_year_start
from villageapp.domain.parameters import shipped

ON = date(2022, 11, 28)
AWAY = Child(date(2010, 9, 16), student_status="00")


@pytest.mark.parametrize(
    ("day", "start"),
    [
        ("2022-09-01", "2022-09-01"),
        ("2022-08-31", "2021-09-01"),
        ("2023-01-01", "2022-09-01"),
        ("2024-02-29", "2023-09-01"),
    ],
)
def test_start_of_the_school_year(day: str, start: str) -> None:
    assert school_year_start(date.fromisoformat(day)) == date.fromisoformat(start)


@pytest.mark.parametrize(
    ("birth", "of_age"),
    [
        ("2016-09-01", True),
        ("2016-09-02", False),
        ("2006-09-01", False),
        ("2006-09-02", True),
        ("2010-09-16", True),
    ],
)
def test_age_counts_on_the_first_of_september(birth: str, of_age: bool) -> None:
    assert is_of_age(date.fromisoformat(birth), ON, shipped()) is of_age
    assert is_of_age(date.fromisoformat(birth), date(2023, 8, 31), shipped()) is of_age


@given(st.dates(date(2001, 1, 1), date(2022, 11, 28)))
def test_every_child_has_ten_school_years(birth: date) -> None:
    winters = [date(birth.year + years, 12, 1) for years in range(25)]
    assert sum(is_of_age(birth, winter, shipped()) for winter in winters if winter.year > 2006) == 10


def test_a_child_at_school_is_safe() -> None:
    for status in codes.code_list("CL_STUDENT").labels:
        allowed = judge_schooling(replace(AWAY, student_status=status), ON, shipped()).allowed
        assert allowed is (status not in ("00", "01"))


@pytest.mark.parametrize(
    ("reason", "paper", "message"),
    [
        (None, None, "原因未登记"),
        ("厌学", True, "原因：厌学"),
        ("因贫", True, "原因：因贫"),
        ("休学", None, "须有证明材料"),
        ("休学", False, "须有证明材料"),
        ("休学", True, ""),
        ("延缓入学", True, ""),
        ("送教上门", True, ""),
        ("因病不具备学习条件", True, ""),
    ],
)
def test_reasons_excuse_only_with_paper(reason: str | None, paper: bool | None, message: str) -> None:
    judged = judge_schooling(replace(AWAY, dropout_reason=reason, has_paper=paper), ON, shipped())
    assert judged.allowed is (message == "")
    assert message in judged.refusal()
    assert [parameter.key for parameter in judged.used] == ["EDU_AGES", "EDU_EXCUSES"]


def test_unknown_facts_warn() -> None:
    nameless = judge_schooling(Child(None, None), ON, shipped())
    assert (nameless.allowed, nameless.warnings[0].missing) == (True, ("birth_date",))
    unasked = judge_schooling(replace(AWAY, student_status=None), ON, shipped())
    assert (unasked.allowed, unasked.warnings[0].missing) == (True, ("student_status",))


def test_an_adult_is_not_asked() -> None:
    assert judge_schooling(Child(date(1965, 7, 8), None), ON, shipped()).warnings == ()
