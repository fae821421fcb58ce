"""Messages of an exchange and their frames: one byte of type, four bytes of length, payload.

The same frames go over HTTP, onto a USB stick and to a colleague's laptop. A message may be read while it
arrives (``Reader``): whatever whole frames came before the line broke are good, since each segment, certificate
and receipt is checked on its own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import msgspec

from villageapp.errors import SyncError, SyncKind
from villageapp.sync.chain import UNREADABLE, Sealed, Signed, malformed

PROTOCOL = 1
"""Rises when an old peer could no longer understand a new one."""
MEDIA_TYPE = "application/vnd.villageapp.frames"
MAX_FRAME = 5 * 1024 * 1024
MAX_MESSAGE = 16 * 1024 * 1024
SEND_LIMIT = 2 * 1024 * 1024
"""Bytes of segments sent in one round; the rest follows in the next (``more``)."""

_PREFIX = struct.Struct(">BI")


End = tuple[int, bytes]
"""Where a log ends: last sequence number, hash of the last segment."""


class Frame(IntEnum):
    """Types of frames; an unknown one is skipped, so that a newer peer may add some."""

    HELLO = 1
    SEGMENT = 2
    CERTIFICATE = 3
    REFUSAL = 4
    RECEIPT = 5
    CHANNEL = 6  # an item that an office published (sync/channels.py)
    END = 9


class Hello(msgspec.Struct, frozen=True):
    """First frame both ways. ``vector`` is what the sender has; ``time_ms`` its clock; ``more``: ask again.

    ``limit``: bytes of segments that the sender wants in one answer (0 = the receiver's own limit).
    ``certificates``: fingerprint of the certificates that the sender has (``chain.fingerprint``; empty: not
    said), so that they travel only when they differ. ``channels``: the last number that the sender has of each
    channel (None: it knows of none, and is sent nothing). ``kept``, from the server: where the logs end that it
    keeps for review, as far as the laptop asking has them (None: it does not say); to a revoked laptop also where the
    logs end that it has. A peer of an older version ignores all four.
    """

    workspace: str
    replica_id: str  # of the sender; empty for the server
    vector: dict[str, int]
    time_ms: int
    schema: int
    app: str
    epoch: str = ""
    more: bool = False
    limit: int = 0
    certificates: bytes = b""
    channels: dict[str, int] | None = None
    kept: dict[str, list[End]] | None = None


class RefusedSegment(msgspec.Struct, frozen=True):
    """A segment that the receiver did not take, and why (chain.Refused)."""

    replica_id: str
    first_seq: int
    code: str
    message: str
    expected: int = 0


@dataclass(slots=True)
class Message:
    """Everything in one direction of one round."""

    hello: Hello
    segments: list[Sealed] = field(default_factory=list)
    certificates: list[Signed] = field(default_factory=list)
    refusals: list[RefusedSegment] = field(default_factory=list)
    receipt: Signed | None = None
    items: list[Signed] = field(default_factory=list)
    """Of channels, in order; what an office published comes down, what a restored server has lost goes up."""


def encode(message: Message) -> bytes:
    """The frames of a message."""
    return b"".join(_frames(message))


def _frames(message: Message) -> Iterator[bytes]:
    pack = msgspec.msgpack.encode
    yield _frame(Frame.HELLO, pack(message.hello))
    for certificate in message.certificates:
        yield _frame(Frame.CERTIFICATE, pack([certificate.body, certificate.signature]))
    for segment in message.segments:
        yield _frame(Frame.SEGMENT, pack([segment.header, segment.body, segment.signature]))
    for refusal in message.refusals:
        yield _frame(Frame.REFUSAL, pack(refusal))
    if message.receipt is not None:
        yield _frame(Frame.RECEIPT, pack([message.receipt.body, message.receipt.signature]))
    for item in message.items:
        yield _frame(Frame.CHANNEL, pack([item.body, item.signature]))
    yield _frame(Frame.END, b"")


def _frame(kind: Frame, payload: bytes) -> bytes:
    return _PREFIX.pack(kind, len(payload)) + payload


def decode(content: bytes) -> Message:
    """The message in these bytes. Raises SyncError(PROTOCOL) when it is cut, too long or not ours."""
    reader = Reader()
    reader.feed(content)
    return reader.finished()


class Reader:
    """Puts a message together from pieces of any size, as they arrive."""

    def __init__(self) -> None:
        self.message: Message | None = None
        """What came so far; None before the hello."""
        self.ended = False
        """Whether the last frame came."""
        self._rest = bytearray()  # the beginning of a frame that is not whole yet
        self._size = 0

    def feed(self, piece: bytes) -> None:
        """Take more bytes. Raises SyncError(PROTOCOL) for what is not ours; frames before that stay."""
        self._size += len(piece)
        if self._size > MAX_MESSAGE:
            raise malformed("超过大小上限")
        self._rest += piece
        position = 0
        try:
            while (frame := self._frame_at(position)) is not None:
                kind, payload = frame
                position += _PREFIX.size + len(payload)
                self._take(kind, payload)
        except UNREADABLE as error:
            raise malformed("无法识别") from error
        finally:
            del self._rest[:position]

    def finished(self) -> Message:
        """The whole message. Raises SyncError(PROTOCOL) when the end did not come."""
        if self.message is None or not self.ended or self._rest:
            raise malformed("内容不完整")
        return self.message

    def _frame_at(self, position: int) -> tuple[int, bytes] | None:
        if position + _PREFIX.size > len(self._rest):
            return None
        kind, length = _PREFIX.unpack_from(self._rest, position)
        if length > MAX_FRAME:
            raise malformed("内容不完整")
        start = position + _PREFIX.size
        if start + length > len(self._rest):
            return None
        return kind, bytes(self._rest[start : start + length])

    def _take(self, kind: int, payload: bytes) -> None:
        if self.ended:
            raise malformed("结尾之后还有内容")
        if kind == Frame.END:
            self.ended = True
        elif kind == Frame.HELLO:
            if self.message is not None:
                raise malformed("开头重复")
            self.message = Message(msgspec.msgpack.decode(payload, type=Hello))
        elif self.message is None:
            raise malformed("开头不对")
        else:
            _take(self.message, kind, payload)


def _take(message: Message, kind: int, payload: bytes) -> None:
    if kind == Frame.SEGMENT:
        message.segments.append(Sealed(*msgspec.msgpack.decode(payload, type=tuple[bytes, bytes, bytes])))
    elif kind == Frame.CERTIFICATE:
        message.certificates.append(Signed(*msgspec.msgpack.decode(payload, type=tuple[bytes, bytes])))
    elif kind == Frame.REFUSAL:
        message.refusals.append(msgspec.msgpack.decode(payload, type=RefusedSegment))
    elif kind == Frame.RECEIPT:
        message.receipt = Signed(*msgspec.msgpack.decode(payload, type=tuple[bytes, bytes]))
    elif kind == Frame.CHANNEL:
        message.items.append(Signed(*msgspec.msgpack.decode(payload, type=tuple[bytes, bytes])))


class Peer(Protocol):
    """Somebody to exchange with: the server, or a colleague's laptop."""

    bytes_up: int
    bytes_down: int

    def exchange(self, workspace: str, request: bytes) -> bytes:
        """Send the frames of one round, return the frames of the answer.

        Raises Interrupted with what came of the answer, or SyncError when nothing did.
        """


class Interrupted(SyncError):
    """The line broke in the middle of an answer; ``received`` are the bytes that came before."""

    def __init__(self, received: bytes, message: str, *, remedy: str = "") -> None:
        super().__init__(SyncKind.OFFLINE, message, remedy=remedy, code="line_cut")
        self.received = received


class EnrolRequest(msgspec.Struct, frozen=True):
    """JSON body of an enrolment: a one-time code and the laptop's public keys (base64 text)."""

    code: str
    replica_id: str
    village_code: str
    user_id: str
    sign_key: str
    box_key: str
    protocol: int
    schema: int
    app: str


class EnrolAnswer(msgspec.Struct, frozen=True):
    """What the laptop needs from then on (binary values as base64 text)."""

    workspace: str
    village_name: str
    certificate: str
    certificate_signature: str
    province_key: str
    token: str
    epoch: str
    time_ms: int


class Greeting(msgspec.Struct, frozen=True):
    """Answer of the probe; anything else under that address is not our server (captive portal)."""

    service: str
    protocol: int
    schema: int
    version: str
    epoch: str
    time_ms: int


SERVICE = "villageapp-sync"
GREETING_PATH = "/sync/v1/greeting"
ENROL_PATH = "/sync/v1/enrol"


def exchange_path(workspace: str) -> str:
    """Where a workspace is exchanged."""
    return f"/sync/v1/workspaces/{workspace}/exchange"
