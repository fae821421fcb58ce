"""Tying a laptop to its workspace with a one-time code."""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.domain.village import place_of
from villageapp.errors import NotFound, SyncError, SyncKind
from villageapp.models.server_tables import (
    certificate,
    enrol_code,
    record,
    replica,
    workspace,
)
from villageapp.server import audit_trail, codes
from villageapp.server.access import too_many_tries
from villageapp.server.opening import Province
from villageapp.sync import chain
from villageapp.sync.chain import Certificate, Signed
from villageapp.sync.clock import wall_ms
from villageapp.sync.protocol import PROTOCOL, EnrolAnswer, EnrolRequest

MAX_TRIES = 10
REPEAT_MINUTES = 30
"""How long a used code still answers the same laptop, whose first answer may have been lost."""
CERTIFICATE_DAYS = 3 * 365
_COUNTED_OUT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Applicant:
    replica_id: str
    user_id: str
    sign_key: bytes
    box_key: bytes


@dataclass(frozen=True, slots=True)
class _Case:
    """One enrolment: a code that was right, and who brought it."""

    connection: Connection
    province: Province
    county: str
    code: Row[Any]
    applicant: _Applicant
    now: datetime

    @property
    def key(self) -> dict[str, str]:
        """Of the laptop in its workspace."""
        home = {"county_code": self.county, "workspace": self.code.workspace}
        return {**home, "replica_id": self.applicant.replica_id}


def enrol(province: Province, request: EnrolRequest) -> EnrolAnswer:
    """Redeem a code. The same request again within minutes gets the same answer.

    Raises SyncError: upgrade_required, malformed, wrong_code, code_expired, code_used, too_many_tries,
    replica_exists, revoked.
    """
    _check_protocol(request.protocol)
    applicant = _applicant(request)
    try:
        county = place_of(request.village_code).county_code
    except NotFound as error:
        raise _wrong_code() from error
    code = _checked_code(province, county, request)
    with province.engine.begin() as connection:
        case = _Case(connection, province, county, code, applicant, datetime.now(UTC))
        _use_code(case)
        signed = _certificate(case)
        token = _admit(case, request)
        name = _village_name(connection, county, code.workspace, request.village_code)
    certified = (_text(signed.body), _text(signed.signature), _text(province.public_key))
    return EnrolAnswer(code.workspace, name, *certified, token, province.epoch, wall_ms())


def _check_protocol(theirs: int) -> None:
    if theirs == PROTOCOL:
        return
    raise SyncError(
        SyncKind.TOO_OLD,
        f"服务器的同步协议为第 {PROTOCOL} 版，本机为第 {theirs} 版，没有登记。",
        remedy="请升级驻村通。" if theirs < PROTOCOL else "请等省里升级服务器。",
    )


def _applicant(request: EnrolRequest) -> _Applicant:
    try:
        keys = [base64.b64decode(text, validate=True) for text in (request.sign_key, request.box_key)]
        replica_id, user_id = str(uuid.UUID(request.replica_id)), str(uuid.UUID(request.user_id))
    except (ValueError, binascii.Error) as error:
        raise chain.malformed("登记内容") from error
    if [len(key) for key in keys] != [32, 32] or replica_id != request.replica_id or len(request.app) > 60:
        raise chain.malformed("登记内容")
    return _Applicant(replica_id, user_id, *keys)


def _checked_code(province: Province, county: str, request: EnrolRequest) -> Row[Any]:
    """The code's row. Raises SyncError unless it is right, in time, and for this village."""
    plain = codes.plain_code(request.code)
    row = _counted(province, county, codes.code_id(plain))
    if row is not None and row.tries > MAX_TRIES:
        raise too_many_tries(_COUNTED_OUT_SECONDS)
    expected = row.code_hash if row is not None else bytes(32)
    right = hmac.compare_digest(expected, codes.code_hash(plain, province.key))
    if row is None or not right or row.village_code != request.village_code:
        raise _wrong_code()
    if row.expires_at < datetime.now(UTC):
        raise SyncError(
            SyncKind.AUTH,
            "登记码已过期，没有登记。",
            remedy="请向县级管理员要新的登记码。",
            code="code_expired",
        )
    return row


