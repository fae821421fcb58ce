"""Known segments become records: merged in memory, written in bulk, nothing captured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from villageapp.domain.changes import ChangeSet
from villageapp.models import summaries
from villageapp.sync import states
from villageapp.sync.change import Change, Clock
from villageapp.sync.registers import Record, merge

Batch = tuple[str, Sequence[Change]]
"""Contiguous changes of one replica, in order."""

_LISTED = 2000
"""More touched records than this are announced as "everything"."""


def apply(connection: Connection, batches: Sequence[Batch], applied: Mapping[str, int]) -> ChangeSet:
    """Merge these changes into the store, inside the caller's transaction.

    ``applied`` is the vector before them: what has been merged already, own changes included.
    """
    vector = dict(applied)

    def known(clock: Clock) -> bool:
        return clock.seq <= vector.get(clock.replica_id, 0)

    records = _load(connection, batches)
    for replica_id, changes in batches:
        for change in changes:
            vector[replica_id] = max(vector.get(replica_id, 0), change.seq)
            merge(records[change.entity].setdefault(change.record_id, Record()), change, replica_id, known)
    for entity, merged in records.items():
        states.save(connection, entity, merged)
    _refresh(connection, records)
    pairs = [(entity, record_id) for entity, merged in records.items() for record_id in merged]
    return ChangeSet(everything=True) if len(pairs) > _LISTED else ChangeSet.of(pairs)


def _load(connection: Connection, batches: Sequence[Batch]) -> dict[str, dict[str, Record]]:
    wanted: dict[str, set[str]] = {}
    for _, changes in batches:
        for change in changes:
            wanted.setdefault(change.entity, set()).add(change.record_id)
    return {entity: states.load(connection, entity, ids) for entity, ids in wanted.items()}


def _refresh(connection: Connection, records: Mapping[str, Mapping[str, Record]]) -> None:
    households = set(records.get("household", ()))
    for merged in records.values():
        households.update(_households(merged.values()))
    if households:
        summaries.refresh(connection, households)


def _households(records: Iterable[Record]) -> Iterable[str]:
    """Every household that a record belongs to now or belonged to in one of its heads."""
    for record in records:
        for value in (record.values.get("household_id"), *record.heads("household_id").values()):
            if isinstance(value, str):
                yield value
