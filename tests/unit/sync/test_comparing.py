"""Records that differ from the log are found, made again, and named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.laptops import certify, household, laptop, meet
from villageapp.models.records import Household
from villageapp.services.syncing import state_hash
from villageapp.services.workspace import Workspace
from villageapp.sync import capture, comparing
from villageapp.sync.clock import wall_ms
from villageapp.sync.comparing import Difference
from villageapp.sync.digest import BUCKETS, VERSION, Buckets, bucket_of
from villageapp.sync.registers import Record


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    for number in range(1, 40):
        with (a if number % 2 else b).transaction() as session:
            session.add(household(number))
    meet(a, b)
    with a.transaction() as session:
        session.get_one(Household, household(1).id).phone = "13811111111"
        capture.delete(session, session.get_one(Household, household(3).id))
    with b.transaction() as session:
        session.get_one(Household, household(1).id).phone = "13822222222"
    meet(a, b)
    yield a, b
    a.close()
    b.close()


def poke(work: Workspace, statement: str, *values: object) -> None:
    with work.database.writing() as connection:
        assert connection.exec_driver_sql(statement, values).rowcount == 1


def made_again(work: Workspace) -> list[Difference]:
    with work.database.writing() as connection:
        return comparing.remake(connection, None)


def test_a_store_that_agrees_with_its_log_is_left_as_it_is(pair: tuple[Workspace, Workspace]) -> None:
    for work in pair:
        before = state_hash(work)
        assert made_again(work) == []
        assert state_hash(work) == before
    with pair[0].reading() as first, pair[1].reading() as second:
        assert comparing.own_buckets(first).differing(comparing.own_buckets(second)) == []


def test_an_edit_of_what_a_clock_days_ahead_wrote_has_the_times_that_the_log_says(tmp_path: Path) -> None:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    a.clock._wall = lambda: wall_ms() + 3 * 24 * 3600 * 1000
    with a.transaction() as session:
        session.add(household(1, phone="13800000001"))
        session.add(household(2))
    meet(b, a)
    with b.transaction() as session:
        home = session.get_one(Household, household(1).id)
        home.phone = "13811111111"
        capture.mark_unseen(session, home, ["phone"])
        capture.delete(session, session.get_one(Household, household(2).id))
    meet(b, a)
    times = []
    for work in (a, b):
        assert made_again(work) == []
        with work.reading() as connection:
            shown = "SELECT created_hlc, created_by, updated_hlc, updated_by FROM household ORDER BY id"
            times.append(connection.exec_driver_sql(shown).all())
        work.close()
    assert times[0] == times[1]


def test_a_row_a_register_a_lost_record_and_a_stray_one_are_found_and_mended(
    pair: tuple[Workspace, Workspace],
) -> None:
    a, b = pair
    sound = state_hash(b)
    poke(a, "UPDATE household SET phone = '999', deleted = 1 WHERE id = ?", household(5).id)
    poke(a, "UPDATE record_state SET fields = '' WHERE record_id = ?", household(1).id)
    poke(a, "DELETE FROM household WHERE id = ?", household(7).id)
    poke(a, "DELETE FROM record_state WHERE record_id = ?", household(7).id)
    poke(a, "INSERT INTO household (id, deleted, created_hlc, created_by, updated_hlc, updated_by)"
            " VALUES ('x', 0, 1, '', 1, '')")  # fmt: skip
    assert state_hash(a) != sound
    found = {d.record_id: d for d in made_again(a)}
    assert found.pop(household(5).id).fields == ("deleted", "phone")
    assert "phone" in found.pop(household(1).id).fields
    assert found == {
        household(7).id: Difference("household", household(7).id),
        "x": Difference("household", "x"),
    }
    assert state_hash(a) == sound
    with a.reading() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM household").scalar_one()
        listed = connection.exec_driver_sql("SELECT count(*) FROM household_summary").scalar_one()
    assert (rows, listed) == (39, 38)
    assert made_again(a) == []


def test_only_the_buckets_asked_for_are_looked_at(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    poke(a, "UPDATE household SET phone = '999' WHERE id = ?", household(5).id)
    poke(a, "DELETE FROM household WHERE id = ?", household(8).id)
    poke(a, "DELETE FROM record_state WHERE record_id = ?", household(8).id)
    buckets = {bucket_of("household", household(n).id) for n in (5, 8)}
    with a.database.writing() as connection:
        found = comparing.remake(connection, buckets)
    assert {d.record_id for d in found} == {household(5).id, household(8).id}


def test_a_row_that_hides_its_registers_is_found(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    with a.reading() as connection:
        assert comparing.crooked(connection) == set()
    poke(a, "UPDATE household SET phone = '999' WHERE id = ?", household(1).id)  # its phone is in conflict
    poke(a, "UPDATE household SET deleted = 0 WHERE id = ?", household(3).id)
    poke(a, "UPDATE household SET deleted = 1 WHERE id = ?", household(5).id)
    with a.reading() as connection:
        found = comparing.crooked(connection)
    assert found == {("household", household(n).id) for n in (1, 3, 5)}


def test_a_receipt_s_state_says_whether_records_agree(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    with b.reading() as connection:
        state = comparing.own_buckets(connection).state
    with a.reading() as connection:
        assert comparing.agrees(connection, state, VERSION)
        assert not comparing.agrees(connection, "", VERSION)
        assert not comparing.agrees(connection, state, VERSION + 1), "other sums"
    poke(a, "UPDATE household SET phone = '999' WHERE id = ?", household(1).id)  # hidden by its register
    with a.reading() as connection:
        assert not comparing.agrees(connection, state, VERSION)
    with b.transaction() as session:
        session.add(household(99))
    with b.reading() as connection:
        assert not comparing.agrees(connection, state, VERSION), "unsealed work is ahead of every receipt"


RECORDS = st.lists(
    st.tuples(st.sampled_from(["household", "visit"]), st.uuids().map(str), st.integers(0, 5)), unique=True
)


@given(records=RECORDS, taken=st.integers(0, 5))
def test_sums_follow_single_records_in_any_order(records: list[tuple[str, str, int]], taken: int) -> None:
    whole = [(e, i, Record({"people": n}, [])) for e, i, n in records]
    followed = Buckets()
    for one in reversed(whole):
        followed.add(*one)
    for one in whole[:taken]:
        followed.take_out(*one)
    made = Buckets.of(whole[taken:])
    assert followed.content == made.content
    assert Buckets(made.content).differing(followed) == []
    assert all(0 <= n < BUCKETS for n in Buckets().differing(made))


def test_foreign_sums_are_refused() -> None:
    with pytest.raises(ValueError, match="256"):
        Buckets(b"short")
