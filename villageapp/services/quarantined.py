"""Single changes that could not be merged on this laptop: what they are, why, trying again, handing them on.

The log keeps each of them exactly; everything else goes on without them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection

from villageapp import durable
from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.domain.forms import FORMS
from villageapp.errors import NotFound, Trouble, os_reason
from villageapp.sync import repair, store
from villageapp.sync.change import Change

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_ROWS = "SELECT replica_id, seq, entity, record_id, reason, noted_at FROM quarantine ORDER BY noted_at, replica_id, seq"
_WORDS = {
    "OverflowError": "数字或日期超出范围",
    "TypeError": "内容的类型不对",
    "ValueError": "内容的写法不对",
    "KeyError": "内容不完整",
    "IntegrityError": "与已有记录冲突",
}


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A change that waits; ``reason`` is for people, ``technical`` for support. No values: see ``export``."""

    replica_id: str
    seq: int
    title: str
    record_id: str
    by: str
    reason: str
    technical: str
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class Retried:
    """What trying again came to."""

    merged: int
    left: int
    changes: ChangeSet


def listed(work: Workspace) -> list[Quarantined]:
    """Everything that waits, oldest first."""
    with work.reading() as connection:
        rows = connection.exec_driver_sql(_ROWS).all()
        names = _names(connection) if rows else {}
    return [_described(row, names) for row in rows]


def _described(row: Any, names: dict[str, str]) -> Quarantined:
    replica_id, seq, entity, record_id, technical, noted_at = row
    form = FORMS.get(entity)
    reason = _WORDS.get(technical.partition(":")[0], "内容无法识别")
    title = form.title if form is not None else entity
    at = dates.parse_instant(noted_at)
    return Quarantined(replica_id, seq, title, record_id, names.get(replica_id, ""), reason, technical, at)


def _names(connection: Connection) -> dict[str, str]:
    identity = store.read_identity(connection)
    if not identity.province_key:
        return {}
    known = store.certificates(connection, identity.province_key)
    return {replica_id: certificate.user_name for replica_id, certificate in known.items()}


def retry(work: Workspace) -> Retried:
    """Try everything again; what still cannot be merged stays."""
    with work.database.writing() as connection:
        before = _count(connection)
        changes = repair.retry(connection)
        left = _count(connection)
    return Retried(before - left, left, changes)


def _count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM quarantine").scalar_one())


def export(work: Workspace, target: Path) -> int:
    """Write the waiting changes with their content to a JSON file for support; how many.

    The file holds personal data and is readable by its owner alone. Raises NotFound when nothing waits, Trouble
    when it cannot be written; nothing half-written is left.
    """
    with work.reading() as connection:
        found = [(replica_id, change) for replica_id, change in repair.quarantined(connection)]
    if not found:
        raise NotFound("没有待处理的单项内容。", code="nothing_quarantined")
    content = msgspec.json.format(msgspec.json.encode([_plain(*one) for one in found]), indent=2)
    draft = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        durable.put(draft, target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Trouble(
            f"写不了文件 {target}（{os_reason(error)}），没有导出。",
            remedy="请换一个文件夹。",
            code="not_written",
        ) from error
    return len(found)


def _plain(replica_id: str, change: Change) -> dict[str, Any]:
    return {
        "replica_id": replica_id,
        "seq": change.seq,
        "hlc": change.hlc,
        "actor": change.actor,
        "entity": change.entity,
        "record_id": change.record_id,
        "kind": change.kind,
        "schema": change.schema,
        "fields": dict(change.fields),
        "bases": {name: [list(clock) for clock in clocks] for name, clocks in change.bases.items()},
    }
