"""Records with their registers, loaded from and saved to the laptop's store in bulk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from villageapp.domain.forms import FORMS
from villageapp.models.types import json_text
from villageapp.sync import rows
from villageapp.sync.change import DELETED, SCHEMA, Clock
from villageapp.sync.registers import Record, Register, dump_fields, load_fields

_STATE = (
    "SELECT record_id, base, fields FROM record_state"
    " WHERE entity = ? AND record_id IN (SELECT value FROM json_each(?))"
)
SAVE_STATE = (
    "INSERT OR REPLACE INTO record_state (entity, record_id, base, fields, conflicts) VALUES (?, ?, ?, ?, ?)"
)


def load(connection: Connection, entity: str, record_ids: Iterable[str]) -> dict[str, Record]:
    """The known ones of these records."""
    wanted = list(record_ids)
    states = connection.exec_driver_sql(_STATE, (entity, json.dumps(wanted))).fetchall()
    stored = rows.load_rows(connection, entity, (s[0] for s in states)) if entity in FORMS else {}
    return {
        record_id: _record(entity, stored.get(record_id), base, fields) for record_id, base, fields in states
    }


def load_all(connection: Connection) -> Iterator[tuple[str, str, Record]]:
    """Every record by (entity, record id): for the state hash and for repairs."""
    known = (
        connection.exec_driver_sql("SELECT DISTINCT entity FROM record_state ORDER BY entity").scalars().all()
    )
    for entity in known:
        stored = {row[0]: tuple(row) for row in rows.all_rows(connection, entity)} if entity in FORMS else {}
        states = connection.exec_driver_sql(
            "SELECT record_id, base, fields FROM record_state WHERE entity = ? ORDER BY record_id", (entity,)
        )
        for record_id, base, fields in states:
            yield entity, record_id, _record(entity, stored.get(record_id), base, fields)


def _record(entity: str, row: tuple[Any, ...] | None, base: str, fields: str) -> Record:
    record = Record(base=[Clock(*clock) for clock in json.loads(base)])
    if row is not None:
        record.created, record.updated = (row[1], row[2]), (row[3], row[4])
        record.values = rows.wire_values(entity, row)
    if fields:
        record.fields = load_fields(json.loads(fields))
        for name, register in record.fields.items():
            shown = register.shown()
            if shown is None:
                record.values.pop(name, None)
            else:
                record.values[name] = shown
    return record


def save(connection: Connection, entity: str, records: Mapping[str, Record]) -> None:
    """Write rows and registers of these records."""
    if not records:
        return
    if entity in FORMS:
        for names, written in _rows(entity, records).items():
            connection.exec_driver_sql(rows.upsert_statement(entity, names), written)
    else:
        for record in records.values():
            _keep_unstored(record, record.values)
    save_states(connection, entity, records)


def save_states(connection: Connection, entity: str, records: Mapping[str, Record]) -> None:
    """Write only the registers (the rows are written by the session)."""
    connection.exec_driver_sql(SAVE_STATE, [state_row(entity, i, record) for i, record in records.items()])


def is_caught_up(connection: Connection) -> bool:
    """Whether this program's version has read everything; remembered as the store's ``user_version``."""
    return bool(connection.exec_driver_sql("PRAGMA user_version").scalar_one() >= SCHEMA)


def catch_up(connection: Connection) -> bool:
    """After an upgrade: give columns to values that waited in registers for a version that knows them.

    Returns whether anything had to be read.
    """
    if is_caught_up(connection):
        return False
    for entity in FORMS:
        found = connection.exec_driver_sql(
            "SELECT record_id FROM record_state WHERE entity = ? AND fields <> ''", (entity,)
        )
        save(connection, entity, load(connection, entity, found.scalars().all()))
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
    return True


def state_row(entity: str, record_id: str, record: Record) -> tuple[Any, ...]:
    """The row of ``record_state``."""
    fields = json_text(dump_fields(record.fields)) if record.fields else ""
    conflicts = len(record.conflicts()) if record.fields else 0
    return entity, record_id, json_text(record.base), fields, conflicts


def _rows(entity: str, records: Mapping[str, Record]) -> dict[tuple[str, ...], list[tuple[Any, ...]]]:
    """Rows by the fields that they have; what does not fit a column goes to its register."""
    known = rows.plain_types(entity)
    found: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for record_id, record in records.items():
        names: list[str] = []
        columns: list[Any] = []
        unfit = [n for n in record.values if n not in known and n != DELETED]
        for name, value in record.values.items():
            kind, as_it_comes = known.get(name, (None, None))
            if kind is None:
                continue
            try:
                columns.append(value if type(value) is as_it_comes else rows.stored_value(kind, value))
                names.append(name)
            except ValueError:
                unfit.append(name)
        _keep_unstored(record, unfit)
        technical = (record_id, *record.created, *record.updated, int(record.deleted))
        found.setdefault(tuple(names), []).append((*technical, *columns))
    return found


def _keep_unstored(record: Record, names: Iterable[str]) -> None:
    """A value without a fitting column (newer version, foreign type) lives in its register, as it came."""
    for name in list(names):
        if name not in record.fields:
            record.fields[name] = Register(record.heads(name))
