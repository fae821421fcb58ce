"""Rows of the ``record`` table: shown values as JSON for queries, and the exact registers beside them.

``doc`` can be read by any report. PostgreSQL's JSON has no NUL character: a value with one is kept exactly in
``state``, so that the digest of the server equals that of the laptops.
"""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

import msgspec

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


COLUMNS = Row._fields
COLUMN_TYPES = ("text", "uuid", "jsonb", "bytea", "bool", "int2", "int8", "text", "int8", "text")

_state_decoder = msgspec.msgpack.Decoder(_State)


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
