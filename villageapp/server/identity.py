"""A new number for a laptop whose old one is in use twice: restored from an old backup, or cloned.

Same keys, same person, same rights; only the number differs, so that each machine writes a log of its own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.errors import SyncError, SyncKind
from villageapp.models.server_tables import audit, certificate, replica, segment, workspace
from villageapp.server import audit_trail, codes
from villageapp.server.access import Laptop
from villageapp.server.opening import Province
from villageapp.sync import chain
from villageapp.sync.chain import Certificate, Signed
from villageapp.sync.clock import wall_ms
from villageapp.sync.identity import IdentityAnswer, IdentityRequest, LogPart, is_proven
from villageapp.sync.protocol import SEND_LIMIT

SAME_DEVICE = "same_device_two_machines"
"""Action in the audit: the subject is ``former>new``."""
MOST_A_DAY = 20
_WAIT_SECONDS = 3600.0
_MAX_LISTED = 2000


def read_request(content: bytes) -> IdentityRequest:
    """The request in these bytes. Raises SyncError(PROTOCOL, code malformed)."""
    try:
        request = msgspec.msgpack.decode(content, type=IdentityRequest)
        canonical = str(uuid.UUID(request.replica_id)) == request.replica_id
    except (*chain.UNREADABLE, ValueError) as error:
        raise chain.malformed("换号请求") from error
    if not canonical or len(request.app) > 60 or request.replica_id == request.former:
        raise chain.malformed("换号请求")
    return request


def issue(province: Province, laptop: Laptop, request: IdentityRequest) -> IdentityAnswer:
    """Certificate and token for the new number. The same request again gets the same answer.

    Raises SyncError: revoked, bad_signature (no proof of the key), replica_exists, too_many_tries.
    """
    check_trusted(laptop)
    with province.engine.begin() as connection:
        case = _Case(connection, province, laptop, request)
        signed = case.known() or case.certify()
        token = case.admit()
    return IdentityAnswer(signed.body, signed.signature, token, province.epoch, wall_ms())


@dataclass(frozen=True, slots=True)
class _Case:
    """One request, in one transaction."""

    connection: Connection
    province: Province
    laptop: Laptop
    request: IdentityRequest

    def key(self, replica_id: str) -> dict[str, str]:
        """Of a replica in this workspace."""
        home = {"county_code": self.laptop.county_code, "workspace": self.laptop.workspace}
        return {**home, "replica_id": replica_id}

    def former(self) -> Certificate:
        """The certificate that the laptop has. Raises SyncError(bad_signature) without proof of its key."""
        held = self._certificate(self.laptop.replica_id)
        asked = self.request.former == self.laptop.replica_id
        if held is None or not asked:
            raise _unproven()
        content = chain.read_certificate(held, self.province.public_key)
        if not is_proven(self.laptop.workspace, self.request, content.sign_key):
            raise _unproven()
        return content

    def known(self) -> Signed | None:
        """The certificate given before for this very request."""
        mine = self.former()
        held = self._certificate(self.request.replica_id)
        if held is None:
            return None
        content = chain.read_certificate(held, self.province.public_key)
        if (content.sign_key, content.box_key) != (mine.sign_key, mine.box_key):
            raise SyncError(
                SyncKind.AUTH, "这个电脑编号已由另一把密钥登记，没有换号。", code="replica_exists"
            )
        return held

    def certify(self) -> Signed:
        """A certificate like the former one, with the new number."""
        self._check_rate()
        content = msgspec.structs.replace(self.former(), replica_id=self.request.replica_id)
        signed = chain.sign(content, self.province.key)
        row = {"body": signed.body, "signature": signed.signature, "issued_at": datetime.now(UTC)}
        self.connection.execute(insert(certificate).values(**self.key(self.request.replica_id), **row))
        subject = f"{self.request.former}>{self.request.replica_id}"
        place = self.laptop
        audit_trail.note(self.connection, place.county_code, SAME_DEVICE, place.workspace, subject)
        return signed

    def admit(self) -> str:
        """Write the new number's row; its token."""
        code_id, place = self._code_id(), self.laptop
        new = self.request.replica_id
        token = codes.laptop_token(self.province.key, place.county_code, place.workspace, new, code_id)
        held: dict[str, Any] = {"token_hash": codes.token_hash(token), "code_id": code_id}
        held |= {"app": self.request.app, "schema": self.request.schema}
        entry = upsert(replica).values(**self.key(new), **held, enrolled_at=datetime.now(UTC))
        keys = list(self.key(new))
        self.connection.execute(entry.on_conflict_do_update(index_elements=keys, set_=held))
        return token

    def _code_id(self) -> str:
        query = select(replica.c.code_id).where(*_is(replica, self.key(self.laptop.replica_id)))
        return str(self.connection.execute(query).scalar_one())

    def _certificate(self, replica_id: str) -> Signed | None:
        return _certificate_of(self.connection, self.key(replica_id))

    def _check_rate(self) -> None:
        """A laptop that asks without end is broken. Raises SyncError(BUSY, code too_many_tries)."""
        recent = datetime.now(UTC) - timedelta(days=1)
        query = select(func.count()).where(
            audit.c.county_code == self.laptop.county_code,
            audit.c.workspace == self.laptop.workspace,
            audit.c.action == SAME_DEVICE,
            audit.c.at > recent,
        )
        if self.connection.execute(query).scalar_one() >= MOST_A_DAY:
            raise SyncError(
                SyncKind.BUSY,
                "这个村今天换号的次数过多，暂停换号；本机的内容都还在。",
                remedy="请联系县级管理员查看是否有多台电脑共用一份数据。",
                code="too_many_tries",
                retry_after=_WAIT_SECONDS,
            )


