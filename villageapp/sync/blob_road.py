"""The HTTP road of photos and scans: one kept connection, bounded waits, errors as SyncError kinds."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from villageapp.errors import SyncError, SyncKind
from villageapp.progress import Progress
from villageapp.sync import blob_protocol, line_trouble
from villageapp.sync.blob_protocol import BlobReceipt, KnownAnswer, KnownQuestion, Listed
from villageapp.sync.chain import UNREADABLE, malformed
from villageapp.sync.client import HttpPeer, not_ours, refused
from villageapp.sync.pace import Pace

if TYPE_CHECKING:
    import httpx

UPLOAD_GONE = "upload_gone"
"""Code of the SyncError for an upload that the server knows no more; it begins anew."""
_MOST_SAID = 1024 * 1024
_STORE_TROUBLE = (500, 507)


class BlobPeer(HttpPeer):
    """The server as the road of contents."""

    def known(
        self, workspace: str, province_key: bytes, hashes: Sequence[str]
    ) -> tuple[BlobReceipt, list[Listed]]:
        """Which of these contents (at most MAX_ASKED) the server signs for, and what it lists with them."""
        question = msgspec.json.encode(KnownQuestion(list(hashes)))
        path = blob_protocol.known_path(workspace)
        response = self.send("POST", path, {"Content-Type": "application/json"}, question, (200,))
        try:
            answer = msgspec.json.decode(response.content, type=KnownAnswer)
        except UNREADABLE as error:
            raise not_ours(response) from error
        return blob_protocol.read_receipt(answer, workspace, province_key), answer.listed

    def small(self, workspace: str, hashes: Sequence[str]) -> Generator[tuple[str, bytes], None, None]:
        """Several small contents as they come in, each whole; not verified yet. Raises SyncError."""
        question = msgspec.json.encode(KnownQuestion(list(hashes)))
        path, headers = blob_protocol.small_path(workspace), {"Content-Type": "application/json"}
        self.bytes_up += len(question)
        held = bytearray()
        with self.answering("POST", path, headers, question, (200,)) as response:
            for part in response.iter_bytes():
                self.bytes_down += len(part)
                held += part
                yield from _whole(held)

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | Iterable[bytes],
        accepted: Sequence[int],
    ) -> httpx.Response:
        """One request whose answer is small; its status is one of ``accepted``. Raises SyncError."""
        import httpx

        with self.answering(method, path, headers, content, accepted) as response:
            body = b"".join(_bounded(response))
        self.bytes_down += len(body)
        if isinstance(content, bytes):
            self.bytes_up += len(content)
        return httpx.Response(response.status_code, headers=_plain(response.headers), content=body)

    @contextmanager
    def answering(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | Iterable[bytes] = b"",
        accepted: Sequence[int] = (200, 206),
    ) -> Iterator[httpx.Response]:
        """The answer while it comes in. Raises SyncError."""
        import httpx

        try:
            with self._client.stream(method, path, headers=dict(headers), content=content) as response:
                if response.status_code not in accepted:
                    raise _refusal(response)
                yield response
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise line_trouble.of(error, self.url) from error


@dataclass(frozen=True, slots=True)
class Road:
    """What the transfers of one run share: the connection, whose contents, how much at a time, who may cancel."""

    peer: BlobPeer
    workspace: str
    pace: Pace
    progress: Progress


def _whole(held: bytearray) -> Iterator[tuple[str, bytes]]:
    """Take the complete contents off the beginning of what came."""
    head = blob_protocol.SMALL_HEAD
    while len(held) >= head.size:
        digest, length = head.unpack_from(held)
        if length > blob_protocol.MAX_SMALL:
            raise malformed("照片")
        if len(held) < head.size + length:
            return
        yield digest.hex(), bytes(held[head.size : head.size + length])
        del held[: head.size + length]


def _refusal(response: httpx.Response) -> SyncError:
    import httpx

    said = b"".join(_bounded(response))
    if response.status_code in (404, 410):
        return SyncError(SyncKind.PROTOCOL, "服务器上已没有这份内容或这次上传。", code=UPLOAD_GONE)
    if response.status_code in _STORE_TROUBLE:
        return SyncError(SyncKind.BUSY, "服务器暂时存不下照片，稍后会自动再试；本机的内容都还在。")
    return refused(httpx.Response(response.status_code, headers=_plain(response.headers), content=said))


def _bounded(response: httpx.Response) -> Iterator[bytes]:
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > _MOST_SAID:
            raise SyncError(SyncKind.PROTOCOL, "服务器答复过大，没有采用。", code="too_large")
        yield part


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """Headers without those that describe an encoding already undone or a body that does not come."""
    undone = ("content-encoding", "content-length", "transfer-encoding")
    return {k: v for k, v in headers.items() if k not in undone}
