"""What is inside a stick file (``.zcb``), once decrypted: frames, bounded when read, signed as a whole at the end.

A frame is one byte of type, four bytes of length, payload; in this order: manifest, certificates, segments,
receipts, photos, seal. The seal is the maker's signature over the SHA-256 of all frames before it, so a file
speaks for who made it; that the segments are true follows from their own signatures.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from enum import IntEnum, StrEnum

import msgspec

from villageapp.errors import SyncError, SyncKind
from villageapp.progress import Progress
from villageapp.sync.chain import UNREADABLE, Sealed, Signed, malformed
from villageapp.sync.clock import COUNTER_BITS, instant

VERSION = 1
MAX_FRAME = 5 * 1024 * 1024
MAX_CONTENT = 4 * 1024**3
"""Bytes in one file; FAT32 holds no larger one."""
SEALED_AS = b"villageapp-bundle-1:"
"""Before the digest when it is signed: the same keys sign segments and certificates too."""

_PREFIX = struct.Struct(">BI")


class Part(IntEnum):
    """Types of frames; an unknown one is skipped, so that a newer maker may add some."""

    MANIFEST = 1
    CERTIFICATE = 2
    SEGMENT = 3
    RECEIPT = 4
    BLOB = 5
    BLOB_PIECE = 6
    BLOB_RECEIPT = 7
    CHANNEL = 8
    SEAL = 9


class Purpose(StrEnum):
    """For whom a file was made. Whoever can decrypt it may use it all the same."""

    SERVER = "server"
    COLLEAGUE = "colleague"
    REPLY = "reply"


class Manifest(msgspec.Struct, frozen=True):
    """First frame: whose file this is.

    ``vector`` is what the maker has, ``heads`` the hash of the last segment of each laptop in it (a laptop that
    was restored from a backup may have two histories under one number); ``made_at_ms`` is its corrected clock.
    """

    v: int
    workspace: str
    village_code: str
    maker: str  # replica; empty for the server
    purpose: str
    vector: dict[str, int]
    made_at_ms: int
    schema: int
    app: str
    heads: dict[str, bytes] = {}
    channels: dict[str, int] | None = (
        None  # last number of each channel that the maker has; None: an older program
    )


class BlobHeader(msgspec.Struct, frozen=True):
    """A photo or scan whose content follows in pieces of at most MAX_FRAME bytes."""

    sha256: str  # hex
    size: int
    media_type: str
    preview_of: str = ""


def manifest_frame(manifest: Manifest) -> bytes:
    """The first frame."""
    return _frame(Part.MANIFEST, msgspec.msgpack.encode(manifest))


def signed_frame(part: Part, signed: Signed) -> bytes:
    """A certificate, the receipt, or an item of a channel."""
    return _frame(part, msgspec.msgpack.encode([signed.body, signed.signature]))


def segment_frame(sealed: Sealed) -> bytes:
    """A segment, byte for byte."""
    return _frame(Part.SEGMENT, msgspec.msgpack.encode([sealed.header, sealed.body, sealed.signature]))


def blob_frames(header: BlobHeader, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A photo or scan; no piece may be longer than MAX_FRAME."""
    yield _frame(Part.BLOB, msgspec.msgpack.encode(header))
    for piece in pieces:
        yield _frame(Part.BLOB_PIECE, piece)


def read_manifest(payload: bytes) -> Manifest:
    """Raises SyncError(TOO_OLD) for a newer format, PROTOCOL when it is none."""
    try:
        manifest = msgspec.msgpack.decode(payload, type=Manifest)
        if manifest.v == VERSION:
            Purpose(manifest.purpose)
            instant(manifest.made_at_ms << COUNTER_BITS)
    except (*UNREADABLE, ValueError, OverflowError, OSError) as error:
        raise malformed("清单无法识别") from error
    if manifest.v != VERSION:
        raise SyncError(
            SyncKind.TOO_OLD,
            "这个U盘文件由更新版本的驻村通制作，没有导入。",
            remedy="请升级驻村通后再导入。",
        )
    return manifest


def read_signed(payload: bytes) -> Signed:
    """A certificate or receipt. Raises SyncError(PROTOCOL)."""
    try:
        return Signed(*msgspec.msgpack.decode(payload, type=tuple[bytes, bytes]))
    except UNREADABLE as error:
        raise malformed("签名内容无法识别") from error


