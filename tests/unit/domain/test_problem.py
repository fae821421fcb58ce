"""Due days and lights of a problem item: S4 with its numbers, and what never shifts by a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import codes, dates
from villageapp.domain.parameters import Parameter, Parameters, UnsetParameter, shipped
from villageapp.domain.problem import (
    CATEGORY_OF_ANSWER,
    OPEN_STATES,
    PROBLEM,
    UNSOLVED_STATES,
    Light,
    deadlines,
    standing,
)
from villageapp.domain.visit import BASIC_NEEDS, GUARANTEES
from villageapp.errors import ValidationFailed

THIRTY_DAYS = Parameter("D710_COMPLEX", "30d", date(2022, 1, 2))
DAYS = st.dates(date(2022, 1, 1), date(2099, 12, 31))


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    ("reported", "verify", "opinion", "plan", "immediate", "month", "thirty"),
    [
        days(
            "2023-01-31", "2023-02-01", "2023-02-03", "2023-02-05", "2023-02-07", "2023-02-28", "2023-03-02"
        ),
        days(
            "2022-11-28", "2022-11-29", "2022-12-01", "2022-12-03", "2022-12-05", "2022-12-28", "2022-12-28"
        ),
        days(
            "2024-01-31", "2024-02-01", "2024-02-03", "2024-02-05", "2024-02-07", "2024-02-29", "2024-03-01"
        ),
        days(
            "2022-12-31", "2023-01-01", "2023-01-03", "2023-01-05", "2023-01-07", "2023-01-31", "2023-01-30"
        ),
    ],
)
def test_s4_deadlines(
    reported: date, verify: date, opinion: date, plan: date, immediate: date, month: date, thirty: date
) -> None:
    found = deadlines(reported, "I", shipped())
    assert (found.verify, found.opinion, found.plan, found.solve) == (verify, opinion, plan, immediate)
    assert deadlines(reported, "M", shipped()).solve == month
    assert deadlines(reported, "M", shipped().with_changes([THIRTY_DAYS])).solve == thirty
    assert deadlines(reported, None, shipped()).solve == immediate


def test_a_due_day_on_a_sunday_stays_on_sunday() -> None:
    assert deadlines(date(2023, 1, 31), "I", shipped()).plan.isoweekday() == 7


def test_deadlines_stand_under_the_names_of_the_form() -> None:
    values = deadlines(date(2023, 1, 31), "M", shipped()).as_values()
    assert set(values) <= set(PROBLEM.by_name)
    assert list(values.values()) == days("2023-02-01", "2023-02-03", "2023-02-05", "2023-02-28")


def test_an_unset_parameter_refuses_to_judge() -> None:
    with pytest.raises(UnsetParameter, match="未核定"):
        deadlines(date(2021, 12, 31), "I", shipped())
    with pytest.raises(UnsetParameter):
        deadlines(date(2023, 1, 1), "I", Parameters([]))


@given(DAYS)
def test_periods_in_days_never_lose_a_day(reported: date) -> None:
    found = deadlines(reported, "I", shipped())
    assert [(day - reported).days for day in found.as_values().values()] == [1, 3, 5, 7]


@given(DAYS)
def test_a_month_ends_on_the_same_day_or_on_the_last_of_the_month(reported: date) -> None:
    solve = deadlines(reported, "M", shipped()).solve
    assert dates.months_between(f"{reported:%Y-%m}", f"{solve:%Y-%m}") == 1
    assert solve.day == reported.day or (
        solve.day < reported.day and (solve + timedelta(days=1)).month != solve.month
    )


def values(state: str, grade: str | None = "I") -> dict[str, object]:
    found = deadlines(date(2023, 1, 31), grade, shipped())
    return {**found.as_values(), "state": state, "grade": grade}


@pytest.mark.parametrize(
    ("state", "grade", "today", "left", "light"),
    [
        ("REPORTED", "I", "2023-01-31", 1, Light.AMBER),
        ("REPORTED", "I", "2023-02-01", 0, Light.AMBER),
        ("REPORTED", "I", "2023-02-02", -1, Light.RED),
        ("VERIFIED", "I", "2023-02-01", 2, Light.GREEN),
        ("VERIFIED", "I", "2023-02-02", 1, Light.AMBER),
        ("OPINION", "I", "2023-02-03", 2, Light.GREEN),
        ("OPINION", "I", "2023-02-06", -1, Light.RED),
        ("PLANNED", "I", "2023-02-04", 3, Light.GREEN),
        ("SOLVING", "I", "2023-02-05", 2, Light.AMBER),
        ("SOLVING", "I", "2023-02-08", -1, Light.RED),
        ("SOLVING", "M", "2023-02-20", 8, Light.GREEN),
        ("SOLVING", "M", "2023-02-21", 7, Light.AMBER),
        ("RETURNED", None, "2023-02-07", 0, Light.AMBER),
    ],
)
def test_lights(state: str, grade: str | None, today: str, left: int, light: Light) -> None:
    found = standing(values(state, grade), date.fromisoformat(today), shipped())
    assert (found.days_left, found.light) == (left, light)


def test_solved_items_have_no_light_and_an_item_without_a_day_is_green() -> None:
    assert standing(values("SOLVED"), date(2023, 3, 1), shipped()).light is Light.DONE
    assert standing(values("CLOSED"), date(2023, 3, 1), shipped()).step == "已销号"
    undated = {**values("SOLVING"), "due_solve": None}
    assert standing(undated, date(2023, 3, 1), shipped()).light is Light.GREEN


def test_a_light_names_the_parameter_it_was_judged_by_and_follows_it() -> None:
    reported, today = values("REPORTED"), date(2023, 1, 30)
    assert [p.key for p in standing(reported, today, shipped()).used] == ["AMBER_135"]
    assert standing(reported, today, shipped()).light is Light.GREEN
    earlier = shipped().with_changes([Parameter("AMBER_135", 2, date(2023, 1, 1))])
    assert standing(reported, today, earlier).light is Light.AMBER
    assert standing(values("SOLVING", "M"), today, shipped()).used[0].key == "AMBER_COMPLEX"
    with pytest.raises(UnsetParameter):
        standing(reported, today, Parameters(()))


def test_after_a_return_the_new_day_counts() -> None:
    returned = {**values("SOLVING"), "returned_due": date(2023, 3, 20)}
    assert standing(returned, date(2023, 3, 16), shipped()).days_left == 4


def test_every_state_is_open_or_closed_and_every_unsolved_one_open() -> None:
    assert OPEN_STATES | {"CLOSED"} == set(codes.code_list("CL_PROBLEM_STATE").labels)
    assert UNSOLVED_STATES < OPEN_STATES


def test_each_answer_of_a_visit_opens_a_known_category() -> None:
    assert set(CATEGORY_OF_ANSWER) == {*GUARANTEES, *BASIC_NEEDS}
    assert set(CATEGORY_OF_ANSWER.values()) <= set(codes.code_list("CL_PROBLEM_CAT").labels)


def test_a_problem_of_a_household_names_it() -> None:
    given = {
        "scope": "户",
        "household_id": None,
        "source": "20",
        "category": "05",
        "title": "水管冻裂",
        "description": "水管冻裂",
        "reported_on": "2023-01-31",
        "state": "REPORTED",
    }
    with pytest.raises(ValidationFailed, match="涉及农户的问题须选择农户"):
        PROBLEM.check(given)
    assert PROBLEM.check({**given, "scope": "村"})["reported_on"] == date(2023, 1, 31)
