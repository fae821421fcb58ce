"""Where the contents of photos and scans lie: a folder of the server, or an S3-compatible store by URL.

Every content is sealed with a key derived from the province key, its place and its hash, so a copied disk or
bucket shows nothing. Equal contents of two villages are two objects: nobody learns what another village has.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, from_url

from villageapp import durable
from villageapp.errors import SyncError, SyncKind, Trouble
from villageapp.sync import blob_cipher

if TYPE_CHECKING:
    from obstore.store import ObjectStore

READ_PIECES = 16
"""Sealed pieces (64 KiB each) fetched at a time."""
WHOLE_PUT = 5 * 1024 * 1024
"""Up to this many bytes an object is sent in one request."""
RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Which content: county, workspace, hash (hex) and plain size."""

    county_code: str
    workspace: str
    sha256: str
    size: int

    @property
    def path(self) -> str:
        """Its name in the store."""
        return f"{self.county_code}/{self.workspace}/{self.sha256[:2]}/{self.sha256}"


@dataclass(frozen=True, slots=True)
class BlobStore:
    """Sealed contents by place. All methods block: call them in a worker thread."""

    store: ObjectStore
    folder: Path | None
    """Where the store's files are, when it is a folder of this machine."""
    secret: bytes = field(repr=False)

    def has(self, place: Place) -> bool:
        """Whether the content lies there whole. Raises SyncError(BUSY)."""
        try:
            with _translated():
                return int(obstore.head(self.store, place.path)["size"]) == blob_cipher.sealed_size(
                    place.size
                )
        except FileNotFoundError:
            return False

    def put(self, place: Place, parts: Iterable[bytes]) -> None:
        """Store a content; it is on the disk, or acknowledged by the store, when this returns. Raises SyncError."""
        sealed = blob_cipher.seal(parts, place.size, self._key(place))
        with _translated():
            whole = blob_cipher.sealed_size(place.size) <= WHOLE_PUT
            obstore.put(self.store, place.path, b"".join(sealed) if whole else sealed)
            if self.folder is not None:
                _settle(self.folder, place.path)

    def read(self, place: Place, start: int, stop: int) -> Iterator[bytes]:
        """Plain bytes ``start`` to ``stop`` (exclusive), some at a time. Raises SyncError(BUSY), Trouble(damaged)."""
        first, end = start // blob_cipher.PIECE, blob_cipher.pieces_of(stop)
        for number in range(first, end, READ_PIECES):
            sealed = self._sealed(place, number, min(number + READ_PIECES, end))
            plain = blob_cipher.open_pieces(sealed, self._key(place), number, place.size)
            base = number * blob_cipher.PIECE
            yield plain[max(start - base, 0) : stop - base]

    def _sealed(self, place: Place, first: int, end: int) -> bytes:
        whole = blob_cipher.sealed_size(place.size)
        offset = first * blob_cipher.SEALED_PIECE
        try:
            with _translated():
                stop = min(end * blob_cipher.SEALED_PIECE, whole)
                return bytes(obstore.get_range(self.store, place.path, start=offset, end=stop))
        except FileNotFoundError as error:
            raise blob_cipher.damaged() from error

    def _key(self, place: Place) -> bytes:
        """Fits this content alone: the hash of what it seals is part of it (see ``blob_cipher``)."""
        named = "\x1f".join((place.county_code, place.workspace, place.sha256)).encode()
        return derived_key(self.secret, b"stored blob", named)


def derived_key(secret: bytes, purpose: bytes, named: bytes) -> bytes:
    """32 bytes for one purpose (at most 16 bytes of name) out of the province key."""
    return hashlib.blake2b(named, key=secret, person=purpose, digest_size=blob_cipher.KEY_BYTES).digest()


def open_store(folder: Path, url: str | None, secret: bytes) -> BlobStore:
    """The store at ``url`` (``s3://bucket/path``, credentials from the environment), or else in ``folder``.

    Raises Trouble when it cannot be used.
    """
    try:
        if url is None:
            return BlobStore(LocalStore(prefix=folder, mkdir=True), folder, secret)
        if url.startswith("file://"):
            local: Any = from_url(url, mkdir=True)
            return BlobStore(local, Path(str(local.prefix)), secret)
        remote: Any = from_url(url, retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)})
    except (BaseError, ValueError, OSError) as error:
        raise Trouble(
            f"照片库 {url or folder} 无法使用（{type(error).__name__}），服务器没有启动。",
            remedy="请核对 --blobs 的网址、访问密钥和文件夹权限。",
            code="blob_store_unusable",
        ) from error
    return BlobStore(remote, None, secret)


def _settle(folder: Path, name: str) -> None:
    """Have the system write a new file and its names to the disk: a receipt must outlive a power cut."""
    path = folder / name
    with path.open("r+b") as file:
        os.fsync(file.fileno())
    for parent in path.relative_to(folder).parents:
        durable.sync_folder(folder / parent)


@contextmanager
def _translated() -> Iterator[None]:
    """What the store says, as errors of ours; what is not there, as FileNotFoundError."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise FileNotFoundError from error
    except (BaseError, OSError) as error:
        full = "space left" in str(error)
        raise SyncError(
            SyncKind.BUSY,
            "服务器的照片库已满，这次没有接收；本机的内容都还在。"
            if full
            else "服务器的照片库暂时不能用，稍后会自动再试；本机的内容都还在。",
            remedy="请告知省级管理员。",
            code="server_full" if full else "blob_store_busy",
            retry_after=RETRY_SECONDS,
        ) from error
