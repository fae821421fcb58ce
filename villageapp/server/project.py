"""From the log to records: the merge that laptops use, run over segments in order of arrival.

The ``record`` table and its findings hold nothing that is not in the log; they can be dropped and made again. One
row of ``projection`` per workspace says how far it is, and is the lock under which records are written, so
taking segments in never waits for this. A change that cannot be merged becomes a finding and holds up nobody
(``server/salvage.py``).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from villageapp.errors import SyncError
from villageapp.models.server_tables import projection, record, segment, workspace
from villageapp.server import findings, records, salvage
from villageapp.server.findings import Finding
from villageapp.server.records import Key, Place
from villageapp.server.salvage import UNMERGEABLE, Received
from villageapp.sync import registers, seal
from villageapp.sync.change import SET, Change, Clock
from villageapp.sync.digest import Buckets
from villageapp.sync.registers import Record

BATCH = 40
"""Segments merged in one transaction (at most 20,000 changes)."""
IDLE_SECONDS = 5.0
QUIET_SECONDS = 0.2
"""How long no segment may have come in before records are made,"""
PATIENCE_SECONDS = 0.5
"""and how long that is waited for at most."""
RETRY_MINUTES = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A workspace whose projection is locked, and how far it is."""

    place: Place
    arrived: int
    vector: dict[str, int]
    digest: bytes | None

    @property
    def buckets(self) -> Buckets | None:
        """The sums over its records; None when they are not known."""
        if self.digest is not None:
            return Buckets(self.digest)
        return Buckets() if self.arrived == 0 else None


def project_next(engine: Engine) -> bool:
    """Project one batch of any workspace that waits and that nobody else is at. False: nothing waits."""
    with engine.begin() as connection:
        claim = _claim(connection, None)
        if claim is None:
            return False
        try:
            with connection.begin_nested():
                _project_batch(connection, claim)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 - a workspace that cannot be merged must not stop the others
            _log.error("projection of workspace %s failed: %s", claim.place.workspace, type(error).__name__)
            _note_failure(connection, claim.place, error)
    return True


def project_all(engine: Engine, home: str | None = None) -> None:
    """Project everything that is stored now (of one workspace, or of all), waiting for who is at it."""
    for each in _homes(engine, home):
        moved = True
        while moved:
            with engine.begin() as connection:
                claim = _claim(connection, each)
                moved = claim is not None and _project_batch(connection, claim)


def rebuild(engine: Engine, home: str | None = None) -> None:
    """Drop records and findings (of one workspace, or of all) and make them again, each workspace in one transaction."""
    for each in _homes(engine, home):
        with engine.begin() as connection:
            claim = _claim(connection, each)
            if claim is None:
                continue
            place = claim.place
            connection.execute(delete(record).where(*_of(record, place)))
            findings.forget(connection, place)
            start = {"arrived": 0, "vector": {}, "digest": None}
            connection.execute(update(projection).where(*_of(projection, place)).values(start))
            moved = True
            while moved:
                claim = _claim(connection, each)
                moved = claim is not None and _project_batch(connection, claim)


def _homes(engine: Engine, home: str | None) -> Iterable[str]:
    if home is not None:
        return [home]
    with engine.connect() as connection:
        return list(connection.execute(select(workspace.c.workspace)).scalars())


def _claim(connection: Connection, home: str | None) -> _Claim | None:
    """Lock a workspace's projection: the named one, waiting for it, or any that has something to do."""
    columns = projection.c
    query = select(columns.county_code, columns.workspace, columns.arrived, columns.vector, columns.digest)
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
    return _Claim(Place(*row[:2]), *row[2:]) if row is not None else None


def _of(table: Any, place: Place) -> tuple[Any, Any]:
    return table.c.county_code == place.county_code, table.c.workspace == place.workspace


