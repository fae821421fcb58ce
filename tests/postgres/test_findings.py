"""Hostile values in single changes: everything else is projected, each of them is named, rebuilding finds the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.servers import ServerProcess
from tests.postgres.laptops import ACTOR, RawLaptop, change
from tests.postgres.test_projection import digest_of, merged
from villageapp.domain.forms import FORMS
from villageapp.models.ids import new_id
from villageapp.server import admin, findings, project
from villageapp.server.opening import open_province
from villageapp.server.records import Place
from villageapp.sync import chain, seal
from villageapp.sync.change import DELETE, DELETED, Clock
from villageapp.sync.digest import Buckets

Pair = tuple[RawLaptop, RawLaptop]
PARENT = new_id()


def found(server: ServerProcess, workspace: str) -> list[Any]:
    query = (
        "SELECT replica_id, seq, kind, entity, record_id, message, noted_at FROM finding"
        " WHERE workspace = %s ORDER BY replica_id, seq, kind"
    )
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        return connection.execute(query, (workspace,)).fetchall()


def records(server: ServerProcess, workspace: str) -> list[Any]:
    assert server.dsn is not None
    query = "SELECT entity, record_id, doc, state, deleted FROM record WHERE workspace = %s ORDER BY 1, 2"
    with psycopg.connect(server.dsn) as connection:
        return connection.execute(query, (workspace,)).fetchall()


def fields_of_kind(entity: str, kind: str) -> list[str]:
    return [field.name for field in FORMS[entity].fields if field.kind == kind]


def hostile_changes() -> list[Any]:
    """Twenty changes with values that no form would let through, in fields that exist."""
    date, code, number, text, yes = (
        fields_of_kind("household", kind)[0] for kind in ("date", "code", "integer", "text", "yes_no")
    )
    values: list[dict[str, Any]] = [
        {text: "a\0b"},
        {text: "长" * 350_000},
        {text: 7},
        {text: {"a": "\0"}},
        {text: ["x"]},
        {date: "0001-01-01"},
        {date: "9999-12-31"},
        {date: "明天"},
        {date: 20240101},
        {code: "没有这个代码"},
        {code: ""},
        {code: False},
        {number: 2**63 - 1},
        {number: -(2**63) + 1},
        {number: "many"},
        {yes: "是"},
        {yes: 1},
        {"head_member_id": "no-uuid"},
        {"head_member_id": 0},
    ]
    made = [change(new_id(), {"village": "示例村", **one}) for one in values]
    return [*made, change(new_id(), {"household_id": PARENT, "name": "甲"}, entity="member")]


def test_twenty_hostile_changes_among_five_hundred(server: ServerProcess, pair: Pair) -> None:
    first, _ = pair
    good = [change(new_id(), {"village": "示例村"}) for _ in range(480)]
    bad = hostile_changes()
    assert len(bad) == 20
    mixed = [one for n, one in enumerate(good) for one in ([bad[n // 24], one] if n % 24 == 0 else [one])]
    for start in range(0, 500, 100):
        first.write(*mixed[start : start + 100])
    first.sync()
    state = server.state(first.workspace)
    assert state["records"] == 500
    assert state["hash"] == digest_of(merged(first, 1)), "values are kept exactly, whatever they are"
    named = {(row[3], row[4]) for row in found(server, first.workspace)}
    assert named == {(c.entity, c.record_id) for c in bad}
    assert {row[2] for row in found(server, first.workspace)} == {"value", "missing_parent:household_id"}
    assert not any("长" * 20 in row[5] for row in found(server, first.workspace)), (
        "fields are named, not values"
    )
    before = records(server, first.workspace), found(server, first.workspace)
    admin.rebuild(server.data_dir, server.dsn, first.workspace)
    assert (records(server, first.workspace), found(server, first.workspace)) == before
    first.write(change(PARENT, {"village": "示例村"}))
    first.sync()
    server.counts(first.workspace)
    assert "missing_parent:household_id" not in {row[2] for row in found(server, first.workspace)}


def test_findings_are_listed_with_their_village(server: ServerProcess, pair: Pair) -> None:
    first, _ = pair
    code = fields_of_kind("household", "code")[0]
    first.write(change(new_id(), {code: "没有"}), change(new_id(), {code: "没有"}, hlc=1 << 62))
    first.sync()
    server.counts(first.workspace)
    with open_province(server.data_dir, server.dsn) as province, province.engine.connect() as connection:
        listed = findings.listing(connection, home=first.workspace)
        county = listed[0]["county_code"]
        assert findings.counts(connection, Place(county, first.workspace)) == {"value": 2, "clock": 1}
    assert {row["village_code"] for row in listed} == {first.village}
    assert {row["kind"] for row in listed} == {"value", "clock"}
    shown = [row for row in server.ask("findings") if row["village_code"] == first.village]
    assert len(shown) == len(listed)


def planted(server: ServerProcess, laptop: RawLaptop, *changes: Any) -> None:
    """A segment in the table that this version would not have taken, as if an older one had."""
    laptop.sync()
    sealed = laptop.write(*changes)
    header = msgspec.msgpack.decode(sealed.header, type=chain.Header)
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        county, arrived = connection.execute(
            "SELECT county_code, last_arrived + 1 FROM workspace WHERE workspace = %s", (laptop.workspace,)
        ).fetchone() or ("", 0)
        row: tuple[Any, ...] = (
            county,
            laptop.workspace,
            laptop.replica_id,
            header.first_seq,
            header.last_seq,
            arrived,
            sealed.hash,
        )
        row += (header.prev_hash, sealed.header, sealed.body, sealed.signature, datetime.now(UTC))
        marks = ", ".join(["%s"] * len(row))
        names = "county_code, workspace, replica_id, first_seq, last_seq, arrived, hash, prev_hash, header, body, signature, received_at"
        connection.execute(f"INSERT INTO segment ({names}) VALUES ({marks})", row)
        connection.execute(
            "UPDATE workspace SET last_arrived = %s WHERE workspace = %s", (arrived, laptop.workspace)
        )
        head = (county, laptop.workspace, laptop.replica_id, header.last_seq, sealed.hash)
        connection.execute(
            "INSERT INTO vector (county_code, workspace, replica_id, last_seq, last_hash) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (county_code, workspace, replica_id) DO UPDATE SET last_seq = excluded.last_seq,"
            " last_hash = excluded.last_hash",
            head,
        )


def test_a_change_that_cannot_be_merged_stops_nobody(server: ServerProcess, pair: Pair) -> None:
    first, _ = pair
    home, other = new_id(), new_id()
    first.write(change(home, {"village": "甲"}, hlc=1 << 40), change(other, {"village": "乙"}))
    impossible = change(home, {DELETED: {"replica": "all"}}, kind=DELETE)
    seen: dict[str, tuple[Clock, ...]] = {"village": (Clock(1 << 40, first.replica_id, 1),)}
    planted(
        server, first, impossible, change(other, {"phone": "1"}), change(home, {"village": "丙"}, bases=seen)
    )
    first.write(change(new_id(), {"village": "丁"}))
    first.sync()
    assert server.counts(first.workspace) == {"household": 3}
    [row] = found(server, first.workspace)
    assert (row[1], row[2], row[4]) == (3, "unreadable", home)
    docs = {str(r[1]): r[2] for r in records(server, first.workspace)}
    assert docs[home] == {"village": "丙"}
    assert docs[other] == {"village": "乙", "phone": "1"}
    before = records(server, first.workspace), found(server, first.workspace)
    admin.rebuild(server.data_dir, server.dsn, first.workspace)
    assert (records(server, first.workspace), found(server, first.workspace)) == before
    assert sums(server, first.workspace)[0] == sums(server, first.workspace)[1]


def sums(server: ServerProcess, workspace: str) -> tuple[bytes, bytes]:
    """The sums kept beside the records, and those made from all records."""
    with open_province(server.data_dir, server.dsn) as province:
        project.project_all(province.engine, workspace)
        with province.engine.connect() as connection:
            kept = connection.exec_driver_sql(
                "SELECT digest, county_code FROM projection WHERE workspace = %s", (workspace,)
            ).one()
            made = Buckets.of(admin._records(connection, kept[1], workspace))
    return bytes(kept[0]), made.content


NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.sampled_from(["\0", "0001-01-01", "9999-12-31T23:59:59.999Z", "2024-02-30", "1e400", "NaN", "-Infinity", "🀄" * 50]),
    st.lists(st.one_of(st.none(), st.integers(-5, 5), st.text(st.characters(codec="utf-8"), max_size=5)), max_size=3),
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), st.integers(0, 3), max_size=2),
)  # fmt: skip
writes = st.lists(
    st.tuples(
        st.sampled_from(["household", "member", "visit", "problem"]),
        st.integers(0, 3),
        st.lists(st.tuples(st.integers(0, 200), NASTY), min_size=1, max_size=6),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


@pytest.fixture
def writer(pair: Pair) -> RawLaptop:
    return pair[0]


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(written=writes)
def test_any_values_are_projected_exactly(server: ServerProcess, writer: RawLaptop, written: Any) -> None:
    ids = [new_id() for _ in range(4)]
    made = []
    for entity, which, values, sees in written:
        names = [field.name for field in FORMS[entity].fields]
        fields = {names[number % len(names)]: value for number, value in values}
        made.append(change(ids[which], fields, entity=entity))
        if sees:
            made[-1] = replace(made[-1], bases={name: (Clock(9, ACTOR, 1),) for name in fields})
    writer.write(*made)
    writer.sync()
    state = server.state(writer.workspace)
    assert state["hash"] == digest_of(merged(writer, 0))
    kept, whole = sums(server, writer.workspace)
    assert kept == whole
    assert seal.unpack(writer.held[-1].body)[0].fields == made[0].fields
