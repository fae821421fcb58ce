"""Records made from the log: equal to a merge of the same changes in any other order."""

from __future__ import annotations

from random import Random
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.servers import ServerProcess, eventually
from tests.postgres.laptops import ACTOR, RawLaptop, change
from villageapp.models.ids import new_id
from villageapp.server import admin
from villageapp.sync import registers, seal
from villageapp.sync.change import DELETE, DELETED, RESTORE, SET, Change, Clock
from villageapp.sync.digest import digest
from villageapp.sync.registers import Record

Pair = tuple[RawLaptop, RawLaptop]
FIELDS = ("head", "people", "note", "deleted")
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["甲", "乙", "a\0b", "\ufffd"]),
                   st.lists(st.integers(0, 2), max_size=2))  # fmt: skip

Bases = dict[str, tuple[Clock, ...]]


def merged(laptop: RawLaptop, seed: int) -> dict[tuple[str, str], Record]:
    """A pure merge of everything a laptop holds, replicas interleaved by chance."""
    random = Random(seed)
    queues: dict[str, list[Change]] = {}
    for sealed in laptop.held:
        queue = queues.setdefault(sealed.read_header().replica_id, [])
        queue += seal.unpack(sealed.body)
    records: dict[tuple[str, str], Record] = {}
    progress: dict[str, int] = {}
    while queues:
        replica_id = random.choice(sorted(queues))
        change = queues[replica_id].pop(0)
        record = records.setdefault((change.entity, change.record_id), Record())
        registers.merge(record, change, replica_id, lambda c: c.seq <= progress.get(c.replica_id, 0))
        progress[replica_id] = change.seq
        if not queues[replica_id]:
            del queues[replica_id]
    return records


def digest_of(records: dict[tuple[str, str], Record]) -> str:
    return digest((*key, record) for key, record in sorted(records.items(), key=lambda item: item[0]))


class Writer:
    """Makes changes as a laptop would: bases are the heads it has seen."""

    def __init__(self, laptop: RawLaptop, ids: list[str]) -> None:
        self.laptop, self.ids, self.seen = laptop, ids, dict[tuple[str, str], Record]()

    def write(self, which: int, kind: str, fields: dict[str, Any]) -> None:
        entity, record_id = "household", self.ids[which]
        record = self.seen.get((entity, record_id), Record())
        if kind != SET:
            fields = {DELETED: dict(self.laptop.vector) if kind == DELETE else None}
        bases = {name: record.shown_clocks(name) for name in fields if record.heads(name)}
        self.laptop.write(change(record_id, fields, entity=entity, kind=kind, bases=bases))
        self.look()

    def look(self) -> None:
        self.seen = merged(self.laptop, 0)


steps = st.lists(
    st.tuples(
        st.integers(0, 1),  # who
        st.sampled_from(["write", "write", "write", "sync"]),
        st.integers(0, 2),  # which record
        st.sampled_from([SET, SET, SET, DELETE, RESTORE]),
        st.dictionaries(st.sampled_from(FIELDS[:3]), VALUES, min_size=1),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, seed=st.integers(0, 99))
def test_any_history_projects_to_what_a_pure_merge_gives(
    server: ServerProcess, steps: Any, seed: int
) -> None:
    village = f"149901{abs(hash(new_id())) % 10**6:06d}"
    ids = [new_id() for _ in range(3)]
    writers = []
    for _ in range(2):
        laptop = RawLaptop(server.url, village)
        laptop.enrol(server.enrol_code(village))
        writers.append(Writer(laptop, ids))
    for who, what, which, kind, fields in steps:
        if what == "sync":
            writers[who].laptop.sync()
            writers[who].look()
        else:
            writers[who].write(which, kind, fields)
    for writer in (*writers, *writers):
        writer.laptop.sync()
    first, second = (writer.laptop for writer in writers)
    assert first.vector == second.vector
    expected = merged(first, seed)
    assert digest_of(merged(second, seed + 1)) == digest_of(expected)
    state = server.state(first.workspace)
    assert state["hash"] == digest_of(expected)
    assert state["records"] == len(expected)
    assert state["conflicts"] == sum(len(r.conflicts()) for r in expected.values())
    alive = sum(not r.deleted for r in expected.values())
    assert sum(server.counts(first.workspace).values()) == alive


def test_two_values_for_one_field_are_a_conflict_until_somebody_picks(
    server: ServerProcess, pair: Pair
) -> None:
    first, second = pair
    household = new_id()
    first.write(change(household, {"income": 1}, hlc=1 << 30))
    first.sync()
    second.sync()
    seen: Bases = {"income": (Clock(1 << 30, first.replica_id, 1),)}
    first.write(change(household, {"income": 111}, hlc=2 << 30, bases=seen))
    second.write(change(household, {"income": 222}, hlc=3 << 30, bases=seen))
    first.sync()
    second.sync()
    assert server.state(first.workspace)["conflicts"] == 1
    both: Bases = {"income": (Clock(2 << 30, first.replica_id, 2), Clock(3 << 30, second.replica_id, 1))}
    second.write(change(household, {"income": 222}, hlc=4 << 30, bases=both))
    second.sync()
    assert server.state(first.workspace)["conflicts"] == 0


def table(server: ServerProcess, workspace: str) -> list[Any]:
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        query = "SELECT * FROM record WHERE workspace = %s ORDER BY entity, record_id"
        return connection.execute(query, (workspace,)).fetchall()


def test_records_can_be_dropped_and_made_again(server: ServerProcess, pair: Pair) -> None:
    first, _ = pair
    ids = [new_id() for _ in range(50)]
    for step in range(4):
        first.write(*(change(i, {"head": f"户主{step}", "step": step}) for i in ids))
    first.write(change(ids[0], {DELETED: dict(first.vector)}, kind=DELETE))
    first.sync()
    assert server.counts(first.workspace) == {"household": 49}
    before = table(server, first.workspace)
    assert len(before) == 50
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        connection.execute("UPDATE record SET doc = '{}' WHERE workspace = %s", (first.workspace,))
    admin.rebuild(server.data_dir, server.dsn, first.workspace)
    assert table(server, first.workspace) == before


def test_records_can_be_queried_as_json(server: ServerProcess, pair: Pair) -> None:
    first, _ = pair
    first.write(change(new_id(), {"head": "张三", "people": 4, "tags": ["a", None, True], "note": "a\0b"}))
    first.sync()
    server.counts(first.workspace)
    columns = "entity", "doc", "deleted", "conflicts", "created_by"
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        row = connection.execute(
            f"SELECT {', '.join(columns)} FROM record WHERE workspace = %s", (first.workspace,)
        ).fetchone()
    doc = {"head": "张三", "people": 4, "tags": ["a", None, True], "note": "a\ufffdb"}
    assert row == ("household", doc, False, 0, ACTOR)


def test_the_projector_works_by_itself(server: ServerProcess, pair: Pair) -> None:
    first, _ = pair
    first.write(change(new_id(), {"head": "甲"}))
    first.sync()
    assert server.dsn is not None
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        query = "SELECT count(*) FROM record WHERE workspace = %s"
        assert eventually(lambda: connection.execute(query, (first.workspace,)).fetchone() == (1,))
