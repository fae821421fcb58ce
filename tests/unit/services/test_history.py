"""Who changed what when: every value ever typed is found again, with author and laptop."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.laptops import certify, household, laptop, meet
from tests.helpers.stores import USER_NAME, ZHANG, family_id
from villageapp.services import history, households
from villageapp.services.workspace import Workspace


def test_every_value_of_a_household_is_found_with_its_author(work: Workspace) -> None:
    home = family_id(ZHANG)
    households.change(work, home, {"phone": "13900000001"})
    households.change(work, home, {"phone": "13900000002"})
    entries = history.of_household(work, home)
    assert [entry.at for entry in entries] == sorted((e.at for e in entries), reverse=True)
    newest, before = entries[0], entries[1]
    assert (newest.by, newest.kind, newest.entity) == (USER_NAME, history.CHANGED, "household")
    [change] = newest.fields
    assert (change.before, change.after) == ("13900000001", "13900000002")
    assert before.fields[0].before == "13800000001"
    created = [entry for entry in entries if entry.kind == history.CREATED]
    assert {entry.entity for entry in created} == {"household", "member"}


def test_a_colleagues_change_names_the_laptop(tmp_path: Path) -> None:
    first, second = laptop(tmp_path, "first"), laptop(tmp_path, "second")
    certify(first, second)
    with first, second:
        home = household(1, phone="13800000001")
        with first.transaction() as session:
            session.add(home)
        meet(first, second)
        households.change(second, home.id, {"phone": "13900000002"})
        meet(first, second)
        newest = history.of_record(first, home.id)[0]
        assert newest.laptop == "second"
        assert newest.fields[0].before == "13800000001"
        assert history.of_record(second, home.id)[0].fields == newest.fields
