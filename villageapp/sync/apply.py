"""Known segments become records: merged in memory, written in bulk, nothing captured.

Creations of unknown records go straight from the segment's columns (``sync/bulk.py``); everything else is merged
one by one in ``_merge``. Both write the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from villageapp.domain.changes import ChangeSet
from villageapp.models import summaries
from villageapp.sync import bulk, quarantine, states
from villageapp.sync.bulk import Batch
from villageapp.sync.change import Clock
from villageapp.sync.registers import Record, merge

_LISTED = 2000
"""More touched records than this are announced as "everything"."""
_SEARCHED = frozenset({"household", "member"})
"""Entities whose fields are in the search texts."""

Merged = dict[str, dict[str, Record]]
"""Records by entity and id."""


def apply(connection: Connection, batches: Sequence[Batch], applied: Mapping[str, int]) -> ChangeSet:
    """Merge these changes into the store, inside the caller's transaction.

    ``applied`` is the vector before them: what has been merged already, own changes included. A change that
    cannot be merged is noted in quarantine, and all others are merged.
    """
    try:
        with connection.begin_nested():
            return _apply(connection, batches, applied)
    except quarantine.UNREADABLE:
        return quarantine.one_by_one(connection, batches, applied, _apply)


def _apply(connection: Connection, batches: Sequence[Batch], applied: Mapping[str, int]) -> ChangeSet:
    plan = bulk.plan(connection, batches)
    records = _load(connection, plan.batches)
    _merge(records, plan.batches, _ends(batches), applied)
    bulk.write(connection, plan.creations)
    for entity, merged in records.items():
        states.save(connection, entity, merged)
    _refresh(connection, records, plan.creations)
    return _touched(records, plan.creations)


def _load(connection: Connection, batches: Sequence[Batch]) -> Merged:
    wanted: dict[str, set[str]] = {}
    for _, changes in batches:
        for change in changes:
            wanted.setdefault(change.entity, set()).add(change.record_id)
    return {entity: states.load(connection, entity, ids) for entity, ids in wanted.items()}


def _ends(batches: Sequence[Batch]) -> list[int]:
    """The highest number of each batch as it came."""
    return [max(bulk.numbers_of(changes), default=0) for _, changes in batches]


def _merge(
    records: Merged, batches: Sequence[Batch], ends: Sequence[int], applied: Mapping[str, int]
) -> None:
    """Take each change into its record, in memory. Numbers that are missing here were written in bulk."""
    vector = dict(applied)

    def known(clock: Clock) -> bool:
        return clock.seq <= vector.get(clock.replica_id, 0)

    for (replica_id, changes), end in zip(batches, ends, strict=True):
        for change in changes:
            vector[replica_id] = max(vector.get(replica_id, 0), change.seq)
            merge(records[change.entity].setdefault(change.record_id, Record()), change, replica_id, known)
        vector[replica_id] = max(vector.get(replica_id, 0), end)


def _touched(records: Merged, creations: Sequence[bulk.Creations]) -> ChangeSet:
    total = sum(map(len, records.values())) + sum(len(one.group.seqs) for one in creations)
    if total > _LISTED:
        return ChangeSet(everything=True)
    created = [(one.group.entity, record_id) for one in creations for record_id in one.group.record_ids]
    return ChangeSet.of([*((e, i) for e, merged in records.items() for i in merged), *created])


def _refresh(connection: Connection, records: Merged, creations: Sequence[bulk.Creations]) -> None:
    """List columns of every household touched; search texts only where names or numbers may have changed."""
    searched = [one for one in creations if one.group.entity in _SEARCHED]
    renamed = bulk.households(searched) | set(records.get("household", ()))
    touched = renamed | bulk.households(creations)
    for entity, merged in records.items():
        found = set(_households(merged.values()))
        touched |= found
        renamed |= found if entity in _SEARCHED else set()
    if touched:
        summaries.refresh(connection, touched, renamed)


def _households(records: Iterable[Record]) -> Iterable[str]:
    """Every household that a record belongs to now or belonged to in one of its heads."""
    for record in records:
        for value in (record.values.get("household_id"), *record.heads("household_id").values()):
            if isinstance(value, str):
                yield value
