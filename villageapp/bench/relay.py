"""A relay on loopback that counts the bytes that pass each way."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

_PIECE = 1 << 16
_LOOK_SECONDS = 0.2
"""How often the relay looks whether it should stop."""


class Relay:
    """Listens on a free port and passes every connection on to one target port."""

    def __init__(self) -> None:
        self._counted = [0, 0]
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
            back = threading.Thread(target=self._pass_on, args=(far, near, 1), daemon=True)
            back.start()
            self._pass_on(near, far, 0)
            back.join()

    def _pass_on(self, source: socket.socket, sink: socket.socket, way: int) -> None:
        while not self._is_stopping.is_set():
            if not _has_come(source):
                continue
            try:
                piece = source.recv(_PIECE)
                if not piece:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(piece)
            except OSError:  # one end hung up; the other way learns it from its own socket
                return
            with self._lock:
                self._counted[way] += len(piece)


def _has_come(source: socket.socket) -> bool:
    """Whether there is something to take, waiting a moment for it."""
    return bool(select.select([source], [], [], _LOOK_SECONDS)[0])
