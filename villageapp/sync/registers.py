"""The merge: every field is a multi-value register. Pure; the result depends on the set of changes alone.

The heads of a field are the values that no known change replaced. One distinct value: no conflict. Several:
the highest clock is shown and the field is a conflict until a change replaces all heads.

A record keeps the clocks of its creation (``base``) and registers only for fields that differ from it: a
field without a register has the heads ``base`` if its value is not None, and none otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from villageapp.sync.change import DELETE, DELETED, RESTORE, Change, Clock

Known = Callable[[Clock], bool]
"""Whether the change with that clock has been merged (or is older than everything kept)."""


@dataclass(slots=True)
class Register:
    """Heads by clock; ``gone`` are clocks replaced by a known change before they arrived themselves."""

    heads: dict[Clock, Any] = field(default_factory=dict)
    gone: set[Clock] = field(default_factory=set)

    def shown(self) -> Any:
        """The value of the highest clock, None without heads."""
        return self.heads[max(self.heads)] if self.heads else None

    def distinct(self) -> list[tuple[Any, list[Clock]]]:
        """The different values with their clocks, highest clock first."""
        found: list[tuple[Any, list[Clock]]] = []
        for clock in sorted(self.heads, reverse=True):
            value = self.heads[clock]
            for other, clocks in found:
                if same(other, value):
                    clocks.append(clock)
                    break
            else:
                found.append((value, [clock]))
        return found

    def merge(self, clock: Clock, value: Any, bases: Iterable[Clock], known: Known) -> None:
        """Take in one write, in whatever order it comes."""
        for base in bases:
            if base in self.heads:
                del self.heads[base]
            elif base != clock and not known(base):
                self.gone.add(base)
        if clock in self.gone:
            self.gone.discard(clock)
        else:
            self.heads[clock] = value


def same(first: Any, second: Any) -> bool:
    """Equality of wire values; true and 1 are different."""
    return type(first) is type(second) and bool(first == second)


@dataclass(slots=True)
class Record:
    """One record with its registers. ``values`` are the shown wire values that are not None."""

    values: dict[str, Any] = field(default_factory=dict)
    base: list[Clock] = field(default_factory=list)
    fields: dict[str, Register] = field(default_factory=dict)
    created: tuple[int, str] = (0, "")  # (hlc, actor) of the earliest change
    updated: tuple[int, str] = (0, "")  # of the latest

    def heads(self, name: str) -> dict[Clock, Any]:
        """The heads of one field."""
        register = self.fields.get(name)
        if register is not None:
            return register.heads
        value = self.values.get(name)
        return {} if value is None else dict.fromkeys(self.base, value)

    def shown_clocks(self, name: str) -> tuple[Clock, ...]:
        """Clocks of the heads that carry the shown value: what somebody who edits it has seen."""
        heads = self.heads(name)
        if not heads:
            return ()
        shown = heads[max(heads)]
        return tuple(sorted(clock for clock, value in heads.items() if same(value, shown)))

    @property
    def deleted(self) -> bool:
        """Deleted, and nobody edited it without knowing (then it lives until a person decides)."""
        heads = self.heads(DELETED).values()
        return bool(heads) and all(isinstance(v, dict) for v in heads) and not self._unseen_edits()

    def _unseen_edits(self) -> bool:
        seen: dict[str, int] = {}
        for vector in self.heads(DELETED).values():
            for replica_id, seq in vector.items():
                seen[replica_id] = max(seen.get(replica_id, 0), seq)
        return any(
            clock.seq > seen.get(clock.replica_id, 0)
            for name in {*self.values, *self.fields} - {DELETED}
            for clock in self.heads(name)
        )

    def conflicts(self) -> list[str]:
        """Names of fields with more than one value; ``deleted`` when a deletion met an edit or a restore."""
        found = [
            n for n, r in self.fields.items() if n != DELETED and len(r.heads) > 1 and len(r.distinct()) > 1
        ]
        deletions = [isinstance(value, dict) for value in self.heads(DELETED).values()]
        if any(deletions) and (not all(deletions) or self._unseen_edits()):
            found.append(DELETED)
        return sorted(found)


def merge(record: Record, change: Change, replica_id: str, known: Known) -> None:
    """Merge one change into a record (in place)."""
    clock = change.clock(replica_id)
    _stamp(record, change)
    creates = not change.bases and change.kind not in (DELETE, RESTORE)
    if creates and _merge_creation(record, change, clock):
        return
    for name, value in change.fields.items():
        _merge_field(record, name, value, clock, change.bases.get(name, ()), known)


def _merge_creation(record: Record, change: Change, clock: Clock) -> bool:
    """The two cases that need no registers: the first creation, and the same creation on another laptop."""
    if not record.base and not record.fields:
        record.base = [clock]
        for name, value in change.fields.items():
            if value is None:  # somebody emptied it: a head, unlike a field that was never written
                record.fields[name] = Register({clock: None})
            else:
                record.values[name] = value
        return True
    implied = {n: v for n, v in record.values.items() if n not in record.fields}
    if not record.base or record.fields.keys() & change.fields.keys() or clock in record.base:
        return False
    written = change.fields
    if written.keys() == implied.keys() and all(same(written[n], implied[n]) for n in written):
        record.base = sorted([*record.base, clock])
        return True
    return False


def _merge_field(
    record: Record, name: str, value: Any, clock: Clock, bases: Iterable[Clock], known: Known
) -> None:
    register = record.fields.get(name)
    if register is None:
        register = Register(record.heads(name))
        record.fields[name] = register
    register.merge(clock, value, bases, known)
    shown = register.shown()
    if shown is None:
        record.values.pop(name, None)
    else:
        record.values[name] = shown


def _stamp(record: Record, change: Change) -> None:
    stamp = (change.hlc, change.actor)
    record.created = min(record.created, stamp) if record.created[0] else stamp
    record.updated = max(record.updated, stamp)


def dump_fields(fields: Mapping[str, Register]) -> dict[str, Any]:
    """JSON-safe form of the registers: ``{name: [[hlc, replica, seq, value] …]}`` or with gone clocks."""
    return {
        name: {
            "h": [[*c, v] for c, v in sorted(r.heads.items())],
            **({"g": sorted(r.gone)} if r.gone else {}),
        }
        for name, r in sorted(fields.items())
    }


def load_fields(dumped: Mapping[str, Any]) -> dict[str, Register]:
    """Back from ``dump_fields``."""
    return {
        name: Register(
            {Clock(hlc, replica_id, seq): value for hlc, replica_id, seq, value in entry["h"]},
            {Clock(*clock) for clock in entry.get("g", ())},
        )
        for name, entry in dumped.items()
    }


def canonical(record: Record) -> list[Any]:
    """What must be equal on equal replicas, however it is stored: the heads of every field."""
    names = sorted({*record.values, *record.fields})
    return [
        [name, [[*clock, value] for clock, value in sorted(heads.items())]]
        for name in names
        if (heads := record.heads(name))
    ]
