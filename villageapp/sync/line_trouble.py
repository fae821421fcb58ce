"""Why the server could not be reached, named for what it is: no name, refused, a proxy, a clock that is wrong.

A wrong clock: when TLS refuses the server's certificate for its dates, either this computer's clock is wrong or
the certificate really has run out. The server's own greeting, asked for over a connection that is checked for
nothing and used for nothing else (no token, no data, the answer is never stored), tells the time; if it agrees
with our clock, the certificate is at fault. A liar on the line could only make us say a wrong time of day.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from villageapp.domain import dates
from villageapp.errors import SyncError, SyncKind
from villageapp.sync import protocol
from villageapp.sync.chain import UNREADABLE
from villageapp.sync.clock import wall_ms

KEPT = "本机内容都已保存，联网后自动再传。"
CUT = ("传到一半线路断了，已收到的部分都已保存，接着传。",)
"""Message of protocol.Interrupted."""
CLOCK_TOLERANCE_MS = 3600 * 1000
"""A clock less wrong than this cannot be why a certificate's dates do not fit."""
ASK_SECONDS = 8.0
MAX_GREETING = 4096
_NOT_YET_VALID, _EXPIRED = 9, 10
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""


def of(error: Exception, url: str) -> SyncError:
    """The trouble behind an httpx error."""
    import httpx

    chain = list(_causes(error))
    refused = next((e for e in chain if isinstance(e, ssl.SSLCertVerificationError)), None)
    if refused is not None:
        return _certificate(refused, url)
    if any(isinstance(e, ssl.SSLError) for e in chain):
        return _said(
            "bad_certificate",
            f"与 {url} 建立安全连接失败，没有传任何内容。",
            "请核对服务器地址，或联系县里技术人员。",
        )
    if isinstance(error, httpx.ProxyError):
        return proxy()
    if any(isinstance(e, socket.gaierror) for e in chain):
        return _said(
            "no_dns", f"查不到服务器 {url} 的地址（可能没有联网），{KEPT}", "请检查网络和服务器地址。"
        )
    if any(isinstance(e, ConnectionRefusedError) for e in chain):
        return _said(
            "refused_connection",
            f"连不上服务器 {url}：对方没有开放服务，{KEPT}",
            "请核对服务器地址；服务器可能正在维护。",
        )
    if isinstance(
        error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol)
    ):
        return _said("unreachable", f"连不上服务器 {url}，{KEPT}", "请检查网络和服务器地址。")
    if isinstance(error, httpx.TimeoutException):
        return _said("timeout", f"服务器很久没有答复，{KEPT}", "网络慢时会自动改为分小份传。")
    return _said("line_cut", f"传到一半线路断了，{KEPT}", "会自动接着传。")


def proxy() -> SyncError:
    """A proxy that wants a password, or does not let us through."""
    return _said("proxy", f"网络代理没有放行，{KEPT}", "请检查本机的代理设置，或请网络管理员放行服务器地址。")


def _said(code: str, message: str, remedy: str) -> SyncError:
    return SyncError(SyncKind.OFFLINE, message, remedy=remedy, code=code)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _certificate(error: ssl.SSLCertVerificationError, url: str) -> SyncError:
    if error.verify_code not in (_NOT_YET_VALID, _EXPIRED):
        return _said(
            "bad_certificate",
            f"{url} 的安全证书核对不符，没有传任何内容。",
            "请核对服务器地址，或联系县里技术人员；不要在不可信的网络上继续。",
        )
    theirs, ours = server_time_ms(url), wall_ms()
    if theirs is not None and abs(theirs - ours) < CLOCK_TOLERANCE_MS:
        return _said(
            "server_certificate_dates",
            f"服务器的安全证书已过期或尚未生效（不是本机时间的问题），没有传任何内容；{KEPT}",
            "请告知省级管理员更换服务器证书。",
        )
    right = f"服务器的时间是 {_minute(theirs)}，" if theirs is not None else ""
    return _said(
        "clock_wrong",
        f"本机时间不对，安全连接不能建立：本机现在是 {_minute(ours)}，{right}没有传任何内容；{KEPT}",
        "请校正电脑时间（系统设置里的“日期和时间”），再同步。",
    )


def _minute(milliseconds: int) -> str:
    """China time to the minute."""
    return dates.local_text(datetime.fromtimestamp(milliseconds / 1000, UTC))


def server_time_ms(url: str) -> int | None:
    """What time the greeting under this address says that it is; None when there is none. Nothing is trusted."""
    import httpx

    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            httpx.Client(verify=unchecked, timeout=ASK_SECONDS, follow_redirects=False) as client,
            client.stream("GET", f"{url}{protocol.GREETING_PATH}") as answer,
        ):
            content = next(answer.iter_bytes(MAX_GREETING), b"")
        said = msgspec.json.decode(content, type=protocol.Greeting)
        datetime.fromtimestamp(said.time_ms / 1000, UTC)
    except (httpx.HTTPError, ssl.SSLError, OverflowError, ValueError, OSError, *UNREADABLE):
        return None
    return said.time_ms if said.service == protocol.SERVICE else None
