"""Sums over a workspace's records, for laptops to compare with theirs (``sync/digest.py``)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from villageapp.models.server_tables import projection
from villageapp.server import project, records
from villageapp.server.access import Laptop
from villageapp.server.identity import check_trusted
from villageapp.server.opening import Province
from villageapp.server.records import Place
from villageapp.sync.digest import VERSION, Buckets
from villageapp.sync.identity import DigestAnswer


def digest_of(province: Province, laptop: Laptop) -> DigestAnswer:
    """The sums over everything that is stored now; projects what waits first. Raises SyncError(revoked)."""
    check_trusted(laptop)
    place = Place(laptop.county_code, laptop.workspace)
    project.project_all(province.engine, place.workspace)
    with province.engine.begin() as connection:
        columns = projection.c
        row = connection.execute(
            select(columns.vector, columns.digest).where(*_of(projection, place)).with_for_update()
        ).one()
        content = row.digest
        if content is None:
            content = Buckets.of(records.all_of(connection, place)).content
            connection.execute(update(projection).where(*_of(projection, place)).values(digest=content))
    return DigestAnswer(VERSION, {r: seq for r, seq in row.vector.items() if seq}, bytes(content))


def _of(table: Any, place: Place) -> tuple[Any, Any]:
    return table.c.county_code == place.county_code, table.c.workspace == place.workspace
