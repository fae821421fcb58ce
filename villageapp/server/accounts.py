"""Accounts of county, city and province offices: who they are, what division they administer, their logins.

An account is named by its county and a name (``140105/wang``), so that every login finds its part of the
database. Passwords are stored as Argon2id hashes; a session token is signed with a key that depends on the
hash, so it ends with the password.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
from nacl import exceptions, pwhash
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.domain.village import TRAINING_COUNTY, divisions
from villageapp.errors import (
    AlreadyDone,
    NotAllowed,
    NotFound,
    Problem,
    SyncError,
    SyncKind,
    ValidationFailed,
)
from villageapp.models.server_tables import account
from villageapp.server import audit_trail
from villageapp.server.opening import Province

SESSION_SECONDS = 8 * 3600
MIN_PASSWORD, MAX_PASSWORD = 8, 256
_NAME = re.compile(r"[^\W_][\w.-]{0,39}")
_DIGITS = {"province": 2, "city": 4, "county": 6, "township": 9}
_SESSION = "session."


class Role(StrEnum):
    """What an account may do in its division."""

    ADMIN = "管理员"
    VIEWER = "查看"


@dataclass(frozen=True, slots=True)
class Office:
    """Who administers: the machine's own administration or an account, limited to a division."""

    who: str
    prefix: str
    """First digits of the village codes it is responsible for."""
    acts: bool
    """Whether it may change something, or only look."""

    def covers(self, code: str) -> bool:
        """Whether a village or county code lies in its division."""
        return code.startswith(self.prefix)

    def check_acts(self, code: str) -> None:
        """Raises NotAllowed unless it may act for this village code."""
        if not self.acts:
            raise NotAllowed("这个账号只能查看，没有改动任何内容。", remedy="请用管理员账号。")
        if not self.covers(code):
            raise NotAllowed("这不在账号的管辖范围内，没有改动任何内容。", remedy="请联系上级管理员。")


def console(who: str) -> Office:
    """The administration at the server itself, responsible for the whole province."""
    return Office(who, audit_trail.PROVINCE[:2], True)


def division_prefix(code: str) -> str:
    """The significant digits of a division code of 2 to 12 digits. Raises NotFound."""
    if code.isascii() and code.isdigit() and len(code) <= 12:
        padded = code.ljust(12, "0")
        if padded == TRAINING_COUNTY.ljust(12, "0"):
            return TRAINING_COUNTY
        known = divisions().get(padded)
        if known is not None:
            return padded[: _DIGITS[known.level]]
    raise NotFound(
        f"区划代码“{code[:20]}”不是本省的市、县或乡镇。",
        remedy="请核对代码（县为 6 位，乡镇为 9 位）。",
        code="unknown_division",
    )


def add(province: Province, name: str, role: str, division: str, password: str, who: str) -> str:
    """Open an account; its login. Raises NotFound (division), ValidationFailed, AlreadyDone."""
    prefix = division_prefix(division)
    _check(name, role, password)
    county = prefix.ljust(6, "0")[:6]
    row = {
        "county_code": county,
        "name": name,
        "role": Role(role).value,
        "division_code": prefix,
        "password_hash": _hash(password),
        "created_at": datetime.now(UTC),
        "closed_at": None,
    }
    changed = {key: row[key] for key in row if key not in ("county_code", "name")}
    entry = (
        upsert(account)
        .values(row)
        .on_conflict_do_update(
            index_elements=["county_code", "name"], set_=changed, where=account.c.closed_at.is_not(None)
        )
    )
    login = f"{county}/{name}"
    with province.engine.begin() as connection:
        if connection.execute(entry.returning(account.c.name)).one_or_none() is None:
            raise AlreadyDone(f"账号 {login} 已经有了，没有改动。", remedy="请换一个名字，或先停用它。")
        audit_trail.note(connection, county, "account_added", None, login, who)
    return login


def _check(name: str, role: str, password: str) -> None:
    problems = []
    if not _NAME.fullmatch(name):
        problems.append(Problem("name", "账号名应为 1 至 40 个字母、数字或汉字。"))
    if role not in list(Role):
        problems.append(Problem("role", f"角色应为：{'、'.join(Role)}。"))
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        problems.append(Problem("password", f"口令应为 {MIN_PASSWORD} 至 {MAX_PASSWORD} 个字符。"))
    if problems:
        raise ValidationFailed(problems)


