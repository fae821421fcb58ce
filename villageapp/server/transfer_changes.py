"""What is written when a record moves to another workspace: the copy there, what stands for what, the removal here.

The copy keeps every head of every field, with the time and the person of the original; so a conflict stays a
conflict, and the credit for a visit stays with who made it. Which change there stands for which value here is
remembered (``Carried``): an edit that somebody makes here later, not knowing of the move, replaces there exactly
what it replaced here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from villageapp.server.server_writer import ServerWriter
from villageapp.sync.chain import SERVER_ACTOR
from villageapp.sync.change import DELETE, DELETED, RESTORE, SCHEMA, SET, Change, Clock
from villageapp.sync.clock import COUNTER_BITS, wall_ms
from villageapp.sync.registers import Record, same

Key = tuple[str, str]
"""Entity and record id."""
_STAYS = frozenset({"village", "cadre", "team", "policy", "score_rule"})
"""Entities that belong to the village, not to a household."""
_Head = tuple[list[Clock], Any]
"""Clocks and value of one head."""
PERSONS, HOUSEHOLD = "cadre", "household"


class Link(msgspec.Struct, array_like=True, frozen=True):
    """The change ``there`` stands for the values of ``fields`` that the change (replica, seq) wrote here."""

    replica_id: str
    seq: int
    fields: list[str]
    there: Clock


class Carried(msgspec.Struct):
    """What a transfer has carried so far. ``vector``: what was known here when it last looked."""

    records: list[Key] = msgspec.field(default_factory=list)
    links: list[Link] = msgspec.field(default_factory=list)
    vector: dict[str, int] = msgspec.field(default_factory=dict)


def now_stamp() -> tuple[int, str]:
    """Time and actor of what the server does of itself."""
    return wall_ms() << COUNTER_BITS, SERVER_ACTOR


def belonging(households: Iterable[str], known: Mapping[Key, Record]) -> list[Key]:
    """The households and everything that refers to them, or to something that does; not what is deleted."""
    found = [(HOUSEHOLD, household_id) for household_id in households]
    ids = {household_id for _, household_id in found}
    rest = [key for key, record in known.items() if key[0] not in _STAYS and not record.deleted]
    grown = True
    while grown:
        grown = False
        for key in [key for key in rest if key[1] not in ids and refers(known[key].values, ids)]:
            found.append(key)
            ids.add(key[1])
            grown = True
    return found


def refers(values: Mapping[str, Any], ids: set[str]) -> bool:
    """Whether one of the ids stands in a field that names another record."""
    return any(
        name.endswith("_id") and value in ids for name, value in values.items() if isinstance(value, str)
    )


def persons_named(keys: Iterable[Key], known: Mapping[Key, Record]) -> list[Key]:
    """The cadres that these records name: their names are needed there too, but they do not move."""
    listed = list(keys)
    named = ids_in(known[key].values for key in listed)
    named |= {actor for key in listed for actor in (known[key].created[1], known[key].updated[1])}
    return [(PERSONS, each) for each in sorted(named) if (PERSONS, each) in known]


def ids_in(documents: Iterable[Mapping[str, Any]]) -> set[str]:
    """Every text that stands in a field or in a list: among them, all ids that are named."""
    found: set[str] = set()
    for values in documents:
        for value in values.values():
            found.update(
                one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)
            )
    return found


def copy(writer: ServerWriter, key: Key, here: Record, there: Record | None) -> Iterator[Link]:
    """Write a record in the other workspace; what stands for what."""
    if there is not None and there.deleted:  # it was there before, and comes back
        bases = {DELETED: tuple(there.heads(DELETED))}
        writer.write(RESTORE, *key, {DELETED: None}, bases, now_stamp(), SCHEMA)
    for stamp, heads in _by_writing(here):
        fields = {name: value for name, (_, value) in heads.items()}
        bases = _replaced(fields, there)
        clock = writer.write(SET, *key, fields, bases, stamp, SCHEMA)
        yield from _links(heads, clock)


def _by_writing(record: Record) -> Iterator[tuple[tuple[int, str], dict[str, _Head]]]:
    """The heads of a record, put together by when they were written; a shown value comes after what it outranks.

    What the creator wrote carries the creator's time and name, what was written last that of the last editor.
    """
    stamps = (record.created, record.updated)
    shown: tuple[dict[str, _Head], dict[str, _Head]] = ({}, {})
    for name in sorted({*record.values, *record.fields} - {DELETED}):
        for number, (value, clocks) in enumerate(_distinct(record.heads(name))):
            late = max(clocks).hlc == record.updated[0] != record.created[0]
            if number == 0:
                shown[late][name] = (clocks, value)
            else:
                yield stamps[late], {name: (clocks, value)}
    _leave_one_to_the_creator(record, *shown)
    for which in (0, 1):
        if shown[which]:
            yield stamps[which], shown[which]


def _leave_one_to_the_creator(record: Record, first: dict[str, _Head], last: dict[str, _Head]) -> None:
    """If the last editor wrote every value, one carries the creator's stamp, or nobody knew who began the record."""
    alone = [name for name in last if len(_distinct(record.heads(name))) == 1]
    if not first and len(last) > 1 and alone:
        first[alone[0]] = last.pop(alone[0])


