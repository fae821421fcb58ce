"""From the log to records: the merge that laptops use, run over segments in order of arrival.

The ``record`` table holds nothing that is not in the log; it can be dropped and made again. One row of
``projection`` per workspace says how far it is, and is the lock under which records are written, so
taking segments in never waits for this.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from psycopg.types.json import set_json_dumps
from sqlalchemy import Connection, Engine, and_, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from villageapp.models.server_tables import projection, record, segment, workspace
from villageapp.server import records
from villageapp.sync import registers, seal
from villageapp.sync.change import Change, Clock
from villageapp.sync.registers import Record

BATCH = 40
"""Segments merged in one transaction (at most 20,000 changes)."""
IDLE_SECONDS = 5.0
RETRY_MINUTES = 5
_log = logging.getLogger(__name__)
_Key = tuple[str, str]  # entity, record id

_TAKE_OUT = """
    DELETE FROM record r USING unnest(%s::text[], %s::uuid[]) AS k (entity, record_id)
    WHERE r.county_code = %s AND r.workspace = %s AND r.entity = k.entity AND r.record_id = k.record_id
    RETURNING r.entity, r.record_id::text, r.doc::text, r.state,
              r.created_hlc, r.created_by, r.updated_hlc, r.updated_by
"""
_PUT_BACK = f"COPY record (county_code, workspace, {', '.join(records.COLUMNS)}) FROM STDIN (FORMAT BINARY)"


@dataclass(frozen=True, slots=True)
class _Place:
    county_code: str
    workspace: str
    arrived: int
    vector: dict[str, int]


def project_next(engine: Engine) -> bool:
    """Project one batch of any workspace that waits and that nobody else is at. False: nothing waits."""
    with engine.begin() as connection:
        place = _claim(connection, None)
        if place is None:
            return False
        try:
            with connection.begin_nested():
                _project_batch(connection, place)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 - a workspace that cannot be merged must not stop the others
            _log.error("projection of workspace %s failed: %s", place.workspace, type(error).__name__)
            _note_failure(connection, place, error)
    return True


def project_all(engine: Engine, home: str | None = None) -> None:
    """Project everything that is stored now (of one workspace, or of all), waiting for who is at it."""
    for each in _homes(engine, home):
        moved = True
        while moved:
            with engine.begin() as connection:
                place = _claim(connection, each)
                moved = place is not None and _project_batch(connection, place)


def rebuild(engine: Engine, home: str | None = None) -> None:
    """Drop the records (of one workspace, or of all) and make them again, each workspace in one transaction."""
    for each in _homes(engine, home):
        with engine.begin() as connection:
            place = _claim(connection, each)
            if place is None:
                continue
            connection.execute(delete(record).where(*_of(record, place)))
            connection.execute(update(projection).where(*_of(projection, place)).values(arrived=0, vector={}))
            moved = True
            while moved:
                place = _claim(connection, each)
                moved = place is not None and _project_batch(connection, place)


def _homes(engine: Engine, home: str | None) -> Iterable[str]:
    if home is not None:
        return [home]
    with engine.connect() as connection:
        return list(connection.execute(select(workspace.c.workspace)).scalars())


def _claim(connection: Connection, home: str | None) -> _Place | None:
    """Lock a workspace's projection: the named one, waiting for it, or any that has something to do."""
    columns = projection.c
    query = select(columns.county_code, columns.workspace, columns.arrived, columns.vector)
    if home is not None:
        query = query.where(columns.workspace == home).with_for_update()
    else:
        same = and_(
            workspace.c.county_code == columns.county_code, workspace.c.workspace == columns.workspace
        )
        retry = datetime.now(UTC) - timedelta(minutes=RETRY_MINUTES)
        waiting = (
            workspace.c.last_arrived > columns.arrived,
            or_(columns.failed_at.is_(None), columns.failed_at < retry),
        )
        query = query.join(workspace, same).where(*waiting).limit(1)
        query = query.with_for_update(of=projection, skip_locked=True)
    row = connection.execute(query).one_or_none()
    return _Place(*row) if row is not None else None


def _of(table: Any, place: _Place) -> tuple[Any, Any]:
    return table.c.county_code == place.county_code, table.c.workspace == place.workspace


def _project_batch(connection: Connection, place: _Place) -> bool:
    """Merge the next segments of a workspace whose projection is locked. False: there were none."""
    columns = segment.c
    rows = connection.execute(
        select(columns.arrived, columns.replica_id, columns.body)
        .where(*_of(segment, place), columns.arrived > place.arrived)
        .order_by(columns.arrived)
        .limit(BATCH)
    ).all()
    if not rows:
        return False
    changes = [(row.replica_id, change) for row in rows for change in seal.unpack(row.body)]
    cursor = _raw_cursor(connection)
    touched = _take_out(cursor, place, {(change.entity, change.record_id) for _, change in changes})
    progress = dict(place.vector)
    _merge(touched, changes, progress)
    _put_back(cursor, place, touched)
    connection.execute(
        update(projection)
        .where(*_of(projection, place))
        .values(arrived=rows[-1].arrived, vector=progress, failed_at=None, failure="")
    )
    return True


def _merge(
    touched: dict[_Key, Record], changes: Iterable[tuple[str, Change]], progress: dict[str, int]
) -> None:
    def known(clock: Clock) -> bool:
        return clock.seq <= progress.get(clock.replica_id, 0)

    for replica_id, change in changes:
        key = (change.entity, change.record_id)
        if key not in touched:
            touched[key] = Record()
        registers.merge(touched[key], change, replica_id, known)
        progress[replica_id] = change.seq


def _raw_cursor(connection: Connection) -> Any:
    """The driver's own cursor, in the same transaction: rows in bulk and COPY."""
    driver: Any = connection.connection.driver_connection
    return driver.cursor(binary=True)


def _take_out(cursor: Any, place: _Place, keys: Iterable[_Key]) -> dict[_Key, Record]:
    """Remove the stored ones of these records from the table and return them."""
    wanted = list(keys)
    names, ids = [entity for entity, _ in wanted], [record_id for _, record_id in wanted]
    cursor.execute(_TAKE_OUT, (names, ids, place.county_code, place.workspace))
    return {
        (entity, record_id): records.from_row(doc, state, (c_hlc, c_by), (u_hlc, u_by))
        for entity, record_id, doc, state, c_hlc, c_by, u_hlc, u_by in cursor
    }


def _put_back(cursor: Any, place: _Place, touched: dict[_Key, Record]) -> None:
    set_json_dumps(msgspec.json.encode, cursor)
    home = uuid.UUID(place.workspace)
    with cursor.copy(_PUT_BACK) as copy:
        copy.set_types(("text", "uuid", *records.COLUMN_TYPES))
        for (entity, record_id), merged in touched.items():
            copy.write_row((place.county_code, home, *records.to_row(entity, record_id, merged)))


def _note_failure(connection: Connection, place: _Place, error: Exception) -> None:
    connection.execute(
        update(projection)
        .where(*_of(projection, place))
        .values(failed_at=datetime.now(UTC), failure=type(error).__name__)
    )


class Projector:
    """The thread in the server that keeps records up to date."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def nudge(self) -> None:
        """Segments have been stored."""
        self._wake.set()

    def stop(self) -> None:
        """End after the batch at hand."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                while not self._stopping.is_set() and project_next(self._engine):
                    pass
            except SQLAlchemyError:
                _log.exception("the database did not answer the projector; it tries again")
            self._wake.wait(IDLE_SECONDS)
