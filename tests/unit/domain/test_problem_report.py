"""The month sheet: S4's extension and S12's return in figures, and sums that must agree."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.parameters import shipped
from villageapp.domain.problem_report import MonthSheet, month_sheet
from villageapp.domain.problem_steps import Action, Item, Step

START = tuple((action, 1) for action in (Action.VERIFY, Action.OPINION, Action.PLAN, Action.START))


def item(name: str, reported: date, grade: str, *steps: tuple[Action, date]) -> Item:
    begun = [Step(action, reported + timedelta(days=days)) for action, days in START]
    taken = [Step(action, on) for action, on in steps]
    return Item(reported, "20", "村", id=name, grade=grade, steps=(*begun, *taken))


def sheet(items: list[Item], month: str, today: str = "2024-12-31") -> MonthSheet:
    return month_sheet(items, date.fromisoformat(f"{month}-01"), date.fromisoformat(today), shipped())


def s12() -> Item:
    found = date(2022, 9, 1)
    steps = (
        *(Step(action, found + timedelta(days=days)) for action, days in START),
        Step(Action.SOLVE, date(2022, 9, 20)),
        Step(Action.SUBMIT, date(2022, 9, 20)),
        Step(Action.PASS, date(2022, 9, 21), level="村"),
        Step(Action.PASS, date(2022, 9, 23), level="乡镇"),
        Step(Action.FAIL, date(2022, 9, 28), level="市", due=date(2022, 10, 12)),
        Step(Action.START, date(2022, 9, 29)),
        Step(Action.SOLVE, date(2022, 10, 10)),
        Step(Action.SUBMIT, date(2022, 10, 10)),
        Step(Action.PASS, date(2022, 10, 13), level="市"),
        Step(Action.CLOSE, date(2022, 10, 13)),
    )
    return Item(found, "41", "村", id="S12", grade="M", steps=steps)


def test_s12_counts_one_return_and_closes_in_october() -> None:
    september = sheet([s12()], "2022-09").counts()
    assert september == {
        "added": 1,
        "rebounded": 0,
        "to_finish": 0,
        "finished": 0,
        "on_time": 0,
        "overdue": 0,
        "returned": 1,
        "closed": 0,
        "open": 1,
    }
    october = sheet([s12()], "2022-10")
    assert (october.added, october.to_finish, october.finished, october.on_time) == ((), *[("S12",)] * 3)
    assert (october.returned, october.closed, october.open) == (("S12",), ("S12",), ())
    assert set(sheet([s12()], "2022-11").counts().values()) == {0}


def test_s4_an_extended_item_counts_as_overdue() -> None:
    reported = date(2023, 1, 31)
    extension = Step(Action.EXTEND, date(2023, 2, 7), due=date(2023, 2, 15))
    begun = item("S4", reported, "I")
    open_item = Item(reported, "20", "村", id="S4", grade="I", steps=(*begun.steps, extension))
    solved = Item(
        reported,
        "20",
        "村",
        id="S4",
        grade="I",
        steps=(*begun.steps, extension, Step(Action.SOLVE, date(2023, 2, 14))),
    )
    while_open = sheet([open_item], "2023-02")
    assert (while_open.overdue, while_open.to_finish, while_open.finished) == (("S4",), ("S4",), ())
    assert [(line.item.id, line.due, line.overdue_days) for line in while_open.open] == [
        ("S4", date(2023, 2, 7), 21)
    ]
    after = sheet([solved], "2023-02")
    assert (after.finished, after.on_time, after.overdue) == (("S4",), (), ("S4",))


def test_open_items_are_listed_one_by_one_longest_overdue_first() -> None:
    items = [
        item("new", date(2023, 2, 27), "I"),
        item("old", date(2023, 1, 2), "I"),
        item("month", date(2023, 1, 20), "M"),
        item("done", date(2023, 1, 3), "I", (Action.SOLVE, date(2023, 1, 9))),
    ]
    found = sheet(items, "2023-02", today="2023-02-28")
    assert [(line.item.id, line.overdue_days) for line in found.open] == [
        ("old", 50),
        ("month", 8),
        ("done", 0),
        ("new", 0),
    ]
    assert found.added == ("new",)
    assert found.to_finish == ("old", "month")
    assert found.finished == ()


def test_the_running_month_ends_today() -> None:
    due_later = item("later", date(2023, 2, 20), "I")
    assert sheet([due_later], "2023-02", today="2023-02-26").overdue == ()
    assert sheet([due_later], "2023-02", today="2023-02-28").overdue == ("later",)
    assert sheet([due_later], "2023-02", today="2023-02-19").counts()["open"] == 0


def test_a_rebound_is_counted_in_its_month() -> None:
    reported = date(2023, 1, 10)
    steps = (
        Step(Action.VERIFY, date(2023, 1, 11)),
        Step(Action.DISMISS, date(2023, 1, 12)),
        Step(Action.REOPEN, date(2023, 3, 1)),
    )
    rebound = Item(reported, "20", "村", id="R", grade="I", steps=steps)
    assert sheet([rebound], "2023-01").closed == ("R",)
    assert set(sheet([rebound], "2023-02").counts().values()) == {0}
    march = sheet([rebound], "2023-03")
    assert (march.rebounded, march.added, march.overdue) == (("R",), (), ("R",))


DAY = st.integers(0, 80)


@st.composite
def anything(draw: st.DrawFn) -> Item:
    reported = date(2023, 1, 1) + timedelta(days=draw(DAY))
    on, steps = reported, []
    for action in draw(st.lists(st.sampled_from(Action), max_size=14)):
        on += timedelta(days=draw(st.integers(0, 9)))
        steps.append(Step(action, on, level="市", due=on + timedelta(days=10)))
    grade = draw(st.sampled_from([None, "I", "M"]))
    return Item(reported, "41", "村", id=str(draw(st.uuids())), grade=grade, steps=tuple(steps))


@given(st.lists(anything(), max_size=6), st.integers(1, 6))
def test_the_figures_agree_with_each_other(items: list[Item], month: int) -> None:
    found = sheet(items, f"2023-{month:02d}")
    ids = {entry.id for entry in items}
    assert set(found.on_time) | (set(found.overdue) & set(found.finished)) == set(found.finished)
    assert not set(found.on_time) & set(found.overdue)
    assert set(found.closed) | {line.item.id for line in found.open} <= ids
    assert not set(found.closed) & {line.item.id for line in found.open}
    assert all(
        (line.overdue_days > 0) <= (line.item.id in found.overdue)
        or line.item.state in {"SOLVED", "ACCEPTING"}
        for line in found.open
    )


@given(anything())
def test_every_item_is_added_in_exactly_one_month(item: Item) -> None:
    months = [f"{year}-{month:02d}" for year in (2022, 2023, 2024) for month in range(1, 13)]
    assert sum(len(sheet([item], month).added) for month in months) == 1


def test_an_open_item_names_its_months_without_progress() -> None:
    """R-PRB-9: the month itself counts once it is over; a step of any kind is progress."""
    idle = item("I", date(2023, 1, 10), "M", (Action.PROGRESS, date(2023, 3, 2)))
    assert sheet([idle], "2023-04").open[0].idle_months == ("2023-02", "2023-04")
    assert sheet([idle], "2023-04", today="2023-04-20").open[0].idle_months == ("2023-02",)
