"""Creations of records that nobody knows yet, from the columns of a segment straight into the store.

What is written is what the general merge (``sync/registers.py``) would write: such a record has its creation as
its only clock and needs no register. Whatever does not fit this simple case is left to the general merge, row
by row: a record that is known, that occurs twice, or whose values need a register.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection

from villageapp.domain.forms import FORMS
from villageapp.models.types import json_text
from villageapp.sync import rows, states
from villageapp.sync.change import Change
from villageapp.sync.contents import Contents, Group, in_order

Batch = tuple[str, Sequence[Change]]
"""Contiguous changes of one replica, in order."""

_KNOWN = (
    "SELECT record_id FROM record_state WHERE entity = ? AND record_id IN (SELECT value FROM json_each(?))"
)


@dataclass(frozen=True, slots=True)
class Creations:
    """Rows of one group that create; ``stored`` are its columns as the table holds them."""

    replica_id: str
    group: Group
    stored: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be written in bulk, and what must be merged: batches in their order, some shorter than they came."""

    creations: list[Creations] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)


def plan(connection: Connection, batches: Sequence[Batch]) -> Plan:
    """Divide the batches; every change is in exactly one of the two."""
    simple = [[_stored(group) for group in groups_of(changes)] for _, changes in batches]
    excluded = _excluded(connection, batches, simple)
    made = Plan()
    for (replica_id, changes), columns in zip(batches, simple, strict=True):
        if not isinstance(changes, Contents):
            made.batches.append((replica_id, changes))
            continue
        left: list[Change] = []
        for group, stored in zip(changes.groups, columns, strict=True):
            left += _divide(made.creations, replica_id, group, stored, excluded.get(group.entity, set()))
        made.batches.append((replica_id, in_order(left)))
    return made


def groups_of(changes: Sequence[Change]) -> tuple[Group, ...]:
    """The groups of a segment; none when the changes come one by one."""
    return changes.groups if isinstance(changes, Contents) else ()


def _stored(group: Group) -> list[list[Any]] | None:
    """The group's columns as the table holds them; None when any of it needs the general merge."""
    names = group.names
    if not group.only_creates or group.entity not in FORMS or len(set(names)) != len(names):
        return None
    kinds = rows.field_kinds(group.entity)
    if not all(name in kinds for name in names):
        return None
    try:
        return [rows.stored_column(kinds[n], wire) for n, wire in zip(names, group.columns, strict=True)]
    except ValueError:
        return None


def _excluded(
    connection: Connection, batches: Sequence[Batch], simple: Sequence[Sequence[list[list[Any]] | None]]
) -> dict[str, set[str]]:
    """Record ids by entity that must be merged: known here, or with more than this one change."""
    once: dict[str, set[str]] = {}
    excluded: dict[str, set[str]] = {}
    for (_, changes), columns in zip(batches, simple, strict=True):
        if not isinstance(changes, Contents):
            for change in changes:
                excluded.setdefault(change.entity, set()).add(change.record_id)
            continue
        for group, stored in zip(changes.groups, columns, strict=True):
            ids = set(group.record_ids)
            if stored is None:
                excluded.setdefault(group.entity, set()).update(ids)
            else:
                seen = once.setdefault(group.entity, set())
                twice = _repeated(group.record_ids) if len(ids) < len(group.record_ids) else set()
                excluded.setdefault(group.entity, set()).update(twice, seen & ids)
                seen |= ids
    for entity, ids in once.items():
        found = connection.exec_driver_sql(_KNOWN, (entity, json.dumps(list(ids))))
        excluded[entity].update(found.scalars())
    return excluded


def _repeated(ids: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    return {i for i in ids if i in seen or seen.add(i)}  # type: ignore[func-returns-value]


def _divide(
    found: list[Creations],
    replica_id: str,
    group: Group,
    stored: Sequence[Sequence[Any]] | None,
    excluded: set[str],
) -> Iterable[Change]:
    """Put the simple rows of a group to the creations; the changes that are left."""
    if stored is None:
        return group.changes()
    if excluded.isdisjoint(group.record_ids):
        found.append(Creations(replica_id, group, stored))
        return ()
    keep = [record_id not in excluded for record_id in group.record_ids]
    if any(keep):
        kept = group.chosen(keep)
        found.append(Creations(replica_id, kept, group.chosen_columns(stored, keep)))
    return group.chosen([not kept for kept in keep]).changes()


def write(connection: Connection, creations: Sequence[Creations]) -> None:
    """Write rows and registers' rows of records that are new."""
    tables: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
    registers: list[tuple[Any, ...]] = []
    for one in creations:
        group = one.group
        stamps = (group.hlcs, group.actors, group.hlcs, group.actors, repeat(0))
        found = tables.setdefault((group.entity, group.names), [])
        found.extend(zip(group.record_ids, *stamps, *one.stored, strict=False))
        registers.extend(_states(one))
    for (entity, names), written in tables.items():
        connection.exec_driver_sql(rows.upsert_statement(entity, names), written)
    if registers:
        connection.exec_driver_sql(states.SAVE_STATE, registers)


def _states(one: Creations) -> Iterable[tuple[Any, ...]]:
    """Rows of ``record_state``: the creation's clock, no registers, no conflicts."""
    group, replica = one.group, json_text(one.replica_id)
    facts = zip(group.record_ids, group.hlcs, group.seqs, strict=True)
    return [(group.entity, i, f"[[{hlc},{replica},{seq}]]", "", 0) for i, hlc, seq in facts]


def households(creations: Iterable[Creations]) -> set[str]:
    """Every household that these records are or belong to."""
    return set(chain.from_iterable(_households(one.group) for one in creations))


def _households(group: Group) -> Iterable[str]:
    about = list(group.record_ids) if group.entity == "household" else []
    if "household_id" in group.names:
        about += group.columns[group.names.index("household_id")]
    return about


def numbers_of(changes: Sequence[Change]) -> Iterable[int]:
    """Sequence numbers, in any order."""
    if isinstance(changes, Contents):
        return chain.from_iterable(group.seqs for group in changes.groups)
    return (change.seq for change in changes)
