"""How much one laptop or one address may ask for; who asks for more is told when to come back.

The limits are far above what a working laptop needs: they stop a program that runs wild, and an attacker who
would take every place. A village's laptops may share one address, and a proxy in front stands for everybody: it
is on this machine, and is not limited.
"""

from __future__ import annotations

import hashlib
import ipaddress
import random
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

from villageapp.errors import SyncError, SyncKind
from villageapp.server import problems
from villageapp.server.work import busy
from villageapp.sync.protocol import MEDIA_TYPE

LAPTOP_RATE, LAPTOP_BURST = 100.0, 1000.0
ADDRESS_RATE, ADDRESS_BURST = 200.0, 2000.0
ADDRESS_PLACES = 64
"""Requests of one address in hand at once, a quarter of all places (work.MAX_REQUESTS)."""
BODIES = 384 * 1024 * 1024
"""Bytes of messages in memory at once: slow links may hold many places, but not all of the memory."""


class RateLimit:
    """So many requests a second for each key, with a burst; forgets the keys used longest ago."""

    def __init__(
        self, rate: float, burst: float, keys: int = 50_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._keys, self._clock = rate, burst, keys, clock
        self._left: OrderedDict[bytes, tuple[float, float]] = (
            OrderedDict()
        )  # key: requests left, at what time

    def take(self, key: bytes) -> None:
        """Count a request. Raises SyncError(BUSY, code too_fast) with a spread time to wait."""
        now = self._clock()
        left, before = self._left.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - before) * self._rate)
        self._left[key] = (max(0.0, left - 1), now)
        if len(self._left) > self._keys:
            self._left.popitem(last=False)
        if left < 1:
            raise too_fast((1 - left) / self._rate)


def too_fast(wait_seconds: float) -> SyncError:
    """The refusal of somebody who asks too often."""
    return SyncError(
        SyncKind.BUSY,
        "请求太频繁，稍后会自动再试；本机的内容都还在。",
        code="too_fast",
        retry_after=wait_seconds + random.uniform(1, 5),  # noqa: S311 - spreads laptops, keeps no secret
    )


class Limits:
    """ASGI middleware: refuses before anything is read or looked up."""

    def __init__(
        self,
        app: Any,
        laptops: RateLimit | None = None,
        addresses: RateLimit | None = None,
        places: int = ADDRESS_PLACES,
        bodies: int = BODIES,
    ) -> None:
        self._app = app
        self._laptops = laptops or RateLimit(LAPTOP_RATE, LAPTOP_BURST)
        self._addresses = addresses or RateLimit(ADDRESS_RATE, ADDRESS_BURST)
        self._places, self._in_hand = places, Counter[str]()
        self._room = bodies

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        try:
            self._check(scope, address)
        except SyncError as error:
            await problems.answer(error)(scope, receive, send)
            return
        self._in_hand[address] += 1
        try:
            if _header(scope, b"content-type").startswith(MEDIA_TYPE.encode()):
                await self._with_room(scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            self._in_hand[address] -= 1
            if self._in_hand[address] <= 0:
                del self._in_hand[address]

    async def _with_room(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a message; there is room for what has come of it, or it is told to come later."""
        taken = 0

        async def counted() -> Any:
            nonlocal taken
            message = await receive()
            size = len(message.get("body", b""))
            if size > self._room:
                raise busy()
            self._room -= size
            taken += size
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._room += taken

    def _check(self, scope: Any, address: str) -> None:
        if not _here(address):
            self._addresses.take(address.encode())
            if self._in_hand[address] >= self._places:
                raise too_fast(0)
        shown = _header(scope, b"authorization")
        if shown:
            self._laptops.take(hashlib.sha256(shown).digest())


def _header(scope: Any, wanted: bytes) -> bytes:
    found: bytes = next((value for name, value in scope["headers"] if name == wanted), b"")
    return found


def _here(address: str) -> bool:
    """Whether an address is this very machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
