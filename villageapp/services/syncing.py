"""Syncing now, how sync stands, what is in conflict, and proof that two replicas are equal."""

from __future__ import annotations

import time
import weakref
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.domain.forms import FORMS
from villageapp.errors import Cancelled, NotAllowed, SyncError
from villageapp.progress import SILENT, Progress
from villageapp.services import blob_syncing, channel_items, villages
from villageapp.services.blob_syncing import BlobReport
from villageapp.services.sync_run import Run, open_road
from villageapp.services.workspace import Workspace
from villageapp.sync import receipts, states, store
from villageapp.sync.client import HttpPeer
from villageapp.sync.clock import instant
from villageapp.sync.digest import digest
from villageapp.sync.exchange import Outcome
from villageapp.sync.lacking import lacking

BLOB_SECONDS = 60.0
"""Of photos at a time in the window; then the log has its turn again."""
INCOMPLETE = "incomplete"
"""``SyncState.ended`` of an exchange that went through without a receipt for everything."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did; ``receipt``: the server signed for everything that is here."""

    pushed: int
    pulled: int
    conflicts: int
    round_trips: int
    bytes_up: int
    bytes_down: int
    receipt: bool
    seconds: float
    refused: tuple[str, ...] = ()
    changes: ChangeSet = field(default_factory=ChangeSet)
    signed_by: str = ""
    """How the receipt was checked: ``log`` (the very bytes) or ``vector`` (a server that signs no more)."""
    segments_up: int = 0
    segments_down: int = 0
    breaks: int = 0
    """How often the line was cut on the way."""
    notes: tuple[str, ...] = ()
    """What the person should know: the server was restored, this laptop has a new number …"""
    state_differs: bool = False
    """The server made other records of the same log; found and reported, never green."""
    blobs: BlobReport | None = None
    """What became of photos and scans, which go after the log; None: there are none. Their troubles are reported
    here and do not take the log's receipt away."""


@dataclass(frozen=True, slots=True)
class SyncState:
    """How sync stands, for the light and the page. ``pending`` own changes are in no verified receipt yet."""

    enrolled: bool
    server_url: str
    pending: int
    conflicts: int
    last_success_at: datetime | None
    last_try_at: datetime | None
    ended: str  # "" well, a SyncKind, "cancelled" or INCOMPLETE
    message: str
    signed_at: datetime | None = None
    """Server time of the last verified receipt."""
    segments_waiting: int = 0
    bytes_waiting: int = 0
    """Sealed but not signed for: what the next exchange carries up."""
    replica_id: str = ""
    outlook: str = ""
    """When it is tried again, in words; the window fills it in (services/sync_schedule.py)."""


