"""A bad line on loopback: passes bytes to a server, counts them, and cuts or silently stops where it is told."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_PIECE = 16 * 1024
_PACKET = 1400
_LOOK_SECONDS = 0.05


@dataclass
class CuttingProxy:
    """``cut_after``: bytes to the server after which every connection is cut and none is passed on any more.
    ``cut_every``: bytes to the server after which each connection breaks; new ones are passed on.
    ``cut_every_down``: the same for bytes from the server. ``flip_at``: one bit of this byte to the server is
    turned, once. ``stall_after``: bytes to the server after which nothing passes though the connections stay.
    ``per_second``: bytes to the server in small packets, as over the air; without it as fast as they come."""

    target: int
    cut_after: int | None = None
    cut_every: int | None = None
    cut_every_down: int | None = None
    flip_at: int | None = None
    per_second: int | None = None
    stall_after: int | None = None
    up: int = 0
    down: int = 0
    cuts: int = 0
    port: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where to connect."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._run(self._accept, listener)

    def stop(self) -> None:
        """Let go of everything."""
        self._stopping.set()
        while self._threads:
            self._threads.pop().join()

    def heal(self) -> None:
        """From now on a good line."""
        with self._lock:
            self.cut_after = self.cut_every = self.cut_every_down = self.stall_after = None

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            while not self._stopping.is_set():
                if select.select([listener], [], [], _LOOK_SECONDS)[0]:
                    near, _ = listener.accept()
                    self._run(self._join, near)

    def _join(self, near: socket.socket) -> None:
        with near, suppress(OSError):
            if self._is_cut():
                return
            with socket.create_connection(("127.0.0.1", self.target)) as far:
                self._pass(near, far)

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        up = down = 0
        while not self._stopping.is_set():
            for source in select.select([near, far], [], [], _LOOK_SECONDS)[0]:
                allowed = self._allowed(up) if source is near else self._allowed_down(down)
                if allowed == 0:
                    self._stopping.wait(_LOOK_SECONDS)
                    continue
                piece = source.recv(allowed)
                if not piece:
                    return
                if source is near and self.per_second is not None:
                    self._stopping.wait(len(piece) / self.per_second)
                (far if source is near else near).sendall(self._count(piece, is_up=source is near))
                up, down = (up + len(piece), down) if source is near else (up, down + len(piece))
            if self._is_cut() or self._is_over(up, down):
                with self._lock:
                    self.cuts += 1
                return

    def _is_over(self, up: int, down: int) -> bool:
        """Whether this connection has carried its share."""
        with self._lock:
            of_up = self.cut_every is not None and up >= self.cut_every
            return of_up or (self.cut_every_down is not None and down >= self.cut_every_down)

    def _allowed_down(self, passed: int) -> int:
        with self._lock:
            return (
                _PIECE if self.cut_every_down is None else max(0, min(_PIECE, self.cut_every_down - passed))
            )

    def _allowed(self, passed: int) -> int:
        """Bytes that may go to the server now."""
        with self._lock:
            limits = [_PIECE if self.per_second is None else _PACKET]
            if self.cut_after is not None:
                limits.append(self.cut_after - self.up)
            if self.cut_every is not None:
                limits.append(self.cut_every - passed)
            if self.stall_after is not None:
                limits.append(self.stall_after - self.up)
            return max(0, min(limits))

    def _count(self, piece: bytes, *, is_up: bool) -> bytes:
        """The piece as it goes on."""
        with self._lock:
            if not is_up:
                self.down += len(piece)
                return piece
            place = -1 if self.flip_at is None else self.flip_at - self.up
            self.up += len(piece)
            if not 0 <= place < len(piece):
                return piece
            self.flip_at = None
            return piece[:place] + bytes([piece[place] ^ 1]) + piece[place + 1 :]

    def _is_cut(self) -> bool:
        with self._lock:
            return self.cut_after is not None and self.up >= self.cut_after


@contextmanager
def bad_line(server_url: str, **how: int) -> Iterator[CuttingProxy]:
    """A proxy before this server for as long as the block lasts."""
    proxy = CuttingProxy(int(server_url.rpartition(":")[2]), **how)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
