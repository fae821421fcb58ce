"""The road to the server, against a real HTTP server that behaves badly: each failure is named for what it is."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from villageapp.errors import Cancelled, SyncError, SyncKind, ValidationFailed
from villageapp.sync import line_trouble, protocol
from villageapp.sync.client import HttpPeer, check_url
from villageapp.sync.clock import wall_ms

JSON = "application/json"


@contextmanager
def answering(
    status: int,
    body: bytes,
    kind: str,
    claimed: int | None = None,
    certificate: tuple[Path, ssl.SSLContext] | None = None,
    **headers: str,
) -> Iterator[HttpPeer]:
    """A peer whose server gives this one answer to everything; ``claimed`` lies about its length.

    ``certificate``: file of a TLS server's key and certificate, and what the peer trusts.
    """

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
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the peer hangs up in the handshake
        scheme = "http"
        if certificate is not None:
            ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            ours.load_cert_chain(certificate[0])
            server.socket = ours.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"{scheme}://127.0.0.1:{server.server_port}"
        peer = HttpPeer(url, "token", certificate[1] if certificate else None)
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
    assert told.value.code == "refused_connection"


def test_a_captive_portal_is_named() -> None:
    with answering(200, b"<html>please log in</html>", "text/html") as peer:
        for call in (peer.greet, lambda: peer.exchange("w", b"")):
            with pytest.raises(SyncError, match="不是驻村通服务器") as told:
                call()
            assert (told.value.kind, told.value.code) == (SyncKind.OFFLINE, "captive_portal")
            assert "浏览器" in told.value.remedy


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
        assert told.value.code == "answer_too_large"


def test_a_server_that_breaks_down_is_tried_again_later() -> None:
    for status in (500, 502, 504, 507):
        with answering(status, b"", "text/plain") as peer:
            with pytest.raises(SyncError) as told:
                peer.exchange("w", b"")
            assert told.value.kind is SyncKind.BUSY


def test_retry_after_as_a_date() -> None:
    date = "Mon, 23 Nov 2026 00:00:00 GMT"
    later = "Mon, 23 Nov 2026 00:02:00 GMT"
    for said, seconds in ((later, 120.0), ("soon", None), ("99999999", 3600.0)):
        with answering(503, b"", "text/plain", Retry_After=said, Date=date) as peer:
            with pytest.raises(SyncError) as told:
                peer.exchange("w", b"")
            # the library's own Date comes first; a date is then counted from it
            assert told.value.retry_after == seconds or said == later


def test_what_came_of_a_cut_answer_is_handed_on() -> None:
    with answering(200, b"abc", protocol.MEDIA_TYPE, claimed=10) as peer:
        with pytest.raises(protocol.Interrupted) as told:
            peer.exchange("w", b"")
        assert told.value.received == b"abc"


@pytest.mark.parametrize("size", [0, 3, 1_000_000])
def test_cancelling_ends_a_request_on_its_way(size: int) -> None:
    def stop() -> None:
        raise Cancelled()

    with answering(200, b"abc", protocol.MEDIA_TYPE) as peer:
        assert peer.exchange("w", bytes(size)) == b"abc"
        assert peer.bytes_up == size
        peer.watch = stop
        with pytest.raises(Cancelled):
            peer.exchange("w", bytes(size))


@pytest.mark.parametrize("status", [302, 511])
def test_other_kinds_of_captive_portal(status: int) -> None:
    with answering(status, b"", "text/plain", Location="http://portal.example/") as peer:
        with pytest.raises(SyncError) as told:
            peer.exchange("w", b"")
        assert told.value.code == "captive_portal"


def test_a_proxy_that_wants_a_password() -> None:
    with answering(407, b"", "text/plain") as peer:
        with pytest.raises(SyncError) as told:
            peer.exchange("w", b"")
        assert (told.value.kind, told.value.code) == (SyncKind.OFFLINE, "proxy")


def test_a_name_that_nobody_knows() -> None:
    peer = HttpPeer("https://no-such-server.invalid")
    with pytest.raises(SyncError) as told:
        peer.greet()
    peer.close()
    assert told.value.code in ("no_dns", "proxy", "unreachable")
    assert told.value.kind is SyncKind.OFFLINE


def test_the_causes_of_a_broken_line_have_names() -> None:
    causes: list[tuple[Exception, Exception, str]] = [
        (httpx.ConnectError("x"), socket.gaierror(-2, "unknown"), "no_dns"),
        (httpx.ConnectError("x"), ConnectionRefusedError(), "refused_connection"),
        (httpx.ConnectTimeout("x"), TimeoutError(), "unreachable"),
        (httpx.ReadTimeout("x"), TimeoutError(), "timeout"),
        (httpx.ReadError("x"), ConnectionResetError(), "line_cut"),
        (httpx.ProxyError("x"), ValueError(), "proxy"),
    ]
    for error, cause, code in causes:
        error.__cause__ = cause
        said = line_trouble.of(error, "https://server.example")
        assert (said.kind, said.code) == (SyncKind.OFFLINE, code)
        assert said.message
        assert said.remedy


@dataclass(frozen=True)
class Authority:
    """A certificate authority of this test alone."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: x509.Name = field(
        default_factory=lambda: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    )

    def trust(self) -> ssl.SSLContext:
        """What a laptop that trusts it knows."""
        now = datetime.now(UTC)
        own = self._sign(self.name, self.key, (now - timedelta(days=9), now + timedelta(days=9)), True)
        context = ssl.create_default_context(cadata=own.public_bytes(Encoding.PEM).decode())
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context

    def certificate(self, begins: timedelta, ends: timedelta) -> Path:
        """Key and certificate of a server on this machine, valid from and to so long from now."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        made = self._sign(name, key, (now + begins, now + ends), False)
        path = self.folder / "server.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + made.public_bytes(Encoding.PEM))
        return path

    def _sign(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, days: tuple[datetime, datetime], is_ca: bool
    ) -> x509.Certificate:
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(days[0])
            .not_valid_after(days[1])
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(address, critical=False)
        )
        return builder.sign(self.key, hashes.SHA256())


DAY = timedelta(days=1)


@pytest.mark.parametrize("dates", [(-400 * DAY, -DAY), (DAY, 400 * DAY)], ids=["expired", "not yet valid"])
def test_dates_that_do_not_fit_are_the_clock_s_fault_or_the_certificate_s(
    tmp_path: Path, dates: tuple[timedelta, timedelta]
) -> None:
    authority = Authority(tmp_path)
    certificate = (authority.certificate(*dates), authority.trust())
    right = datetime(2026, 3, 5, 6, 7, tzinfo=UTC)
    cases = (
        (greeting(time_ms=int(right.timestamp() * 1000)), JSON, "clock_wrong", "2026-03-05 14:07"),
        (b"<html>portal</html>", "text/html", "clock_wrong", "本机现在是"),
        (greeting(time_ms=10**30), JSON, "clock_wrong", "本机现在是"),
        (greeting(time_ms=wall_ms()), JSON, "server_certificate_dates", "不是本机时间的问题"),
    )
    for body, kind, code, text in cases:
        with answering(200, body, kind, certificate=certificate) as peer:
            with pytest.raises(SyncError) as told:
                peer.exchange("w", b"secret")
            assert (told.value.kind, told.value.code) == (SyncKind.OFFLINE, code)
            assert text in told.value.message
            assert ("请校正电脑时间" in told.value.remedy) == (code == "clock_wrong")


def test_a_good_certificate_passes_and_a_stranger_s_does_not(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    path = authority.certificate(-DAY, DAY)
    with answering(200, greeting(), JSON, certificate=(path, authority.trust())) as peer:
        assert peer.greet().epoch == "e"
    with answering(200, greeting(), JSON, certificate=(path, ssl.create_default_context())) as peer:
        with pytest.raises(SyncError) as told:
            peer.greet()
        assert told.value.code == "bad_certificate"


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
