"""Running the server's blocking work in threads, a bounded amount at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync

from villageapp.errors import SyncError, SyncKind

THREADS = 6
"""Below the database pool, so that a thread never waits for a connection for long."""
MAX_REQUESTS = 256
"""Requests in hand at once, slow ones included; what they hold in memory is limited in ``rates.py``."""
RETRY_SECONDS = (5, 30)
_Result = TypeVar("_Result")


def busy() -> SyncError:
    """The refusal when there is no place, with a time to come back that spreads the laptops."""
    return SyncError(
        SyncKind.BUSY,
        "服务器正忙，稍后会自动再试；本机的内容都还在。",
        retry_after=random.uniform(*RETRY_SECONDS),  # noqa: S311 - spreads laptops, keeps no secret
    )


class Workbench:
    """One per server. Used from the event loop alone."""

    def __init__(self, threads: int = THREADS, max_requests: int = MAX_REQUESTS) -> None:
        self._threads = threads
        self._limiter: anyio.CapacityLimiter | None = None
        self._free = max_requests

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """A place among the requests in hand. Raises SyncError(BUSY) when there is none, early and cheaply."""
        if self._free <= 0:
            raise busy()
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """The result of blocking ``work``, done in a thread."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self._threads)
        return await run_sync(work, limiter=self._limiter)
