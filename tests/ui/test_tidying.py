"""Garbage of cycles waits until the window has nothing to do, and is gone then."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from villageapp.ui import tidying
from villageapp.ui.tidying import Tidying


class Knot:
    """An object that only a full collection frees once it is old."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    """The collector is the process's, so it is given back as it was."""
    kept = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*kept)


def old_knot() -> weakref.ref[Knot]:
    knot = Knot()
    gc.collect()  # it has survived one: only a full collection looks at it again
    known = weakref.ref(knot)
    del knot
    gc.collect(1)
    assert known() is not None
    return known


def much_made() -> None:
    """Enough young objects for a full collection to be worth while."""
    for _ in range(tidying.WORTH + 1):
        gc.collect(1)


def test_no_full_collection_begins_by_itself() -> None:
    tidying.hold_back()
    knot = old_knot()
    made = [[number] for number in range(60_000)]
    assert len(made) == 60_000
    assert knot() is not None
    gc.collect()
    assert knot() is None


def test_it_waits_while_something_is_read_and_is_done_when_nothing_is(qtbot: QtBot) -> None:
    tidying.hold_back()
    idle = False
    tidy = Tidying(lambda: idle)
    knot = old_knot()
    assert not tidy.look()
    much_made()
    assert not tidy.look()
    assert knot() is not None
    idle = True
    qtbot.waitUntil(lambda: knot() is None, timeout=5_000)


def test_nothing_is_done_where_it_is_not_worth_while(monkeypatch: pytest.MonkeyPatch) -> None:
    tidying.hold_back()
    gc.collect()
    tidy = Tidying(lambda: True)
    assert not tidy.look()
    monkeypatch.setattr(tidying, "USUAL_WAIT", -1.0)
    assert tidy.look()


def test_a_person_who_never_pauses_does_not_keep_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tidying.hold_back()
    tidy = Tidying(lambda: False)
    knot = old_knot()
    much_made()
    assert not tidy.look()
    monkeypatch.setattr(tidying, "LONGEST_WAIT", -1.0)
    assert tidy.look()
    assert knot() is None
