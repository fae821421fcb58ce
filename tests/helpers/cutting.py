"""A proxy on loopback that cuts every connection after so many bytes."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_PIECE = 4096


@dataclass
class Cutting:
    """Passes on to ``target``; ``allowed``: bytes of a connection, both ways together (0: no limit)."""

    target: tuple[str, int]
    allowed: int
    cuts: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        """Accept until stopped, one connection at a time per thread."""
        threads: list[threading.Thread] = []
        while not self._stop.is_set():
            if select.select([listener], [], [], 0.05)[0]:
                near, _ = listener.accept()
                threads.append(threading.Thread(target=self._join, args=(near,)))
                threads[-1].start()
        for thread in threads:
            thread.join()

    def stop(self) -> None:
        """End."""
        self._stop.set()

    def _join(self, near: socket.socket) -> None:
        with near, socket.create_connection(self.target) as far:
            left = self.allowed
            while not self._stop.is_set():
                ready = select.select([near, far], [], [], 0.05)[0]
                for source in ready:
                    piece = source.recv(_PIECE)
                    if not piece:
                        return
                    if self.allowed and len(piece) >= left:
                        self._pass(source is near, far if source is near else near, piece[:left])
                        self.cuts += 1
                        return
                    left -= len(piece)
                    self._pass(source is near, far if source is near else near, piece)

    def _pass(self, is_up: bool, sink: socket.socket, piece: bytes) -> None:
        if is_up:
            self.bytes_up += len(piece)
        else:
            self.bytes_down += len(piece)
        sink.sendall(piece)


@contextmanager
def cutting(url: str, allowed: int) -> Iterator[tuple[str, Cutting]]:
    """The address of a proxy before ``url`` (http on loopback), and the proxy."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    proxy = Cutting((parts.hostname, parts.port), allowed)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=proxy.serve, args=(listener,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", proxy
        finally:
            proxy.stop()
            thread.join()
