"""Messages of an exchange and their frames: one byte of type, four bytes of length, payload.

The same frames go over HTTP, onto a USB stick and to a colleague's laptop.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

import msgspec

from villageapp.sync.chain import UNREADABLE, Sealed, Signed, malformed

PROTOCOL = 1
"""Rises when an old peer could no longer understand a new one."""
MEDIA_TYPE = "application/vnd.villageapp.frames"
MAX_FRAME = 5 * 1024 * 1024
MAX_MESSAGE = 16 * 1024 * 1024
SEND_LIMIT = 2 * 1024 * 1024
"""Bytes of segments sent in one round; the rest follows in the next (``more``)."""

_PREFIX = struct.Struct(">BI")


class Frame(IntEnum):
    """Types of frames; an unknown one is skipped, so that a newer peer may add some."""

    HELLO = 1
    SEGMENT = 2
    CERTIFICATE = 3
    REFUSAL = 4
    RECEIPT = 5
    END = 9


class Hello(msgspec.Struct, frozen=True):
    """First frame both ways. ``vector`` is what the sender has; ``time_ms`` its clock; ``more``: ask again."""

    workspace: str
    replica_id: str  # of the sender; empty for the server
    vector: dict[str, int]
    time_ms: int
    schema: int
    app: str
    epoch: str = ""
    more: bool = False


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
    yield _frame(Frame.END, b"")


def _frame(kind: Frame, payload: bytes) -> bytes:
    return _PREFIX.pack(kind, len(payload)) + payload


def decode(content: bytes) -> Message:
    """The message in these bytes. Raises SyncError(PROTOCOL) when it is cut, too long or not ours."""
    message: Message | None = None
    ended = False
    try:
        for kind, payload in _split(content):
            if kind == Frame.END:
                ended = True
            elif kind == Frame.HELLO:
                message = Message(msgspec.msgpack.decode(payload, type=Hello))
            elif message is None:
                raise malformed("开头不对")
            else:
                _take(message, kind, payload)
    except UNREADABLE as error:
        raise malformed("无法识别") from error
    if message is None or not ended:
        raise malformed("内容不完整")
    return message


def _split(content: bytes) -> Iterable[tuple[int, bytes]]:
    if len(content) > MAX_MESSAGE:
        raise malformed("超过大小上限")
    position = 0
    while position < len(content):
        if position + _PREFIX.size > len(content):
            raise malformed("内容不完整")
        kind, length = _PREFIX.unpack_from(content, position)
        position += _PREFIX.size
        if length > MAX_FRAME or position + length > len(content):
            raise malformed("内容不完整")
        yield kind, content[position : position + length]
        position += length


def _take(message: Message, kind: int, payload: bytes) -> None:
    if kind == Frame.SEGMENT:
        message.segments.append(Sealed(*msgspec.msgpack.decode(payload, type=tuple[bytes, bytes, bytes])))
    elif kind == Frame.CERTIFICATE:
        message.certificates.append(Signed(*msgspec.msgpack.decode(payload, type=tuple[bytes, bytes])))
    elif kind == Frame.REFUSAL:
        message.refusals.append(msgspec.msgpack.decode(payload, type=RefusedSegment))
    elif kind == Frame.RECEIPT:
        message.receipt = Signed(*msgspec.msgpack.decode(payload, type=tuple[bytes, bytes]))


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
