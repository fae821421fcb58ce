"""The HTTP road to the server: httpx in, SyncError kinds out."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec

from villageapp.errors import SyncError, SyncKind, ValidationFailed
from villageapp.sync import line_trouble as trouble
from villageapp.sync import protocol
from villageapp.sync.chain import UNREADABLE

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
PIECE = 16 * 1024
"""Bytes of a large request between two looks for cancelling."""
KEEP_SECONDS = 25.0
"""How long an idle connection is kept; the server keeps it for 30 seconds."""
LONGEST_WAIT = 3600.0
"""Seconds: nobody is told to wait longer."""
_Answer = TypeVar("_Answer", bound=msgspec.Struct)


def check_url(url: str) -> str:
    """A server address in its plain form. Raises ValidationFailed.

    Only https, or http to this very machine: what is sent are names, illness and income.
    """
    text = url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValidationFailed([], f"服务器地址“{text[:60]}”写得不对。") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or port == 0:
        raise ValidationFailed([], f"服务器地址“{text[:60]}”应写成 https://主机名 或 https://主机名：端口。")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValidationFailed([], "服务器地址必须以 https:// 开头，村民信息不能明文传输。")
    return text


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class HttpPeer:
    """The provincial server over HTTP; counts bytes both ways. May be kept open between exchanges."""

    def __init__(self, url: str, token: str = "", trust: ssl.SSLContext | None = None) -> None:
        """``url`` as ``check_url`` returns it; ``token`` from the enrolment; ``trust`` instead of the usual
        authorities."""
        import httpx

        self.url = check_url(url)
        self.bytes_up = 0
        self.bytes_down = 0
        self.watch: Callable[[], None] = _nobody_watches
        """Called now and then while bytes go up or come down; may raise Cancelled, which ends the request."""
        self._client = httpx.Client(
            base_url=self.url,
            headers=_headers(token),
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=2, keepalive_expiry=KEEP_SECONDS),
            follow_redirects=False,
            trust_env=not _is_this_machine(urlsplit(self.url).hostname or ""),
            verify=trust or _trust(self.url),
        )

    def close(self) -> None:
        """Release the connection."""
        self._client.close()

    def greet(self) -> protocol.Greeting:
        """Who is there. Raises SyncError(OFFLINE) when nobody is, PROTOCOL when it is somebody else."""
        answer = self._send("GET", protocol.GREETING_PATH, b"", "")
        greeting = _json(answer, protocol.Greeting)
        if greeting.service != protocol.SERVICE:
            raise not_ours(answer)
        if greeting.protocol != protocol.PROTOCOL:
            raise _too_old(greeting.protocol)
        return greeting

    def enrol(self, request: protocol.EnrolRequest) -> protocol.EnrolAnswer:
        """Redeem a one-time code. Raises SyncError."""
        content = msgspec.json.encode(request)
        return _json(
            self._send("POST", protocol.ENROL_PATH, content, "application/json"), protocol.EnrolAnswer
        )

    def exchange(self, workspace: str, request: bytes) -> bytes:
        """One round. Raises protocol.Interrupted with what came of an answer that was cut, or SyncError."""
        answer = self._send("POST", protocol.exchange_path(workspace), request, protocol.MEDIA_TYPE)
        if answer.headers.get("content-type", "").split(";")[0] != protocol.MEDIA_TYPE:
            raise not_ours(answer)
        return answer.content

    def ask(self, method: str, path: str, content: bytes = b"", media_type: str = "") -> bytes:
        """The content of the answer to one small request. Raises SyncError."""
        return self._send(method, path, content, media_type).content

    def _send(self, method: str, path: str, content: bytes, media_type: str) -> httpx.Response:
        """The whole answer. A frames answer that is cut raises Interrupted."""
        import httpx

        headers = {"Content-Type": media_type} if media_type else {}
        parts: list[bytes] = []
        kind = ""
        try:
            self.bytes_up += len(content)
            sent = content if len(content) <= PIECE else self._pieces(content)
            length = {"Content-Length": str(len(content))} if content else {}
            with self._client.stream(method, path, content=sent, headers=headers | length) as response:
                kind = response.headers.get("content-type", "").split(";")[0]
                for part in response.iter_bytes():
                    self._count(part, parts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if parts and kind == protocol.MEDIA_TYPE:
                raise protocol.Interrupted(b"".join(parts), *trouble.CUT) from error
            raise trouble.of(error, self.url) from error
        answer = httpx.Response(
            response.status_code, headers=_plain(response.headers), content=b"".join(parts)
        )
        if answer.status_code != 200:
            raise refused(answer)
        return answer

    def _pieces(self, content: bytes) -> Iterator[bytes]:
        for start in range(0, len(content), PIECE):
            self.watch()
            yield content[start : start + PIECE]

    def _count(self, part: bytes, parts: list[bytes]) -> None:
        self.watch()
        self.bytes_down += len(part)
        parts.append(part)
        if sum(map(len, parts)) > protocol.MAX_MESSAGE:
            raise SyncError(SyncKind.PROTOCOL, "服务器答复过大，没有采用。", code="answer_too_large")


def _nobody_watches() -> None:
    """Cancels nothing."""


def _headers(token: str) -> dict[str, str]:
    """Few and short: they travel with every request. Bodies are compressed already."""
    headers = {"User-Agent": "villageapp", "Accept": "*/*", "Accept-Encoding": "identity"}
    return {**headers, "Authorization": f"Bearer {token}"} if token else headers


def _trust(url: str) -> ssl.SSLContext | bool:
    """Reading the list of authorities takes a while, so only where there is TLS."""
    return True if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """Headers without those that describe an encoding already undone."""
    return {
        k: v
        for k, v in headers.items()
        if k not in ("content-encoding", "content-length", "transfer-encoding")
    }


def _json(answer: httpx.Response, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except UNREADABLE as error:
        raise not_ours(answer) from error


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""
    remedy: str = ""


class _ErrorAnswer(msgspec.Struct):
    error: _Error


_KIND_OF_STATUS = {
    401: SyncKind.AUTH,
    408: SyncKind.BUSY,
    403: SyncKind.AUTH,
    426: SyncKind.TOO_OLD,
    429: SyncKind.BUSY,
}


def refused(answer: httpx.Response) -> SyncError:
    """What an answer that is not 200 means."""
    broken = SyncKind.BUSY if answer.status_code >= 500 else SyncKind.PROTOCOL
    kind = _KIND_OF_STATUS.get(answer.status_code, broken)
    try:
        said = msgspec.json.decode(answer.content, type=_ErrorAnswer).error
    except UNREADABLE:
        said = _Error()
    if answer.status_code == 407:
        return trouble.proxy()
    if answer.status_code == 413:
        return SyncError(SyncKind.BUSY, "网络代理或服务器嫌一次传得太多，已改为分小份传。", code="too_large")
    if not said.code and (kind is SyncKind.PROTOCOL or answer.status_code == 511):
        return not_ours(answer)
    message = said.message or _DEFAULT_MESSAGE.get(kind, "服务器没有接受这次同步。")
    return SyncError(kind, message, remedy=said.remedy, code=said.code, retry_after=_seconds(answer))


_DEFAULT_MESSAGE = {
    SyncKind.BUSY: "服务器忙，稍后会自动再试；本机内容都已保存。",
    SyncKind.AUTH: "服务器不认识这台电脑，没有同步；本机内容都已保存。",
    SyncKind.TOO_OLD: "服务器与本机版本不同，暂不能同步；本机内容都已保存。",
}


def _seconds(answer: httpx.Response) -> float | None:
    """``Retry-After`` in seconds, given as a number or as a date beside the answer's own."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    try:
        at, now = parsedate_to_datetime(text), parsedate_to_datetime(answer.headers.get("date", ""))
        return min(max(0.0, (at - now).total_seconds()), LONGEST_WAIT)
    except (ValueError, TypeError):
        return None


