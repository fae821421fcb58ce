"""The road to the server, against a real HTTP server that behaves badly: each failure is named for what it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from villageapp.errors import SyncError, SyncKind, ValidationFailed
from villageapp.sync import client, protocol
from villageapp.sync.client import HttpPeer, check_url

JSON = "application/json"


@contextmanager
def answering(
    status: int, body: bytes, kind: str, claimed: int | None = None, **headers: str
) -> Iterator[HttpPeer]:
    """A peer whose server gives this one answer to everything; ``claimed`` lies about its length."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body) if claimed is None else claimed))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        peer = HttpPeer(f"http://127.0.0.1:{server.server_port}", "token")
        try:
            yield peer
        finally:
            peer.close()
            server.shutdown()
            thread.join()


def greeting(**changed: object) -> bytes:
    values = {
        "service": protocol.SERVICE,
        "protocol": protocol.PROTOCOL,
        "schema": 1,
        "version": "0",
        "epoch": "e",
        "time_ms": 1,
    }
    return msgspec.json.encode({**values, **changed})


def test_a_right_greeting() -> None:
    with answering(200, greeting(), JSON) as peer:
        assert peer.greet().epoch == "e"
        assert peer.bytes_down > 0


def test_nobody_there() -> None:
    with answering(200, b"", JSON) as peer:
        port = peer.url
    gone = HttpPeer(port)
    with pytest.raises(SyncError, match="连不上服务器") as told:
        gone.greet()
    gone.close()
    assert told.value.kind is SyncKind.OFFLINE
    assert told.value.code == client.UNREACHABLE


def test_a_captive_portal_is_named() -> None:
    with answering(200, b"<html>please log in</html>", "text/html") as peer:
        for call in (peer.greet, lambda: peer.exchange("w", b"")):
            with pytest.raises(SyncError, match="不是驻村通服务器") as told:
                call()
            assert told.value.code == "not_our_server"


def test_another_protocol_version_asks_for_an_upgrade() -> None:
    for version, advice in ((99, "请升级驻村通"), (0, "等省里升级")):
        with answering(200, greeting(protocol=version), JSON) as peer:
            with pytest.raises(SyncError) as told:
                peer.greet()
            assert told.value.kind is SyncKind.TOO_OLD
            assert advice in told.value.remedy


def test_a_busy_server_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(503, b"", "text/plain", Retry_After="120") as peer:
        with pytest.raises(SyncError) as told:
            peer.exchange("w", b"")
        assert (told.value.kind, told.value.retry_after) == (SyncKind.BUSY, 120.0)


def test_the_server_s_own_words_are_passed_on() -> None:
    body = b'{"error": {"code": "wrong_code", "message": "\xe7\x99\xbb\xe8\xae\xb0\xe7\xa0\x81\xe4\xb8\x8d\xe5\xaf\xb9", "remedy": "x"}}'
    with answering(403, body, JSON) as peer:
        with pytest.raises(SyncError, match="登记码不对") as told:
            peer.greet()
        assert (told.value.kind, told.value.code) == (SyncKind.AUTH, "wrong_code")


def test_a_cut_answer_is_offline_and_a_huge_one_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(200, b"abc", protocol.MEDIA_TYPE, claimed=10) as peer:
        with pytest.raises(SyncError) as told:
            peer.exchange("w", b"")
        assert told.value.kind is SyncKind.OFFLINE
    monkeypatch.setattr(protocol, "MAX_MESSAGE", 1000)
    with answering(200, b"a" * 5000, protocol.MEDIA_TYPE) as peer:
        with pytest.raises(SyncError) as told:
            peer.exchange("w", b"")
        assert told.value.code == "too_large"


@pytest.mark.parametrize(
    "url",
    ["", "server", "ftp://x", "http://", "https://x/y", "https://x?y", "https://x:99999", "http://[::1"],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ValidationFailed):
        check_url(url)


def test_plain_http_only_to_this_machine() -> None:
    with pytest.raises(ValidationFailed, match="https"):
        check_url("http://sync.example.cn")
    assert check_url(" http://127.0.0.1:8765/ ") == "http://127.0.0.1:8765"
    assert check_url("http://localhost:1") == "http://localhost:1"
    assert check_url("https://sync.example.cn") == "https://sync.example.cn"
