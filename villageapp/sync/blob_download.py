"""Fetching one content by ranges into a sealed file beside its place, going on where it was cut."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from villageapp import durable
from villageapp.errors import SyncError, SyncKind, Trouble
from villageapp.models.database import translated
from villageapp.paths import DataDir
from villageapp.sync import blob_cipher, blob_protocol, blobs
from villageapp.sync.blob_cipher import PIECE, SEALED_PIECE
from villageapp.sync.blob_road import Road
from villageapp.sync.blobs import Blob

Watch = Callable[[int], None]
"""Told how many bytes of the content are here."""


def fetch(road: Road, data_dir: DataDir, blob: Blob, watch: Watch) -> None:
    """Have the whole content in its place; what came before a break is kept and not fetched again.

    Raises SyncError (wrong_hash: what came is not the content, it is thrown away), Trouble (disk full), Cancelled.
    """
    path = blobs.path_of(data_dir, blob.sha256)
    draft = blobs.draft_of(path)
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _complete(road, draft, blob, watch)
        _check(draft, blob)
        os.replace(draft, path)
        durable.sync_folder(path.parent)
        durable.sync_folder(path.parent.parent)


def _complete(road: Road, draft: Path, blob: Blob, watch: Watch) -> None:
    """A line that breaks is tried again at once as long as something gets through."""
    while True:
        before = _whole_pieces(draft, blob)
        try:
            _go_on(road, draft, blob, watch)
            return
        except SyncError as error:
            road.pace.broke(error, road.progress, moved=_whole_pieces(draft, blob) > before)


def _whole_pieces(draft: Path, blob: Blob) -> int:
    """Pieces of the draft that were written whole."""
    if not draft.exists():
        return 0
    size = draft.stat().st_size
    if size >= blob_cipher.sealed_size(blob.size):
        return blob_cipher.pieces_of(blob.size)
    return min(size // SEALED_PIECE, blob_cipher.pieces_of(blob.size) - 1)


def _go_on(road: Road, draft: Path, blob: Blob, watch: Watch) -> None:
    number, last = _whole_pieces(draft, blob), blob_cipher.pieces_of(blob.size) - 1
    start = number * PIECE
    if number > last:
        return
    path = blob_protocol.content_path(road.workspace, blob.sha256)
    with (
        draft.open("ab") as file,
        road.peer.answering("GET", path, {"Range": f"bytes={start}-"}, accepted=(206,)) as response,
    ):
        if not response.headers.get("content-range", "").startswith(f"bytes {start}-"):
            raise SyncError(SyncKind.PROTOCOL, "服务器发来的不是所要的部分，没有采用。", code="malformed")
        file.truncate(number * SEALED_PIECE)
        held = bytearray()
        for part in response.iter_bytes():
            road.progress.check_cancelled()
            road.peer.bytes_down += len(part)
            held += part
            number = _seal_whole(file, held, blob, number)
            watch(number * PIECE + len(held))
        if number != last or len(held) != blob.size - last * PIECE:
            raise SyncError(SyncKind.OFFLINE, "下载中断，已收到的部分保留。", code="line_cut")
        file.write(blob_cipher.seal_piece(bytes(held), blob.key, last, is_last=True))


def _seal_whole(file: IO[bytes], held: bytearray, blob: Blob, number: int) -> int:
    """Write the whole pieces of what is held, except the last one; the number of the next."""
    last = blob_cipher.pieces_of(blob.size) - 1
    while len(held) >= PIECE and number < last:
        file.write(blob_cipher.seal_piece(bytes(held[:PIECE]), blob.key, number, is_last=False))
        file.flush()
        del held[:PIECE]
        number += 1
    if len(held) > PIECE:
        raise _wrong()
    return number


def _check(draft: Path, blob: Blob) -> None:
    """Read everything back: what is kept under a hash has that hash."""
    digest = hashlib.sha256()
    with draft.open("r+b") as file:
        for number in range(blob_cipher.pieces_of(blob.size)):
            sealed = file.read(SEALED_PIECE)
            try:
                digest.update(blob_cipher.open_pieces(sealed, blob.key, number, blob.size))
            except Trouble:
                break
        os.fsync(file.fileno())
    if digest.hexdigest() != blob.sha256:
        draft.unlink()
        raise _wrong()


def _wrong() -> SyncError:
    return SyncError(SyncKind.PROTOCOL, "下载的照片与校验值不符，没有采用，下次重新下载。", code="wrong_hash")
