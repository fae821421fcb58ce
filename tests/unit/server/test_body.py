"""Reading bodies that are too long, too slow, or cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import Request

from villageapp.errors import SyncError
from villageapp.server.body import read_body


def read(
    messages: Sequence[dict[str, Any]], limit: int, headers: Sequence[tuple[bytes, bytes]] = ()
) -> bytes:
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()  # nothing more ever comes
        return waiting.pop(0)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
    return asyncio.run(read_body(Request(scope, receive), limit, idle_seconds=0.02))


def part(content: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


def test_a_body_comes_in_parts() -> None:
    assert read([part(b"ab"), part(b"c", more=False)], 3) == b"abc"


@pytest.mark.parametrize(
    ("messages", "headers", "code"),
    [
        ([part(b"ab"), part(b"cd")], [], "too_large"),
        ([], [(b"content-length", b"4")], "too_large"),
        ([part(b"a")], [], "too_slow"),
        ([part(b"a"), {"type": "http.disconnect"}], [], "too_slow"),
    ],
    ids=["longer than said", "said to be longer", "slow", "gone"],
)
def test_a_body_that_does_not_come_right_is_refused(
    messages: Sequence[dict[str, Any]], headers: Sequence[tuple[bytes, bytes]], code: str
) -> None:
    with pytest.raises(SyncError) as caught:
        read(messages, 3, headers)
    assert caught.value.code == code


def test_a_body_that_drips_is_not_waited_for_without_end() -> None:
    async def drip() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return part(b"x")

    async def run() -> None:
        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        await read_body(Request(scope, drip), 1_000_000, idle_seconds=0.1)

    with pytest.raises(SyncError) as caught:
        asyncio.run(run())
    assert caught.value.code == "too_slow"
