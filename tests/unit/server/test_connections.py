"""Connections that never finish a request's head do not stay, over real sockets."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from tests.helpers.servers import eventually
from villageapp.server.connections import PatientProtocol


class Hasty(PatientProtocol):
    head_seconds = 0.3


async def application(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(application, http=Hasty, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        assert eventually(lambda: server.started)
        try:
            yield listener.getsockname()[:2]
        finally:
            server.should_exit = True
            thread.join()


def closed(connection: socket.socket) -> bytes:
    """What comes until the server closes; fails when it does not."""
    connection.settimeout(20)
    found = b""
    while part := connection.recv(65536):
        found += part
    return found


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "])
def test_a_head_that_is_never_finished_is_cut_off(address: tuple[str, int], head: bytes) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(head)
        assert closed(connection) == b""


def test_a_second_request_on_a_kept_connection_is_held_to_the_same(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET / HT")
        assert closed(connection).count(b"200 OK") == 0


def test_a_body_may_take_longer_than_a_head(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\n")
        for _ in range(4):
            threading.Event().wait(0.15)
            connection.sendall(b"x")
        assert closed(connection).endswith(b"ok")


def test_what_is_no_http_is_told_so_in_our_form(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
        head, _, body = closed(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["error"]["code"] == "malformed"