@dataclass(frozen=True, slots=True)
class ConflictValue:
    """One of several values of a field: who wrote it, when, on which laptop."""

    value: Any
    by: str
    at: datetime
    replica_id: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that holds more than one value until somebody chooses."""

    entity: str
    record_id: str
    field: str
    label: str
    values: tuple[ConflictValue, ...]


@dataclass(frozen=True, slots=True)
class StateHash:
    """Equal on equal replicas."""

    hash: str
    records: int
    changes: int


def sync_now(
    work: Workspace,
    progress: Progress = SILENT,
    road: HttpPeer | None = None,
    blob_seconds: float | None = None,
) -> SyncReport:
    """One full exchange with the server, then photos and scans. Raises SyncError, NotAllowed (not enrolled),
    Cancelled, Trouble (the disk).

    However it ends, local work is kept, and how it ended is remembered for the sync page. ``road``: a connection
    of ``open_road`` that the caller keeps between exchanges. ``blob_seconds``: no further photo is begun after so
    long, so that text written meanwhile is not kept waiting.
    """
    identity = work.identity
    if not identity.enrolled:
        raise NotAllowed(
            "这台电脑还没有登记到服务器。", remedy="请在“同步”页填写服务器地址和登记码。", code="not_enrolled"
        )
    started = time.monotonic()
    peer = road or open_road(work)
    try:
        run = Run(work, peer, progress)
        outcome = run.exchange()
    except SyncError as error:
        _remember(work, identity.server_url, error.kind.value, error.line())
        raise
    except Cancelled:
        _remember(work, identity.server_url, "cancelled", "已取消，已传的部分保留，下次接着传。")
        raise
    finally:
        if road is None:
            peer.close()
    if outcome.recoded:
        outcome.say(villages.follow_code(work))
        outcome.touched.append(ChangeSet(everything=True))  # parameters go by the region
    if outcome.items:
        channel_items.refresh(work)
        outcome.say(f"收到上级发布的内容 {outcome.items} 份，请在“今日工作”查看。")
        outcome.touched.append(ChangeSet(everything=True))  # thresholds may have moved
    _remember(work, identity.server_url, *_ending(outcome))
    if outcome.pulled > 1000:
        work.database.settle()
    report = _report(work, run, outcome, time.monotonic() - started)
    if not _has_blobs(work):
        return report
    blobs = blob_syncing.sync_blobs(work, progress, seconds=blob_seconds)
    return replace(report, blobs=blobs, seconds=round(time.monotonic() - started, 3))


def _has_blobs(work: Workspace) -> bool:
    with work.reading() as connection:
        known = "SELECT EXISTS (SELECT 1 FROM blob) OR EXISTS (SELECT 1 FROM attachment)"
        return bool(connection.exec_driver_sql(known).scalar_one())


class Line:
    """A connection to the server that is kept from one exchange to the next; one thread at a time.

    It is closed after an error, and when nobody holds this object any more.
    """

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self._open: list[tuple[str, str, HttpPeer]] = []  # address, token, connection
        self._finalizer = weakref.finalize(self, _close_all, self._open)

    def sync_now(self, progress: Progress = SILENT) -> SyncReport:
        """As the function of this name."""
        identity = self._work.identity
        key = (identity.server_url, identity.token)
        if self._open and self._open[0][:2] != key:
            self.close()
        if not self._open and identity.enrolled:
            self._open.append((*key, open_road(self._work)))
        try:
            road = self._open[0][2] if self._open else None
            return sync_now(self._work, progress, road, BLOB_SECONDS)
        except SyncError:
            self.close()
            raise

    def close(self) -> None:
        """Release the connection."""
        _close_all(self._open)


def _close_all(opened: list[tuple[str, str, HttpPeer]]) -> None:
    while opened:
        opened.pop()[2].close()


def probe(work: Workspace) -> None:
    """Ask whether the server answers, with half a kilobyte and without any data. Raises SyncError."""
    peer = HttpPeer(work.identity.server_url)
    try:
        peer.greet()
    finally:
        peer.close()


def _ending(outcome: Outcome) -> tuple[str, str]:
    """Done only with a receipt over everything that is here; never green on the server's mere politeness."""
    notes = "".join(outcome.notes)
    if outcome.refused:
        return INCOMPLETE, "服务器退回了部分内容（本机都保留）：" + "；".join(
            [*outcome.refused[:3], *outcome.notes]
        )
    if outcome.receipt is None:
        return INCOMPLETE, notes or "服务器没有签收全部内容，本机都保留，稍后会再传。"
    if outcome.state_differs:
        return INCOMPLETE, notes or "服务器由同样的记录算出了不同的结果，已报告，请告知县里技术人员。"
    return "", notes


def _report(work: Workspace, run: Run, outcome: Outcome, seconds: float) -> SyncReport:
    with work.reading() as connection:
        conflicts = _conflict_count(connection)
    up, down = run.bytes_moved
    return SyncReport(
        outcome.pushed,
        outcome.pulled,
        conflicts,
        outcome.round_trips,
        up,
        down,
        outcome.receipt is not None,
        round(seconds, 3),
        tuple(outcome.refused),
        outcome.changes,
        outcome.signed_by,
        outcome.segments_up,
        outcome.segments_down,
        outcome.breaks,
        tuple(outcome.notes),
        outcome.state_differs,
    )


