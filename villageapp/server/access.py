"""Who is asking: the laptop behind a token, the administration, and how often somebody may be wrong."""

from __future__ import annotations

import hmac
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from villageapp.errors import SyncError, SyncKind
from villageapp.server.codes import county_of, token_hash

MAX_TOKEN = 200
MAX_SESSION = 400
SEEN_EVERY = timedelta(minutes=10)
_LAPTOPS = """
    SELECT replica_id::text, token_hash, revoked_at, seen_at FROM replica WHERE county_code = %s AND workspace = %s
"""
_SEEN = "UPDATE replica SET seen_at = %s WHERE county_code = %s AND workspace = %s AND replica_id = %s"


@dataclass(frozen=True, slots=True)
class Laptop:
    """An enrolled laptop in its workspace."""

    county_code: str
    workspace: str
    replica_id: str
    revoked: bool = False
    """Known, but no longer trusted: it is given nothing, and what it brings goes to quarantine."""


def bearer(authorization: str, longest: int = MAX_TOKEN) -> str:
    """The token of an ``Authorization`` header. Raises SyncError(AUTH)."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > longest or not token.isascii():
        raise _unknown()
    return token


def laptop_of(engine: Engine, workspace: str, token: str) -> Laptop:
    """The laptop with this token in this workspace, a revoked one too. Raises SyncError(AUTH, code bad_token)."""
    county, wanted = county_of(token), token_hash(token)
    try:
        canonical = str(uuid.UUID(workspace))
    except ValueError as error:
        raise _unknown() from error
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:  # one way and back
        rows = connection.exec_driver_sql(_LAPTOPS, (county, canonical)).all()
        found = [row for row in rows if hmac.compare_digest(row.token_hash, wanted)]
        if not found:
            raise _unknown()
        _note_contact(connection, county, canonical, found[0])
    return Laptop(county, canonical, found[0].replica_id, found[0].revoked_at is not None)


def _note_contact(connection: Connection, county: str, home: str, row: Any) -> None:
    """Remember when a laptop was last here, not more often than anybody wants to know."""
    now = datetime.now(UTC)
    if row.seen_at is None or now - row.seen_at >= SEEN_EVERY:
        connection.exec_driver_sql(_SEEN, (now, county, home, row.replica_id))


def check_admin(admin_token: str, authorization: str) -> None:
    """Let only the administration pass. Raises SyncError(AUTH)."""
    if not hmac.compare_digest(bearer(authorization, MAX_SESSION).encode(), admin_token.encode()):
        raise _unknown()


def _unknown() -> SyncError:
    return SyncError(
        SyncKind.AUTH,
        "服务器不认识这台电脑，没有接收内容；本机的内容都还在。",
        remedy="请用新的登记码重新登记。",
        code="bad_token",
    )


class FailureLimit:
    """Refuses an address for a while after too many failures; forgets the oldest addresses."""

    def __init__(
        self,
        allowed: int = 20,
        window_seconds: float = 600.0,
        addresses: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
        refusal: Callable[[float], SyncError] | None = None,
    ) -> None:
        self._refusal = refusal or too_many_tries
        self._allowed, self._window, self._addresses, self._clock = allowed, window_seconds, addresses, clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raises SyncError(BUSY, code too_many_tries) with the seconds to wait."""
        with self._lock:
            failures = self._recent(address)
            if len(failures) >= self._allowed:
                raise self._refusal(self._window - (self._clock() - failures[0]))

    def failed(self, address: str) -> None:
        """Count one failure."""
        with self._lock:
            self._failures[address] = self._recent(address)
            self._failures[address].append(self._clock())
            self._failures.move_to_end(address)
            while len(self._failures) > self._addresses:
                self._failures.popitem(last=False)

    def _recent(self, address: str) -> deque[float]:
        failures = self._failures.get(address, deque())
        while failures and self._clock() - failures[0] > self._window:
            failures.popleft()
        return failures


def too_many_tries(wait_seconds: float) -> SyncError:
    """The refusal of somebody who guesses."""
    return SyncError(
        SyncKind.BUSY,
        "登记码错误次数过多，暂停登记。",
        remedy="请稍后再试，或请县级管理员重新发放登记码。",
        code="too_many_tries",
        retry_after=max(1.0, wait_seconds),
    )


def too_many_logins(wait_seconds: float) -> SyncError:
    """The refusal of somebody who guesses passwords."""
    return SyncError(
        SyncKind.BUSY,
        "登录失败次数过多，暂停登录。",
        remedy="请稍后再试，或请上级管理员重设口令。",
        code="too_many_tries",
        retry_after=max(1.0, wait_seconds),
    )
