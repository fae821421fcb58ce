"""Undo and redo: values come back, what changed since stays, and everything syncs as usual changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.days import on
from tests.helpers.laptops import certify, household, laptop, meet
from tests.helpers.stores import WANG, ZHANG, family_id
from villageapp.errors import NotAllowed, NotFound
from villageapp.models.records import Household
from villageapp.services import households, records, settling, syncing, undoing
from villageapp.services.workspace import Workspace
from villageapp.sync import capture


def phone(work: Workspace, household_id: str) -> str | None:
    found: str | None = households.page(work, household_id).values["phone"]
    return found


def test_a_change_goes_back_and_comes_again(work: Workspace) -> None:
    home = family_id(ZHANG)
    households.change(work, home, {"phone": "13900000009"})
    assert "联系电话" in undoing.state(work).undo or "电话" in undoing.state(work).undo
    undone = undoing.undo(work)
    assert phone(work, home) == "13800000001"
    assert undone.changes.touches("household", home)
    assert undoing.state(work).undo == ""
    undoing.redo(work)
    assert phone(work, home) == "13900000009"
    undoing.undo(work)
    assert phone(work, home) == "13800000001"


def test_a_field_that_was_empty_is_empty_again(work: Workspace) -> None:
    home = family_id(WANG)
    households.change(work, home, {"phone": "13900000009"})
    undoing.undo(work)
    assert phone(work, home) is None


def test_several_steps_go_back_in_turn(work: Workspace) -> None:
    home = family_id(ZHANG)
    for number in ("13900000001", "13900000002", "13900000003"):
        households.change(work, home, {"phone": number})
    undoing.undo(work)
    undoing.undo(work)
    assert phone(work, home) == "13900000001"
    undoing.redo(work)
    assert phone(work, home) == "13900000002"
    households.change(work, home, {"phone": "13900000004"})
    with pytest.raises(NotFound):
        undoing.redo(work)


def test_a_creation_is_deleted_and_a_deletion_restored(work: Workspace) -> None:
    home = family_id(ZHANG)
    with work.transaction() as session:
        capture.delete(session, session.get_one(Household, home))
    undoing.undo(work)
    with work.reading() as connection:
        assert connection.exec_driver_sql("SELECT deleted FROM household WHERE id = ?", (home,)).scalar() == 0


def test_nothing_to_undo(work: Workspace) -> None:
    assert undoing.state(work) == undoing.UndoState()
    with pytest.raises(NotFound):
        undoing.undo(work)


def test_a_colleagues_later_value_is_not_undone(tmp_path: Path) -> None:
    first, second = laptop(tmp_path, "first"), laptop(tmp_path, "second")
    certify(first, second)
    with first, second:
        home = household(1, phone="13800000001")
        with first.transaction() as session:
            session.add(home)
        households.change(first, home.id, {"phone": "13900000009"})
        meet(first, second)
        households.change(second, home.id, {"phone": "13700000007"})
        meet(first, second)
        with pytest.raises(NotAllowed):
            undoing.undo(first)
        assert phone(first, home.id) == "13700000007"


def test_undoing_a_choice_brings_both_values_back(tmp_path: Path) -> None:
    first, second = laptop(tmp_path, "first"), laptop(tmp_path, "second")
    certify(first, second)
    with first, second:
        home = household(1, phone="13800000001")
        with first.transaction() as session:
            session.add(home)
        meet(first, second)
        households.change(first, home.id, {"phone": "13900000001"})
        households.change(second, home.id, {"phone": "13900000002"})
        meet(first, second)
        assert len(syncing.conflicts(first)) == 1
        settling.settle(first, "household", home.id, "phone", "13900000002")
        assert syncing.conflicts(first) == []
        undoing.undo(first)
        [conflict] = syncing.conflicts(first)
        assert {value.value for value in conflict.values} == {"13900000001", "13900000002"}
        meet(first, second)
        assert len(syncing.conflicts(second)) == 1


def test_an_edit_with_an_earlier_clock_than_the_creation_is_undone_as_an_edit(work: Workspace) -> None:
    home = family_id(ZHANG)
    on(work, "2020-01-01")  # as when a colleague's laptop, years ahead, entered the household
    households.change(work, home, {"phone": "13900000009"})
    undoing.undo(work)
    assert phone(work, home) == "13800000001"
    assert records.count(work, "household") == 4


def test_what_a_colleague_entered_as_well_is_not_deleted_by_an_undo(tmp_path: Path) -> None:
    first, second = laptop(tmp_path, "first"), laptop(tmp_path, "second")
    certify(first, second)
    with first, second:
        for work in (first, second):
            with work.transaction() as session:
                session.add(household(1, phone="13800000001"))
        meet(first, second)
        with pytest.raises(NotAllowed):
            undoing.undo(first)
        assert records.count(first, "household") == records.count(second, "household") == 1
