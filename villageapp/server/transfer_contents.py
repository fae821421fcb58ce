"""Photos and scans of households that have moved: copied into the store of the village where they came to.

The content may come late, from a laptop of the old village that took the photo; so a transfer is looked at until all
is there, or for ``PATIENCE``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.models.server_tables import blob, record, transfer
from villageapp.server.blob_store import BlobStore, Place
from villageapp.server.opening import Province
from villageapp.server.transfer_changes import Carried
from villageapp.sync.blobs import is_sha256

PATIENCE = timedelta(days=90)
_ATTACHMENT = "attachment"


def carry_contents(province: Province, store: BlobStore) -> int:
    """Copy what has not been copied yet and is here; how many contents. Blocks."""
    columns = transfer.c
    query = select(transfer).where(
        columns.side == "in", columns.done_at.is_(None), columns.noted_at > datetime.now(UTC) - PATIENCE
    )
    with province.engine.connect() as connection:
        waiting = connection.execute(query).all()
    return sum(_carry_one(province, store, move) for move in waiting)


def _carry_one(province: Province, store: BlobStore, move: Any) -> int:
    with province.engine.connect() as connection:
        wanted = _wanted(connection, move)
        here = {row.sha256: row for row in _rows(connection, move.other_county, move.other_workspace, wanted)}
        there = {row.sha256 for row in _rows(connection, move.county_code, move.workspace, wanted)}
    missing = [row for sha256, row in here.items() if sha256 not in there]
    for row in missing:
        _copy(province, store, move, row)
    if wanted <= there | here.keys():
        done = (transfer.c.county_code == move.county_code, transfer.c.transfer_id == move.transfer_id)
        with province.engine.begin() as connection:
            connection.execute(
                update(transfer)
                .where(*done, transfer.c.side == "in", transfer.c.looked == move.looked)
                .values(done_at=datetime.now(UTC))
            )
    return len(missing)


def _wanted(connection: Connection, move: Any) -> set[bytes]:
    """Hashes that the attachments among the moved records name."""
    carried = msgspec.msgpack.decode(move.carried, type=Carried)
    ids = [record_id for entity, record_id in carried.records if entity == _ATTACHMENT]
    columns = record.c
    docs = connection.execute(
        select(columns.doc["sha256"].astext).where(
            columns.county_code == move.county_code,
            columns.workspace == move.workspace,
            columns.entity == _ATTACHMENT,
            columns.record_id.in_(ids),
        )
    ).scalars()
    return {bytes.fromhex(text) for text in docs if text and is_sha256(text)}


def _rows(connection: Connection, county: str, home: str, wanted: set[bytes]) -> Iterator[Any]:
    """The contents, and the small forms of them, that a workspace has."""
    named = list(wanted)
    columns = blob.c
    yield from connection.execute(
        select(blob).where(
            columns.county_code == county,
            columns.workspace == home,
            or_(columns.sha256.in_(named), columns.preview_of.in_(named)),
        )
    )


def _copy(province: Province, store: BlobStore, move: Any, row: Any) -> None:
    old = Place(row.county_code, row.workspace, row.sha256.hex(), row.size)
    new = Place(move.county_code, move.workspace, row.sha256.hex(), row.size)
    if not store.has(new):
        store.put(new, store.read(old, 0, row.size))
    values = {**row._mapping, "county_code": move.county_code, "workspace": move.workspace}
    with province.engine.begin() as connection:
        connection.execute(upsert(blob).values(values).on_conflict_do_nothing())
