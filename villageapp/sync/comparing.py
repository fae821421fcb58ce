"""Finding records that differ from what the log says, and making them again: a flipped bit, a row changed by hand.

Compared is what must be equal on equal replicas. With the server's sums only the differing buckets are looked at;
without a network everything is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from villageapp.domain.fields import Kind
from villageapp.models.database import Database
from villageapp.models.records import CLASS_OF_ENTITY
from villageapp.sync import chain, repair, rows, states, store
from villageapp.sync.digest import VERSION, Buckets, bucket_of
from villageapp.sync.fork import Asked
from villageapp.sync.identity import DigestAnswer, digest_path
from villageapp.sync.registers import Record, canonical

Key = tuple[str, str]  # entity, record id
_DELETED = rows.TECHNICAL.index("deleted")


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that was not what the log says; ``fields`` are those that differed, none when all of it did."""

    entity: str
    record_id: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The server's sums against ours. Not ``comparable``: one of the two has changes that the other lacks."""

    comparable: bool
    buckets: tuple[int, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether both hold the same records, as far as can be said now."""
        return self.comparable and not self.buckets


@dataclass(frozen=True, slots=True)
class Mended:
    """What was found and made again; ``compared`` with the server's sums, of which ``still`` differ even so."""

    differences: tuple[Difference, ...]
    compared: bool
    still: tuple[int, ...] = ()


def own_buckets(connection: Connection) -> Buckets:
    """The sums over everything here; reads every record."""
    return Buckets.of(states.load_all(connection))


def agrees(connection: Connection, state: str, version: int) -> bool:
    """Whether our records are those of a receipt's state, made of the same log. Reads every record.

    False as well when that cannot be said: no state, another version of the sums, changes that only one has.
    """
    if not state or version != VERSION or _is_ahead(connection):
        return False
    return own_buckets(connection).state == state and not crooked(connection)


def compare(database: Database, server: Asked) -> Comparison:
    """Our records against the server's. Raises SyncError."""
    with database.reading() as connection:
        workspace = store.read_identity(connection).workspace
    try:
        answer = msgspec.msgpack.decode(server.ask("GET", digest_path(workspace)), type=DigestAnswer)
        theirs = Buckets(answer.content)
    except (*chain.UNREADABLE, ValueError) as error:
        raise chain.malformed("对账答复无法识别") from error
    with database.reading() as connection:
        vector = {replica_id: seq for replica_id, seq in store.vector_of(connection).items() if seq}
        if answer.version != VERSION or answer.vector != vector or _is_ahead(connection):
            return Comparison(comparable=False)
        return Comparison(True, tuple(own_buckets(connection).differing(theirs)))


def _is_ahead(connection: Connection) -> bool:
    """Unsealed changes are in our records only; quarantined ones in the server's only."""
    waits = "SELECT EXISTS (SELECT 1 FROM outbox) OR EXISTS (SELECT 1 FROM quarantine)"
    return bool(connection.exec_driver_sql(waits).scalar_one())


def mend(database: Database, server: Asked) -> Mended:
    """Make records again where the server's sums differ from ours, or rows from their registers.

    Raises SyncError when the server does not answer; nothing has changed then.
    """
    before = compare(database, server)
    if not before.comparable:
        return Mended((), compared=False)
    with database.reading() as connection:
        buckets = {*before.buckets, *(bucket_of(*key) for key in crooked(connection))}
    if not buckets:
        return Mended((), compared=True)
    with database.writing() as connection:
        found = remake(connection, buckets)
    return Mended(tuple(found), True, compare(database, server).buckets)


def crooked(connection: Connection) -> set[Key]:
    """Records whose row does not show what their registers say; the sums see registers first."""
    found: set[Key] = set()
    for entity in CLASS_OF_ENTITY:
        ids = connection.exec_driver_sql(
            f"SELECT record_id FROM record_state WHERE entity = ? AND fields <> '' UNION SELECT id FROM \"{entity}\""
            " WHERE deleted = 1",
            (entity,),
        )
        known = states.load(connection, entity, ids.scalars().all())
        stored = rows.load_rows(connection, entity, known)
        found.update((entity, i) for i, record in known.items() if not _shows(entity, stored.get(i), record))
    return found


def _shows(entity: str, row: tuple[Any, ...] | None, record: Record) -> bool:
    if row is None or bool(row[_DELETED]) != record.deleted:
        return False
    columns = dict(zip(rows.field_kinds(entity), row[len(rows.TECHNICAL) :], strict=True))
    kinds = rows.field_kinds(entity)
    return all(
        columns[name] == _stored(kinds[name], register.shown())
        for name, register in record.fields.items()
        if name in columns
    )


def _stored(kind: Kind, shown: Any) -> Any:
    try:
        return rows.stored_value(kind, shown)
    except ValueError:
        return None  # a value without a fitting column


def remake(connection: Connection, buckets: Collection[int] | None) -> list[Difference]:
    """Make the records of these buckets (None: all) again from the log; which of them were different."""
    before = _everything(connection, buckets)
    if buckets is None:
        repair.rebuild(connection)
    else:
        wanted: dict[str, set[str]] = {}
        for entity, record_id in (*before, *_logged(connection, buckets)):
            wanted.setdefault(entity, set()).add(record_id)
        repair.rebuild(connection, wanted)
    after = _everything(connection, buckets)
    return [
        Difference(*key, _fields(key[0], before.get(key), after.get(key)))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


_Whole = tuple[tuple[Any, ...] | None, list[Any] | None]  # row, canonical registers


def _everything(connection: Connection, buckets: Collection[int] | None) -> dict[Key, _Whole]:
    """Rows and registers as they stand."""

    def wanted(entity: str, record_id: str) -> bool:
        return buckets is None or bucket_of(entity, record_id) in buckets

    stored: dict[Key, tuple[Any, ...]] = {}
    for entity in CLASS_OF_ENTITY:
        for row in rows.all_rows(connection, entity):
            if wanted(entity, row[0]):
                stored[entity, row[0]] = row
    found: dict[Key, _Whole] = {}
    for entity, record_id, record in states.load_all(connection):
        if wanted(entity, record_id):
            found[entity, record_id] = stored.pop((entity, record_id), None), canonical(record)
    return found | {key: (row, None) for key, row in stored.items()}


def _logged(connection: Connection, buckets: Collection[int]) -> set[Key]:
    """Records of these buckets that the log speaks of, whether they are here or not."""
    return {key for key in repair.logged_records(connection) if bucket_of(*key) in buckets}


def _fields(entity: str, before: _Whole | None, after: _Whole | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ()
    names: set[str] = set()
    if before[0] is not None and after[0] is not None:
        columns = (*rows.TECHNICAL, *rows.field_kinds(entity))
        names.update(n for n, a, b in zip(columns, before[0], after[0], strict=True) if a != b)
    heads = [{name: rest for name, *rest in whole[1] or ()} for whole in (before, after)]
    names.update(n for n in heads[0].keys() | heads[1].keys() if heads[0].get(n) != heads[1].get(n))
    return tuple(sorted(names))
