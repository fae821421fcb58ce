"""Photos and scans at the server: what may be uploaded, what becomes of a complete upload, who has what."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nacl.exceptions import CryptoError
from sqlalchemy import Connection, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.errors import NotFound, SyncError, SyncKind
from villageapp.models.server_tables import blob
from villageapp.server.access import Laptop
from villageapp.server.blob_store import BlobStore, Place, open_store
from villageapp.server.blob_uploads import PartialUploads
from villageapp.server.opening import Province
from villageapp.server.work import Workbench
from villageapp.sync import chain
from villageapp.sync.blob_protocol import (
    MAX_SMALL,
    MAX_SMALL_ANSWER,
    SMALL_HEAD,
    BlobReceipt,
    KnownAnswer,
    Listed,
)
from villageapp.sync.blobs import MAX_SIZE, is_sha256
from villageapp.sync.clock import wall_ms

WORKSPACE_QUOTA = 100 * 1024**3
"""Bytes of contents of one workspace."""
MOST_LISTED = 1000
THREADS = 4
MOST_REQUESTS = 256
"""Uploads and downloads in hand at once, apart from the exchanges: photos never keep text waiting."""
MOST_OF_ONE = 64
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")


@dataclass(frozen=True, slots=True)
class BlobDesk:
    """One per server."""

    province: Province
    store: BlobStore
    uploads: PartialUploads
    work: Workbench = field(default_factory=lambda: Workbench(THREADS, MOST_REQUESTS))
    in_hand: Counter[str] = field(default_factory=Counter)
    """Requests by workspace, so that one village cannot take all places. Used from the event loop alone."""

    @contextmanager
    def shared(self, workspace: str) -> Iterator[None]:
        """A place among those of a workspace. Raises SyncError(BUSY)."""
        if self.in_hand[workspace] >= MOST_OF_ONE:
            raise SyncError(
                SyncKind.BUSY, "同时上传的太多，稍后会自动再试；本机的内容都还在。", retry_after=5
            )
        self.in_hand[workspace] += 1
        try:
            yield
        finally:
            self.in_hand[workspace] -= 1
            if not self.in_hand[workspace]:
                del self.in_hand[workspace]


@dataclass(frozen=True, slots=True)
class Promise:
    """What a laptop says of a content before it sends it."""

    sha256: str
    size: int
    media_type: str
    preview_of: str


def open_desk(province: Province, url: str | None = None) -> BlobDesk:
    """The photos and scans of a server; ``url``: an S3-compatible store instead of the data folder. Raises Trouble."""
    secret = province.key.encode()
    store = open_store(province.folder / "blobs", url, secret)
    return BlobDesk(province, store, PartialUploads(province.folder / "uploads", secret))


def promise(metadata: Mapping[Any, str], size: int | None) -> Promise:
    """What the metadata of an upload promise. Raises SyncError: malformed, too_large."""
    said = Promise(
        metadata.get("sha256", ""),
        size or 0,
        metadata.get("filetype", ""),
        metadata.get("preview-of", ""),
    )
    if said.size > MAX_SIZE:
        raise SyncError(
            SyncKind.PROTOCOL, "文件超过 64 MB，服务器没有接收；本机的内容都还在。", code="too_large"
        )
    if said.size <= 0 or not is_sha256(said.sha256) or not _MEDIA_TYPE.fullmatch(said.media_type):
        raise chain.malformed("照片的说明")
    if said.preview_of and not is_sha256(said.preview_of):
        raise chain.malformed("照片的说明")
    return said


def admit(desk: BlobDesk, laptop: Laptop, said: Promise) -> None:
    """Whether this content may be uploaded. Blocks. Raises SyncError(BUSY, server_full) beyond the quota."""
    with desk.province.engine.connect() as connection:
        used = connection.execute(select(func.coalesce(func.sum(blob.c.size), 0)).where(*_of(laptop)))
        total = int(used.scalar_one())
    if total + said.size > WORKSPACE_QUOTA:
        raise SyncError(
            SyncKind.BUSY,
            "本村照片在服务器上已达到容量上限，没有接收；本机的内容都还在。",
            remedy="请告知省级管理员。",
            code="server_full",
            retry_after=3600,
        )


def complete(desk: BlobDesk, laptop: Laptop, upload: str, metadata: Mapping[Any, str]) -> None:
    """Verify a complete upload and move it into the store; only then it counts. Blocks.

    Raises SyncError(wrong_hash) for what is not the promised content: it is dropped and has to be sent again.
    """
    digest, size = hashlib.sha256(), 0
    try:
        for part in desk.uploads.parts(upload):
            digest.update(part)
            size += len(part)
        said = promise(metadata, size)
    except CryptoError as error:
        desk.uploads.forget(upload)
        raise _wrong() from error
    except FileNotFoundError:  # another request completed it
        return
    if digest.hexdigest() != said.sha256:
        desk.uploads.forget(upload)
        raise _wrong()
    place = Place(laptop.county_code, laptop.workspace, said.sha256, size)
    if not desk.store.has(place):
        desk.store.put(place, desk.uploads.parts(upload))
    with desk.province.engine.begin() as connection:
        _record(connection, laptop, said)
    desk.uploads.forget(upload)


def _wrong() -> SyncError:
    return SyncError(
        SyncKind.PROTOCOL,
        "收到的照片与校验值不符（传输中损坏），服务器没有采用；本机的内容都还在，会重新上传。",
        code="wrong_hash",
    )


def _record(connection: Connection, laptop: Laptop, said: Promise) -> None:
    row = {
        "county_code": laptop.county_code,
        "workspace": laptop.workspace,
        "sha256": bytes.fromhex(said.sha256),
        "size": said.size,
        "media_type": said.media_type,
        "preview_of": bytes.fromhex(said.preview_of) or None,
        "stored_by": laptop.replica_id,
        "stored_at": datetime.now(UTC),
    }
    connection.execute(
        upsert(blob).values(row).on_conflict_do_nothing(index_elements=["county_code", "workspace", "sha256"])
    )


def known(desk: BlobDesk, laptop: Laptop, hashes: Sequence[str]) -> KnownAnswer:
    """Which of these contents lie whole in the store (signed), and which small forms of them. Blocks."""
    if not all(map(is_sha256, hashes)):
        raise chain.malformed("校验值")
    asked = [bytes.fromhex(text) for text in hashes]
    query = select(blob.c.sha256, blob.c.size, blob.c.media_type, blob.c.preview_of).where(
        *_of(laptop), or_(blob.c.sha256.in_(asked), blob.c.preview_of.in_(asked))
    )
    with desk.province.engine.connect() as connection:
        rows = connection.execute(query.order_by(blob.c.size).limit(MOST_LISTED)).all()
    listed = [Listed(r.sha256.hex(), r.size, r.media_type, (r.preview_of or b"").hex()) for r in rows]
    whole = {one.sha256 for one in listed if desk.store.has(_place(laptop, one))}
    wanted = set(hashes)
    receipt = BlobReceipt(laptop.workspace, desk.province.epoch, wall_ms(), sorted(whole & wanted))
    signed = chain.sign(receipt, desk.province.key)
    return KnownAnswer(signed.body, signed.signature, [one for one in listed if one.sha256 in whole])


def small(desk: BlobDesk, laptop: Laptop, hashes: Sequence[str]) -> bytes:
    """Those of these contents that are small, each after its head, as many as fit into one answer. Blocks."""
    if not all(map(is_sha256, hashes)):
        raise chain.malformed("校验值")
    query = select(blob.c.sha256, blob.c.size).where(
        *_of(laptop), blob.c.sha256.in_([bytes.fromhex(text) for text in hashes]), blob.c.size <= MAX_SMALL
    )
    with desk.province.engine.connect() as connection:
        rows = connection.execute(query.order_by(blob.c.size)).all()
    answer = bytearray()
    for row in rows:
        if len(answer) + row.size > MAX_SMALL_ANSWER:
            break
        place = Place(laptop.county_code, laptop.workspace, row.sha256.hex(), row.size)
        if desk.store.has(place):
            answer += SMALL_HEAD.pack(row.sha256, row.size)
            answer += b"".join(desk.store.read(place, 0, row.size))
    return bytes(answer)


def find(desk: BlobDesk, laptop: Laptop, sha256: str) -> tuple[Place, str]:
    """Where a content lies, and its media type. Blocks. Raises NotFound."""
    if is_sha256(sha256):
        query = select(blob.c.size, blob.c.media_type).where(
            *_of(laptop), blob.c.sha256 == bytes.fromhex(sha256)
        )
        with desk.province.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is not None:
            return Place(laptop.county_code, laptop.workspace, sha256, row.size), row.media_type
    raise NotFound("服务器上还没有这份照片或扫描件。", remedy="等拍摄的电脑同步后再试。", code="not_found")


def _place(laptop: Laptop, one: Listed) -> Place:
    return Place(laptop.county_code, laptop.workspace, one.sha256, one.size)


def _of(laptop: Laptop) -> tuple[Any, Any]:
    return blob.c.county_code == laptop.county_code, blob.c.workspace == laptop.workspace
