"""Knows every value that anybody typed, what its author saw there before, and what must be left at the end."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from villageapp.bench.simulation.laptops import Heads
from villageapp.sync.change import DELETED, Change, Clock
from villageapp.sync.registers import Record

Field = tuple[str, str, str]
"""Entity, record id, name of a field."""
Value = tuple[int, str]
"""A value as its author's clock and its JSON name it: both survive a new number."""


Known = Callable[[], Iterable[tuple[str, Change]]]
"""Asked for everything in a laptop's log, by replica."""


class Violation(AssertionError):
    """Something that must hold does not."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value that was typed: where, what its author replaced knowingly, and where and when it was typed."""

    field: Field
    value: Value
    replaced: frozenset[Value]
    author: str  # laptop
    moment: int  # number of the event
    saw: frozenset[tuple[Field, Value]] = frozenset()
    """Of a deletion: every value of the record that the deleter's laptop knew."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who typed something, under which number, and at which event."""

    name: str
    replica_id: str
    moment: int


class Oracle:
    """The truth about one schedule."""

    def __init__(self) -> None:
        self.written: dict[Field, list[Written]] = defaultdict(list)
        self.total = 0

    def note(
        self,
        author: Author,
        changes: Iterable[Change],
        before: Heads,
        known: Known,
    ) -> None:
        """Enter changes that a laptop has just committed; ``before`` are the heads that stood on its screen,
        ``known`` everything in its log.

        Raises Violation when a change claims to replace what did not stand there.
        """
        standing = {
            key: {name: dict(heads) for name, heads in fields.items()} for key, fields in before.items()
        }
        for change in changes:
            fields = standing.setdefault((change.entity, change.record_id), {})
            for name, value in change.fields.items():
                written = _written(author, change, name, value, fields.setdefault(name, {}), known)
                self.written[written.field].append(written)
                self.total += 1

    def lost_with(self, author: str, since: int) -> set[tuple[Field, Value]]:
        """What a laptop had typed after an event and may have lost with its disk."""
        return {
            (w.field, w.value)
            for each in self.written.values()
            for w in each
            if w.author == author and w.moment > since
        }

    def everything(self) -> set[tuple[Field, Value]]:
        """Every value."""
        return {(w.field, w.value) for each in self.written.values() for w in each}

    def ambiguous(self) -> set[Field]:
        """Fields with values that cannot be told apart: the same words, written twice under the same time by a clock
        that stood still, or by a laptop before and after it was restored."""
        return {field for field, each in self.written.items() if len({w.value for w in each}) < len(each)}

    def expected(self, alive: set[tuple[Field, Value]]) -> dict[Field, set[Value]]:
        """The heads of every field, from those values that survived."""
        found: dict[Field, set[Value]] = {}
        for field, each in self.written.items():
            standing = {w.value for w in each if (field, w.value) in alive}
            replaced = {v for w in each if (field, w.value) in alive for v in w.replaced}
            if standing - replaced:
                found[field] = standing - replaced
        return found

    def is_deleted(self, key: tuple[str, str], expected: Mapping[Field, set[Value]]) -> bool:
        """Whether a record must be deleted: every deletion stands, and has seen every value that stands."""
        mine = expected.get((*key, DELETED), set())
        if not mine or any(text == "null" for _, text in mine):
            return False
        saw: set[tuple[Field, Value]] = set()
        for w in self.written[(*key, DELETED)]:
            if w.value in mine:
                saw |= w.saw
        standing = {
            (field, v)
            for field, values in expected.items()
            if field[:2] == key and field[2] != DELETED
            for v in values
        }
        return standing <= saw


def _written(
    author: Author,
    change: Change,
    name: str,
    value: Any,
    heads: dict[Clock, Any],
    known: Known,
) -> Written:
    """What was typed into one field; ``heads`` become those that stand afterwards."""
    replaced = set()
    for base in change.bases.get(name, ()):
        if base not in heads:
            raise Violation(f"{name} claims to replace {base}, which did not stand there")
        replaced.add(value_of(base.hlc, heads.pop(base), name))
    heads[change.clock(author.replica_id)] = value
    field = (change.entity, change.record_id, name)
    mine = value_of(change.hlc, value, name)
    is_deletion = name == DELETED and value is not None
    saw = _values_before(author, change, known) if is_deletion else frozenset()
    return Written(field, mine, frozenset(replaced), author.name, author.moment, saw)


def value_of(hlc: int, value: Any, name: str) -> Value:
    """The name of a value. What a deletion had seen is numbered anew after a fork, so it is left out."""
    if name == DELETED:
        return hlc, "null" if value is None else "true"
    return hlc, json.dumps(value, ensure_ascii=False, sort_keys=True)


def values_in(changes: Iterable[tuple[str, Change]]) -> Counter[tuple[Field, Value]]:
    """How often each value is in these changes."""
    return Counter(
        ((c.entity, c.record_id, name), value_of(c.hlc, value, name))
        for _, c in changes
        for name, value in c.fields.items()
    )


def heads_of(records: Iterable[tuple[str, str, Record]]) -> dict[Field, set[Value]]:
    """The heads of every field of these records."""
    found: dict[Field, set[Value]] = {}
    for entity, record_id, record in records:
        for name in {*record.values, *record.fields}:
            heads = record.heads(name)
            if heads:
                found[entity, record_id, name] = {value_of(c.hlc, v, name) for c, v in heads.items()}
    return found


def _values_before(author: Author, change: Change, known: Known) -> frozenset[tuple[Field, Value]]:
    """Every value of a record that the laptop knew when it deleted it."""
    mine = [(r, c) for r, c in known() if (c.entity, c.record_id) == (change.entity, change.record_id)]
    return frozenset(values_in((r, c) for r, c in mine if r != author.replica_id or c.seq < change.seq))
