"""The merge as a state machine: three laptops edit, settle, delete and restore one record, changes arrive in any order,
and at the end everybody has what the set of changes says, whatever happened on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from villageapp.sync.change import DELETE, DELETED, RESTORE, SET, Change, Clock
from villageapp.sync.registers import Record, canonical, dump_fields, load_fields, merge

NAMES = ("a", "b", "c")
FIELDS = ("phone", "note")
RECORD = "00000000-0000-7000-8000-000000000001"
VALUES = st.one_of(st.none(), st.sampled_from(["1", "2"]), st.integers(3, 6))
WHO, NAME = st.sampled_from(NAMES), st.sampled_from(FIELDS)


@dataclass
class Replica:
    """One laptop's view: the record, and the clocks that it has merged."""

    name: str
    record: Record = field(default_factory=Record)
    seen: set[Clock] = field(default_factory=set)
    seq: int = 0
    hlc: int = 0

    def take(self, change: Change, author: str) -> None:
        clock = change.clock(author)
        if clock in self.seen:
            return
        merge(self.record, change, author, lambda other: other in self.seen)
        self.seen.add(clock)
        self.hlc = max(self.hlc, change.hlc)

    def vector(self) -> dict[str, int]:
        """Highest number up to which nothing is missing."""
        found: dict[str, int] = {}
        for name in NAMES:
            seqs = {clock.seq for clock in self.seen if clock.replica_id == name}
            while found.get(name, 0) + 1 in seqs:
                found[name] = found.get(name, 0) + 1
        return found


class Merging(RuleBasedStateMachine):
    """Changes under way are a bundle; whoever takes one consumes it."""

    under_way = Bundle("under_way")

    @initialize()
    def begin(self) -> None:
        self.replicas = {name: Replica(name) for name in NAMES}
        self.all: list[tuple[str, Change]] = []

    def _write(
        self, who: str, kind: str, name: str, value: Any, bases: tuple[Clock, ...]
    ) -> list[tuple[str, str, Change]]:
        mine = self.replicas[who]
        mine.seq, mine.hlc = mine.seq + 1, mine.hlc + 1
        change = Change(
            mine.seq, mine.hlc, who, "household", RECORD, kind, {name: value}, {name: bases} if bases else {}
        )
        mine.take(change, who)
        self.all.append((who, change))
        return [(other, who, change) for other in NAMES if other != who]

    @rule(target=under_way, who=WHO, name=NAME, value=VALUES, unseen=st.booleans())
    def edit(self, who: str, name: str, value: Any, unseen: bool) -> Any:
        bases = () if unseen else self.replicas[who].record.shown_clocks(name)
        return multiple(*self._write(who, SET, name, value, bases))

    @rule(target=under_way, who=WHO, name=NAME, value=VALUES)
    def settle(self, who: str, name: str, value: Any) -> Any:
        return multiple(
            *self._write(who, SET, name, value, tuple(sorted(self.replicas[who].record.heads(name))))
        )

    @rule(target=under_way, who=WHO, is_deleted=st.booleans())
    def turn(self, who: str, is_deleted: bool) -> Any:
        mine = self.replicas[who]
        bases = tuple(sorted(mine.record.heads(DELETED)))
        value = mine.vector() if is_deleted else None
        return multiple(*self._write(who, DELETE if is_deleted else RESTORE, DELETED, value, bases))

    @rule(one=consumes(under_way), twice=st.booleans())
    def arrive(self, one: tuple[str, str, Change], twice: bool) -> None:
        other, author, change = one
        for _ in range(1 + twice):
            self.replicas[other].take(change, author)

    @rule(who=WHO)
    def store_and_load(self, who: str) -> None:
        record = self.replicas[who].record
        record.fields = load_fields(dump_fields(record.fields))

    @invariant()
    def a_conflict_is_several_values(self) -> None:
        for replica in self.replicas.values():
            for name in set(replica.record.conflicts()) - {DELETED}:
                assert len({(type(v), v) for v in replica.record.heads(name).values()}) > 1

    @invariant()
    def nothing_known_is_a_head_if_a_known_change_replaced_it(self) -> None:
        for replica in self.replicas.values():
            for name in (*FIELDS, DELETED):
                assert set(replica.record.heads(name)) == self._expected(replica.seen, name)

    def _expected(self, seen: set[Clock], name: str) -> set[Clock]:
        known = [(change.clock(who), change) for who, change in self.all if change.clock(who) in seen]
        written = {clock for clock, change in known if name in change.fields}
        return written - {base for _, change in known for base in change.bases.get(name, ())}

    def teardown(self) -> None:
        if not hasattr(self, "all"):
            return
        for replica in self.replicas.values():
            for who, change in self.all:
                replica.take(change, who)
        stand = [replica.record for replica in self.replicas.values()]
        assert canonical(stand[0]) == canonical(stand[1]) == canonical(stand[2])
        assert len({(r.deleted, tuple(r.conflicts())) for r in stand}) == 1


TestMerging = Merging.TestCase
TestMerging.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