def _remember(work: Workspace, url: str, ended: str, message: str) -> None:
    now = dates.instant_text(work.now())
    with work.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO peer (url, last_try_at, last_success_at, ended, message, vector, receipt)"
            " VALUES (?, ?, ?, ?, ?, '{}', '')"
            " ON CONFLICT (url) DO UPDATE SET last_try_at = excluded.last_try_at, ended = excluded.ended,"
            " message = excluded.message,"
            " last_success_at = CASE WHEN excluded.ended = '' THEN excluded.last_success_at ELSE last_success_at END",
            (url, now, now if ended == "" else "", ended, message),
        )


def sync_state(work: Workspace) -> SyncState:
    """How sync stands at this moment."""
    with work.reading() as connection:
        identity = store.read_identity(connection)
        row = connection.exec_driver_sql(
            "SELECT last_success_at, last_try_at, ended, message, receipt FROM peer WHERE url = ?",
            (identity.server_url,),
        ).one_or_none()
        success, tried, ended, message, receipt = row or ("", "", "", "", "")
        signed = receipts.parse(receipt)
        last_own = store.applied_vector(connection)[identity.replica_id]
        waiting = last_own - signed.vector.get(identity.replica_id, 0)
        unsigned = lacking(connection, signed.vector, 0)
        conflicts = _conflict_count(connection)
    return SyncState(
        identity.enrolled,
        identity.server_url,
        waiting,
        conflicts,
        _instant(success),
        _instant(tried),
        ended,
        message,
        datetime.fromtimestamp(signed.time_ms / 1000, UTC) if signed.time_ms else None,
        unsigned.total_segments,
        unsigned.total_bytes,
        identity.replica_id,
    )


def _instant(text: str) -> datetime | None:
    return dates.parse_instant(text) if text else None


def _conflict_count(connection: Connection) -> int:
    return int(
        connection.exec_driver_sql("SELECT coalesce(sum(conflicts), 0) FROM record_state").scalar_one()
    )


def conflicts(work: Workspace) -> list[Conflict]:
    """Every field with more than one value, newest value first."""
    with work.reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT entity, record_id FROM record_state WHERE conflicts > 0"
        ).all()
        names = _names(connection)
        by_entity: dict[str, list[str]] = {}
        for entity, record_id in found:
            by_entity.setdefault(entity, []).append(record_id)
        return [
            _conflict(entity, record_id, name, record.heads(name), names)
            for entity, record_ids in sorted(by_entity.items())
            for record_id, record in sorted(states.load(connection, entity, record_ids).items())
            for name in record.conflicts()
        ]


def _names(connection: Connection) -> dict[str, str]:
    """User names by replica, from the certificates."""
    identity = store.read_identity(connection)
    if not identity.province_key:
        return {}
    known = store.certificates(connection, identity.province_key)
    return {replica_id: certificate.shown_name for replica_id, certificate in known.items()}


def _conflict(
    entity: str, record_id: str, name: str, heads: dict[Any, Any], names: dict[str, str]
) -> Conflict:
    form = FORMS.get(entity)
    described = form.by_name.get(name) if form else None
    label = described.label if described else ("删除" if name == "deleted" else name)
    values = tuple(
        ConflictValue(heads[clock], names.get(clock.replica_id, ""), instant(clock.hlc), clock.replica_id)
        for clock in sorted(heads, reverse=True)
    )
    return Conflict(entity, record_id, name, label, values)


def state_hash(work: Workspace) -> StateHash:
    """The hash over everything synced, with the number of records and of changes known here."""
    with work.reading() as connection:
        total = connection.exec_driver_sql("SELECT count(*) FROM record_state").scalar_one()
        changes = sum(store.applied_vector(connection).values())
        return StateHash(digest(states.load_all(connection)), int(total), changes)
