"""Segments, certificates and receipts: what is signed, by whom, and how it is checked.

A segment's hash covers its header and body; the header names the hash before it. Anybody with the province's
public key can check the whole log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from villageapp.errors import SyncError, SyncKind
from villageapp.sync import seal

VERSION = 1
SERVER_ROLE, SERVER_NAME, SERVER_ACTOR = "服务器", "省级服务器", "server"
"""Of the server's own log in a workspace: the role on its certificate, its name for people, who acted."""
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)
"""What decoding foreign bytes can raise; broken UTF-8 is no MsgspecError."""
_Content = TypeVar("_Content", bound=msgspec.Struct)
NO_HASH = bytes(32)
"""``prev_hash`` of a replica's first segment."""


class Header(msgspec.Struct, array_like=True, frozen=True):
    """What a segment says of itself."""

    v: int
    workspace: str
    replica_id: str
    first_seq: int
    last_seq: int
    prev_hash: bytes
    codec: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A segment as it is stored and forwarded, byte for byte. ``header`` is the encoded Header."""

    header: bytes
    body: bytes
    signature: bytes

    @property
    def hash(self) -> bytes:
        """SHA-256 over header and body."""
        return hashlib.sha256(self.header + self.body).digest()

    def read_header(self) -> Header:
        """The decoded header. Raises SyncError(PROTOCOL) when it is not one, TOO_OLD for a newer version."""
        try:
            header = msgspec.msgpack.decode(self.header, type=Header)
        except UNREADABLE as error:
            raise malformed("段头无法识别") from error
        if header.v != VERSION or header.codec != seal.CODEC:
            raise SyncError(
                SyncKind.TOO_OLD,
                "收到更新版本的同步内容，本机暂不能读取，内容保留在对方。",
                remedy="请升级驻村通。",
            )
        if (
            not 0 < header.first_seq <= header.last_seq
            or header.last_seq - header.first_seq >= seal.MAX_CHANGES
        ):
            raise malformed("段内编号不对")
        return header


def seal_segment(
    workspace: str, replica_id: str, changes: list[Any], prev_hash: bytes, key: SigningKey
) -> Sealed:
    """Seal contiguous changes (at most ``seal.MAX_CHANGES``) of one replica."""
    header = Header(VERSION, workspace, replica_id, changes[0].seq, changes[-1].seq, prev_hash, seal.CODEC)
    encoded, body = msgspec.msgpack.encode(header), seal.pack(changes)
    digest = hashlib.sha256(encoded + body).digest()
    return Sealed(encoded, body, key.sign(digest).signature)


class Certificate(msgspec.Struct, frozen=True):
    """Who may write to a workspace with which key; signed by the province key."""

    replica_id: str
    workspace: str
    sign_key: bytes  # Ed25519, 32 bytes
    box_key: bytes  # X25519, 32 bytes
    user_id: str
    user_name: str
    role: str
    valid_from: str  # ISO day
    valid_to: str

    @property
    def shown_name(self) -> str:
        """Who works there, for people."""
        return SERVER_NAME if self.role == SERVER_ROLE else self.user_name


@dataclass(frozen=True, slots=True)
class Signed:
    """Encoded content and the province's signature over it."""

    body: bytes
    signature: bytes


def sign(content: msgspec.Struct, key: SigningKey) -> Signed:
    """Encode and sign a certificate or receipt."""
    body = msgspec.msgpack.encode(content)
    return Signed(body, key.sign(body).signature)


class Receipt(msgspec.Struct, frozen=True):
    """The server's word that it has stored everything up to ``vector``.

    ``log`` proves which bytes (``log_hash.log_hash``; empty from a server that does not say). ``state`` is the
    digest of the records that the server made of them, by version ``state_version`` of the digest; empty when
    it has not made them yet: a receipt never waits. ``village`` is the code that the village has now (empty: not said).
    """

    workspace: str
    vector: dict[str, int]
    epoch: str
    time_ms: int
    log: bytes = b""
    state: str = ""
    state_version: int = 0
    village: str = ""


