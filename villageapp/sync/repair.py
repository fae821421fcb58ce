"""Records and registers made again from the log, which is the truth: for a fork, a retry, a damaged row."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from villageapp.domain.changes import ChangeSet
from villageapp.domain.forms import FORMS
from villageapp.models import summaries
from villageapp.models.records import CLASS_OF_ENTITY
from villageapp.sync import seal, store
from villageapp.sync.apply import apply
from villageapp.sync.bulk import Batch
from villageapp.sync.change import Change

Wanted = Mapping[str, Collection[str]]
"""Record ids by entity."""

_CHUNK = 40
"""Segments merged at once (at most 20,000 changes)."""
_IN = "IN (SELECT value FROM json_each(?))"


def rebuild(connection: Connection, wanted: Wanted | None = None) -> ChangeSet:
    """Make these records (None: all) again from the segments and the outbox, inside the caller's transaction.

    A record without any change in the log disappears. Changes that cannot be merged go to quarantine again.
    """
    homes = _homes(connection, wanted)
    _forget(connection, wanted)
    touched = ChangeSet.of((entity, i) for entity, ids in (wanted or {}).items() for i in ids)
    vector: dict[str, int] = {}
    for batches in _chunks(connection, wanted):
        apply(connection, batches, vector)
        for replica_id, changes in batches:
            vector[replica_id] = changes[-1].seq
    if wanted is None:
        summaries.refresh_all(connection)
        return ChangeSet(everything=True)
    summaries.refresh(connection, homes)
    return touched


def retry(connection: Connection) -> ChangeSet:
    """Try again what is in quarantine: after an upgrade, or on demand. What still fails is noted again."""
    rows = connection.exec_driver_sql("SELECT DISTINCT entity, record_id FROM quarantine").all()
    wanted: dict[str, set[str]] = {}
    for entity, record_id in rows:
        wanted.setdefault(entity, set()).add(record_id)
    return rebuild(connection, wanted) if wanted else ChangeSet()


def quarantined(connection: Connection) -> Iterator[tuple[str, Change]]:
    """The changes in quarantine, as the log has them."""
    rows = connection.exec_driver_sql("SELECT replica_id, seq FROM quarantine ORDER BY replica_id, seq").all()
    own = store.read_identity(connection).replica_id if rows else ""
    for replica_id, seq in rows:
        body = connection.exec_driver_sql(
            "SELECT body FROM segment WHERE replica_id = ? AND first_seq <= ? AND last_seq >= ?",
            (replica_id, seq, seq),
        ).scalar_one_or_none()
        unsealed = store.unsealed(connection) if replica_id == own else []
        inside = [*(seal.unpack(body) if body is not None else ()), *unsealed]
        yield from ((replica_id, change) for change in inside if change.seq == seq)


def logged_records(connection: Connection) -> set[tuple[str, str]]:
    """(Entity, record id) of everything that the log speaks of."""
    return {
        (change.entity, change.record_id)
        for batches in _chunks(connection, None)
        for _, changes in batches
        for change in changes
    }


def _homes(connection: Connection, wanted: Wanted | None) -> set[str]:
    """Households that these records belong to before they are made again; the new ones refresh by themselves."""
    homes = set((wanted or {}).get("household", ()))
    for entity, ids in (wanted or {}).items():
        if entity in FORMS and "household_id" in FORMS[entity].by_name:
            rows = connection.exec_driver_sql(
                f'SELECT DISTINCT household_id FROM "{entity}" WHERE household_id IS NOT NULL AND id {_IN}',
                (json.dumps(sorted(ids)),),
            )
            homes.update(rows.scalars())
    return homes


def _forget(connection: Connection, wanted: Wanted | None) -> None:
    """Rows, registers and quarantine notes go; the log stays."""
    if wanted is None:
        for table in ("record_state", "quarantine", *CLASS_OF_ENTITY):
            connection.exec_driver_sql(f'DELETE FROM "{table}"')
        return
    for entity, ids in wanted.items():
        listed = json.dumps(sorted(ids))
        for table in ("record_state", "quarantine"):
            statement = f"DELETE FROM {table} WHERE entity = ? AND record_id {_IN}"
            connection.exec_driver_sql(statement, (entity, listed))
        if entity in CLASS_OF_ENTITY:
            connection.exec_driver_sql(f'DELETE FROM "{entity}" WHERE id {_IN}', (listed,))


def _chunks(connection: Connection, wanted: Wanted | None) -> Iterator[list[Batch]]:
    """Everything in the log about these records, in order of arrival; own unsealed changes last."""
    numbers = connection.exec_driver_sql("SELECT arrived FROM segment ORDER BY arrived").scalars().all()
    for start in range(0, len(numbers), _CHUNK):
        yield from _some(_bodies(connection, numbers[start : start + _CHUNK]), wanted)
    own = str(connection.exec_driver_sql("SELECT replica_id FROM replica").scalar_one())
    yield from _some([(own, store.unsealed(connection))], wanted)


def _bodies(connection: Connection, numbers: Sequence[int]) -> Iterator[tuple[str, Sequence[Change]]]:
    rows = connection.exec_driver_sql(
        f"SELECT replica_id, body FROM segment WHERE arrived {_IN} ORDER BY arrived",
        (json.dumps(list(numbers)),),
    )
    return ((replica_id, seal.open_body(body)) for replica_id, body in rows.all())


def _some(batches: Iterable[tuple[str, Sequence[Change]]], wanted: Wanted | None) -> Iterator[list[Batch]]:
    chosen: list[Batch] = []
    for replica_id, changes in batches:
        about = changes if wanted is None else [c for c in changes if c.record_id in wanted.get(c.entity, ())]
        if about:
            chosen.append((replica_id, about))
    if chosen:
        yield chosen
