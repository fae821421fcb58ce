"""Own changes under another number. Pure: what a laptop wrote under numbers that were used before moves into a
new log, and every clock that speaks of it moves along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from villageapp.sync.change import DELETED, Change, Clock
from villageapp.sync.registers import same


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


def renumber(changes: Sequence[Change], old: str, new: str, first: int = 1) -> list[Change]:
    """Contiguous changes of replica ``old`` as those of replica ``new``, numbered from ``first`` on.

    Hybrid times and authors stay. Bases among these changes, and deletions that had seen them, follow.
    """
    if not changes:
        return []
    shift = first - changes[0].seq
    moved = {c.clock(old): Clock(c.hlc, new, c.seq + shift) for c in changes}
    start = changes[0].seq
    return [_moved(change, shift, moved, (old, new, start)) for change in changes]


def _moved(change: Change, shift: int, moved: Mapping[Clock, Clock], way: tuple[str, str, int]) -> Change:
    bases = {
        name: tuple(sorted(moved.get(clock, clock) for clock in clocks))
        for name, clocks in change.bases.items()
    }
    fields = dict(change.fields)
    if isinstance(fields.get(DELETED), dict):
        fields[DELETED] = _seen(fields[DELETED], shift, way)
    return replace(change, seq=change.seq + shift, bases=bases, fields=fields)


def _seen(vector: Mapping[str, Any], shift: int, way: tuple[str, str, int]) -> dict[str, Any]:
    """What the deleter had seen: the old log up to where it was common, the rest under the new number."""
    old, new, start = way
    last = vector.get(old, 0)
    seen = {replica_id: seq for replica_id, seq in vector.items() if replica_id != old}
    common = min(last, start - 1)
    if common:
        seen[old] = common
    if last >= start:
        seen[new] = last + shift
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
