"""Overdue days over the whole course of a problem item: extensions, returns, rebounds, monthly progress."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.parameters import shipped
from villageapp.domain.problem import Light
from villageapp.domain.problem_clock import (
    due_days,
    due_now,
    extended_to,
    laps,
    months_without_progress,
    overdue_days,
    standing_of,
)
from villageapp.domain.problem_steps import Action, Item, Step

REPORTED = date(2023, 1, 31)


def course(grade: str, *steps: Step) -> Item:
    return Item(REPORTED, "20", "村", grade=grade, steps=steps)


def solving(on: date = date(2023, 2, 1)) -> tuple[Step, ...]:
    return tuple(Step(action, on) for action in (Action.VERIFY, Action.OPINION, Action.PLAN, Action.START))


def test_s4_one_day_overdue_and_an_extension_changes_nothing() -> None:
    item = course("I", *solving())
    assert overdue_days(item, date(2023, 2, 7), shipped()) == 0
    assert overdue_days(item, date(2023, 2, 8), shipped()) == 1
    extended = replace(
        item, steps=(*item.steps, Step(Action.EXTEND, date(2023, 2, 7), due=date(2023, 2, 15)))
    )
    assert extended.state == "SOLVING"
    assert extended_to(extended) == date(2023, 2, 15)
    assert extended_to(item) is None
    assert due_now(extended, shipped()) == date(2023, 2, 7)
    assert overdue_days(extended, date(2023, 2, 8), shipped()) == 1
    assert standing_of(extended, date(2023, 2, 8), shipped()).light is Light.RED


def test_overdue_days_stop_when_solved_and_go_on_when_the_farmer_is_not_content() -> None:
    solved = course("I", *solving(), Step(Action.SOLVE, date(2023, 2, 10)))
    assert overdue_days(solved, date(2023, 6, 1), shipped()) == 3
    assert standing_of(solved, date(2023, 6, 1), shipped()).light is Light.DONE
    undone = replace(solved, steps=(*solved.steps, Step(Action.DISSATISFIED, date(2023, 2, 11))))
    assert overdue_days(undone, date(2023, 2, 12), shipped()) == 5


def test_a_returned_item_has_the_day_of_its_return() -> None:
    returned = course(
        "M",
        *solving(),
        Step(Action.SOLVE, date(2023, 2, 20)),
        Step(Action.SUBMIT, date(2023, 2, 20)),
        Step(Action.FAIL, date(2023, 3, 10), due=date(2023, 3, 24)),
    )
    assert returned.state == "RETURNED"
    assert [lap.due for lap in laps(returned, shipped())] == [date(2023, 2, 28), date(2023, 3, 24)]
    assert overdue_days(returned, date(2023, 3, 24), shipped()) == 0
    assert overdue_days(returned, date(2023, 3, 25), shipped()) == 1
    assert standing_of(returned, date(2023, 3, 20), shipped()).days_left == 4


def test_what_was_untrue_ends_its_clock() -> None:
    untrue = course("I", Step(Action.VERIFY, date(2023, 2, 1)), Step(Action.DISMISS, date(2023, 2, 2)))
    assert (untrue.state, overdue_days(untrue, date(2024, 1, 1), shipped())) == ("CLOSED", 0)


def test_a_rebound_starts_all_four_periods_anew() -> None:
    again = course(
        "I",
        Step(Action.VERIFY, date(2023, 2, 1)),
        Step(Action.DISMISS, date(2023, 2, 2)),
        Step(Action.REOPEN, date(2023, 4, 30)),
    )
    due = due_days(again, shipped())
    assert (due.verify, due.solve) == (date(2023, 5, 1), date(2023, 5, 7))
    assert len(laps(again, shipped())) == 1


@pytest.mark.parametrize(
    ("grade", "today", "overdue"),
    [("M", "2023-02-28", 0), ("M", "2023-03-01", 1), ("I", "2023-02-07", 0), ("I", "2023-03-01", 22)],
)
def test_overdue_across_the_end_of_february(grade: str, today: str, overdue: int) -> None:
    assert overdue_days(course(grade), date.fromisoformat(today), shipped()) == overdue


@given(st.dates(date(2022, 1, 1), date(2090, 12, 31)), st.sampled_from("IM"), st.integers(0, 400))
def test_overdue_is_exactly_the_days_after_the_due_day(reported: date, grade: str, later: int) -> None:
    item = Item(reported, "20", "村", grade=grade)
    due = due_now(item, shipped())
    today = reported + timedelta(days=later)
    assert overdue_days(item, today, shipped()) == max(0, (today - due).days)
    assert (standing_of(item, today, shipped()).light is Light.RED) == (later > 1)


def test_months_without_progress_are_told() -> None:
    item = course("M", *solving(), Step(Action.PROGRESS, date(2023, 3, 31)))
    assert months_without_progress(item, date(2023, 2, 28)) == ()
    assert months_without_progress(item, date(2023, 4, 30)) == ()
    assert months_without_progress(item, date(2023, 6, 1)) == ("2023-04", "2023-05")
    december = Item(date(2022, 12, 31), "20", "村")
    assert months_without_progress(december, date(2023, 3, 1)) == ("2023-01", "2023-02")


def test_a_closed_item_asks_for_no_progress() -> None:
    closed = course("I", Step(Action.VERIFY, date(2023, 2, 1)), Step(Action.DISMISS, date(2023, 2, 2)))
    assert months_without_progress(closed, date(2023, 9, 1)) == ()
