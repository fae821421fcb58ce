"""One change that cannot be merged holds up nobody, is named, and is tried again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.laptops import certify, household, laptop
from villageapp.domain.forms import FORMS
from villageapp.errors import NotFound, Trouble
from villageapp.models.ids import new_id
from villageapp.models.records import Household
from villageapp.services import quarantined
from villageapp.services.syncing import state_hash
from villageapp.services.workspace import Workspace
from villageapp.sync import apply as applying
from villageapp.sync import registers, repair, store
from villageapp.sync.chain import Sealed
from villageapp.sync.change import DELETE, DELETED, SET, Change
from villageapp.sync.registers import Record

BROKEN = '{"deleted": {"replica": "all"}}'  # a deletion that says nothing that can be compared


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    yield a, b
    a.close()
    b.close()


def sealed(work: Workspace) -> list[Sealed]:
    with work.database.writing() as connection:
        store.seal_outbox(connection)
        return store.segments_for(connection, {}, 10**9)[0]


def take(work: Workspace, segments: list[Sealed]) -> store.Taken:
    with work.database.writing() as connection:
        return store.take(connection, segments, work.clock)


def plant(work: Workspace, record_id: str, kind: str, fields: str) -> int:
    """An own change as a broken program would have written it."""
    with work.database.writing() as connection:
        seq = connection.exec_driver_sql("SELECT next_seq FROM replica").scalar_one()
        connection.exec_driver_sql(
            "INSERT INTO outbox VALUES (?, ?, 'x', 'household', ?, ?, ?, '{}')",
            (seq, (seq + 1) << 40, record_id, kind, fields),
        )
        connection.exec_driver_sql("UPDATE replica SET next_seq = ?", (seq + 1,))
    return int(seq)


def phones(work: Workspace) -> dict[str, Any]:
    with work.reading() as connection:
        rows = connection.exec_driver_sql("SELECT national_hh_no, phone FROM household ORDER BY 1").all()
    return {row[0]: row[1] for row in rows}


def prepared(pair: tuple[Workspace, Workspace]) -> int:
    """On a: three households, a broken deletion of the second, later edits of all; b takes everything."""
    a, b = pair
    with a.transaction() as session:
        session.add_all([household(n, phone="13800000000") for n in (1, 2, 3)])
    seq = plant(a, household(2).id, DELETE, BROKEN)
    with a.database.writing() as connection:  # the store of the broken program has it merged
        connection.exec_driver_sql("DELETE FROM quarantine")
    with a.transaction() as session:
        for n in (1, 2, 3):
            session.get_one(Household, household(n).id).phone = f"1380000000{n}"
    taken = take(b, sealed(a))
    assert taken.refused == []
    assert taken.changes == 7
    return seq


def test_the_others_are_applied_and_the_one_is_named(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    seq = prepared(pair)
    assert phones(b) == phones(a)
    [one] = quarantined.listed(b)
    assert (one.replica_id, one.seq, one.record_id) == (a.identity.replica_id, seq, household(2).id)
    assert (one.title, one.by) == (FORMS["household"].title, "甲")
    assert one.reason
    assert one.technical.startswith("TypeError")
    with b.reading() as connection:
        assert store.vector_of(connection) == {a.identity.replica_id: 7}, "the log is whole"
        assert [change.fields for _, change in repair.quarantined(connection)] == [json.loads(BROKEN)]


def test_trying_again_changes_nothing_while_it_cannot_be_read(pair: tuple[Workspace, Workspace]) -> None:
    _, b = pair
    prepared(pair)
    before, hash_ = quarantined.listed(b), state_hash(b)
    retried = quarantined.retry(b)
    assert (retried.merged, retried.left) == (0, 1)
    assert [(q.seq, q.reason) for q in quarantined.listed(b)] == [(q.seq, q.reason) for q in before]
    assert state_hash(b) == hash_
    assert quarantined.retry(b).changes.touches("household", household(2).id)


def test_a_newer_program_that_can_read_it_takes_it_in(
    pair: tuple[Workspace, Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, b = pair
    prepared(pair)
    merge = registers.merge

    def newer(record: Record, change: Change, replica_id: str, known: Any) -> None:
        if change.kind == DELETE:
            seen = dict.fromkeys(change.fields[DELETED], 0)
            change = Change(change.seq, change.hlc, change.actor, change.entity, change.record_id,
                            DELETE, {DELETED: seen})  # fmt: skip
        merge(record, change, replica_id, known)

    monkeypatch.setattr(applying, "merge", newer)
    assert quarantined.retry(b).merged == 1
    assert quarantined.listed(b) == []
    assert phones(b)[household(2).national_hh_no] == "13800000002"
    assert quarantined.retry(b).merged == 0


def test_it_can_be_handed_on_as_a_file(pair: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    a, b = pair
    with pytest.raises(NotFound):
        quarantined.export(b, tmp_path / "none.json")
    prepared(pair)
    target = tmp_path / "one.json"
    assert quarantined.export(b, target) == 1
    [written] = json.loads(target.read_text(encoding="utf-8"))
    assert (written["entity"], written["fields"]) == ("household", json.loads(BROKEN))
    assert written["replica_id"] == a.identity.replica_id
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(Trouble):
        quarantined.export(b, tmp_path / "missing" / "one.json")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.json", "乙", "甲"]


NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.sampled_from(["\0", "0001-01-01", "9999-12-31T23:59:59.999Z", "2024-02-30", "1e400", "NaN", "sNaN",
                     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "🀄" * 50]),
    st.lists(st.one_of(st.none(), st.integers(-5, 5), st.text(st.characters(codec="utf-8"), max_size=5)), max_size=3),
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), st.integers(0, 3), max_size=2),
)  # fmt: skip
WRITES = st.lists(
    st.tuples(
        st.sampled_from(sorted(FORMS)),
        st.integers(0, 2),
        st.lists(st.tuples(st.integers(0, 200), NASTY), min_size=1, max_size=6),
        st.sampled_from([SET, SET, SET, DELETE]),
    ),
    min_size=1,
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=WRITES)
def test_no_value_whatever_stops_a_good_household_behind_it(
    pair: tuple[Workspace, Workspace], written: Any
) -> None:
    a, b = pair
    ids = [new_id() for _ in range(3)]
    good = household(int(new_id().replace("-", "")[-9:], 16))
    with a.database.writing() as connection:
        seq = connection.exec_driver_sql("SELECT next_seq FROM replica").scalar_one()
        for entity, which, values, kind in written:
            names = [field.name for field in FORMS[entity].fields]
            fields = {names[number % len(names)]: value for number, value in values}
            fields = {DELETED: dict(enumerate_text(values))} if kind == DELETE else fields
            row = (seq, (seq + 1) << 40, "x", entity, ids[which], kind, json.dumps(fields))
            connection.exec_driver_sql("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, '{}')", row)
            seq += 1
        connection.exec_driver_sql("UPDATE replica SET next_seq = ?", (seq,))
    with a.transaction() as session:
        session.add(good)
    with b.reading() as connection:
        known = store.vector_of(connection)
    with a.database.writing() as connection:
        store.seal_outbox(connection)
        fresh = store.segments_for(connection, known, 10**9)[0]
    assert take(b, fresh).refused == []
    with b.reading() as connection:
        count = "SELECT count(*) FROM household_summary WHERE household_id = ?"
        assert connection.exec_driver_sql(count, (good.id,)).scalar_one() == 1
        held = connection.exec_driver_sql("SELECT count(*) FROM quarantine").scalar_one()
    before = state_hash(b)
    with b.database.writing() as connection:
        repair.rebuild(connection)
    assert state_hash(b) == before
    assert len(quarantined.listed(b)) == held


def enumerate_text(values: list[tuple[int, Any]]) -> Iterator[tuple[str, Any]]:
    return ((str(number), value) for number, value in values)
