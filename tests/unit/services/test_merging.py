"""Duplicates: warned of at entry, proposed when two laptops meet, merged without loss, undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.laptops import certify, household, laptop, meet
from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from villageapp.domain.duplicates import Certainty
from villageapp.errors import AlreadyDone, NotAllowed
from villageapp.models.records import Household, Member
from villageapp.services import duplicates, history, households, measures, members, merging, syncing, visits
from villageapp.services.workspace import Workspace

LI = "149901196507080022"
NEW = {"name": "李样例", "relation": "其他", "birth_date": "1965-07-08", "sex": "2", "id_type": "99"}


def test_whoever_may_be_registered_already_is_named_at_entry(work: Workspace) -> None:
    saved = members.add_member(work, family_id(WANG), NEW)
    [warning] = [w for w in saved.warnings if "可能已登记" in w.message]
    assert "李样例" in warning.message
    assert "张示范" in warning.message
    [proposal] = duplicates.proposals(work)
    assert {proposal.first.id, proposal.second.id} == {saved.id, member_id(ZHANG, LI)}
    assert proposal.certainty is Certainty.LIKELY


def test_saying_that_they_are_different_ends_the_proposal(work: Workspace) -> None:
    double = members.add_member(work, family_id(WANG), NEW).id
    merging.different(work, "member", member_id(ZHANG, LI), double)
    assert duplicates.proposals(work) == []


def test_members_are_merged_with_what_hangs_on_them_and_parted_again(work: Workspace) -> None:
    kept = member_id(ZHANG, LI)
    double = members.add_member(work, family_id(WANG), {**NEW, "phone": "13800000022"}).id
    fields = {
        "item": "雨露计划",
        "title": "2026 年春季学期",
        "status": "实施中",
        "member_id": double,
        "start_on": "2026-01-01",
    }
    measure = measures.record_measure(work, family_id(WANG), fields).id
    before = syncing.state_hash(work).hash
    merged = merging.merge(work, "member", kept, double)
    with work.transaction() as session:
        assert session.get_one(Member, double).deleted
        assert session.get_one(Member, kept).phone == "13800000022"
    page = households.page(work, family_id(WANG))
    assert [m["member_id"] for m in page.measures if m["id"] == measure] == [kept]
    assert history.of_record(work, double), "both histories stay"
    assert syncing.state_hash(work).hash != before
    merging.unmerge(work, merged.detail)
    with work.transaction() as session:
        assert not session.get_one(Member, double).deleted
        assert session.get_one(Member, kept).phone is None
    assert [
        m["member_id"] for m in households.page(work, family_id(WANG)).measures if m["id"] == measure
    ] == [double]
    with pytest.raises(AlreadyDone):
        merging.unmerge(work, merged.detail)


def test_what_was_changed_since_stays_when_parted(work: Workspace) -> None:
    kept = member_id(ZHANG, LI)
    double = members.add_member(work, family_id(WANG), {**NEW, "phone": "13800000022"}).id
    merged = merging.merge(work, "member", kept, double)
    members.change_member(work, kept, {"phone": "13800000033"})
    parted = merging.unmerge(work, merged.detail)
    assert [w.field for w in parted.warnings] == ["phone"]
    with work.transaction() as session:
        assert session.get_one(Member, kept).phone == "13800000033"


def test_whole_households_are_merged(work: Workspace) -> None:
    visit = {"kind": "01", "started_at": "2026-11-02T10:00:00+08:00", "result": "见到户主"}
    visits.record_visit(work, family_id(WANG), visit)
    merging.merge(work, "household", family_id(ZHANG), family_id(WANG))
    page = households.page(work, family_id(ZHANG))
    assert {m["name"] for m in page.members} >= {"张示范", "王测试"}
    assert len(page.visits) == 1
    with work.transaction() as session:
        assert session.get_one(Household, family_id(WANG)).deleted
    with pytest.raises(NotAllowed):
        merging.merge(work, "visit", "a", "b")
    with pytest.raises(NotAllowed):
        merging.merge(work, "household", family_id(ZHANG), family_id(ZHANG))


def test_two_laptops_that_registered_one_person_find_it_when_they_meet(tmp_path: Path) -> None:
    first, second = laptop(tmp_path, "first"), laptop(tmp_path, "second")
    certify(first, second)
    with first, second:
        homes = household(1), household(2)
        with first.transaction() as session:
            session.add_all(homes)
        meet(first, second)
        one = members.add_member(first, homes[0].id, {**NEW, "id_no": LI, "id_type": "01"}).id
        two = members.add_member(second, homes[1].id, {**NEW, "id_no": LI, "id_type": "01"}).id
        meet(first, second)
        for work in (first, second):
            [proposal] = duplicates.proposals(work)
            assert proposal.certainty is Certainty.CERTAIN
            assert {proposal.first.id, proposal.second.id} == {one, two}
        merging.merge(second, "member", one, two)
        meet(first, second)
        assert duplicates.proposals(first) == duplicates.proposals(second) == []
        assert syncing.state_hash(first).hash == syncing.state_hash(second).hash
