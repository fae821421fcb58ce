"""The relay passes everything on and counts it."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from villageapp.bench.relay import Line, Relay


def answer_twice_as_much(listener: socket.socket) -> None:
    with listener, listener.accept()[0] as connection:
        asked = b"".join(iter(lambda: connection.recv(1000), b""))
        connection.sendall(asked * 2)


@pytest.mark.parametrize("line", [Line(), Line(0.01, 20_000_000)])
def test_bytes_both_ways_are_counted(line: Line) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=answer_twice_as_much, args=(listener,))
    thread.start()
    relay = Relay()
    relay.line = line
    with socket.create_connection(("127.0.0.1", relay.start(listener.getsockname()[1]))) as near:
        near.sendall(b"x" * 100_000)
        near.shutdown(socket.SHUT_WR)
        got = b"".join(iter(lambda: near.recv(65536), b""))
    thread.join()
    relay.stop()
    assert got == b"x" * 200_000
    assert relay.counted() == (100_000, 200_000)
    assert relay.turns() == 1


def test_a_slow_line_takes_its_time_and_a_dropped_one_ends() -> None:
    """Not before: a handshake and a round trip (0.2 s), and 5,000 bytes at 400 kbit/s (0.1 s) each way."""
    listener = socket.create_server(("127.0.0.1", 0))
    relay = Relay()
    relay.line = Line(rtt_seconds=0.1, bits_per_second=400_000)
    started = time.monotonic()
    near = socket.create_connection(("127.0.0.1", relay.start(listener.getsockname()[1])))
    with near, listener, listener.accept()[0] as far:
        near.sendall(b"x" * 5_000)
        got = b""
        while len(got) < 5_000:
            got += far.recv(10_000)
        far.sendall(got)
        back = b""
        while len(back) < 5_000:
            back += near.recv(10_000)
        assert time.monotonic() - started >= 0.4
        assert relay.drop() == 1
        assert near.recv(1) == b""
        assert far.recv(1) == b""
    relay.stop()
