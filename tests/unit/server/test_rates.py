"""How much one laptop or address may ask for."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from villageapp.errors import SyncError, SyncKind
from villageapp.server.rates import Limits, RateLimit
from villageapp.sync.protocol import MEDIA_TYPE


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_and_then_so_many_a_second() -> None:
    clock = Clock()
    limit = RateLimit(2, 3, clock=clock)
    for _ in range(3):
        limit.take(b"a")
    with pytest.raises(SyncError) as caught:
        limit.take(b"a")
    assert (caught.value.kind, caught.value.code) == (SyncKind.BUSY, "too_fast")
    assert caught.value.retry_after is not None
    assert 1.5 <= caught.value.retry_after <= 5.5
    limit.take(b"b")
    clock.now = 0.6
    limit.take(b"a")
    with pytest.raises(SyncError):
        limit.take(b"a")


def test_the_oldest_keys_are_forgotten() -> None:
    limit = RateLimit(0.001, 1, keys=2, clock=Clock())
    for key in (b"a", b"b", b"c"):
        limit.take(key)
    limit.take(b"a")
    with pytest.raises(SyncError):
        limit.take(b"c")


class Served:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def scope(address: str, token: bytes = b"") -> dict[str, Any]:
    headers = [(b"authorization", token)] if token else []
    return {"type": "http", "client": (address, 1), "headers": headers, "method": "GET", "path": "/"}


async def ask(limits: Limits, wanted: dict[str, Any]) -> tuple[int, dict[str, Any], dict[bytes, bytes]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await limits(wanted, receive, send)
    body = sent[1]["body"]
    return sent[0]["status"], msgspec.json.decode(body) if body else {}, dict(sent[0]["headers"])


def test_one_address_cannot_take_every_place() -> None:
    async def run() -> None:
        served = Served()
        limits = Limits(served, places=2)
        first = [asyncio.create_task(ask(limits, scope("203.0.113.5"))) for _ in range(2)]
        await asyncio.sleep(0)
        status, said, headers = await ask(limits, scope("203.0.113.5"))
        assert (status, said["error"]["code"]) == (429, "too_fast")
        assert int(headers[b"retry-after"]) >= 1
        served.go.set()
        assert (await ask(limits, scope("203.0.113.6")))[0] == 200
        assert [(await task)[0] for task in first] == [200, 200]
        assert (await ask(limits, scope("203.0.113.5")))[0] == 200

    asyncio.run(run())


def test_a_laptop_that_runs_wild_is_slowed_down_and_others_are_not() -> None:
    async def run() -> None:
        served = Served()
        served.go.set()
        limits = Limits(served, laptops=RateLimit(1, 5, clock=Clock()))
        statuses = [(await ask(limits, scope("127.0.0.1", b"Bearer wild")))[0] for _ in range(7)]
        assert statuses == [200] * 5 + [429] * 2
        assert (await ask(limits, scope("127.0.0.1", b"Bearer calm")))[0] == 200

    asyncio.run(run())


def test_a_proxy_on_this_machine_is_not_limited_for_everybody() -> None:
    async def run() -> None:
        served = Served()
        served.go.set()
        limits = Limits(served, addresses=RateLimit(1, 1, clock=Clock()))
        assert [(await ask(limits, scope("127.0.0.1")))[0] for _ in range(5)] == [200] * 5
        assert [(await ask(limits, scope("203.0.113.7")))[0] for _ in range(2)] == [200, 429]

    asyncio.run(run())


def test_messages_share_the_memory_and_others_are_told_to_come_later() -> None:
    class Reads(Served):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await super().__call__(scope, receive, send)

    async def run() -> None:
        served = Reads()
        limits = Limits(served, bodies=10)
        wanted = scope("127.0.0.1")
        wanted["headers"] = [(b"content-type", MEDIA_TYPE.encode())]

        async def message(size: int) -> int:
            sent: list[int] = []

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": bytes(size), "more_body": False}

            async def send(part: dict[str, Any]) -> None:
                sent.append(part.get("status", 0))

            await limits(wanted, receive, send)
            return sent[0]

        first = asyncio.create_task(message(8))
        await asyncio.sleep(0)
        with pytest.raises(SyncError) as caught:
            await message(3)
        assert caught.value.kind is SyncKind.BUSY
        served.go.set()
        assert await first == 200
        assert await message(10) == 200

    asyncio.run(run())
