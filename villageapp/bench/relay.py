"""A relay on loopback that counts what passes each way, and can be as slow and broken as a village's line."""

from __future__ import annotations

import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

_PIECE = 1 << 16
_SHAPED_PIECE = 1 << 12
"""Bytes passed on at once over a slow line."""
_LOOK_SECONDS = 0.2
"""How often the relay looks whether it should stop."""


@dataclass(frozen=True, slots=True)
class Line:
    """How a line behaves. A connection costs one round trip before its first byte, as TCP's handshake does."""

    rtt_seconds: float = 0.0
    bits_per_second: float = 0.0
    """Each way; 0 is without limit."""

    @property
    def is_plain(self) -> bool:
        """Whether it delays nothing."""
        return not (self.rtt_seconds or self.bits_per_second)


class _Way:
    """One direction of the line, shared by all connections: when it is free again."""

    def __init__(self) -> None:
        self._free_at = 0.0
        self._lock = threading.Lock()

    def take(self, size: int, bits_per_second: float, not_before: float) -> float:
        """Send so many bytes; the moment at which the last has left."""
        with self._lock:
            begun = max(time.monotonic(), self._free_at, not_before)
            self._free_at = begun + (size * 8 / bits_per_second if bits_per_second else 0.0)
            return self._free_at


class Relay:
    """Listens on a free port and passes every connection on to one target port."""

    def __init__(self) -> None:
        self.line = Line()
        """May be changed while it runs; holds for connections made afterwards."""
        self._ways = (_Way(), _Way())
        self._counted = [0, 0]
        self._turns = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, target: int) -> int:
        """Begin; returns the port to connect to."""
        listener = socket.create_server(("127.0.0.1", 0))
        self._run(self._accept, listener, target)
        return int(listener.getsockname()[1])

    def stop(self) -> None:
        """Accept no more and let go of every connection."""
        self._is_stopping.set()
        while self._threads:
            self._threads.pop().join()

    def counted(self) -> tuple[int, int]:
        """Bytes (to the server, from the server) so far."""
        with self._lock:
            return self._counted[0], self._counted[1]

    def turns(self) -> int:
        """How often a client began to speak after the server had, or on a new connection: requests, for HTTP."""
        with self._lock:
            return self._turns

    def drop(self) -> int:
        """Cut every connection, as a line that breaks; how many there were."""
        with self._lock:
            cut = list(self._open)
        for end in cut:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        return len(cut) // 2

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, target: int) -> None:
        with listener:
            while not self._is_stopping.is_set():
                if _has_come(listener):
                    near, _ = listener.accept()
                    self._run(self._join, near, target)

    def _join(self, near: socket.socket, target: int) -> None:
        """Pass on both ways until both ends have finished. A target that is gone shows as a closed connection."""
        with near, suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", target)) as far:
            for end in (near, far):  # as both programs set it: the relay must not wait where they do not
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one = _Connection(self, near, far, self.line)
            with self._lock:
                self._open |= {near, far}
            try:
                one.serve()
            finally:
                with self._lock:
                    self._open -= {near, far}

    @property
    def is_stopping(self) -> bool:
        """Whether ``stop`` was called."""
        return self._is_stopping.is_set()

    def passed(self, way: int, size: int, is_turn: bool) -> None:
        """Count what has been delivered."""
        with self._lock:
            self._counted[way] += size
            self._turns += is_turn

    def way(self, number: int) -> _Way:
        """0 to the server, 1 from it."""
        return self._ways[number]


class _Connection:
    """Two sockets joined over the line."""

    def __init__(self, relay: Relay, near: socket.socket, far: socket.socket, line: Line) -> None:
        self._relay, self._near, self._far, self._line = relay, near, far, line
        self._last_way = 1
        self._ready_at = time.monotonic() + line.rtt_seconds

    def serve(self) -> None:
        """Until both ends have finished."""
        back = threading.Thread(target=self._pass_on, args=(self._far, self._near, 1), daemon=True)
        back.start()
        self._pass_on(self._near, self._far, 0)
        back.join()

    def _pass_on(self, source: socket.socket, sink: socket.socket, way: int) -> None:
        if self._line.is_plain:
            self._copy(source, way, lambda piece: self._deliver(sink, piece, way))
            return
        waiting: queue.Queue[tuple[float, bytes]] = queue.Queue()
        writer = threading.Thread(target=self._write, args=(waiting, sink, way), daemon=True)
        writer.start()
        self._copy(source, way, lambda piece: self._send(waiting, piece, way))
        writer.join()

    def _copy(self, source: socket.socket, way: int, pass_on: Callable[[bytes], None]) -> None:
        """Every piece that comes, an empty one at the end."""
        size = _PIECE if self._line.is_plain else _SHAPED_PIECE
        while not self._relay.is_stopping:
            if not _has_come(source):
                continue
            try:
                piece = source.recv(size)
                pass_on(piece)
            except OSError:  # one end hung up; the other way learns it from its own socket
                piece = b""
                with suppress(OSError):
                    pass_on(piece)
            if not piece:
                return
        with suppress(OSError):
            pass_on(b"")

    def _send(self, waiting: queue.Queue[tuple[float, bytes]], piece: bytes, way: int) -> None:
        left_at = self._relay.way(way).take(len(piece), self._line.bits_per_second, self._ready_at)
        waiting.put((left_at + self._line.rtt_seconds / 2, piece))
        _sleep_until(left_at)  # so that a sender feels how slow the line is

    def _write(self, waiting: queue.Queue[tuple[float, bytes]], sink: socket.socket, way: int) -> None:
        while True:
            due, piece = waiting.get()
            _sleep_until(due)
            with suppress(OSError):  # the end that hung up is noticed where it is read
                self._deliver(sink, piece, way)
            if not piece:
                return

    def _deliver(self, sink: socket.socket, piece: bytes, way: int) -> None:
        if not piece:
            sink.shutdown(socket.SHUT_WR)
            return
        sink.sendall(piece)
        self._relay.passed(way, len(piece), way == 0 and self._last_way == 1)
        self._last_way = way


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _has_come(source: socket.socket) -> bool:
    """Whether there is something to take, waiting a moment for it."""
    try:
        return bool(select.select([source], [], [], _LOOK_SECONDS)[0])
    except (OSError, ValueError):  # closed meanwhile: reading it says so
        return True