def _distinct(heads: Mapping[Clock, Any]) -> list[tuple[Any, list[Clock]]]:
    """Different values with their clocks, the shown one first."""
    found: list[tuple[Any, list[Clock]]] = []
    for clock in sorted(heads, reverse=True):
        for value, clocks in found:
            if same(value, heads[clock]):
                clocks.append(clock)
                break
        else:
            found.append((heads[clock], [clock]))
    return found


def _replaced(fields: Mapping[str, Any], there: Record | None) -> dict[str, tuple[Clock, ...]]:
    """The heads there that the copy replaces: all of a record that had been moved away, else those that are equal."""
    if there is None:
        return {}
    return {
        name: tuple(clock for clock, old in there.heads(name).items() if there.deleted or same(old, value))
        for name, value in fields.items()
    }


def _links(heads: Mapping[str, _Head], there: Clock) -> Iterator[Link]:
    by_source: dict[tuple[str, int], list[str]] = {}
    for name, (clocks, _) in heads.items():
        for clock in clocks:
            by_source.setdefault((clock.replica_id, clock.seq), []).append(name)
    for (replica_id, seq), names in by_source.items():
        yield Link(replica_id, seq, names, there)


def carry(writer: ServerWriter, change: Change, replica_id: str, carried: Carried) -> Link:
    """Write there what somebody wrote here after the move."""
    wanted = {(base.replica_id, base.seq) for clocks in change.bases.values() for base in clocks}
    found = [link for link in carried.links if (link.replica_id, link.seq) in wanted]
    bases = {
        name: tuple({link.there for link in found if name in link.fields and _is_base(link, clocks)})
        for name, clocks in change.bases.items()
    }
    fields = dict(change.fields)
    if isinstance(fields.get(DELETED), dict):
        fields[DELETED] = _seen_there(fields[DELETED], carried)
    clock = writer.write(
        change.kind, change.entity, change.record_id, fields, bases, (change.hlc, change.actor), change.schema
    )
    return Link(replica_id, change.seq, list(fields), clock)


def _is_base(link: Link, clocks: Iterable[Clock]) -> bool:
    return any((link.replica_id, link.seq) == (clock.replica_id, clock.seq) for clock in clocks)


def _seen_there(seen: Mapping[str, int], carried: Carried) -> dict[str, int]:
    """The vector of a deletion in terms of the other log: as far as all that was carried had been seen."""
    found: dict[str, int] = {}
    for writer in {link.there.replica_id for link in carried.links}:
        links = [link for link in carried.links if link.there.replica_id == writer]
        unseen = [link.there.seq for link in links if link.seq > seen.get(link.replica_id, 0)]
        known = [link.there.seq for link in links if link.seq <= seen.get(link.replica_id, 0)]
        reached = min(unseen) - 1 if unseen else max(known, default=0)
        if reached > 0:
            found[writer] = reached
    return found


def remove(writer: ServerWriter, key: Key, here: Record, vector: Mapping[str, int]) -> None:
    """Delete the record here, knowing everything up to ``vector``."""
    bases = {DELETED: tuple(here.heads(DELETED))}
    writer.write(DELETE, *key, {DELETED: dict(vector)}, bases, now_stamp(), SCHEMA)
