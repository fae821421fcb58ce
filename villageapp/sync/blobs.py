"""Photos and scans on this laptop: encrypted files named by the SHA-256 of their content, and table ``blob``.

Every function works inside the caller's transaction. A file is complete before the row that names it is
committed; nothing here deletes a content. A file without a row is unreadable (its key is in the row alone).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from villageapp import durable
from villageapp.errors import NotFound, SyncError, SyncKind
from villageapp.models.database import translated
from villageapp.paths import DataDir
from villageapp.sync import blob_cipher

MAX_SIZE = 64 * 1024 * 1024
"""Bytes of one content."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")
_COLUMNS = "sha256, size, media_type, preview_of, here, wanted, upload_url, receipt_at, receipt_epoch, key"


@dataclass(frozen=True, slots=True)
class Blob:
    """One row: a content that is here, or is known to be elsewhere."""

    sha256: str
    size: int
    media_type: str
    preview_of: str
    here: bool
    wanted: bool
    upload_url: str
    receipt_at: str
    receipt_epoch: str
    key: bytes = field(repr=False)


def is_sha256(text: str) -> bool:
    """Whether this is a hash in our spelling; only then it may name a file."""
    return _SHA256.fullmatch(text) is not None


def hash_of(content: bytes) -> str:
    """The name of a content."""
    return hashlib.sha256(content).hexdigest()


def path_of(data_dir: DataDir, sha256: str) -> Path:
    """Where the sealed file of a content lies. Raises SyncError for what is no hash."""
    if not is_sha256(sha256):
        raise _malformed("校验值写法不对")
    return data_dir.blobs / sha256[:2] / sha256


def draft_of(path: Path) -> Path:
    """Where a content is gathered while it is fetched."""
    return path.with_name(f"{path.name}.part")


def find(connection: Connection, sha256: str) -> Blob | None:
    """The row of a content."""
    found = _rows(connection, "WHERE sha256 = ?", (sha256,))
    return found[0] if found else None


def previews_of(connection: Connection, sha256: str) -> list[Blob]:
    """Small forms of a photo."""
    return _rows(connection, "WHERE preview_of = ? ORDER BY here DESC, size", (sha256,))


def unreceipted(connection: Connection) -> list[Blob]:
    """Contents on this disk that the server has not signed for, small ones first."""
    return _rows(connection, "WHERE here = 1 AND receipt_at = '' ORDER BY size, sha256", ())


def absent(connection: Connection) -> list[Blob]:
    """Contents known to be at the server and not here: previews first, then wanted ones, small ones first."""
    order = "ORDER BY preview_of = '', wanted DESC, size, sha256"
    return _rows(connection, f"WHERE here = 0 {order}", ())


def _rows(connection: Connection, where: str, values: tuple[object, ...]) -> list[Blob]:
    rows = connection.exec_driver_sql(f"SELECT {_COLUMNS} FROM blob {where}", values)
    return [Blob(*row[:4], bool(row[4]), bool(row[5]), *row[6:]) for row in rows]  # type: ignore[call-arg]


def pending(connection: Connection) -> list[tuple[str, int]]:
    """``(sha256, bytes)`` of what lies here without a receipt of the server, small ones first."""
    return [(blob.sha256, blob.size) for blob in unreceipted(connection)]


def open_content(data_dir: DataDir, connection: Connection, sha256: str) -> bytes:
    """The whole content. Raises NotFound when it is not on this disk, Trouble(blob_damaged) for a bad file."""
    row = find(connection, sha256)
    if row is None or not row.here:
        raise NotFound(
            "这份照片或扫描件还没有下载到本机。", remedy="联网同步后再打开。", code="blob_not_here"
        )
    path = path_of(data_dir, sha256)
    with translated(path):
        try:
            sealed = path.read_bytes()
        except FileNotFoundError as error:
            raise blob_cipher.damaged() from error
    content = _opened(sealed, row)
    if hash_of(content) != sha256:
        raise blob_cipher.damaged()
    return content


def _opened(sealed: bytes, row: Blob) -> bytes:
    if len(sealed) != blob_cipher.sealed_size(row.size):
        raise blob_cipher.damaged()
    return blob_cipher.open_pieces(sealed, row.key, 0, row.size)


def take(
    data_dir: DataDir,
    connection: Connection,
    sha256: str,
    content: bytes,
    media_type: str,
    preview_of: str = "",
    *,
    added_at: str = "",
) -> bool:
    """Keep a content that came from somewhere; whether it was new here. The transaction must be a writing one.

    Raises SyncError (wrong_hash, malformed) for a content that is not what it is called, Trouble for a disk
    that is full. A row that knows the content already keeps its receipt.
    """
    _check(sha256, content, media_type, preview_of)
    row = find(connection, sha256)
    if row is not None and row.here and _is_sound(data_dir, row):
        return False
    path = path_of(data_dir, sha256)
    is_mended = (
        row is not None and row.here
    )  # its key seals this very content: it fits whatever becomes of the row
    key = row.key if row is not None and is_mended else secrets.token_bytes(blob_cipher.KEY_BYTES)
    with _written(path) as file:
        file.writelines(blob_cipher.seal((content,), len(content), key))
    draft_of(path).unlink(missing_ok=True)
    connection.exec_driver_sql(
        "INSERT INTO blob (sha256, size, media_type, preview_of, key, here, wanted, upload_url, receipt_at,"
        " receipt_epoch, added_at) VALUES (?, ?, ?, ?, ?, 1, 0, '', '', '', ?)"
        " ON CONFLICT (sha256) DO UPDATE SET size = excluded.size, key = excluded.key, here = 1, wanted = 0,"
        " preview_of = CASE WHEN preview_of = '' THEN excluded.preview_of ELSE preview_of END",
        (sha256, len(content), media_type, preview_of, key, added_at),
    )
    return True