def read_segment(payload: bytes) -> Sealed:
    """A segment, unchecked. Raises SyncError(PROTOCOL)."""
    try:
        return Sealed(*msgspec.msgpack.decode(payload, type=tuple[bytes, bytes, bytes]))
    except UNREADABLE as error:
        raise malformed("日志段无法识别") from error


def read_blob_header(payload: bytes) -> BlobHeader:
    """Raises SyncError(PROTOCOL)."""
    try:
        return msgspec.msgpack.decode(payload, type=BlobHeader)
    except UNREADABLE as error:
        raise malformed("照片说明无法识别") from error


class Source:
    """Frames as the bytes that are encrypted, with the seal after the last one; ``failure`` is what broke it."""

    def __init__(
        self,
        frames: Iterator[bytes],
        sign: Callable[[bytes], bytes],
        progress: Progress,
        expected: int = 0,
    ) -> None:
        self._frames = frames
        self._sign = sign
        self._progress = progress
        self._expected = expected
        self._done = 0
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._sealed = False
        self.failure: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        """The next bytes, none at the end."""
        try:
            while not self._sealed and (size < 0 or len(self._waiting) < size):
                self._progress.check_cancelled()
                self._more()
        except BaseException as error:  # the encrypting library would wrap it in its own
            self.failure = error
            raise
        taken = bytes(self._waiting if size < 0 else self._waiting[:size])
        del self._waiting[: len(taken)]
        return taken

    def _more(self) -> None:
        frame = next(self._frames, None)
        if frame is not None:
            self._digest.update(frame)
            self._waiting += frame
            self._done += len(frame)
            self._progress.step(min(self._done, self._expected), self._expected, "正在写入U盘文件")
            return
        self._waiting += _frame(Part.SEAL, self._sign(SEALED_AS + self._digest.digest()))
        self._sealed = True


class Enough(Exception):
    """Raised by a sink that is to stop before the photos."""


class Sink:
    """Takes decrypted bytes, hands over whole frames; ``failure`` is what the taker raised.

    ``records``: SHA-256 of everything before the photos, once that has come. Without ``photos`` the sink
    raises Enough there: a store must not be locked while gigabytes come from a slow stick.
    """

    def __init__(self, take: Callable[[int, bytes], None], *, photos: bool = True) -> None:
        self._take = take
        self._photos = photos
        self.records = b""
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._length = 0
        self._frames = 0
        self.seal = b""
        self.failure: BaseException | None = None

    @property
    def signed(self) -> bytes:
        """What the seal is a signature over."""
        return SEALED_AS + self._digest.digest()

    def write(self, piece: bytes) -> int:
        """Take some bytes. Raises SyncError(PROTOCOL) and whatever the taker raises."""
        if self.failure is not None:  # the library offers what it has buffered once more
            raise self.failure
        try:
            self._write(piece)
        except BaseException as error:  # the decrypting library would wrap it in its own
            self.failure = error
            raise
        return len(piece)

    def _write(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > MAX_CONTENT:
            raise malformed("超过大小上限")
        self._waiting += piece
        position = 0
        while (end := self._end(position)) is not None:
            self._frame(position, end)
            position = end
        del self._waiting[:position]

    def _end(self, position: int) -> int | None:
        """Where the frame that begins here ends, None when it is not complete yet."""
        if self.seal and position < len(self._waiting):
            raise malformed("签名之后还有内容")
        start = position + _PREFIX.size
        if start > len(self._waiting):
            return None
        _, length = _PREFIX.unpack_from(self._waiting, position)
        if length > MAX_FRAME:
            raise malformed("超过大小上限")
        return start + length if start + length <= len(self._waiting) else None

    def _frame(self, start: int, end: int) -> None:
        frame = bytes(self._waiting[start:end])
        kind, payload = frame[0], frame[_PREFIX.size :]
        if (kind == Part.MANIFEST) != (self._frames == 0):
            raise malformed("清单不在开头")
        self._frames += 1
        if kind in (Part.BLOB, Part.SEAL) and not self.records:
            self.records = self._digest.digest()
            if not self._photos:
                raise Enough
        if kind == Part.SEAL:
            self.seal = payload
            if not payload:
                raise malformed("没有签名")
            return
        self._digest.update(frame)
        self._take(kind, payload)

    def flush(self) -> None:
        """Nothing waits that could be handed over."""

    def close(self) -> None:
        """Raises SyncError(PROTOCOL) when the seal has not come."""
        if not self.seal or self._waiting:
            raise malformed("内容不完整")


def _frame(part: Part, payload: bytes) -> bytes:
    return _PREFIX.pack(part, len(payload)) + payload
