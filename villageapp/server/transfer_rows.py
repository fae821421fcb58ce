"""Rows of the ``transfer`` table, and the records that a transfer looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, String, cast, select

from villageapp.models.server_tables import projection, record, transfer
from villageapp.server import records
from villageapp.server.records import Place
from villageapp.server.transfer_changes import Carried, Key
from villageapp.sync.registers import Record

OUT, IN = "out", "in"
EVERYBODY, NOBODY = "*", "00000000-0000-0000-0000-000000000000"
"""Household number and id in the transfer of a whole village."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Move:
    """One transfer: where from, where to, what."""

    transfer_id: str
    here: Place
    there: Place
    household_id: str
    household_no: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A workspace's records at one moment, and the log up to there."""

    arrived: int
    vector: dict[str, int]
    known: dict[Key, Record]


def row_of(
    move: Move, side: str, place: Place, other: Place, looked: int, carried: Carried
) -> dict[str, Any]:
    """One side of a transfer, as it is stored."""
    return {
        "county_code": place.county_code,
        "transfer_id": move.transfer_id,
        "side": side,
        "workspace": place.workspace,
        "other_county": other.county_code,
        "other_workspace": other.workspace,
        "household_id": move.household_id,
        "household_no": move.household_no,
        "looked": looked,
        "carried": msgspec.msgpack.encode(carried),
        "noted_at": datetime.now(UTC),
    }


def snapshot(engine: Engine, place: Place) -> Snapshot:
    """All records of a workspace and how far they are, at one moment."""
    with engine.execution_options(isolation_level="REPEATABLE READ").begin() as connection:
        row = connection.execute(
            select(projection.c.arrived, projection.c.vector).where(*lies_in(projection, place))
        ).one()
        known = {(entity, key): found for entity, key, found in records.all_of(connection, place)}
    return Snapshot(row.arrived, dict(row.vector), known)


def some_of(connection: Connection, place: Place, wanted: Sequence[str]) -> Iterator[tuple[Key, Record]]:
    """The records with these ids, as far as they are there."""
    columns = record.c
    ids = [text for text in wanted if _UUID.fullmatch(text)]
    rows = connection.execute(
        select(
            columns.entity,
            columns.record_id,
            cast(columns.doc, String),
            columns.state,
            columns.created_hlc,
            columns.created_by,
            columns.updated_hlc,
            columns.updated_by,
        ).where(*lies_in(record, place), columns.record_id.in_(ids))
    )
    for entity, record_id, doc, state, c_hlc, c_by, u_hlc, u_by in rows:
        yield (entity, record_id), records.from_row(doc, state, (c_hlc, c_by), (u_hlc, u_by))


def carried_by(connection: Connection, move: Move) -> Carried:
    """What a transfer has carried so far; its copy must have been made."""
    row = connection.execute(incoming(move)).one()
    return msgspec.msgpack.decode(row.carried, type=Carried)


def incoming(move: Move) -> Any:
    """The query for what is kept where the household came to, if the copy has been made."""
    return select(transfer.c.looked, transfer.c.carried).where(*side_of(move, IN))


def side_of(move: Move, side: str) -> tuple[Any, ...]:
    """The conditions that name one side of a transfer."""
    place: Mapping[str, Place] = {OUT: move.here, IN: move.there}
    columns = transfer.c
    return (
        columns.county_code == place[side].county_code,
        columns.transfer_id == move.transfer_id,
        columns.side == side,
    )


def lies_in(table: Any, place: Place) -> tuple[Any, Any]:
    """The conditions that name a workspace in one of its tables."""
    return table.c.county_code == place.county_code, table.c.workspace == place.workspace