def _check(sha256: str, content: bytes, media_type: str, preview_of: str) -> None:
    if not 0 < len(content) <= MAX_SIZE:
        raise _malformed("文件是空的或超过 64 MB")
    if not _MEDIA_TYPE.fullmatch(media_type) or not (preview_of == "" or is_sha256(preview_of)):
        raise _malformed("类型或所属照片写法不对")
    if not is_sha256(sha256) or hash_of(content) != sha256:
        raise SyncError(
            SyncKind.PROTOCOL,
            "照片或扫描件的内容与校验值不符，没有采用。",
            remedy="请从来源重新取一次。",
            code="wrong_hash",
        )


def _malformed(reason: str) -> SyncError:
    return SyncError(SyncKind.PROTOCOL, f"照片或扫描件{reason}，没有采用。", code="malformed")


def _is_sound(data_dir: DataDir, row: Blob) -> bool:
    """Whether the file of a row lies there whole; its seals are checked when it is read."""
    path = path_of(data_dir, row.sha256)
    with translated(path):
        return path.is_file() and path.stat().st_size == blob_cipher.sealed_size(row.size)


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name only when it is complete and on the disk. Raises Trouble.

    The writing transaction of the caller keeps every other writer away, so the draft needs no name of its own:
    what a crash left of it is written over.
    """
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.draft")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        durable.sync_folder(path.parent)
        durable.sync_folder(path.parent.parent)


def expect(connection: Connection, sha256: str, size: int, media_type: str, preview_of: str) -> None:
    """Note that the server has a content that may be fetched; what is known already stays. Raises SyncError."""
    if not is_sha256(sha256) or not 0 < size <= MAX_SIZE or not _MEDIA_TYPE.fullmatch(media_type):
        raise _malformed("的说明写法不对")
    if preview_of and not is_sha256(preview_of):
        raise _malformed("的说明写法不对")
    connection.exec_driver_sql(
        "INSERT INTO blob (sha256, size, media_type, preview_of, key, here, wanted, upload_url, receipt_at,"
        " receipt_epoch, added_at) VALUES (?, ?, ?, ?, ?, 0, 0, '', '', '', '')"
        " ON CONFLICT (sha256) DO UPDATE SET"
        " preview_of = CASE WHEN preview_of = '' THEN excluded.preview_of ELSE preview_of END",
        (sha256, size, media_type, preview_of, secrets.token_bytes(blob_cipher.KEY_BYTES)),
    )


def want(connection: Connection, hashes: Iterable[str]) -> None:
    """Ask for contents that are not here at the next good moment."""
    for sha256 in hashes:
        connection.exec_driver_sql("UPDATE blob SET wanted = 1 WHERE sha256 = ? AND here = 0", (sha256,))


def mark_lost(connection: Connection, sha256: str) -> None:
    """The file of this content is gone or damaged: it must come from elsewhere again."""
    connection.exec_driver_sql("UPDATE blob SET here = 0, wanted = 1 WHERE sha256 = ?", (sha256,))


def note_upload(connection: Connection, sha256: str, url: str, offset: int = 0) -> None:
    """Remember where an upload goes on, and how many bytes of it have arrived; no ``url``: begin anew."""
    place = f"{url}#{offset}" if url else ""
    connection.exec_driver_sql("UPDATE blob SET upload_url = ? WHERE sha256 = ?", (place, sha256))


def upload_of(blob: Blob) -> tuple[str, int]:
    """Where the upload of this content goes on and how far it was; ("", 0) when none has begun."""
    url, _, offset = blob.upload_url.partition("#")
    return url, int(offset) if offset.isascii() and offset.isdigit() else 0


def mark_received(connection: Connection, hashes: Sequence[str], at: str, epoch: str) -> int:
    """The server signed for these contents; returns how many of them had no receipt before."""
    newly = 0
    for sha256 in hashes:
        newly += connection.exec_driver_sql(
            "UPDATE blob SET receipt_at = ?, receipt_epoch = ?, upload_url = ''"
            " WHERE sha256 = ? AND receipt_at = ''",
            (at, epoch, sha256),
        ).rowcount
    return newly


def void_receipts(connection: Connection, epoch: str) -> int:
    """Receipts of another server epoch count no longer: that server was restored or replaced."""
    return connection.exec_driver_sql(
        "UPDATE blob SET receipt_at = '', receipt_epoch = '', upload_url = ''"
        " WHERE receipt_at <> '' AND receipt_epoch <> ?",
        (epoch,),
    ).rowcount


def mark_here(connection: Connection, blob: Blob) -> bool:
    """The file of this content is complete and verified; False when the row has another key meanwhile."""
    changed = connection.exec_driver_sql(
        "UPDATE blob SET here = 1, wanted = 0 WHERE sha256 = ? AND key = ?", (blob.sha256, blob.key)
    )
    return changed.rowcount == 1


def begin_anew(connection: Connection, sha256: str) -> None:
    """What was fetched of a content was not it: its key has sealed something else and is never used again."""
    connection.exec_driver_sql(
        "UPDATE blob SET key = ? WHERE sha256 = ? AND here = 0",
        (secrets.token_bytes(blob_cipher.KEY_BYTES), sha256),
    )
