"""Noticing that the database was restored from a backup, and saying who has sent again what was lost.

A small file beside the database, ``<data>/epoch``, keeps the epoch, how many segments the database has taken in
all, which database it was, and which laptops are revoked. It is only written with what the database has
committed, under a lock; so a database that has less than the file, or does not know the file's epoch, is an
older one. It then gets a new epoch, by which laptops know that they must offer everything again.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, exists, func, select, text, update

from villageapp.errors import Trouble, os_reason
from villageapp.models.server_tables import audit, replica, segment, server_state, workspace
from villageapp.server import audit_trail
from villageapp.server.audit_trail import PROVINCE
from villageapp.sync import seal

FILE = "epoch"
RESTORED = "restored"
_MAX_FILE = 16 * 1024 * 1024


class Reason(StrEnum):
    """Why the server believes that it was restored."""

    EPOCH = "epoch"  # the database never heard of the epoch in the file
    ARRIVALS = "arrivals"  # it holds fewer segments than it has acknowledged
    DATABASE = "database"  # another database: a dump was read in, or a standby promoted
    BY_HAND = "by_hand"  # somebody said so


class Standing(msgspec.Struct, frozen=True):
    """What the file remembers of the database."""

    epoch: str
    arrivals: int
    database: str
    revoked: dict[str, tuple[str, int]]  # replica: instant of revocation, last number delivered by then


def settle(connection: Connection, folder: Path) -> str:
    """The epoch to work under: the database's, or a new one when it was restored. Remembers how things stand.

    Takes the lock on ``server_state`` for the rest of the transaction. Raises Trouble when the file is damaged.
    """
    _lock(connection)
    path = folder / FILE
    known, now = _read(path), _standing(connection)
    reason = _judge(connection, known, now)
    if known is not None and reason is not None:
        return _begin(connection, path, reason, known)
    if known != now:
        _write(path, now)
    return now.epoch


def restored_by_hand(connection: Connection, folder: Path, who: str) -> str:
    """A new epoch because a person says that the database was restored."""
    _lock(connection)
    path = folder / FILE
    return _begin(connection, path, Reason.BY_HAND, _read(path), who)


def _lock(connection: Connection) -> None:
    connection.exec_driver_sql("LOCK TABLE server_state IN EXCLUSIVE MODE")


def _judge(connection: Connection, known: Standing | None, now: Standing) -> Reason | None:
    if known is None:
        return None
    if known.epoch != now.epoch and known.epoch not in _past_epochs(connection):
        return Reason.EPOCH
    if known.arrivals > now.arrivals:
        return Reason.ARRIVALS
    return Reason.DATABASE if known.database != now.database else None


def _past_epochs(connection: Connection) -> set[str]:
    """Every epoch that this database has left: another server process may have begun a new one."""
    subjects = connection.execute(
        select(audit.c.subject).where(audit.c.county_code == PROVINCE, audit.c.action == RESTORED)
    ).scalars()
    return {subject.split()[0] for subject in subjects}


def _standing(connection: Connection) -> Standing:
    epoch = connection.execute(select(server_state.c.epoch)).scalar_one()
    arrivals = connection.execute(select(func.coalesce(func.sum(workspace.c.last_arrived), 0))).scalar_one()
    columns = replica.c
    rows = connection.execute(
        select(columns.replica_id, columns.revoked_at, columns.revoked_seq)
        .where(columns.revoked_at.is_not(None))
        .order_by(columns.replica_id)
    )
    revoked = {
        row.replica_id: (row.revoked_at.astimezone(UTC).isoformat(), row.revoked_seq or 0) for row in rows
    }
    return Standing(epoch, int(arrivals), _database(connection), revoked)


def _database(connection: Connection) -> str:
    """Which database this is: a dump read in, another cluster or a promoted standby gives another answer."""
    return str(
        connection.execute(
            text(
                "SELECT concat_ws('.', (SELECT system_identifier FROM pg_control_system()),"
                " (SELECT timeline_id FROM pg_control_checkpoint()), 'server_state'::regclass::oid)"
            )
        ).scalar_one()
    )


def _begin(connection: Connection, path: Path, reason: Reason, known: Standing | None, who: str = "") -> str:
    """Take a new epoch, write it down, and revoke again whom the backup had forgotten."""
    epoch, now = secrets.token_hex(8), datetime.now(UTC)
    before = connection.execute(select(server_state.c.epoch)).scalar_one()
    connection.execute(update(server_state).values(epoch=epoch))
    connection.execute(update(replica).values(seen_at=None))  # so that every next contact is noted
    audit_trail.note(connection, PROVINCE, RESTORED, None, f"{before} {epoch} {reason.value}", who)
    for replica_id, (instant, seq) in (known.revoked if known is not None else {}).items():
        connection.execute(
            update(replica)
            .where(replica.c.replica_id == replica_id, replica.c.revoked_at.is_(None))
            .values(revoked_at=min(datetime.fromisoformat(instant), now), revoked_seq=seq)
        )
    _write(path, _standing(connection))
    return epoch


def _read(path: Path) -> Standing | None:
    try:
        if not path.exists():
            return None
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_MAX_FILE), type=Standing)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Trouble(
            f"记录服务器批次的文件 {path} 无法读取，服务器没有启动，数据没有改动。",
            remedy="请从备份恢复该文件；没有备份时，把它移走后运行 server restored，让各电脑重新补送。",
            code="epoch_unreadable",
        ) from error


def _write(path: Path, standing: Standing) -> None:
    """Write whole or not at all. Raises Trouble."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(standing))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Trouble(
            f"无法写入记录服务器批次的文件 {path}：{os_reason(error)}。",
            remedy="请检查磁盘空间和文件夹权限。",
            code="epoch_unwritable",
        ) from error


