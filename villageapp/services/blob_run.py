"""What one run of photos to and from the server shares: the road, the clock, what was done, what the server said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from villageapp.domain import dates
from villageapp.errors import SyncError
from villageapp.progress import Progress
from villageapp.sync import blobs
from villageapp.sync.blob_protocol import MAX_ASKED, MAX_SMALL
from villageapp.sync.blob_road import BlobPeer, Road
from villageapp.sync.blobs import Blob
from villageapp.sync.pace import Pace

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace
    from villageapp.sync.store import Identity

_MEASURABLE = 64 * 1024
"""Bytes after which the speed of the line can be judged."""


@dataclass
class BlobRun:
    """One call of ``sync_blobs``. ``deadline`` is a moment of ``time.monotonic``; None: no hurry."""

    work: Workspace
    identity: Identity
    peer: BlobPeer
    progress: Progress
    deadline: float | None
    uploaded: int = 0
    downloaded: int = 0
    refused: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # damaged here, and not at the server
    interrupted: SyncError | None = None
    pace: Pace = field(default_factory=Pace)
    _seconds_moving: float = 0.0

    @property
    def road(self) -> Road:
        """For the transfers."""
        return Road(self.peer, self.identity.workspace, self.pace, self.progress)

    def begin(self) -> None:
        """Void receipts of another server epoch; ask what the server has of ours and of our colleagues'."""
        with self.work.database.writing() as connection:
            blobs.void_receipts(connection, self.identity.server_epoch)
        with self.work.reading() as connection:
            asked = [*(sha256 for sha256, _ in blobs.pending(connection)), *_unknown(connection)]
        for some in _portions(list(dict.fromkeys(asked))):
            self.ask(some)

    def ask(self, hashes: Sequence[str]) -> set[str]:
        """Which of these the server signed for; rows follow what it says. Raises SyncError, Cancelled."""
        self.progress.check_cancelled()
        receipt, listed = self.peer.known(self.identity.workspace, self.identity.province_key, hashes)
        asked, at = set(hashes), dates.instant_text(self.work.now())
        signed = asked & set(receipt.sha256)
        with self.work.database.writing() as connection:
            for one in listed:
                if one.sha256 in asked or one.preview_of in asked:
                    blobs.expect(connection, one.sha256, one.size, one.media_type, one.preview_of)
            here = [sha256 for sha256 in signed if (row := blobs.find(connection, sha256)) and row.here]
            blobs.mark_received(connection, here, at, receipt.epoch)
        return signed

    def is_late(self) -> bool:
        """Whether nothing new should begin. Raises Cancelled."""
        self.progress.check_cancelled()
        return self.deadline is not None and time.monotonic() >= self.deadline

    def watcher(self, done: int, total: int, what: str) -> Callable[[int], None]:
        """Tells how many bytes of a transfer have moved, as progress of the whole."""
        return lambda moved: self.progress.step(done + moved, total, what)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """The time of a transfer counts for judging the line."""
        started = time.monotonic()
        try:
            yield
        finally:
            self._seconds_moving += time.monotonic() - started

    def has_good_line(self) -> bool:
        """Whether originals may come unasked; not known yet counts as good, so that one is tried."""
        moved = self.peer.bytes_up + self.peer.bytes_down
        if moved < _MEASURABLE or self._seconds_moving <= 0:
            return True
        return moved / self._seconds_moving >= self.work.parameters.integer("GOOD_LINE", self.work.today())


def is_preview(blob: Blob) -> bool:
    """Whether it is fetched with others in one answer, unasked."""
    return bool(blob.preview_of) and blob.size <= MAX_SMALL


def _unknown(connection: Connection) -> list[str]:
    """Hashes of attachments whose content or small form this laptop knows nothing of."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT sha256 FROM attachment WHERE deleted = 0 AND sha256 IS NOT NULL"
        " AND (NOT EXISTS (SELECT 1 FROM blob WHERE blob.sha256 = attachment.sha256)"
        " OR NOT EXISTS (SELECT 1 FROM blob WHERE blob.preview_of = attachment.sha256))"
    ).scalars()
    return [sha256 for sha256 in rows if blobs.is_sha256(sha256)]


def _portions(hashes: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(hashes), MAX_ASKED):
        yield hashes[start : start + MAX_ASKED]
