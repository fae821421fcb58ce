"""Laptops of one workspace that ask at the same time are served together, in one transaction.

Exchanges of a workspace wait for each other at its row; forty laptops in one meeting room would wait for forty
commits. Instead, whoever finds nobody at work serves; whoever comes meanwhile only leaves its wish, and all wishes
that wait by then are served next.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from villageapp.server.certificates import Teams
from villageapp.server.opening import Province
from villageapp.server.store import Asking, exchange_all
from villageapp.sync import protocol

MOST = 64
"""Laptops served together."""
MOST_BYTES = 8 * 1024 * 1024
"""Of what they bring together; a single one may bring more."""
THREADS = 4
"""For those who came while others were served: as many workspaces at once."""
_OUT_OF_ORDER = (OperationalError, InterfaceError, PoolTimeout)
"""The database, not what one laptop brought: gone, locked, full."""
_Key = tuple[str, str]


class _Wish:
    """One laptop's round and the answer that it waits for: the frames, or what was raised."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.answer: Future[bytes] = Future()
        self.size = sum(len(sealed.body) for sealed in asking.message.segments)

    def begin(self) -> bool:
        """Whether anybody still waits for it."""
        return self.answer.set_running_or_notify_cancel()


class Joining:
    """One per server. Any thread."""

    def __init__(
        self,
        province: Province,
        stored: Callable[[], None],
        most: int = MOST,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """``stored`` is called after segments were brought."""
        self._province, self._stored, self._teams = province, stored, Teams()
        self._most, self._most_bytes = most, most_bytes
        self._waiting: dict[_Key, deque[_Wish]] = {}  # has a workspace as long as somebody serves it
        self._lock = threading.Lock()
        self._more = ThreadPoolExecutor(THREADS, thread_name_prefix="joining")

    def ask(self, asking: Asking) -> Future[bytes]:
        """The answer to come, encoded; nothing of it is before the commit. Serves here and now, unless a thread
        is at work for this workspace already: that one's followers come next.

        The future raises SyncError or SQLAlchemyError when this laptop cannot be served; others are not concerned.
        """
        wish = _Wish(asking)
        key = (asking.laptop.county_code, asking.laptop.workspace)
        with self._lock:
            if key in self._waiting:
                self._waiting[key].append(wish)
                return wish.answer
            self._waiting[key] = deque()
        self._serve(key, [wish])
        return wish.answer

    def _serve(self, key: _Key, wishes: Sequence[_Wish]) -> None:
        """Serve these, then let another thread serve who has come meanwhile: nobody's own answer waits for that."""
        try:
            self._answer([wish for wish in wishes if wish.begin()])
            if any(wish.size for wish in wishes):
                self._stored()
        finally:
            if following := self._next(key):
                self._more.submit(self._serve, key, following)

    def _next(self, key: _Key) -> list[_Wish]:
        """Who is to be served now; with nobody left, the workspace is free again."""
        with self._lock:
            waiting = self._waiting[key]
            chosen: list[_Wish] = []
            room = self._most_bytes
            while waiting and len(chosen) < self._most and (not chosen or waiting[0].size <= room):
                room -= waiting[0].size
                chosen.append(waiting.popleft())
            if not chosen:
                del self._waiting[key]
            return chosen

    def _answer(self, wishes: Sequence[_Wish]) -> None:
        """Every one of these gets its answer. Should serving them together fail for what one of them brought, each
        is served alone, which stores nothing twice."""
        if not wishes:
            return
        try:
            asking = [wish.asking for wish in wishes]
            with closing(exchange_all(self._province, asking, self._teams)) as answers:
                for wish, message in zip(wishes, answers, strict=True):
                    wish.answer.set_result(protocol.encode(message))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for those who wait
            left = [wish for wish in wishes if not wish.answer.done()]
            if len(wishes) > 1 and not isinstance(error, _OUT_OF_ORDER):
                for wish in left:
                    self._answer([wish])
                return
            for wish in left:
                wish.answer.set_exception(error)
