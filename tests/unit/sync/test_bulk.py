"""Creations written in bulk leave exactly what the general merge leaves, whatever else is in the segments."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from tests.helpers.laptops import laptop
from villageapp.services.workspace import Workspace
from villageapp.sync import bulk, rows, seal, states
from villageapp.sync.apply import apply
from villageapp.sync.change import DELETE, DELETED, SET, Change, Clock
from villageapp.sync.digest import digest

A, B = "00000000-0000-7000-8000-0000000000aa", "00000000-0000-7000-8000-0000000000bb"
HOUSEHOLDS = [str(uuid.UUID(int=n)) for n in (1, 2, 3)]
RECORDS = [str(uuid.UUID(int=n)) for n in range(10, 16)]
TABLES = (
    "household",
    "member",
    "visit",
    "record_state",
    "household_summary",
    "search_entry",
    "stale_household",
)

texts = st.one_of(st.none(), st.sampled_from(["", "甲", "王测试", "2022-03-01"]), st.integers(0, 3))
instants = st.sampled_from(["2022-03-01T06:20:00.000Z", "2022-12-31T23:59:59.000Z", "0001-01-01", "昨天"])
numbers = st.sampled_from([0, 1_000, 2**63 - 1, -(2**63), True, "5", None])
yes_no = st.sampled_from([True, False, 1, None])
lists = st.sampled_from([[], ["甲"], [{"measure_id": "1", "status": "落实"}], "甲", None])
owners = st.sampled_from(HOUSEHOLDS)
FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "visit": {
        "household_id": owners,
        "started_at": instants,
        "result": texts,
        "expense_amount": numbers,
        "edu_ok": yes_no,
        "visitors": lists,
        "next_visit_on": st.sampled_from(["2022-03-01", "2022-02-30", None]),
    },
    "household": {"group_name": texts, "status": st.just("在册"), "phone": texts},
    "member": {"household_id": owners, "name": texts, "relation": texts, "未来": texts},
    "未来": {"household_id": owners, "name": texts},
}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made = laptop(Path(tmp_path_factory.mktemp("bulk")), "甲")
    yield made
    made.close()


@st.composite
def a_change(draw: st.DrawFn, seq: int) -> Change:
    entity = draw(st.sampled_from(sorted(FIELDS)))
    record_id = draw(st.sampled_from(HOUSEHOLDS if entity == "household" else RECORDS))
    hlc = draw(st.integers(1, 50))
    if draw(st.integers(0, 9)) == 0:
        return Change(seq, hlc, "甲", entity, record_id, DELETE, {DELETED: {A: seq}})
    names = draw(st.sets(st.sampled_from(sorted(FIELDS[entity])), max_size=4))
    fields = {name: draw(FIELDS[entity][name]) for name in sorted(names)}
    replaced = draw(st.integers(1, seq))
    bases = {name: (Clock(hlc, A, replaced),) for name in names if draw(st.integers(0, 5)) == 0}
    return Change(seq, hlc, draw(st.sampled_from(["甲", "乙"])), entity, record_id, SET, fields, bases)


@st.composite
def batches(draw: st.DrawFn) -> list[tuple[str, list[Change]]]:
    """Two segments of one laptop and one of another."""
    made = []
    for replica_id, first in ((A, 1), (B, 1), (A, 21)):
        count = draw(st.integers(1, 8))
        made.append((replica_id, [draw(a_change(first + n)) for n in range(count)]))
    return made


def left_by(connection: Connection, given: Sequence[tuple[str, Sequence[Change]]]) -> Any:
    """What the store holds after these; it is taken back."""
    point = connection.begin_nested()
    try:
        touched = apply(connection, given, {})
        held = [connection.exec_driver_sql(f"SELECT * FROM {t} ORDER BY 1, 2").all() for t in TABLES[:-1]]
        held.append(connection.exec_driver_sql("SELECT * FROM stale_household ORDER BY 1").all())
        quarantined = connection.exec_driver_sql("SELECT count(*) FROM quarantine").scalar_one()
        return digest(states.load_all(connection)), held, touched, quarantined
    finally:
        point.rollback()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches())
def test_bulk_and_general_merge_leave_the_same(work: Workspace, made: list[tuple[str, list[Change]]]) -> None:
    as_they_come = [(r, sorted(changes, key=lambda c: c.seq)) for r, changes in made]
    opened = [(r, seal.open_body(seal.pack(changes))) for r, changes in made]
    with work.database.writing() as connection:
        general, columns = left_by(connection, as_they_come), left_by(connection, opened)
    assert columns == general


def visit(seq: int, number: int, **fields: Any) -> Change:
    base = {"household_id": HOUSEHOLDS[0], "started_at": "2022-03-01T06:20:00.000Z", "result": "1"}
    return Change(seq, seq * 100, "甲", "visit", str(uuid.UUID(int=100 + number)), SET, {**base, **fields})


def planned(work: Workspace, *changes: Change) -> bulk.Plan:
    with work.database.writing() as connection:
        return bulk.plan(connection, [(A, seal.open_body(seal.pack(changes)))])


def test_creations_of_unknown_records_are_written_in_bulk(work: Workspace) -> None:
    plan = planned(work, *(visit(n, n) for n in range(1, 40)))
    assert [len(one.group.seqs) for one in plan.creations] == [39]
    assert plan.batches == [(A, [])]


def test_a_record_that_is_edited_in_the_same_batch_is_merged_alone(work: Workspace) -> None:
    edit = Change(9, 900, "甲", "visit", visit(2, 2).record_id, SET, {"note": "改"}, {})
    plan = planned(work, *(visit(n, n) for n in range(1, 9)), edit)
    [(_, merged)] = plan.batches
    assert [c.seq for c in merged] == [2, 9]
    assert sum(len(one.group.seqs) for one in plan.creations) == 7


def test_a_known_record_is_merged(work: Workspace) -> None:
    with work.database.writing() as connection:
        point = connection.begin_nested()
        apply(connection, [(B, [visit(1, 3)])], {})
        plan = bulk.plan(connection, [(A, seal.open_body(seal.pack([visit(1, 3), visit(2, 4)])))])
        point.rollback()
    assert [c.seq for _, merged in plan.batches for c in merged] == [1]


@pytest.mark.parametrize(
    "fields",
    [
        {"note": None},
        {"expense_amount": "5"},
        {"started_at": "昨天"},
        {"未来": 1},
        {"edu_ok": 1},
        {"visitors": "甲"},
    ],
)
def test_what_needs_a_register_is_merged(work: Workspace, fields: dict[str, Any]) -> None:
    plan = planned(work, visit(1, 1, **fields))
    assert not plan.creations


def test_a_column_holds_what_single_values_would(work: Workspace) -> None:
    kinds = rows.field_kinds("visit")
    for name, wire in (
        ("edu_ok", [True, False]),
        ("expense_amount", [0, 12]),
        ("visitors", [["甲"], []]),
        ("started_at", ["2022-03-01T06:20:00.000Z"]),
    ):
        assert rows.stored_column(kinds[name], wire) == [rows.stored_value(kinds[name], v) for v in wire]


def test_a_row_that_the_store_refuses_goes_to_quarantine_and_the_others_stay(work: Workspace) -> None:
    changes = [visit(n, 40 + n) for n in range(1, 6)]
    refused = changes[2].record_id
    with work.database.writing() as connection:
        point = connection.begin_nested()
        connection.exec_driver_sql(
            "CREATE TEMP TRIGGER refusing BEFORE INSERT ON visit"
            f" WHEN NEW.id = '{refused}' BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
        apply(connection, [(A, seal.open_body(seal.pack(changes)))], {})
        known = set(connection.exec_driver_sql("SELECT id FROM visit").scalars())
        noted = connection.exec_driver_sql("SELECT seq, record_id FROM quarantine").all()
        point.rollback()
    assert known == {c.record_id for c in changes} - {refused}
    assert noted == [(3, refused)]
