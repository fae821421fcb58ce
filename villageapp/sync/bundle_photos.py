"""Photos out of a stick file: pieces put together, one content after the other, never more than one in memory."""

from __future__ import annotations

from collections.abc import Callable

from villageapp.sync import blobs, bundle_format
from villageapp.sync.bundle_format import BlobHeader, Part
from villageapp.sync.chain import malformed

Keep = Callable[[BlobHeader, bytes], bool]
"""Keeps a content, verifying its hash; whether it was new."""


class Album:
    """Takes the frames of a file and keeps the photos among them; ``new`` counts those that were not here."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._header: BlobHeader | None = None
        self._content = bytearray()
        self.new = 0

    def take(self, part: int, payload: bytes) -> None:
        """One frame; only photos matter here. Raises SyncError, and what keeping raises."""
        if part == Part.BLOB:
            self.finish()
            self._header = bundle_format.read_blob_header(payload)
        elif part == Part.BLOB_PIECE:
            if len(self._content) + len(payload) > blobs.MAX_SIZE:
                raise malformed("照片大小不对")
            self._content += payload

    def finish(self) -> None:
        """Keep the photo that has come."""
        header, content = self._header, bytes(self._content)
        self._header, self._content = None, bytearray()
        if header is not None:
            self.new += self._keep(header, content)
