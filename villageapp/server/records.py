"""Rows of the ``record`` table: shown values as JSON for queries, and the exact registers beside them.

``doc`` can be read by any report. PostgreSQL's JSON has no NUL character: a value with one is kept exactly in
``state``, so that the digest of the server equals that of the laptops.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import set_json_dumps
from sqlalchemy import Connection, String, cast, collate, select

from villageapp.models.server_tables import record
from villageapp.sync.change import DELETED, Clock
from villageapp.sync.registers import Record, dump_fields, load_fields


class _State(msgspec.Struct, array_like=True, frozen=True):
    base: list[Clock]
    fields: dict[str, Any]
    exact: dict[str, Any]  # shown values that JSON does not give back as they were


class Row(NamedTuple):
    """One row of ``record`` after its county and workspace, in the order of ``COLUMNS``."""

    entity: str
    record_id: uuid.UUID
    doc: dict[str, Any]
    state: bytes
    deleted: bool
    conflicts: int
    created_hlc: int
    created_by: str
    updated_hlc: int
    updated_by: str


class Place(NamedTuple):
    """Where records lie: the first two columns of every key."""

    county_code: str
    workspace: str


Key = tuple[str, str]
"""Entity and record id."""

COLUMNS = Row._fields
COLUMN_TYPES = ("text", "uuid", "jsonb", "bytea", "bool", "int2", "int8", "text", "int8", "text")

_state_decoder = msgspec.msgpack.Decoder(_State)
_TAKE_OUT = """
    DELETE FROM record r USING unnest(%s::text[], %s::uuid[]) AS k (entity, record_id)
    WHERE r.county_code = %s AND r.workspace = %s AND r.entity = k.entity AND r.record_id = k.record_id
    RETURNING r.entity, r.record_id::text, r.doc::text, r.state,
              r.created_hlc, r.created_by, r.updated_hlc, r.updated_by
"""
_PUT_BACK = f"COPY record (county_code, workspace, {', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)"


def raw_cursor(connection: Connection) -> Any:
    """The driver's own cursor, in the same transaction: rows in bulk and COPY."""
    driver: Any = connection.connection.driver_connection
    return driver.cursor(binary=True)


def take_out(cursor: Any, place: Place, keys: Iterable[Key]) -> dict[Key, Record]:
    """Remove the stored ones of these records from the table and return them."""
    wanted = list(keys)
    names, ids = [entity for entity, _ in wanted], [record_id for _, record_id in wanted]
    cursor.execute(_TAKE_OUT, (names, ids, *place))
    return {
        (entity, record_id): from_row(doc, state, (c_hlc, c_by), (u_hlc, u_by))
        for entity, record_id, doc, state, c_hlc, c_by, u_hlc, u_by in cursor
    }


def put_back(cursor: Any, place: Place, touched: Mapping[Key, Record]) -> None:
    """Write these records, none of which is in the table."""
    set_json_dumps(msgspec.json.encode, cursor)
    home = uuid.UUID(place.workspace)
    with cursor.copy(_PUT_BACK) as copy:
        copy.set_types(("text", "uuid", *COLUMN_TYPES))
        for (entity, record_id), merged in touched.items():
            copy.write_row((place.county_code, home, *to_row(entity, record_id, merged)))


def all_of(connection: Connection, place: Place) -> Iterator[tuple[str, str, Record]]:
    """All records of a workspace in order of entity and id, streamed."""
    columns = record.c
    query = (
        select(
            columns.entity,
            columns.record_id,
            cast(columns.doc, String),
            columns.state,
            columns.created_hlc,
            columns.created_by,
            columns.updated_hlc,
            columns.updated_by,
        )
        .where(columns.county_code == place.county_code, columns.workspace == place.workspace)
        .order_by(collate(columns.entity, "C"), columns.record_id)
        .execution_options(yield_per=2000)
    )
    for entity, record_id, doc, state, c_hlc, c_by, u_hlc, u_by in connection.execute(query):
        yield entity, record_id, from_row(doc, state, (c_hlc, c_by), (u_hlc, u_by))


def to_row(entity: str, record_id: str, record: Record) -> Row:
    """The row of a record."""
    doc: dict[str, Any] = {}
    exact: dict[str, Any] = {}
    for name, value in record.values.items():
        if name == DELETED:
            exact[name] = value
        elif _plain(value):
            doc[name] = value
        else:
            exact[name] = value
            doc[name] = _bent(value)
    state = _State(record.base, dump_fields(record.fields), exact)
    return Row(
        entity,
        uuid.UUID(record_id),
        doc,
        msgspec.msgpack.encode(state),
        record.deleted,
        min(len(record.conflicts()), 32767),
        *record.created,
        *record.updated,
    )


def from_row(doc: bytes | str, state: bytes, created: tuple[int, str], updated: tuple[int, str]) -> Record:
    """The record of a row."""
    kept = _state_decoder.decode(state)
    values = msgspec.json.decode(doc)
    values.update(kept.exact)
    return Record(values, kept.base, load_fields(kept.fields), created, updated)


def _plain(value: Any) -> bool:
    """Whether PostgreSQL's jsonb gives the value back exactly."""
    kind = type(value)
    if kind is str:
        return "\0" not in value
    if kind is list:
        return all(map(_plain, value))
    return kind is not dict or all(_plain(key) and _plain(item) for key, item in value.items())


def _bent(value: Any) -> Any:
    """The nearest thing that jsonb can hold."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_bent(item) for item in value]
    if isinstance(value, dict):
        return {_bent(key): _bent(item) for key, item in value.items()}
    return value