def _project_batch(connection: Connection, claim: _Claim) -> bool:
    """Merge the next segments of a workspace whose projection is locked. False: there were none."""
    place, columns = claim.place, segment.c
    rows = connection.execute(
        select(columns.arrived, columns.replica_id, columns.first_seq, columns.body, columns.received_at)
        .where(*_of(segment, place), columns.arrived > claim.arrived)
        .order_by(columns.arrived)
        .limit(BATCH)
    ).all()
    if not rows:
        return False
    changes, found = _opened(rows)
    buckets = claim.buckets
    try:
        with connection.begin_nested():
            touched = _merge_all(connection, claim, changes, buckets)
    except UNMERGEABLE:
        buckets = claim.buckets
        touched, lost = salvage.one_by_one(connection, place, changes, claim.vector, buckets)
        found += lost
    findings.note(connection, place, found)
    findings.follow_parents(connection, records.raw_cursor(connection), place, touched)
    _advance(connection, claim, rows[-1].arrived, changes, buckets)
    return True


def _opened(rows: Sequence[Any]) -> tuple[list[Received], list[Finding]]:
    """The changes of these segments, and what is wrong with single ones."""
    changes: list[Received] = []
    found: list[Finding] = []
    for row in rows:
        try:
            inside = seal.unpack(row.body)
        except SyncError as error:  # stored by a version that could read it
            whole = Change(row.first_seq, 0, "", "segment", row.replica_id, SET, {})
            found.append(findings.unreadable(row.replica_id, whole, row.received_at, error))
            continue
        for change in inside:
            changes.append(Received(row.replica_id, change, row.received_at))
            found += findings.of_change(row.replica_id, change, row.received_at)
    return changes, found


def _merge_all(
    connection: Connection, claim: _Claim, changes: Sequence[Received], buckets: Buckets | None
) -> dict[Key, Record]:
    """Merge in memory and write in bulk; all of it or none."""
    cursor = records.raw_cursor(connection)
    touched = records.take_out(cursor, claim.place, {one.key for one in changes})
    if buckets is not None:
        for (entity, record_id), before in touched.items():
            buckets.take_out(entity, record_id, before)
    _merge(touched, changes, dict(claim.vector))
    records.put_back(cursor, claim.place, touched)
    if buckets is not None:
        for (entity, record_id), merged in touched.items():
            buckets.add(entity, record_id, merged)
    return touched


def _merge(touched: dict[Key, Record], changes: Iterable[Received], progress: dict[str, int]) -> None:
    def known(clock: Clock) -> bool:
        return clock.seq <= progress.get(clock.replica_id, 0)

    for one in changes:
        registers.merge(touched.setdefault(one.key, Record()), one.change, one.replica_id, known)
        progress[one.replica_id] = one.change.seq


def _advance(
    connection: Connection, claim: _Claim, arrived: int, changes: Iterable[Received], buckets: Buckets | None
) -> None:
    progress = dict(claim.vector)
    for one in changes:
        progress[one.replica_id] = one.change.seq
    values = {"arrived": arrived, "vector": progress, "failed_at": None, "failure": ""}
    values["digest"] = buckets.content if buckets is not None else None
    connection.execute(update(projection).where(*_of(projection, claim.place)).values(values))


def _note_failure(connection: Connection, place: Place, error: Exception) -> None:
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
        self._nudged_at = 0.0
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def nudge(self) -> None:
        """Segments have been stored."""
        self._nudged_at = time.monotonic()
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
                while self._let_requests_pass() and project_next(self._engine):
                    pass
            except SQLAlchemyError:
                _log.exception("the database did not answer the projector; it tries again")
            self._wake.wait(IDLE_SECONDS)

    def _let_requests_pass(self) -> bool:
        """Wait while segments keep coming in, though not for long: records may be late by seconds, and a laptop
        that waits for its answer should not share the processor with them. False: the server stops.
        """
        latest = time.monotonic() + PATIENCE_SECONDS
        while not self._stopping.is_set():
            now = time.monotonic()
            quiet_at = min(self._nudged_at + QUIET_SECONDS, latest)
            if now >= quiet_at:
                return True
            self._stopping.wait(quiet_at - now)
        return False
