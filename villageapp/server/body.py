"""Reading a request's body: never more than allowed, never endlessly slow."""

from __future__ import annotations

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from villageapp.errors import SyncError, SyncKind

IDLE_SECONDS = 60.0
"""Longest pause between two parts, and what every body may take whatever its size."""
SLOWEST = 256
"""Bytes a second that a body must make on the whole: a 30th of the slowest link we know."""


async def read_body(request: Request, limit: int, idle_seconds: float = IDLE_SECONDS) -> bytes:
    """The body, at most ``limit`` bytes; stops reading as soon as it is longer.

    Raises SyncError: too_large, too_slow (nothing came for ``idle_seconds``, or next to nothing for longer, or
    the sender left).
    """
    promised = request.headers.get("content-length", "")
    if promised.isdecimal() and int(promised[:20]) > limit:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    stream = aiter(request.stream())
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        left = began + idle_seconds + size / SLOWEST - loop.time()
        try:
            part = await asyncio.wait_for(anext(stream), max(0.0, min(idle_seconds, left)))
        except StopAsyncIteration:
            return b"".join(parts)
        except TimeoutError as error:
            raise SyncError(SyncKind.OFFLINE, "等待内容超时，这次没有接收。", code="too_slow") from error
        except ClientDisconnect as error:
            raise SyncError(SyncKind.OFFLINE, "传输中断，这次没有接收。", code="too_slow") from error
        size += len(part)
        if size > limit:
            raise _too_large()
        parts.append(part)


def _too_large() -> SyncError:
    return SyncError(
        SyncKind.PROTOCOL, "内容超过大小上限，服务器没有接收；本机的内容都还在。", code="too_large"
    )