def listing(province: Province) -> list[dict[str, Any]]:
    """All accounts, without anything secret."""
    columns = account.c
    query = select(
        columns.county_code,
        columns.name,
        columns.role,
        columns.division_code,
        columns.created_at,
        columns.closed_at,
    ).order_by(columns.county_code, columns.name)
    with province.engine.connect() as connection:
        return [
            {
                "login": f"{row.county_code}/{row.name}",
                "role": row.role,
                "division": row.division_code,
                "created_at": row.created_at.isoformat(),
                "closed_at": row.closed_at.isoformat() if row.closed_at else None,
            }
            for row in connection.execute(query)
        ]


def close(province: Province, login: str, who: str) -> None:
    """Close an account; its sessions end at once. Raises NotFound."""
    county, _, name = login.partition("/")
    columns = account.c
    with province.engine.begin() as connection:
        closed = connection.execute(
            update(account)
            .where(columns.county_code == county, columns.name == name, columns.closed_at.is_(None))
            .values(closed_at=datetime.now(UTC))
        )
        if closed.rowcount == 0:
            raise NotFound(
                f"没有在用的账号 {login[:60]}。", remedy="请用 server account list 核对，写成 县代码/名字。"
            )
        audit_trail.note(connection, county, "account_closed", None, login, who)


def by_password(province: Province, login: str, password: str) -> Office:
    """The office behind a login. Raises SyncError(AUTH, code bad_login)."""
    row = _open_account(province, login)
    wanted = row.password_hash.encode() if row is not None else _NOBODY
    try:
        pwhash.argon2id.verify(wanted, password[: MAX_PASSWORD + 1].encode("utf-8", "surrogatepass"))
    except exceptions.InvalidkeyError as error:
        raise wrong_login() from error
    if row is None:
        raise wrong_login()
    return _office(row)


def session(province: Province, login: str) -> tuple[str, int]:
    """A token for an account that has just shown its password, and its seconds to live."""
    row = _open_account(province, login)
    if row is None:
        raise wrong_login()
    content = msgspec.json.encode([login, int(time.time()) + SESSION_SECONDS])
    parts = (content, _mac(province, row.password_hash, content))
    return _SESSION + ".".join(base64.urlsafe_b64encode(part).decode() for part in parts), SESSION_SECONDS


def is_session(token: str) -> bool:
    """Whether a bearer token is one of ``session``, by its look."""
    return token.startswith(_SESSION)


def by_session(province: Province, token: str) -> Office:
    """The office behind a session token. Raises SyncError(AUTH, code bad_login)."""
    try:
        content, mac = (base64.urlsafe_b64decode(part) for part in token[len(_SESSION) :].split("."))
        login, expires = msgspec.json.decode(content, type=tuple[str, int])
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise wrong_login() from error
    row = _open_account(province, login)
    if row is None or expires < time.time():
        raise wrong_login()
    if not hmac.compare_digest(mac, _mac(province, row.password_hash, content)):
        raise wrong_login()
    return _office(row)


def wrong_login() -> SyncError:
    """The refusal of a login, the same for every reason."""
    return SyncError(
        SyncKind.AUTH,
        "账号或口令不对，或登录已过期。",
        remedy="账号写成“县代码/名字”；忘记口令请联系上级管理员。",
        code="bad_login",
    )


def _open_account(province: Province, login: str) -> Any:
    county, _, name = login.partition("/")
    columns = account.c
    if "\0" in login:
        return None
    query = select(account).where(
        columns.county_code == county, columns.name == name, columns.closed_at.is_(None)
    )
    with province.engine.connect() as connection:
        return connection.execute(query).one_or_none()


def _office(row: Any) -> Office:
    return Office(f"{row.county_code}/{row.name}", row.division_code, row.role == Role.ADMIN)


def _hash(password: str) -> str:
    return pwhash.argon2id.str(
        password.encode(), pwhash.argon2id.OPSLIMIT_INTERACTIVE, pwhash.argon2id.MEMLIMIT_INTERACTIVE
    ).decode()


def _mac(province: Province, password_hash: str, content: bytes) -> bytes:
    secret = province.key.encode() + b"office session" + password_hash.encode()
    return hmac.new(secret, content, hashlib.sha256).digest()


_NOBODY = b"$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""The hash of no password, at the usual cost: an unknown name takes as long as a wrong password."""
