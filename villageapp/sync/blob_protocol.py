"""What laptops and the server say to each other about photos and scans. Contents go by tus 1.0 and by HTTP ranges."""

from __future__ import annotations

import struct

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from villageapp.errors import SyncError, SyncKind
from villageapp.sync.chain import UNREADABLE, malformed

MAX_ASKED = 100
"""Hashes in one question."""
MAX_SMALL = 64 * 1024
"""Bytes of a content that may come with others in one answer."""
MAX_SMALL_ANSWER = 1024 * 1024
"""Bytes of contents in one such answer; what is left out has to be asked for again."""
TUS_VERSION = "1.0.0"
UPLOAD_TYPE = "application/offset+octet-stream"


class BlobReceipt(msgspec.Struct, frozen=True):
    """The province's word that these contents lie whole in its store; void when the epoch changes."""

    workspace: str
    epoch: str
    time_ms: int
    sha256: list[str]


class Listed(msgspec.Struct, frozen=True):
    """One content that the server has: asked for, or the small form of one that was."""

    sha256: str
    size: int
    media_type: str
    preview_of: str = ""


class KnownQuestion(msgspec.Struct, frozen=True):
    """Which of these does the server have, and which small forms of them?"""

    sha256: list[str]


SMALL_HEAD = struct.Struct(">32sI")
"""Before each content of an answer with several: its hash, its bytes."""


class KnownAnswer(msgspec.Struct, frozen=True):
    """``receipt`` is an encoded BlobReceipt over those asked for that it has; ``listed`` adds their previews."""

    receipt: bytes
    signature: bytes
    listed: list[Listed]


def read_receipt(answer: KnownAnswer, workspace: str, province_key: bytes) -> BlobReceipt:
    """The receipt, if the province signed it for this workspace. Raises SyncError(AUTH or PROTOCOL)."""
    try:
        VerifyKey(province_key).verify(answer.receipt, answer.signature)
        receipt = msgspec.msgpack.decode(answer.receipt, type=BlobReceipt)
    except (BadSignatureError, ValueError) as error:
        raise SyncError(
            SyncKind.AUTH, "照片签收回执的省级签名核对不符，没有采用。", code="bad_signature"
        ) from error
    except UNREADABLE as error:
        raise malformed("照片签收回执") from error
    if receipt.workspace != workspace:
        raise SyncError(SyncKind.PROTOCOL, "照片签收回执属于另一个村，没有采用。", code="wrong_workspace")
    return receipt


def workspace_path(workspace: str) -> str:
    """Where the photos and scans of a workspace are."""
    return f"/sync/v1/workspaces/{workspace}"


def uploads_path(workspace: str) -> str:
    """Where uploads are created."""
    return f"{workspace_path(workspace)}/uploads"


def upload_path(workspace: str, upload: str) -> str:
    """Where one upload goes on."""
    return f"{uploads_path(workspace)}/{upload}"


def known_path(workspace: str) -> str:
    """Where to ask what the server has."""
    return f"{workspace_path(workspace)}/blobs/known"


def small_path(workspace: str) -> str:
    """Where several small contents are read at once."""
    return f"{workspace_path(workspace)}/blobs/small"


def content_path(workspace: str, sha256: str) -> str:
    """Where one content is read."""
    return f"{workspace_path(workspace)}/blobs/{sha256}"