def not_ours(answer: httpx.Response) -> SyncError:
    """Somebody else answered: a page to sign in to the network, or another site."""
    kind = answer.headers.get("content-type", "").split(";")[0]
    is_portal = kind == "text/html" or answer.status_code == 511 or answer.has_redirect_location
    if is_portal:
        return SyncError(
            SyncKind.OFFLINE,
            f"这个网络要先登录才能上网（打开的是网页，不是驻村通服务器，状态 {answer.status_code}），没有传任何内容。",
            remedy="请在浏览器里登录上网，之后会自动再试；一直这样时请核对服务器地址。",
            code="captive_portal",
        )
    return SyncError(
        SyncKind.PROTOCOL,
        f"这个地址答复的不是驻村通服务器（状态 {answer.status_code}），没有传任何内容。",
        remedy="请核对服务器地址。",
        code="not_our_server",
    )


def _too_old(theirs: int) -> SyncError:
    which = "服务器较新，请升级驻村通" if theirs > protocol.PROTOCOL else "服务器较旧，请等省里升级服务器"
    return SyncError(
        SyncKind.TOO_OLD,
        f"服务器协议版本 {theirs} 与本机 {protocol.PROTOCOL} 不同，暂不能同步；本机内容都已保存。",
        remedy=f"{which}。",
    )
