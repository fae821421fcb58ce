"""Uploading one content by tus 1.0 (tuspy), going on where it was cut, even by another program run.

tuspy knows the protocol; the requests go over our own kept connection, for tuspy opens a new one for every
piece and waits for ever on a line that has silently died.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from tusclient.client import TusClient
from tusclient.uploader.uploader import Uploader

from villageapp.errors import SyncError, SyncKind
from villageapp.sync import blob_protocol
from villageapp.sync.blob_road import Road
from villageapp.sync.blobs import Blob

STEP_BYTES = 16 * 1024
"""Bytes after which progress is told and cancelling is asked for."""
_MOVED = 409
Watch = Callable[[int], None]
"""Told how many bytes of the content have gone out."""
Note = Callable[[str, int], None]
"""Told where the upload goes on (a path) and how far the server has it, to be remembered."""


def upload(road: Road, blob: Blob, content: bytes, place: str, note: Note, watch: Watch) -> None:
    """Upload until the server has it all; ``place``: where an earlier upload of it goes on, or empty.

    Raises SyncError or Cancelled. With code UPLOAD_GONE the server may have it whole already (its last answer
    was lost): ask before beginning anew. With wrong_hash it arrived damaged: begin anew.
    """
    _Upload(road, blob, content, place, note, watch).finish()


class _Upload:
    """One upload: tuspy keeps headers, metadata and offsets, our road carries the requests."""

    def __init__(self, road: Road, blob: Blob, content: bytes, place: str, note: Note, watch: Watch) -> None:
        self._road, self._peer = road, road.peer
        self._note, self._watch = note, watch
        self._content, self._place = content, place
        metadata = {"filename": blob.sha256, "filetype": blob.media_type, "sha256": blob.sha256}
        if blob.preview_of:
            metadata["preview-of"] = blob.preview_of
        self._tus: Any = Uploader(
            file_stream=io.BytesIO(content),
            client=TusClient(blob_protocol.uploads_path(road.workspace)),
            metadata=metadata,
        )

    def finish(self) -> None:
        """Send what is missing; a line that breaks is tried again at once as long as something gets through."""
        while True:
            before = self._tus.offset
            try:
                self._send()
                return
            except SyncError as error:
                self._road.pace.broke(error, self._road.progress, moved=self._tus.offset > before)

    def _send(self) -> None:
        if self._place:
            self._tus.offset = self._known_offset()
        else:
            self._place, self._tus.offset = self._begun(), 0
        while True:  # at least one request: one without content has the server finish what it has whole
            started = time.monotonic()
            self._send_part()
            self._road.pace.went_well(time.monotonic() - started)
            if self._tus.offset >= len(self._content):
                return

    def _known_offset(self) -> int:
        """How far the server has it."""
        response = self._peer.send("HEAD", self._place, self._tus.get_headers(), b"", (200,))
        return self._offset_of(response.headers.get("upload-offset"))

    def _begun(self) -> str:
        """The path of a new upload; only its name is taken from the answer, never another host."""
        path = blob_protocol.uploads_path(self._road.workspace)
        response = self._peer.send("POST", path, self._tus.get_url_creation_headers(), b"", (201,))
        name = urlsplit(response.headers.get("location", "")).path.rpartition("/")[2]
        if not (name.isascii() and name.isalnum()):
            raise SyncError(SyncKind.PROTOCOL, "服务器没有说明上传到哪里，没有上传。", code="not_our_server")
        return blob_protocol.upload_path(self._road.workspace, name)

    def _send_part(self) -> None:
        """One PATCH of as much as the line bears; where it stands is remembered before and after."""
        self._tus.chunk_size = self._road.pace.size
        offset, length = self._tus.offset, self._tus.get_request_length()
        self._note(self._place, offset)
        headers = {
            **self._tus.get_headers(),
            "Upload-Offset": str(offset),
            "Content-Type": blob_protocol.UPLOAD_TYPE,
            "Content-Length": str(length),
        }
        pieces = self._pieces(offset, offset + length)
        response = self._peer.send("PATCH", self._place, headers, pieces, (204, _MOVED))
        if response.status_code == _MOVED:
            raise SyncError(SyncKind.OFFLINE, "上传位置有变，重新核对后继续。", code="offset_moved")
        reached = self._offset_of(response.headers.get("upload-offset"))
        if reached < offset + length:
            raise SyncError(SyncKind.BUSY, "服务器没有收全这一段，稍后会自动再试；本机的内容都还在。")
        self._tus.offset = reached
        self._note(self._place, reached)

    def _pieces(self, first: int, end: int) -> Iterator[bytes]:
        for start in range(first, end, STEP_BYTES):
            self._road.progress.check_cancelled()
            self._watch(start)
            piece = self._content[start : min(start + STEP_BYTES, end)]
            yield piece
            self._peer.bytes_up += len(piece)

    def _offset_of(self, text: str | None) -> int:
        if text is None or not text.isascii() or not text.isdigit() or int(text) > len(self._content):
            raise SyncError(SyncKind.PROTOCOL, "服务器的上传答复无法识别，没有上传。", code="not_our_server")
        return int(text)