def fingerprint(certificates: Iterable[Signed]) -> bytes:
    """16 bytes that are equal for equal sets of certificates, in any order."""
    parts = sorted(hashlib.sha256(held.body + held.signature).digest() for held in certificates)
    return hashlib.sha256(b"".join(parts)).digest()[:16]


def read_certificate(signed: Signed, province_key: bytes) -> Certificate:
    """The certificate if the province signed it. Raises SyncError(AUTH or PROTOCOL)."""
    return _read(signed, province_key, Certificate)


def read_receipt(signed: Signed, province_key: bytes) -> Receipt:
    """The receipt if the province signed it. Raises SyncError(AUTH or PROTOCOL)."""
    return _read(signed, province_key, Receipt)


def _read(signed: Signed, province_key: bytes, kind: type[_Content]) -> _Content:
    try:
        VerifyKey(province_key).verify(signed.body, signed.signature)
        return msgspec.msgpack.decode(signed.body, type=kind)
    except (BadSignatureError, ValueError) as error:
        raise SyncError(SyncKind.AUTH, "省级签名核对不符，没有采用。", code="bad_signature") from error
    except UNREADABLE as error:
        raise malformed("签名内容无法识别") from error


class Refused(StrEnum):
    """Why a segment was not taken; the sender keeps it. Codes cross the wire and never change."""

    NOT_ENROLLED = "not_enrolled"
    REVOKED = "revoked"
    WRONG_WORKSPACE = "wrong_workspace"
    BAD_SIGNATURE = "bad_signature"
    GAP = "gap"
    FORK = "fork"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UPGRADE_REQUIRED = "upgrade_required"
    EXPIRED = "certificate_expired"


class Verdict(StrEnum):
    """What to do with a segment that is in order."""

    NEW = "new"
    KNOWN = "known"


class Refusal(SyncError):
    """A segment that cannot be taken, with the sequence number that was expected (0 = none)."""

    def __init__(self, reason: Refused, message: str, expected: int = 0) -> None:
        super().__init__(SyncKind.PROTOCOL, message, code=reason.value)
        self.reason = reason
        self.expected = expected


def judge(
    sealed: Sealed,
    header: Header,
    workspace: str,
    certificate: Certificate | None,
    last_seq: int,
    last_hash: bytes,
) -> Verdict:
    """Check workspace, certificate, signature and continuity against what is known of the replica.

    ``last_seq``/``last_hash`` are those of the replica's last known segment (0, NO_HASH: none). Raises Refusal.
    A segment that ends at or before ``last_seq`` is KNOWN; whether its bytes are the same is the store's to say.
    """
    if header.workspace != workspace:
        raise Refusal(Refused.WRONG_WORKSPACE, "同步内容属于另一个村，没有采用。")
    if (
        certificate is None
        or certificate.replica_id != header.replica_id
        or certificate.workspace != workspace
    ):
        raise Refusal(Refused.NOT_ENROLLED, "同步内容来自未登记的电脑，没有采用。")
    try:
        VerifyKey(certificate.sign_key).verify(sealed.hash, sealed.signature)
    except (BadSignatureError, ValueError) as error:
        raise Refusal(Refused.BAD_SIGNATURE, "同步内容签名核对不符，没有采用。") from error
    if header.last_seq <= last_seq:
        return Verdict.KNOWN
    if header.first_seq > last_seq + 1:
        raise Refusal(Refused.GAP, f"缺少编号 {last_seq + 1} 起的前序内容。", last_seq + 1)
    if header.first_seq <= last_seq or header.prev_hash != last_hash:
        raise Refusal(Refused.FORK, "同一编号出现了不同内容（可能是从旧备份恢复的电脑）。", last_seq + 1)
    return Verdict.NEW


def malformed(why: str) -> SyncError:
    """A SyncError for content that is not in the agreed form."""
    return SyncError(
        SyncKind.PROTOCOL, f"同步内容格式不对（{why}），没有采用。", code=Refused.MALFORMED.value
    )
