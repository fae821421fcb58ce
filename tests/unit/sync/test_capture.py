"""A flush of the session writes data, outbox and registers in one commit, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from tests.helpers.laptops import certify, household, laptop, meet
from villageapp.models import ids
from villageapp.models.records import Household, Member, Visit
from villageapp.services.syncing import conflicts, state_hash
from villageapp.services.workspace import Workspace
from villageapp.sync import capture


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    opened = laptop(tmp_path, "a", certified=False)
    yield opened
    opened.close()


def outbox(work: Workspace) -> list[tuple[Any, ...]]:
    with work.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT seq, entity, kind, fields, bases FROM outbox ORDER BY seq"
        ).all()
    return [
        (seq, entity, kind, json.loads(fields), json.loads(bases))
        for seq, entity, kind, fields, bases in rows
    ]


def test_a_new_record_is_one_change_with_its_filled_fields(work: Workspace) -> None:
    with work.transaction() as session:
        session.add(household(1, risks=("01", "07"), relocated=True))
    [(seq, entity, kind, fields, bases)] = outbox(work)
    assert (seq, entity, kind, bases) == (1, "household", "set", {})
    assert fields["risks"] == ["01", "07"]
    assert fields["relocated"] is True
    assert "phone" not in fields, "an empty field is not written"


def test_an_edit_names_the_clock_it_replaces(work: Workspace) -> None:
    with work.transaction() as session:
        session.add(household(1, phone="13800000000"))
    with work.transaction() as session:
        session.get_one(Household, household(1).id).phone = "13900000000"
    _, (seq, _, _, fields, bases) = outbox(work)
    assert (seq, fields) == (2, {"phone": "13900000000"})
    assert bases["phone"][0][2] == 1


def test_setting_the_same_value_is_no_change(work: Workspace) -> None:
    with work.transaction() as session:
        session.add(household(1, phone="13800000000"))
    with work.transaction() as session:
        session.get_one(Household, household(1).id).assign({"phone": "13800000000"})
    assert len(outbox(work)) == 1


def test_a_failed_transaction_leaves_neither_data_nor_number(work: Workspace) -> None:
    with pytest.raises(ZeroDivisionError), work.transaction() as session:
        session.add(household(1))
        session.flush()
        raise ZeroDivisionError
    assert outbox(work) == []
    with work.transaction() as session:
        session.add(household(2))
    assert [row[0] for row in outbox(work)] == [1], "sequence numbers have no gap"


def test_lists_follow_in_the_same_commit(work: Workspace) -> None:
    with work.transaction() as session:
        family = household(1, group_name="二组")
        head = Member(
            id=ids.member_id(family.id, "x"),
            household_id=family.id,
            name="张示范",
            relation="户主",
            labour="5",
        )
        session.add_all([family, head])
    with work.reading() as connection:
        row = connection.exec_driver_sql(
            "SELECT head_name, group_name, members, no_labour_whole FROM household_summary"
        ).one()
        found = (
            connection.exec_driver_sql("SELECT name FROM search_entry WHERE text LIKE '%zsf%'")
            .scalars()
            .all()
        )
    assert tuple(row) == ("张示范", "二组", 1, 1)
    assert found == ["张示范"]


def test_a_visit_moves_the_last_visit_day_in_china(work: Workspace) -> None:
    family = household(1)
    visit = Visit(id=ids.new_id(), household_id=family.id, kind="01", result="见到户主")
    visit.started_at = work.now().replace(2022, 3, 31, 17, 0, 0, 0)  # 01:00 on 1 April in China
    with work.transaction() as session:
        session.add_all([family, visit])
    with work.reading() as connection:
        assert (
            connection.exec_driver_sql("SELECT last_visit_on FROM household_summary").scalar() == "2022-04-01"
        )


def test_bulk_sql_on_synced_records_is_refused(work: Workspace) -> None:
    for statement in (update(Household).values(phone="1"), insert(Household).values(id="x")):
        with pytest.raises(TypeError, match="would not be synced"), work.transaction() as session:
            session.execute(statement)


def test_session_delete_is_refused_and_capture_delete_syncs(work: Workspace) -> None:
    with work.transaction() as session:
        session.add(household(1))
    with pytest.raises(TypeError), work.transaction() as session:
        session.delete(session.get_one(Household, household(1).id))
    with work.transaction() as session:
        capture.delete(session, session.get_one(Household, household(1).id))
    with work.transaction() as session:
        assert session.get_one(Household, household(1).id).deleted
    assert outbox(work)[-1][2] == "delete"
    with work.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM household_summary").scalar() == 0
    with work.transaction() as session:
        capture.restore(session, session.get_one(Household, household(1).id))
    assert outbox(work)[-1][2] == "restore"


def test_an_edit_that_had_not_seen_the_present_value_keeps_both(work: Workspace) -> None:
    with work.transaction() as session:
        session.add(household(1, phone="13800000000"))
    with work.transaction() as session:
        family = session.get_one(Household, household(1).id)
        capture.mark_unseen(session, family, ["phone"])
        family.phone = "13900000000"
    [conflict] = conflicts(work)
    assert {value.value for value in conflict.values} == {"13800000000", "13900000000"}
    with work.transaction() as session:
        family = session.get_one(Household, household(1).id)
        capture.mark_settled(session, family, ["phone"])
        family.phone = "13700000000"
    assert conflicts(work) == []


def test_the_state_hash_follows_the_content(work: Workspace) -> None:
    before = state_hash(work)
    with work.transaction() as session:
        session.add(household(1))
    after = state_hash(work)
    assert before.hash != after.hash
    assert (after.records, after.changes) == (1, 1)


def test_creating_many_is_the_same_as_creating_each(tmp_path: Path) -> None:
    """Bulk creation writes the same outbox, registers, rows and lists as a flush of objects."""
    values = [
        {**household(n, phone=f"1380000000{n}", risks=("01",), relocated=False).values()} for n in (1, 2, 3)
    ]
    stores = []
    for name in ("each", "many"):
        work = laptop(tmp_path, name, certified=False)
        work.clock._wall = lambda: 1_660_000_000_000
        with work.transaction() as session:
            new = [(household(n).id, v) for n, v in zip((1, 2, 3), values, strict=True)]
            if name == "each":
                session.add_all([Household(id=i, **v) for i, v in new])
            else:
                capture.create_many(session, Household, new)
            assert capture.touched(session).touches("household", new[0][0])
        with work.reading() as connection:
            read = [
                connection.exec_driver_sql(f"SELECT {columns} FROM {table} ORDER BY 1, 2").all()
                for table, columns in (
                    ("outbox", "seq, hlc, entity, record_id, kind, fields, bases"),
                    (
                        "household",
                        "id, created_hlc, updated_hlc, deleted, phone, risks, relocated, national_hh_no",
                    ),
                    ("record_state", "entity, record_id, fields, conflicts"),
                    ("household_summary", "*"),
                    ("search_entry", "*"),
                    ("replica", "next_seq, last_hlc"),
                )
            ]
        stores.append(read)
        work.close()
    assert stores[0] == stores[1]


def test_creating_many_refuses_what_is_here(work: Workspace) -> None:
    with work.transaction() as session:
        session.add(household(1))
    with pytest.raises(ValueError, match="exists"), work.transaction() as session:
        capture.create_many(session, Household, [(household(1).id, household(1).values())])


def test_editing_what_a_colleague_deleted_lets_it_live_on_every_laptop(tmp_path: Path) -> None:
    first, second = laptop(tmp_path, "first"), laptop(tmp_path, "second")
    certify(first, second)
    with first, second:
        home = household(1, phone="13800000001")
        with first.transaction() as session:
            session.add(home)
        meet(first, second)
        with second.transaction() as session:
            capture.delete(session, session.get_one(Household, home.id))
        meet(first, second)
        with first.transaction() as session:  # the form was open when the deletion came in
            session.get_one(Household, home.id).phone = "13900000009"
        meet(first, second)
        rows = []
        for work in (first, second):
            with work.reading() as connection:
                found = connection.exec_driver_sql(
                    "SELECT deleted, phone FROM household WHERE id = ?", (home.id,)
                )
                rows.append(tuple(found.one()))
        assert rows == [(0, "13900000009")] * 2
        assert state_hash(first).hash == state_hash(second).hash
