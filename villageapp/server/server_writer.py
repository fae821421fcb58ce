"""The server as a writer: in every workspace where it has something to write, a replica of its own.

Its key is derived from the province key, and its number from workspace and epoch: a server restored from a backup
begins a new log instead of using numbers twice. Its certificate is signed and handed out like anybody's, with
the role ``SERVER_ROLE``.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from nacl.signing import SigningKey
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.models.server_tables import certificate
from villageapp.server.appending import Appending
from villageapp.server.enrolment import CERTIFICATE_DAYS
from villageapp.server.opening import Province
from villageapp.sync import chain
from villageapp.sync.chain import NO_HASH, SERVER_NAME, SERVER_ROLE, Certificate
from villageapp.sync.change import Change, Clock

IN_SEGMENT = 100
_NUMBERS = uuid.UUID("5c3fd0f5-6a0b-5c7e-9c5e-5a8f5c1f7a11")


def replica_of(province: Province, home: str) -> str:
    """The server's number in a workspace, as long as the epoch lasts."""
    return str(uuid.uuid5(_NUMBERS, f"{home} {province.epoch}"))


def server_replicas(connection: Connection, province: Province, county: str, home: str) -> frozenset[str]:
    """Every number under which the server has written in a workspace, in this epoch and in former ones."""
    rows = connection.execute(
        select(certificate.c.body, certificate.c.signature).where(
            certificate.c.county_code == county, certificate.c.workspace == home
        )
    )
    held = (chain.read_certificate(chain.Signed(*row), province.public_key) for row in rows)
    return frozenset(one.replica_id for one in held if one.role == SERVER_ROLE)


@dataclass(slots=True)
class ServerWriter:
    """Changes of the server at the end of one workspace's log; ``seal`` writes them into the caller's transaction."""

    province: Province
    end: Appending
    replica_id: str = field(init=False)
    _next: int = field(init=False)
    _changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replica_id = replica_of(self.province, self.end.workspace)
        self._next = self.end.heads.get(self.replica_id, (0, NO_HASH))[0] + 1

    def write(
        self,
        kind: str,
        entity: str,
        record_id: str,
        fields: Mapping[str, Any],
        bases: Mapping[str, Sequence[Clock]],
        stamp: tuple[int, str],
        schema: int,
    ) -> Clock:
        """One change, with the hlc and actor of ``stamp``; its clock."""
        held = {name: tuple(sorted(clocks)) for name, clocks in bases.items() if clocks}
        hlc, actor = stamp
        change = Change(self._next, hlc, actor, entity, record_id, kind, dict(fields), held, schema)
        self._changes.append(change)
        self._next += 1
        return change.clock(self.replica_id)

    def seal(self) -> int:
        """Seal and append what was written; how many changes. Raises SyncError when a content is not storable."""
        if not self._changes:
            return 0
        key, held = self._key(), self._certificate()
        for part in _parts(self._changes):
            previous = self.end.heads.get(self.replica_id, (0, NO_HASH))[1]
            sealed = chain.seal_segment(self.end.workspace, self.replica_id, part, previous, key)
            self.end.add(sealed, held)
        self.end.save()
        count, self._changes = len(self._changes), []
        return count

    def _key(self) -> SigningKey:
        secret = hmac.new(
            self.province.key.encode(), b"server writer" + self.replica_id.encode(), hashlib.sha256
        )
        return SigningKey(secret.digest())

    def _certificate(self) -> Certificate:
        """The server's certificate in this workspace, made when it is the first or runs out."""
        key = {
            "county_code": self.end.county_code,
            "workspace": self.end.workspace,
            "replica_id": self.replica_id,
        }
        columns, today = certificate.c, datetime.now(UTC).date()
        row = self.end.connection.execute(
            select(columns.body, columns.signature).where(*(columns[name] == key[name] for name in key))
        ).one_or_none()
        if row is not None:
            held = chain.read_certificate(chain.Signed(*row), self.province.public_key)
            if held.valid_to > (today + timedelta(days=60)).isoformat():
                return held
        public = self._key().verify_key
        made = Certificate(
            self.replica_id,
            self.end.workspace,
            public.encode(),
            public.to_curve25519_public_key().encode(),
            "",
            SERVER_NAME,
            SERVER_ROLE,
            today.isoformat(),
            (today + timedelta(days=CERTIFICATE_DAYS)).isoformat(),
        )
        signed = chain.sign(made, self.province.key)
        kept = {"body": signed.body, "signature": signed.signature, "issued_at": datetime.now(UTC)}
        entry = upsert(certificate).values(**key, **kept)
        self.end.connection.execute(entry.on_conflict_do_update(index_elements=list(key), set_=kept))
        return made


def _parts(changes: Sequence[Change]) -> Iterable[list[Change]]:
    for start in range(0, len(changes), IN_SEGMENT):
        yield list(changes[start : start + IN_SEGMENT])
