"""Messages about a laptop's identity: a new number for the same keys, and one replica's log as the server has it."""

from __future__ import annotations

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

MEDIA_TYPE = "application/msgpack"
_PURPOSE = b"villageapp identity 1\0"


class IdentityRequest(msgspec.Struct, frozen=True):
    """Asks for the number ``replica_id`` in place of the one that the token belongs to.

    ``proof`` is the signature of the laptop's own key over ``proven``: a token alone is not enough.
    """

    replica_id: str
    former: str
    proof: bytes
    app: str
    schema: int


class IdentityAnswer(msgspec.Struct, frozen=True):
    """The certificate of the new number (same keys, same person), and its token."""

    certificate: bytes
    signature: bytes
    token: str
    epoch: str
    time_ms: int


class LogPart(msgspec.Struct, frozen=True):
    """Segments of one replica after a sequence number, as (header, body, signature), in order.

    ``after_hash``: hash of the segment that ends at that number, empty when there is none. ``certificate`` of
    that replica with the province's signature, both empty when it has none.
    """

    segments: list[tuple[bytes, bytes, bytes]]
    after_hash: bytes
    more: bool
    certificate: bytes
    signature: bytes


def identity_path(workspace: str) -> str:
    """Where a new number is asked for."""
    return f"/sync/v1/workspaces/{workspace}/identity"


def log_path(workspace: str, replica_id: str) -> str:
    """Where one replica's log is read; ``?after=`` names the last sequence number that is known."""
    return f"/sync/v1/workspaces/{workspace}/log/{replica_id}"


def prove(workspace: str, former: str, replica_id: str, key: SigningKey) -> bytes:
    """The proof of a request."""
    return key.sign(_proven(workspace, former, replica_id)).signature


def is_proven(workspace: str, request: IdentityRequest, sign_key: bytes) -> bool:
    """Whether the holder of this key asks."""
    try:
        VerifyKey(sign_key).verify(_proven(workspace, request.former, request.replica_id), request.proof)
    except (BadSignatureError, ValueError):
        return False
    return True


def _proven(workspace: str, former: str, replica_id: str) -> bytes:
    return _PURPOSE + "\0".join((workspace, former, replica_id)).encode()


class DigestAnswer(msgspec.Struct, frozen=True):
    """Sums over the server's records (``sync/digest.py``) and the vector of the log that they were made of."""

    version: int
    vector: dict[str, int]
    content: bytes


def digest_path(workspace: str) -> str:
    """Where the sums are read."""
    return f"/sync/v1/workspaces/{workspace}/digest"