def log_of(province: Province, laptop: Laptop, replica_id: str, after: int) -> LogPart:
    """Segments of one replica of the laptop's workspace after a sequence number, up to SEND_LIMIT bytes.

    None when no segment ends at that number: the laptop goes further back then. Raises SyncError: revoked, malformed.
    """
    check_trusted(laptop)
    columns = segment.c
    key = {"county_code": laptop.county_code, "workspace": laptop.workspace, "replica_id": _uuid(replica_id)}
    with province.engine.connect() as connection:
        ending = select(columns.hash).where(*_is(segment, key), columns.last_seq == after)
        after_hash = connection.execute(ending).scalar_one_or_none()
        held = _certificate_of(connection, key)
        certified = (held.body, held.signature) if held is not None else (b"", b"")
        if after and after_hash is None:
            return LogPart([], b"", False, *certified)
        rows = connection.execute(
            select(columns.header, columns.body, columns.signature)
            .where(*_is(segment, key), columns.first_seq > after)
            .order_by(columns.first_seq)
            .limit(_MAX_LISTED)
            .execution_options(yield_per=50)
        )
        chosen, more = _within_limit(rows)
    return LogPart(chosen, after_hash or b"", more or len(chosen) == _MAX_LISTED, *certified)


def _within_limit(rows: Any) -> tuple[list[tuple[bytes, bytes, bytes]], bool]:
    chosen: list[tuple[bytes, bytes, bytes]] = []
    size = 0
    for row in rows:
        size += len(row.body)
        if chosen and size > SEND_LIMIT:
            return chosen, True
        chosen.append((row.header, row.body, row.signature))
    return chosen, False


def same_devices(connection: Connection, prefix: str = "") -> list[dict[str, Any]]:
    """Laptops that came back under a new number: restored from a backup, or two machines with one device's data.

    Newest first; only of villages whose code begins with ``prefix``.
    """
    columns, home = audit.c, workspace.c
    rows = connection.execute(
        select(columns.county_code, columns.at, columns.subject, home.workspace, home.village_code)
        .join(workspace, and_(home.county_code == columns.county_code, home.workspace == columns.workspace))
        .where(columns.action == SAME_DEVICE, home.village_code.startswith(prefix, autoescape=True))
        .order_by(columns.at.desc())
        .limit(1000)
    )
    return [_shown(row) for row in rows]


def _shown(row: Any) -> dict[str, Any]:
    former, _, new = row.subject.partition(">")
    place = {"county_code": row.county_code, "village_code": row.village_code, "workspace": row.workspace}
    return {**place, "at": row.at.isoformat(), "former": former, "replica_id": new}


def _certificate_of(connection: Connection, key: dict[str, str]) -> Signed | None:
    columns = certificate.c
    row = connection.execute(
        select(columns.body, columns.signature).where(*_is(certificate, key))
    ).one_or_none()
    return Signed(*row) if row is not None else None


def check_trusted(laptop: Laptop) -> None:
    """Raises SyncError(revoked)."""
    if laptop.revoked:
        raise SyncError(
            SyncKind.AUTH,
            "这台电脑已被停用，服务器没有答复；本机的内容都还在。",
            remedy="请联系县级管理员核实后用新的登记码重新登记。",
            code="revoked",
        )


def _is(table: Any, key: dict[str, str]) -> list[Any]:
    return [table.c[name] == value for name, value in key.items()]


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise chain.malformed("电脑编号") from error


def _unproven() -> SyncError:
    return SyncError(
        SyncKind.AUTH,
        "换号请求的签名核对不符，没有换号；本机的内容都还在。",
        remedy="请用新的登记码重新登记。",
        code="bad_signature",
    )
