"""Syncing now, how sync stands, what is in conflict, and proof that two replicas are equal."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

import villageapp
from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.domain.forms import FORMS
from villageapp.errors import Cancelled, NotAllowed, SyncError
from villageapp.progress import SILENT, Progress
from villageapp.services.workspace import Workspace
from villageapp.sync import states, store
from villageapp.sync.client import HttpPeer
from villageapp.sync.clock import instant
from villageapp.sync.digest import digest
from villageapp.sync.exchange import Outcome, exchange

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


@dataclass(frozen=True, slots=True)
class SyncState:
    """How sync stands, for the light and the page. ``pending`` own changes are not acknowledged yet."""

    enrolled: bool
    server_url: str
    pending: int
    conflicts: int
    last_success_at: datetime | None
    last_try_at: datetime | None
    ended: str  # "" well, a SyncKind, "cancelled" or INCOMPLETE
    message: str


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


def sync_now(work: Workspace, progress: Progress = SILENT) -> SyncReport:
    """One full exchange with the server. Raises SyncError, NotAllowed (not enrolled) or Cancelled.

    However it ends, local work is kept, and how it ended is remembered for the sync page.
    """
    identity = work.identity
    if not identity.enrolled:
        raise NotAllowed(
            "这台电脑还没有登记到服务器。", remedy="请在“同步”页填写服务器地址和登记码。", code="not_enrolled"
        )
    started = time.monotonic()
    peer = HttpPeer(identity.server_url, identity.token)
    try:
        acknowledged = _acknowledged(work, identity.server_url)
        outcome = exchange(work.database, work.clock, peer, acknowledged, villageapp.__version__, progress)
    except SyncError as error:
        _remember(work, identity.server_url, error.kind.value, error.line())
        raise
    except Cancelled:
        _remember(work, identity.server_url, "cancelled", "已取消")
        raise
    finally:
        peer.close()
    _remember(work, identity.server_url, *_ending(outcome))
    if outcome.pulled > 1000:
        work.database.settle()
    return _report(work, peer, outcome, time.monotonic() - started)


def _ending(outcome: Outcome) -> tuple[str, str]:
    """Done only with a receipt over everything that is here; never green on the server's mere politeness."""
    if outcome.refused:
        return INCOMPLETE, "服务器退回了部分内容（本机都保留）:" + "；".join(outcome.refused[:3])
    if outcome.receipt is None:
        return INCOMPLETE, "服务器没有签收全部内容，本机都保留，稍后会再传。"
    return "", ""


def _report(work: Workspace, peer: HttpPeer, outcome: Outcome, seconds: float) -> SyncReport:
    with work.reading() as connection:
        conflicts = _conflict_count(connection)
    return SyncReport(
        outcome.pushed,
        outcome.pulled,
        conflicts,
        outcome.round_trips,
        peer.bytes_up,
        peer.bytes_down,
        outcome.receipt is not None,
        round(seconds, 3),
        tuple(outcome.refused),
        outcome.changes,
    )


def _acknowledged(work: Workspace, url: str) -> dict[str, int]:
    with work.reading() as connection:
        text = connection.exec_driver_sql(
            "SELECT vector FROM peer WHERE url = ?", (url,)
        ).scalar_one_or_none()
    return dict(json.loads(text)) if text else {}


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
            "SELECT last_success_at, last_try_at, ended, message, vector FROM peer WHERE url = ?",
            (identity.server_url,),
        ).one_or_none()
        success, tried, ended, message, vector = row or ("", "", "", "", "{}")
        last_own = store.applied_vector(connection)[identity.replica_id]
        waiting = last_own - json.loads(vector).get(identity.replica_id, 0)
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
    return {replica_id: certificate.user_name for replica_id, certificate in known.items()}


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
