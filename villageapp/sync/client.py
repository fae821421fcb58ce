"""The HTTP road to the server: httpx in, SyncError kinds out."""

from __future__ import annotations

import ipaddress
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
import stamina

from villageapp.errors import SyncError, SyncKind, ValidationFailed
from villageapp.sync import protocol
from villageapp.sync.chain import UNREADABLE

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
ATTEMPTS = 3
UNREACHABLE = "offline_unreachable"
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
    """The provincial server over HTTP; counts bytes both ways."""

    def __init__(self, url: str, token: str = "") -> None:
        """``url`` as ``check_url`` returns it; ``token`` from the enrolment."""
        self.url = check_url(url)
        self.bytes_up = 0
        self.bytes_down = 0
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        host = urlsplit(self.url).hostname or ""
        self._client = httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=not _is_this_machine(host),
        )

    def close(self) -> None:
        """Release the connection."""
        self._client.close()

    def greet(self) -> protocol.Greeting:
        """Who is there. Raises SyncError(OFFLINE) when nobody is, PROTOCOL when it is somebody else."""
        answer = self._send("GET", protocol.GREETING_PATH, b"", "")
        greeting = _json(answer, protocol.Greeting)
        if greeting.service != protocol.SERVICE:
            raise _not_ours()
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
        """One round, tried again a few times when the line breaks: every step is idempotent."""
        for attempt in stamina.retry_context(
            on=_transient, attempts=ATTEMPTS, wait_initial=0.3, wait_max=3.0
        ):
            with attempt:
                answer = self._send("POST", protocol.exchange_path(workspace), request, protocol.MEDIA_TYPE)
        if answer.headers.get("content-type", "").split(";")[0] != protocol.MEDIA_TYPE:
            raise _not_ours()
        return answer.content

    def _send(self, method: str, path: str, content: bytes, media_type: str) -> httpx.Response:
        headers = {"Content-Type": media_type} if media_type else {}
        try:
            with self._client.stream(method, path, content=content, headers=headers) as response:
                self.bytes_up += len(content)
                body = _bounded(response)
        except httpx.InvalidURL as error:
            raise _offline(self.url, error) from error
        except httpx.HTTPError as error:
            raise _offline(self.url, error) from error
        self.bytes_down += len(body)
        answer = httpx.Response(response.status_code, headers=_plain(response.headers), content=body)
        if answer.status_code != 200:
            raise _refused(answer)
        return answer


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """Headers without those that describe an encoding already undone."""
    return {
        k: v
        for k, v in headers.items()
        if k not in ("content-encoding", "content-length", "transfer-encoding")
    }


def _bounded(response: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > protocol.MAX_MESSAGE:
            raise SyncError(SyncKind.PROTOCOL, "服务器答复过大，没有采用。", code="too_large")
        parts.append(part)
    return b"".join(parts)


def _json(answer: httpx.Response, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except UNREADABLE as error:
        raise _not_ours() from error


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""
    remedy: str = ""


class _ErrorAnswer(msgspec.Struct):
    error: _Error


_KIND_OF_STATUS = {
    401: SyncKind.AUTH,
    403: SyncKind.AUTH,
    426: SyncKind.TOO_OLD,
    429: SyncKind.BUSY,
    502: SyncKind.BUSY,
    503: SyncKind.BUSY,
    504: SyncKind.BUSY,
}


def _refused(answer: httpx.Response) -> SyncError:
    kind = _KIND_OF_STATUS.get(answer.status_code, SyncKind.PROTOCOL)
    try:
        said = msgspec.json.decode(answer.content, type=_ErrorAnswer).error
    except UNREADABLE:
        said = _Error()
    if not said.code and kind is SyncKind.PROTOCOL:
        return _not_ours(answer.status_code)
    message = said.message or _DEFAULT_MESSAGE.get(kind, "服务器没有接受这次同步。")
    return SyncError(kind, message, remedy=said.remedy, code=said.code, retry_after=_seconds(answer))


_DEFAULT_MESSAGE = {
    SyncKind.BUSY: "服务器忙，稍后会自动再试；本机内容都已保存。",
    SyncKind.AUTH: "服务器不认识这台电脑，没有同步；本机内容都已保存。",
    SyncKind.TOO_OLD: "服务器与本机版本不同，暂不能同步；本机内容都已保存。",
}


def _seconds(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return min(float(text), 3600.0) if text.isascii() and text.isdigit() else None


def _transient(error: Exception) -> bool | float:
    """A broken or busy line is worth another try at once; a server that is not there is not."""
    if not isinstance(error, SyncError) or error.kind not in (SyncKind.OFFLINE, SyncKind.BUSY):
        return False
    if error.code == UNREACHABLE:
        return False
    return error.retry_after is None or error.retry_after <= 5


def _offline(url: str, error: Exception) -> SyncError:
    text = str(error).lower()
    if "certificate" in text and ("not yet valid" in text or "expired" in text):
        message, remedy = "服务器证书的日期与本机时间对不上，没有连接。", "请校正电脑时间后再试。"
    elif "certificate" in text or "ssl" in text:
        message, remedy = f"{url} 的安全证书核对不符，没有连接。", "请核对服务器地址，或联系县里技术人员。"
    else:
        message, remedy = f"连不上服务器 {url}；本机内容都已保存，联网后再同步。", "请检查网络和服务器地址。"
    unreachable = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL))
    return SyncError(SyncKind.OFFLINE, message, remedy=remedy, code=UNREACHABLE if unreachable else "")


def _not_ours(status: int = 200) -> SyncError:
    return SyncError(
        SyncKind.PROTOCOL,
        f"这个地址答复的不是驻村通服务器（状态 {status}），没有传任何内容。",
        remedy="可能需要先登录上网页面，或服务器地址写错了。",
        code="not_our_server",
    )


def _too_old(theirs: int) -> SyncError:
    which = "服务器较新，请升级驻村通" if theirs > protocol.PROTOCOL else "服务器较旧，请等省里升级服务器"
    return SyncError(
        SyncKind.TOO_OLD,
        f"服务器协议版本 {theirs} 与本机 {protocol.PROTOCOL} 不同，暂不能同步；本机内容都已保存。",
        remedy=f"{which}。",
    )
