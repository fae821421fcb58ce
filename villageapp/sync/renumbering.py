"""Own changes under another number. Pure: what a laptop wrote under numbers that were used before moves into a
new log, and every clock that speaks of it moves along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import msgspec

from villageapp.sync.change import DELETED, Change, Clock
from villageapp.sync.registers import same

_NONE: Mapping[Clock, Clock] = MappingProxyType({})


def common_length(ours: Sequence[Change], theirs: Sequence[Change]) -> int:
    """How many changes at the beginning of two logs are the same, however they were cut into segments."""
    for number, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if not is_same(mine, other):
            return number
    return min(len(ours), len(theirs))


def is_same(first: Change, second: Change) -> bool:
    """Whether two changes are the very same one; the version of the program that sealed it does not matter."""
    if _name(first) != _name(second) or dict(first.bases) != dict(second.bases):
        return False
    return first.fields.keys() == second.fields.keys() and all(
        same(value, second.fields[name]) for name, value in first.fields.items()
    )


def _name(change: Change) -> tuple[Any, ...]:
    return (change.seq, change.hlc, change.actor, change.entity, change.record_id, change.kind)


def copies(
    changes: Sequence[Change], old: str, elsewhere: Iterable[tuple[str, Change]]
) -> dict[Clock, Clock]:
    """Which of these changes of replica ``old`` are said ``elsewhere`` (replica, change) already: their clocks there.

    Two machines with one disk may both have given the same unsent change a new number. Who wrote what when is compared,
    not the clocks that a change speaks of: those follow the numbers.
    """
    wanted = {_said(change): change.clock(old) for change in changes}
    times = {change.hlc for change in changes}
    found: dict[Clock, Clock] = {}
    for replica_id, change in elsewhere:
        if change.hlc in times and (mine := wanted.get(_said(change))) is not None:
            found.setdefault(mine, change.clock(replica_id))
    return found


def echoes(changes: Sequence[Change], old: str, log: Iterable[Change]) -> dict[Clock, Clock]:
    """Which of these changes of replica ``old`` say no more than one in its true ``log`` does: its clock there.

    A laptop whose damaged store was read as far as possible may have said under other numbers what it had sent before
    (``salvage.py``): the same time, the same record, some of the same values.
    """
    times = {change.hlc for change in changes}
    known = {(c.hlc, c.entity, c.record_id, c.kind): c for c in log if c.hlc in times}
    found: dict[Clock, Clock] = {}
    for change in changes:
        true = known.get((change.hlc, change.entity, change.record_id, change.kind))
        if true is not None and all(_holds(true, name, value) for name, value in change.fields.items()):
            found[change.clock(old)] = true.clock(old)
    return found


def _holds(change: Change, name: str, value: Any) -> bool:
    if name not in change.fields:
        return False
    other = change.fields[name]
    return same(value, other) or (name == DELETED and isinstance(value, dict) and isinstance(other, dict))


def _said(change: Change) -> bytes:
    fields = {
        name: None if name == DELETED and isinstance(value, dict) else value
        for name, value in sorted(change.fields.items())
    }
    return msgspec.msgpack.encode(
        (change.hlc, change.actor, change.entity, change.record_id, change.kind, fields)
    )


def renumber(
    changes: Sequence[Change], old: str, new: str, first: int = 1, known: Mapping[Clock, Clock] = _NONE
) -> list[Change]:
    """Contiguous changes of replica ``old`` as those of replica ``new``, numbered from ``first`` on.

    Hybrid times and authors stay. Bases among these changes, and deletions that had seen them, follow. What is
    ``known`` under another clock (``copies``) is not said again; what speaks of it speaks of that clock.
    """
    if not changes:
        return []
    fresh = [change for change in changes if change.clock(old) not in known]
    moved = {c.clock(old): Clock(c.hlc, new, seq) for seq, c in enumerate(fresh, first)} | dict(known)
    numbers = {c.seq: moved[c.clock(old)] for c in changes}
    way = _Way(old, changes[0].seq, numbers, (new, first))
    return [_moved(change, moved[change.clock(old)].seq, moved, way) for change in fresh]


@dataclass(frozen=True, slots=True)
class _Way:
    """From an old log into others: where each number from ``start`` on went; the new log's number and its first."""

    old: str
    start: int
    numbers: Mapping[int, Clock]
    new: tuple[str, int]


def _moved(change: Change, seq: int, moved: Mapping[Clock, Clock], way: _Way) -> Change:
    bases = {
        name: tuple(sorted(moved.get(clock, clock) for clock in clocks))
        for name, clocks in change.bases.items()
    }
    fields = dict(change.fields)
    if isinstance(fields.get(DELETED), dict):
        fields[DELETED] = _seen(fields[DELETED], way)
    return replace(change, seq=seq, bases=bases, fields=fields)


def _seen(vector: Mapping[str, Any], way: _Way) -> dict[str, Any]:
    """What the deleter had seen: the old log up to where it was common, the rest where it went, as far as nothing
    that the deleter did not see lies before it."""
    last = vector.get(way.old, 0)
    seen = {replica_id: seq for replica_id, seq in vector.items() if replica_id != way.old}
    if common := min(last, way.start - 1):
        seen[way.old] = common
    reached = [clock for seq, clock in way.numbers.items() if seq <= last]
    for clock in sorted(reached, key=lambda c: (c.replica_id, c.seq)):
        before = way.new[1] - 1 if clock.replica_id == way.new[0] else seen.get(clock.replica_id, 0)
        if clock.seq == max(before, seen.get(clock.replica_id, 0)) + 1:
            seen[clock.replica_id] = clock.seq
    return seen


def reissued(
    orphans: Sequence[Change], old: str, common: int, standing: Callable[[Change, str], bool]
) -> list[Change]:
    """What a log that is given up wrote and nobody replaced, as changes that somebody else can make again.

    ``orphans`` are the changes of replica ``old`` after number ``common``; ``standing`` says whether the value that
    a change wrote into a field still stands. A value keeps its hybrid time and author, and replaces what the
    orphans before it replaced; its sequence number is for the caller to give. A deletion has seen the log of
    ``old`` up to where it is common: what is made again beside it shows as a question, never goes silently.
    """
    given_up = {change.clock(old): change for change in orphans}
    made: list[Change] = []
    for change in orphans:
        names = [name for name in change.fields if standing(change, name)]
        if not names:
            continue
        fields = {name: change.fields[name] for name in names}
        if isinstance(fields.get(DELETED), dict):
            fields[DELETED] = {r: min(q, common) if r == old else q for r, q in fields[DELETED].items()}
        bases = {name: found for name in names if (found := _replaced(change, name, given_up))}
        made.append(replace(change, fields=fields, bases=bases))
    return made


def _replaced(change: Change, name: str, given_up: Mapping[Clock, Change]) -> tuple[Clock, ...]:
    """The clocks outside of the orphans that a value replaced, through however many orphans."""
    found: set[Clock] = set()
    waiting = list(change.bases.get(name, ()))
    while waiting:
        clock = waiting.pop()
        if clock in given_up:
            waiting += given_up[clock].bases.get(name, ())
        else:
            found.add(clock)
    return tuple(sorted(found))
