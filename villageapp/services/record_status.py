"""Where a record is, beside on this laptop: on a stick, at a colleague's, signed for by the province.

A record is somewhere when every change that makes up its present state is there: the clocks of its registers
are compared with what server, colleagues and sticks are known to hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection

from villageapp.domain import dates
from villageapp.errors import NotFound
from villageapp.services.workspace import Workspace
from villageapp.sync import receipts, store

_ONE = (
    "SELECT record_id, base, fields FROM record_state"
    " WHERE entity = ? AND record_id IN (SELECT value FROM json_each(?))"
)
_ALL = "SELECT base, fields FROM record_state"
_ALWAYS = 2**63
"""A sequence number that no change reaches: a laptop has all of its own."""


class Place(StrEnum):
    """The safest place where a record is known to be."""

    LOCAL = "local"
    STICK = "stick"
    COLLEAGUE = "colleague"
    RECEIVED = "received"


LABELS: Mapping[Place, str] = {
    Place.LOCAL: "本机",
    Place.STICK: "U盘",
    Place.COLLEAGUE: "队友",
    Place.RECEIVED: "省里已签收",
}
"""What people read."""


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """Where a record is; ``who``: server address, colleague's name or name of the file; ``at``: known since when.

    ``at`` is None when nobody told: on this laptop alone, or a colleague's own record.
    """

    place: Place
    who: str = ""
    at: datetime | None = None

    @property
    def label(self) -> str:
        """The place in Chinese."""
        return LABELS[self.place]


_LOCAL = RecordStatus(Place.LOCAL)


@dataclass(frozen=True, slots=True)
class _Holder:
    """Somebody who holds everything up to a vector."""

    status: RecordStatus
    vector: Mapping[str, int]

    def has(self, needed: Mapping[str, int]) -> bool:
        return all(self.vector.get(replica_id, 0) >= seq for replica_id, seq in needed.items())


def status_of(work: Workspace, entity: str, record_id: str) -> RecordStatus:
    """Where one record is. Raises NotFound."""
    found = statuses(work, entity, [record_id])
    if record_id not in found:
        raise NotFound("没有找到这条记录。", remedy="请刷新后再看。")
    return found[record_id]


def statuses(work: Workspace, entity: str, record_ids: Iterable[str]) -> dict[str, RecordStatus]:
    """Where these records are; those that are not in this store are left out."""
    with work.reading() as connection:
        holders = _holders(connection)
        rows = connection.exec_driver_sql(_ONE, (entity, json.dumps(list(record_ids)))).all()
    return {row[0]: _status(holders, _needed(row[1], row[2])) for row in rows}


def status_counts(work: Workspace) -> dict[Place, int]:
    """How many records of all kinds are in which place at best."""
    counts = dict.fromkeys(Place, 0)
    with work.reading() as connection:
        holders = _holders(connection)
        for base, fields in connection.exec_driver_sql(_ALL):
            counts[_status(holders, _needed(base, fields)).place] += 1
    return counts


def _needed(base: str, fields: str) -> dict[str, int]:
    """The highest number of each laptop among the changes that make up a record's present state."""
    needed: dict[str, int] = {}
    clocks = json.loads(base)
    if fields:
        clocks += [head for register in json.loads(fields).values() for head in register["h"]]
    for clock in clocks:
        if clock[2] > needed.get(clock[1], 0):
            needed[clock[1]] = clock[2]
    return needed


def _status(holders: Iterable[_Holder], needed: Mapping[str, int]) -> RecordStatus:
    return next((holder.status for holder in holders if holder.has(needed)), _LOCAL)


def _holders(connection: Connection) -> list[_Holder]:
    """Server, colleagues, sticks: the safest first, the latest word of its kind first."""
    identity = store.read_identity(connection)
    signed = receipts.read(connection, identity.server_url).signed
    found: list[_Holder] = []
    if signed.vector:
        at = datetime.fromtimestamp(signed.time_ms / 1000, UTC)
        status = RecordStatus(Place.RECEIVED, identity.server_url, at)
        found.append(_Holder(status, signed.vector))
    return [*found, *_colleagues(connection, identity), *_sticks(connection)]


def _colleagues(connection: Connection, identity: store.Identity) -> list[_Holder]:
    """Each certified laptop of the team has its own log, and what it said it has."""
    former = connection.exec_driver_sql("SELECT former FROM replica").scalar_one()
    own = {identity.replica_id, *json.loads(former)}
    told = {row.url: (row.vector, row.at) for row in _peers(connection, "colleague")}
    certificates = store.certificates(connection, identity.province_key) if identity.province_key else {}
    found: list[_Holder] = []
    for replica_id, certificate in certificates.items():
        if replica_id in own:
            continue
        vector, at = told.get(f"colleague:{replica_id}", ({}, None))
        status = RecordStatus(Place.COLLEAGUE, certificate.user_name, at)
        found.append(_Holder(status, {**vector, replica_id: _ALWAYS}))
    return sorted(found, key=_latest, reverse=True)


def _sticks(connection: Connection) -> list[_Holder]:
    found = [
        _Holder(RecordStatus(Place.STICK, told.name, told.at), told.vector)
        for told in _peers(connection, "stick")
    ]
    return sorted(found, key=_latest, reverse=True)


@dataclass(frozen=True, slots=True)
class _Told:
    """A row of ``peer``: what somebody has, and when that was known."""

    url: str
    name: str
    vector: dict[str, int]
    at: datetime | None


def _peers(connection: Connection, kind: str) -> list[_Told]:
    rows = connection.exec_driver_sql(
        "SELECT url, name, vector, last_success_at FROM peer WHERE kind = ?", (kind,)
    ).all()
    return [
        _Told(url, name, json.loads(vector), dates.parse_instant(at) if at else None)
        for url, name, vector, at in rows
    ]


def _latest(holder: _Holder) -> float:
    return holder.status.at.timestamp() if holder.status.at else 0.0