def report(connection: Connection, prefix: str = "") -> dict[str, Any]:
    """Since the last restoration: per workspace, what its laptops have sent that was written before it, and
    which laptops have not been here since.

    ``{"epoch", "restored_at", "reason", "workspaces": [{"workspace", "village_code", "county_code",
    "laptops": [{"replica_id", "segments", "changes"}]}], "silent": [{"replica_id", "village_code",
    "enrolled_at"}]}``; ``restored_at`` is None if there was none. ``prefix``: of villages whose code begins so.
    """
    columns = audit.c
    last = connection.execute(
        select(columns.at, columns.subject)
        .where(columns.county_code == PROVINCE, columns.action == RESTORED)
        .order_by(columns.at.desc())
        .limit(1)
    ).one_or_none()
    epoch = connection.execute(select(server_state.c.epoch)).scalar_one()
    if last is None:
        return {"epoch": epoch, "restored_at": None, "reason": None, "workspaces": [], "silent": []}
    return {
        "epoch": epoch,
        "restored_at": last.at.isoformat(),
        "reason": last.subject.split()[-1],
        "workspaces": _sent_again(connection, last.at, prefix),
        "silent": _silent(connection, last.at, prefix),
    }


def _silent(connection: Connection, since: datetime, prefix: str) -> list[dict[str, Any]]:
    """Laptops in use that have not been here since, and of which nobody has brought anything."""
    columns = replica.c
    brought = exists().where(
        segment.c.county_code == columns.county_code,
        segment.c.workspace == columns.workspace,
        segment.c.replica_id == columns.replica_id,
        segment.c.received_at >= since,
    )
    home = (workspace.c.county_code == columns.county_code) & (workspace.c.workspace == columns.workspace)
    rows = connection.execute(
        select(columns.replica_id, workspace.c.village_code, columns.enrolled_at)
        .join(workspace, home)
        .where(
            workspace.c.village_code.startswith(prefix, autoescape=True),
            columns.revoked_at.is_(None),
            columns.seen_at.is_(None),
            columns.enrolled_at < since,
            ~brought,
        )
        .order_by(workspace.c.village_code, columns.replica_id)
    )
    return [
        {
            "replica_id": row.replica_id,
            "village_code": row.village_code,
            "enrolled_at": row.enrolled_at.isoformat(),
        }
        for row in rows
    ]


def _sent_again(connection: Connection, since: datetime, prefix: str) -> list[dict[str, Any]]:
    columns = segment.c
    home = (workspace.c.county_code == columns.county_code) & (workspace.c.workspace == columns.workspace)
    rows = connection.execute(
        select(
            columns.county_code, columns.workspace, workspace.c.village_code, columns.replica_id, columns.body
        )
        .join(workspace, home)
        .where(columns.received_at >= since, workspace.c.village_code.startswith(prefix, autoescape=True))
        .order_by(columns.county_code, columns.workspace, columns.replica_id, columns.first_seq)
        .execution_options(yield_per=200)
    )
    before = int(since.timestamp() * 1000) << 16
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        old = sum(1 for change in seal.unpack(row.body) if change.hlc < before)
        place = found.setdefault(
            row.workspace,
            {
                "workspace": row.workspace,
                "village_code": row.village_code,
                "county_code": row.county_code,
                "laptops": {},
            },
        )
        entry = {"replica_id": row.replica_id, "segments": 0, "changes": 0}
        laptop = place["laptops"].setdefault(row.replica_id, entry)
        laptop["segments"] += old > 0
        laptop["changes"] += old
    return [_with_senders(place) for place in found.values() if _senders(place)]


def _senders(place: dict[str, Any]) -> list[dict[str, Any]]:
    return [laptop for laptop in place["laptops"].values() if laptop["segments"]]


def _with_senders(place: dict[str, Any]) -> dict[str, Any]:
    return {**place, "laptops": _senders(place)}
