"""A copied record is the same record: values, conflicts, authors; and what was deleted was seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey
from sqlalchemy import create_engine

from villageapp.models.ids import new_id
from villageapp.server import transfer_changes
from villageapp.server.appending import Appending
from villageapp.server.opening import Province
from villageapp.server.server_writer import ServerWriter
from villageapp.server.transfer_changes import Carried, Link
from villageapp.sync import registers
from villageapp.sync.change import DELETE, DELETED, SET, Change, Clock
from villageapp.sync.registers import Record

A, B = "0190aaaa-0000-7000-8000-000000000001", "0190aaaa-0000-7000-8000-000000000002"
KEY = ("household", "0190aaaa-0000-7000-8000-00000000000f")


def writer() -> ServerWriter:
    """The server's writer at the end of an empty log; nothing is sealed here."""
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    province = Province(engine, SigningKey(bytes(32)), "epoch", "", Path())
    return ServerWriter(province, Appending(None, "149901", new_id(), 0, {}))  # type: ignore[arg-type]


def merged(changes: list[tuple[str, Change]], into: Record | None = None) -> Record:
    record, progress = into or Record(), dict[str, int]()

    def known(clock: Clock) -> bool:
        return clock.seq <= progress.get(clock.replica_id, 0)

    for replica_id, change in changes:
        registers.merge(record, change, replica_id, known)
        progress[replica_id] = change.seq
    return record


def written_by(made: ServerWriter) -> list[tuple[str, Change]]:
    return [(made.replica_id, change) for change in made._changes]


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, Change]]:
    """Edits of one record on two laptops that hear of each other now and then."""
    views = {A: Record(), B: Record()}
    log: list[tuple[str, Change]] = []
    told = {A: 0, B: 0}
    seqs = {A: 0, B: 0}
    for step in range(draw(st.integers(1, 8))):
        who = draw(st.sampled_from([A, B]))
        if draw(st.booleans()):
            for author, change in log[told[who] :]:
                if author != who:
                    registers.merge(views[who], change, author, lambda _: True)
            told[who] = len(log)
        names = draw(st.sets(st.sampled_from(["name", "phone", "note"]), min_size=1))
        fields = {name: draw(st.sampled_from(["甲", "乙", None, 1, True])) for name in sorted(names)}
        bases = {n: c for n in fields if (c := views[who].shown_clocks(n))}
        seqs[who] += 1
        hlc = (draw(st.integers(0, 3)) + step + 1) << 16
        change = Change(seqs[who], hlc, f"actor-{who[-1]}", *KEY, SET, fields, bases)
        registers.merge(views[who], change, who, lambda _: True)
        log.append((who, change))
    return log


def values_of(record: Record, name: str) -> set[tuple[Any, ...]]:
    return {(type(value), value) for value in record.heads(name).values()}


@given(histories())
def test_a_copy_has_the_same_values_conflicts_and_persons(history: list[tuple[str, Change]]) -> None:
    here, made = merged(history), writer()
    links = list(transfer_changes.copy(made, KEY, here, None))
    there = merged(written_by(made))
    for name in {*here.values, *here.fields}:
        assert values_of(there, name) == values_of(here, name), name
    assert there.values == here.values
    assert there.conflicts() == here.conflicts()
    named = {name for link in links for name in link.fields}
    assert named == {name for name in {*here.values, *here.fields} if here.heads(name)}
    assert {there.created[1], there.updated[1]} <= {here.created[1], here.updated[1]}


@given(histories(), st.sampled_from(["name", "phone", "note"]))
def test_a_late_edit_replaces_there_what_it_replaced_here(
    history: list[tuple[str, Change]], name: str
) -> None:
    here, made = merged(history), writer()
    carried = Carried([KEY], list(transfer_changes.copy(made, KEY, here, None)))
    bases = {name: clocks} if (clocks := here.shown_clocks(name)) else {}
    late = Change(99, 100 << 16, "actor-1", *KEY, SET, {name: "晚"}, bases)
    transfer_changes.carry(made, late, A, carried)
    there = merged(written_by(made))
    registers.merge(here, late, A, lambda _: True)
    assert values_of(there, name) == values_of(here, name)
    assert there.conflicts() == here.conflicts()


@given(histories())
def test_a_removed_record_is_gone_and_a_later_edit_keeps_it(history: list[tuple[str, Change]]) -> None:
    here, made = merged(history), writer()
    seen = {who: max(c.seq for author, c in history if author == who) for who in {w for w, _ in history}}
    transfer_changes.remove(made, KEY, here, seen)
    assert merged(written_by(made), here).deleted
    late = Change(seen.get(A, 0) + 1, 100 << 16, "actor-1", *KEY, SET, {"name": "晚"}, {})
    registers.merge(here, late, A, lambda _: True)
    assert not here.deleted
    assert DELETED in here.conflicts()
    transfer_changes.remove(made, KEY, here, {**seen, A: late.seq})
    assert merged(written_by(made)[1:], here).deleted


def test_a_deletion_is_carried_only_as_far_as_its_author_had_seen() -> None:
    made = writer()
    there = [Clock(1 << 16, made.replica_id, number) for number in (1, 2, 3)]
    links = [Link(A, 1, ["name"], there[0]), Link(B, 1, ["phone"], there[1]), Link(A, 2, ["note"], there[2])]
    deletion = Change(3, 9 << 16, "actor-1", *KEY, DELETE, {DELETED: {A: 2}}, {})
    transfer_changes.carry(made, deletion, A, Carried([KEY], links))
    assert made._changes[0].fields == {DELETED: {made.replica_id: 1}}


def test_what_belongs_to_a_household_follows_references() -> None:
    def record(**values: Any) -> Record:
        return merged([(A, Change(1, 1 << 16, "x", "e", KEY[1], SET, values, {}))])

    known = {
        KEY: record(national_hh_no="1"),
        ("measure", "m"): record(household_id=KEY[1]),
        ("loan", "l"): record(measure_id="m"),
        ("measure", "other"): record(household_id="h2"),
        ("cadre", "c"): record(name="王"),
        ("visit", "v"): record(household_id=KEY[1], visitors=["c"]),
        ("household", "h2"): record(duty_person_id="c"),
    }
    found = transfer_changes.belonging([KEY[1]], known)
    assert set(found) == {KEY, ("measure", "m"), ("loan", "l"), ("visit", "v")}
    assert transfer_changes.persons_named(found, known) == [("cadre", "c")]
