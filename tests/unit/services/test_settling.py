"""A conflict settled on one laptop is settled on all; either value or another can be chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.helpers.laptops import certify, household, laptop, meet
from villageapp.errors import AlreadyDone, NotAllowed, NotFound
from villageapp.models.records import Cadre, Household, Member, Visit
from villageapp.services import households, settling
from villageapp.services.settling import settle, titles
from villageapp.services.syncing import conflicts, state_hash
from villageapp.services.workspace import Workspace
from villageapp.sync import capture

ID = household(1).id


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    """Two laptops that wrote different phones into one household."""
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    with a.transaction() as session:
        session.add(household(1, phone="13800000000"))
    meet(a, b)
    for work, phone in ((a, "13811111111"), (b, "13822222222")):
        with work.transaction() as session:
            session.get_one(Household, ID).phone = phone
    meet(a, b)
    yield a, b
    a.close()
    b.close()


@pytest.mark.parametrize("chosen", ["13811111111", "13822222222", "13833333333", None])
def test_any_value_can_be_chosen(pair: tuple[Workspace, Workspace], chosen: str | None) -> None:
    a, b = pair
    saved = settle(a, "household", ID, "phone", chosen)
    assert saved.changes.touches("household", ID)
    meet(b, a)
    assert state_hash(a) == state_hash(b)
    for work in pair:
        assert conflicts(work) == []
        with work.transaction() as session:
            assert session.get_one(Household, ID).phone == chosen


def test_people_read_whose_record_it_is_and_whom_a_reference_means(
    pair: tuple[Workspace, Workspace],
) -> None:
    a, b = pair
    head, visit, cadre, other = (f"01900000-0000-7000-8000-00000000000{n}" for n in range(1, 5))
    at = datetime(2026, 11, 19, 16, 30, tzinfo=UTC)  # past midnight in China
    with a.transaction() as session:
        session.get_one(Household, ID).assign({"head_member_id": head, "group_name": "一组"})
        for record, values in (
            (Member(id=head), {"household_id": ID, "name": "张示范"}),
            (Visit(id=visit), {"household_id": ID, "started_at": at}),
            (Cadre(id=cadre), {"name": "郑干部"}),
            (Cadre(id=other), {"name": "冯干部"}),
        ):
            record.assign(values)
            session.add(record)
    meet(a, b)
    for work, note, phone, duty in ((a, "甲", "13800000001", cadre), (b, "乙", "13900000001", other)):
        with work.transaction() as session:
            session.get_one(Visit, visit).note = note
            session.get_one(Member, head).phone = phone
            session.get_one(Household, ID).duty_person_id = duty
    meet(a, b)
    found = conflicts(a)
    assert {c.field for c in found} == {"phone", "note", "duty_person_id"}
    assert titles(a, found) == {
        ID: "张示范家（一组）",
        head: "张示范（张示范家（一组））",
        visit: "张示范家（一组） 2026-11-20",
        cadre: "郑干部",
        other: "冯干部",
    }


def test_settling_twice_says_so_and_unknown_fields_are_refused(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    settle(a, "household", ID, "phone", "13811111111")
    with pytest.raises(AlreadyDone):
        settle(a, "household", ID, "phone", "13811111111")
    for entity, field in (("household", "from_the_future"), ("orchard", "trees")):
        with pytest.raises(NotAllowed):
            settle(a, entity, ID, field, "1")


def test_both_settle_at_once_and_agree_again(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    settle(a, "household", ID, "phone", "13811111111")
    settle(b, "household", ID, "phone", "13822222222")
    meet(a, b)
    assert len(conflicts(a)) == len(conflicts(b)) == 1
    settle(b, "household", ID, "phone", "13822222222")
    meet(a, b)
    assert conflicts(a) == conflicts(b) == []


@pytest.mark.parametrize("deleted", [True, False])
def test_a_deletion_that_met_an_edit_is_decided(pair: tuple[Workspace, Workspace], deleted: bool) -> None:
    a, b = pair
    settle(a, "household", ID, "phone", "13811111111")
    meet(a, b)
    with a.transaction() as session:
        capture.delete(session, session.get_one(Household, ID))
    with b.transaction() as session:
        session.get_one(Household, ID).address = "村东头"
    meet(a, b)
    assert [c.field for c in conflicts(b)] == ["deleted"]
    settle(b, "household", ID, "deleted", deleted)
    meet(a, b)
    assert state_hash(a) == state_hash(b)
    for work in pair:
        assert conflicts(work) == []
        with work.transaction() as session:
            assert session.get_one(Household, ID).deleted is deleted


def test_a_choice_is_undone_on_any_laptop_at_any_later_time(tmp_path: Path) -> None:
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
        settling.settle(first, "household", home.id, "phone", "13900000001")
        meet(first, second)
        assert conflicts(second) == []
        settling.reopen(second, "household", home.id, "phone")
        meet(first, second)
        for work in (first, second):
            [conflict] = conflicts(work)
            assert {value.value for value in conflict.values} == {"13900000001", "13900000002"}
        with pytest.raises(NotFound):
            settling.reopen(first, "household", home.id, "note")
