"""The merge depends on the set of changes alone: any order, any partition, the same heads."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from villageapp.sync.change import DELETE, DELETED, RESTORE, SET, Change, Clock
from villageapp.sync.registers import Record, canonical, dump_fields, load_fields, merge

A, B = "a", "b"
Move = tuple[str, dict[str, Any], int, bool, str]
"""Who writes which fields at what time, whether a conflict is settled by it, and who learns the log then."""
RECORD = "00000000-0000-7000-8000-000000000001"


def write(
    seq: int,
    fields: dict[str, Any],
    bases: dict[str, tuple[Clock, ...]] | None = None,
    *,
    hlc: int | None = None,
    kind: str = SET,
) -> Change:
    return Change(seq, hlc or seq * 100, "someone", "household", RECORD, kind, fields, bases or {})


def merged(*changes: tuple[str, Change]) -> Record:
    record, seen = Record(), set()
    for replica_id, change in changes:
        merge(record, change, replica_id, lambda clock: clock in seen)
        seen.add(change.clock(replica_id))
    return record


def test_first_creation_needs_no_registers() -> None:
    record = merged((A, write(1, {"phone": "1", "town": "示例镇"})))
    assert record.values == {"phone": "1", "town": "示例镇"}
    assert record.base == [Clock(100, A, 1)]
    assert record.fields == {}


def test_the_same_import_on_two_laptops_is_one_record_without_conflict() -> None:
    record = merged(
        (A, write(1, {"phone": "1", "town": "甲"})), (B, write(1, {"phone": "1", "town": "甲"}, hlc=150))
    )
    assert record.conflicts() == []
    assert record.fields == {}, "equal creations are kept as two base clocks"
    assert len(record.heads("phone")) == 2


def test_edits_of_different_fields_merge() -> None:
    base = (Clock(100, A, 1),)
    record = merged(
        (A, write(1, {"phone": "1", "town": "甲"})),
        (A, write(2, {"phone": "2"}, {"phone": base})),
        (B, write(1, {"town": "乙"}, {"town": base}, hlc=150)),
    )
    assert record.values == {"phone": "2", "town": "乙"}
    assert record.conflicts() == []


def test_edits_of_the_same_field_are_both_kept_and_the_later_shown() -> None:
    base = (Clock(100, A, 1),)
    record = merged(
        (A, write(1, {"phone": "1"})),
        (A, write(2, {"phone": "111"}, {"phone": base})),
        (B, write(1, {"phone": "222"}, {"phone": base}, hlc=250)),
    )
    assert record.values["phone"] == "222"
    assert record.conflicts() == ["phone"]
    assert sorted(v for v, _ in record.fields["phone"].distinct()) == ["111", "222"]


def test_the_same_value_typed_twice_is_no_conflict() -> None:
    base = (Clock(100, A, 1),)
    record = merged(
        (A, write(1, {"phone": "1"})),
        (A, write(2, {"phone": "5"}, {"phone": base})),
        (B, write(1, {"phone": "5"}, {"phone": base}, hlc=250)),
    )
    assert record.conflicts() == []


def test_a_choice_that_saw_all_heads_settles_the_conflict() -> None:
    base = (Clock(100, A, 1),)
    heads = (Clock(200, A, 2), Clock(250, B, 1))
    record = merged(
        (A, write(1, {"phone": "1"})),
        (A, write(2, {"phone": "111"}, {"phone": base})),
        (B, write(1, {"phone": "222"}, {"phone": base}, hlc=250)),
        (A, write(3, {"phone": "111"}, {"phone": heads})),
    )
    assert record.conflicts() == []
    assert record.values["phone"] == "111"


def test_deletion_that_saw_everything_deletes() -> None:
    record = merged((A, write(1, {"phone": "1"})), (A, write(2, {DELETED: {A: 1}}, kind=DELETE)))
    assert record.deleted
    assert record.conflicts() == []


def test_deletion_against_an_unseen_edit_keeps_the_record_and_asks() -> None:
    base = (Clock(100, A, 1),)
    changes = [
        (A, write(1, {"phone": "1"})),
        (A, write(2, {DELETED: {A: 1}}, kind=DELETE)),
        (B, write(1, {"phone": "222"}, {"phone": base}, hlc=250)),
    ]
    for order in (changes, [changes[0], changes[2], changes[1]]):
        record = merged(*order)
        assert not record.deleted
        assert record.conflicts() == [DELETED]


def test_restore_brings_the_record_back() -> None:
    record = merged(
        (A, write(1, {"phone": "1"})),
        (A, write(2, {DELETED: {A: 1}}, kind=DELETE)),
        (A, write(3, {DELETED: None}, {DELETED: (Clock(200, A, 2),)}, kind=RESTORE)),
    )
    assert not record.deleted
    assert record.conflicts() == []


@dataclass
class Laptop:
    """Writes like a laptop does: bases are the heads it has seen."""

    name: str
    record: Record = field(default_factory=Record)
    seen: set[Clock] = field(default_factory=set)
    seq: int = 0

    def take(self, replica_id: str, change: Change) -> None:
        clock = change.clock(replica_id)
        if clock in self.seen:
            return
        merge(self.record, change, replica_id, lambda c: c in self.seen)
        self.seen.add(clock)

    def write(self, fields: dict[str, Any], hlc: int, *, settle: bool) -> Change:
        self.seq += 1
        chosen = (lambda n: tuple(sorted(self.record.heads(n)))) if settle else self.record.shown_clocks
        bases = {name: b for name in fields if (b := chosen(name))}
        change = Change(self.seq, hlc, self.name, "household", RECORD, SET, fields, bases)
        self.take(self.name, change)
        return change


values = st.sampled_from([None, "x", "y", 1, True, ["p"]])
steps = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.dictionaries(st.sampled_from(["f", "g", "h"]), values, min_size=1, max_size=3),
        st.integers(1, 5),
        st.booleans(),
        st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=12,
)


def history(moves: list[Move]) -> list[tuple[str, Change]]:
    laptops = {name: Laptop(name) for name in "abc"}
    log: list[tuple[str, Change]] = []
    for who, fields, hlc, settle, meets in moves:
        log.append((who, laptops[who].write(fields, hlc, settle=settle)))
        for replica_id, change in log:  # now and then somebody learns all
            if meets != who:
                laptops[meets].take(replica_id, change)
    return log


@given(steps, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_heads(moves: list[Move], random: Random) -> None:
    log = history(moves)
    expected = canonical(merged(*log))
    for _ in range(3):
        shuffled = log[:]
        random.shuffle(shuffled)
        assert canonical(merged(*shuffled)) == expected


@given(steps)
def test_nothing_is_lost_without_a_change_that_saw_it(moves: list[Move]) -> None:
    log = history(moves)
    record = merged(*log)
    for replica_id, change in log:
        clock = change.clock(replica_id)
        for name in change.fields:
            replaced = any(clock in other.bases.get(name, ()) for _, other in log)
            is_head = clock in record.heads(name)
            assert is_head != replaced


@given(steps)
def test_registers_survive_storage(moves: list[Move]) -> None:
    record = merged(*history(moves))
    stored = load_fields(dump_fields(record.fields))
    assert {n: (r.heads, r.gone) for n, r in stored.items()} == {
        n: (r.heads, r.gone) for n, r in record.fields.items()
    }


@given(steps, st.randoms(use_true_random=False))
def test_stamps_do_not_depend_on_order(moves: list[Move], random: Random) -> None:
    log = history(moves)
    shuffled = log[:]
    random.shuffle(shuffled)
    first, second = merged(*log), merged(*shuffled)
    assert (first.created, first.updated) == (second.created, second.updated)