def _counted(province: Province, county: str, code_id: str) -> Row[Any] | None:
    """The row of a code with its village, after counting the try in a transaction of its own."""
    columns = enrol_code.c
    query = (
        update(enrol_code)
        .where(
            columns.county_code == county,
            columns.code_id == code_id,
            workspace.c.county_code == county,
            workspace.c.workspace == columns.workspace,
        )
        .values(tries=func.least(columns.tries + 1, MAX_TRIES + 1))
        .returning(*columns, workspace.c.village_code)
    )
    with province.engine.begin() as connection:
        return connection.execute(query).one_or_none()


def _use_code(case: _Case) -> None:
    """Mark the code as used, unless this laptop did so minutes ago. Raises SyncError(code_used)."""
    mine = (enrol_code.c.county_code == case.county, enrol_code.c.code_id == case.code.code_id)
    query = select(enrol_code.c.used_at, enrol_code.c.used_by).where(*mine).with_for_update()
    used = case.connection.execute(query).one()
    replica_id = case.applicant.replica_id
    if used.used_at is None:
        change = update(enrol_code).where(*mine).values(used_at=case.now, used_by=replica_id)
        case.connection.execute(change)
        audit_trail.note(case.connection, case.county, "enrolled", case.code.workspace, replica_id)
    elif used.used_by != replica_id or used.used_at < case.now - timedelta(minutes=REPEAT_MINUTES):
        raise SyncError(
            SyncKind.AUTH,
            "登记码已经用过，没有登记。",
            remedy="请向县级管理员要新的登记码。",
            code="code_used",
        )


def _admit(case: _Case, request: EnrolRequest) -> str:
    """Write the laptop's row; its token."""
    code_id = case.code.code_id
    token = codes.laptop_token(
        case.province.key, case.county, case.code.workspace, case.applicant.replica_id, code_id
    )
    held = {"token_hash": codes.token_hash(token), "code_id": code_id}
    held |= {"app": request.app, "schema": request.schema}
    entry = upsert(replica).values(**case.key, **held, enrolled_at=case.now)
    case.connection.execute(entry.on_conflict_do_update(index_elements=list(case.key), set_=held))
    return token


def _certificate(case: _Case) -> Signed:
    """The laptop's certificate: the one it has, if it asks with the same keys, or a new one."""
    columns, key = certificate.c, case.key
    query = select(columns.body, columns.signature).where(*(columns[name] == key[name] for name in key))
    known = case.connection.execute(query).one_or_none()
    if known is not None:
        signed = Signed(*known)
        _check_same_laptop(case, signed)
        return signed
    who, today = case.applicant, case.now.date()
    content = Certificate(
        who.replica_id,
        case.code.workspace,
        who.sign_key,
        who.box_key,
        who.user_id,
        case.code.user_name,
        case.code.role,
        today.isoformat(),
        (today + timedelta(days=CERTIFICATE_DAYS)).isoformat(),
    )
    signed = chain.sign(content, case.province.key)
    row = {"body": signed.body, "signature": signed.signature, "issued_at": case.now}
    case.connection.execute(insert(certificate).values(**key, **row))
    return signed


def _check_same_laptop(case: _Case, signed: Signed) -> None:
    """Raises SyncError: replica_exists (another key holds this number), revoked."""
    held = chain.read_certificate(signed, case.province.public_key)
    if (held.sign_key, held.box_key) != (case.applicant.sign_key, case.applicant.box_key):
        raise SyncError(
            SyncKind.AUTH,
            "这个电脑编号已由另一把密钥登记，没有登记。",
            remedy="可能是整机复制的电脑，请联系县级管理员。",
            code="replica_exists",
        )
    query = select(replica.c.revoked_at).where(
        *(replica.c[name] == value for name, value in case.key.items())
    )
    if case.connection.execute(query).scalar_one_or_none() is not None:
        raise SyncError(
            SyncKind.AUTH, "这台电脑已被停用，没有登记。", remedy="请联系县级管理员核实。", code="revoked"
        )


def _village_name(connection: Connection, county: str, home: str, village_code: str) -> str:
    """The village's name as its team wrote it; empty before the first sync."""
    query = select(record.c.doc["name"].astext).where(
        record.c.county_code == county,
        record.c.workspace == home,
        record.c.entity == "village",
        record.c.doc["code"].astext == village_code,
    )
    return connection.execute(query.limit(1)).scalar_one_or_none() or ""


def _wrong_code() -> SyncError:
    return SyncError(
        SyncKind.AUTH,
        "登记码不对，或不是发给这个村的，没有登记。",
        remedy="请核对登记码和本村区划代码。",
        code="wrong_code",
    )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
