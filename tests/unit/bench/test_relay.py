"""The relay passes everything on and counts it."""

from __future__ import annotations

import socket
import threading

from villageapp.bench.relay import Relay


def answer_twice_as_much(listener: socket.socket) -> None:
    with listener, listener.accept()[0] as connection:
        asked = b"".join(iter(lambda: connection.recv(1000), b""))
        connection.sendall(asked * 2)


def test_bytes_both_ways_are_counted() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=answer_twice_as_much, args=(listener,))
    thread.start()
    relay = Relay()
    with socket.create_connection(("127.0.0.1", relay.start(listener.getsockname()[1]))) as near:
        near.sendall(b"x" * 100_000)
        near.shutdown(socket.SHUT_WR)
        got = b"".join(iter(lambda: near.recv(65536), b""))
    thread.join()
    relay.stop()
    assert got == b"x" * 200_000
    assert relay.counted() == (100_000, 200_000)
