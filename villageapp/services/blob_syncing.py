"""Photos and scans to and from the server, after the log: small ones first, each going on where it was cut.

Nothing here is needed for the text of the records to be synced, and nothing is removed from this disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from villageapp.domain import dates
from villageapp.errors import NotAllowed, NotFound, SyncError, Trouble
from villageapp.progress import SILENT, Progress
from villageapp.sync import blobs
from villageapp.sync.blob_protocol import MAX_ASKED, Listed
from villageapp.sync.blob_road import UPLOAD_GONE, BlobPeer, Road
from villageapp.sync.blobs import Blob
from villageapp.sync.pace import Pace

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace
    from villageapp.sync.store import Identity

CONFIRM_EVERY = 16
"""Uploads after which the server is asked to sign for them."""
MOST_PREVIEW = 64 * 1024
"""Bytes up to which the small form of a photo is fetched unasked."""
_MEASURABLE = 64 * 1024
"""Bytes after which the speed of the line can be judged."""
UPLOADING, DOWNLOADING = "正在上传照片", "正在下载照片"


@dataclass(frozen=True, slots=True)
class BlobReport:
    """What was done. ``waiting`` contents still have to go up, or come down as previews or because wanted.

    ``interrupted`` says why it ended early; what was done stays done, and the next call goes on.
    """

    uploaded: int = 0
    downloaded: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    waiting: int = 0
    refused: tuple[str, ...] = ()
    interrupted: SyncError | None = None


def sync_blobs(
    work: Workspace,
    progress: Progress = SILENT,
    *,
    seconds: float | None = None,
    originals: bool | None = None,
) -> BlobReport:
    """Send what the server has not signed for, fetch previews, wanted originals, and others on a good line.

    ``seconds``: begin nothing new after so long, so that text is not kept waiting. ``originals``: fetch all (or
    none but wanted ones), instead of judging the line. ``progress`` counts bytes. Raises NotAllowed (not
    enrolled), Cancelled, Trouble (disk full).
    """
    identity = work.identity
    if not identity.enrolled:
        raise NotAllowed(
            "这台电脑还没有登记到服务器。", remedy="请在“同步”页填写服务器地址和登记码。", code="not_enrolled"
        )
    peer = BlobPeer(identity.server_url, identity.token)
    run = _Run(work, identity, peer, progress, None if seconds is None else time.monotonic() + seconds)
    try:
        run.begin()
        run.upload()
        run.download(originals)
    except SyncError as error:
        run.interrupted = error
    finally:
        peer.close()
    return run.report()


@dataclass
class _Run:
    """One call of ``sync_blobs``."""

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
    seconds_moving: float = 0.0
    pace: Pace = field(default_factory=Pace)

    def begin(self) -> None:
        """Void receipts of another server epoch; ask what the server has of ours and of our colleagues'."""
        with self.work.database.writing() as connection:
            blobs.void_receipts(connection, self.identity.server_epoch)
        with self.work.reading() as connection:
            asked = [*(name for name, _ in blobs.pending(connection)), *_unknown(connection)]
        for some in _portions(list(dict.fromkeys(asked))):
            self._ask(some)

    def _ask(self, hashes: Sequence[str]) -> set[str]:
        """Which of these the server signed for; rows follow what it says."""
        self.progress.check_cancelled()
        receipt, listed = self.peer.known(self.identity.workspace, self.identity.province_key, hashes)
        asked, at = set(hashes), dates.instant_text(self.work.now())
        signed = asked & set(receipt.sha256)
        with self.work.database.writing() as connection:
            for one in listed:
                if one.sha256 in asked or one.preview_of in asked:
                    _expect(connection, one)
            here = [name for name in signed if (row := blobs.find(connection, name)) and row.here]
            blobs.mark_received(connection, here, at, receipt.epoch)
        return signed

    def upload(self) -> None:
        """Everything that is here and not signed for."""
        with self.work.reading() as connection:
            waiting = blobs.unreceipted(connection)
        total, done, sent = sum(blob.size for blob in waiting), 0, list[str]()
        try:
            for blob in waiting:
                if self._is_late():
                    break
                if self._upload(blob, done, total):
                    sent.append(blob.sha256)
                done += blob.size
                if len(sent) >= CONFIRM_EVERY:
                    self._confirm(sent)
        finally:
            if sent:
                self._confirm(sent)

    def _confirm(self, sent: list[str]) -> None:
        hashes = list(sent)
        sent.clear()
        signed = self._ask(hashes)
        self.uploaded += len(signed)
        missing = [name for name in hashes if name not in signed]
        if missing:
            self.refused.append(f"服务器没有签收 {len(missing)} 份刚上传的照片，本机都保留，下次再传。")
            with self.work.database.writing() as connection:
                for name in missing:
                    blobs.note_upload(connection, name, "")

    def _upload(self, blob: Blob, done: int, total: int) -> bool:
        """Whether the server has taken all of it."""
        from villageapp.sync.blob_upload import upload

        try:
            with self.work.reading() as connection:
                content = blobs.open_content(self.work.data_dir, connection, blob.sha256)
        except (Trouble, NotFound) as error:
            if error.code != "blob_damaged":
                raise
            with self.work.database.writing() as connection:
                blobs.mark_lost(connection, blob.sha256)
            self.lost.add(blob.sha256)
            self.refused.append(f"照片 {blob.sha256[:8]} 在本机的文件已损坏，没有上传，将向同队取回。")
            return False
        place, _ = blobs.upload_of(blob)
        watch = self._watcher(done, total, UPLOADING)
        with self._moving():
            try:
                upload(self._road(), blob, content, place, self._noter(blob), watch)
            except SyncError as error:
                return self._again(blob, content, error, watch)
        return True

    def _again(self, blob: Blob, content: bytes, error: SyncError, watch: Callable[[int], None]) -> bool:
        """After an upload that the server dropped or finished unheard: ask, then begin anew once."""
        from villageapp.sync.blob_upload import upload

        if error.code not in (UPLOAD_GONE, "wrong_hash"):
            raise error
        self._noter(blob)("", 0)
        if blob.sha256 in self._ask([blob.sha256]):
            self.uploaded += 1
            return False
        try:
            upload(self._road(), blob, content, "", self._noter(blob), watch)
        except SyncError as second:
            if second.code not in (UPLOAD_GONE, "wrong_hash"):
                raise
            self._noter(blob)("", 0)
            self.refused.append(second.message)
            return False
        return True

    def _noter(self, blob: Blob) -> Callable[[str, int], None]:
        def note(place: str, offset: int) -> None:
            with self.work.database.writing() as connection:
                blobs.note_upload(connection, blob.sha256, place, offset)

        return note

    def download(self, originals: bool | None) -> None:
        """Previews, then wanted originals, then the others when the line is good."""
        with self.work.reading() as connection:
            absent = [blob for blob in blobs.absent(connection) if blob.sha256 not in self.lost]
        due = [blob for blob in absent if _is_due(blob)]
        rest = [blob for blob in absent if not _is_due(blob)]
        total, done = sum(blob.size for blob in due), 0
        for blob in due:
            if self._is_late():
                return
            self._download(blob, done, total)
            done += blob.size
        total, done = sum(blob.size for blob in rest), 0
        for blob in rest:
            if self._is_late() or not self._may_fetch(originals):
                return
            self._download(blob, done, total)
            done += blob.size

    def _may_fetch(self, originals: bool | None) -> bool:
        """Whether an original that nobody asked for is fetched; one is tried when the line is not known yet."""
        if originals is not None:
            return originals
        moved = self.peer.bytes_up + self.peer.bytes_down
        if moved < _MEASURABLE or self.seconds_moving <= 0:
            return True
        good = self.work.parameters.integer("GOOD_LINE", self.work.today())
        return moved / self.seconds_moving >= good

    def _download(self, blob: Blob, done: int, total: int) -> None:
        from villageapp.sync.blob_download import fetch

        try:
            with self._moving():
                watch = self._watcher(done, total, DOWNLOADING)
                fetch(self._road(), self.work.data_dir, blob, watch)
        except SyncError as error:
            if error.code not in (UPLOAD_GONE, "wrong_hash"):
                raise
            self.refused.append(f"照片 {blob.sha256[:8]}：{error.message}")
            with self.work.database.writing() as connection:
                blobs.begin_anew(connection, blob.sha256)
            return
        with self.work.database.writing() as connection:
            blobs.mark_here(connection, blob.sha256)
            epoch = self.identity.server_epoch
            blobs.mark_received(connection, [blob.sha256], dates.instant_text(self.work.now()), epoch)
        self.downloaded += 1

    def _watcher(self, done: int, total: int, what: str) -> Callable[[int], None]:
        def watch(moved: int) -> None:
            self.progress.step(done + moved, total, what)

        return watch

    def _road(self) -> Road:
        return Road(self.peer, self.identity.workspace, self.pace, self.progress)

    def _moving(self) -> _Stopwatch:
        return _Stopwatch(self)

    def _is_late(self) -> bool:
        self.progress.check_cancelled()
        return self.deadline is not None and time.monotonic() >= self.deadline

    def report(self) -> BlobReport:
        """How it stands now."""
        with self.work.reading() as connection:
            waiting = len(blobs.pending(connection)) + sum(map(_is_due, blobs.absent(connection)))
        peer = self.peer
        return BlobReport(
            self.uploaded,
            self.downloaded,
            peer.bytes_up,
            peer.bytes_down,
            waiting,
            tuple(self.refused),
            self.interrupted,
        )


class _Stopwatch:
    """Adds the time of a transfer to the run's, for judging the line."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._run.seconds_moving += time.monotonic() - self._started


def _is_due(blob: Blob) -> bool:
    """Fetched on any line."""
    return blob.wanted or (bool(blob.preview_of) and blob.size <= MOST_PREVIEW)


def _unknown(connection: Connection) -> list[str]:
    """Hashes of attachments whose content or small form this laptop knows nothing of."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT sha256 FROM attachment WHERE deleted = 0 AND sha256 IS NOT NULL"
        " AND (NOT EXISTS (SELECT 1 FROM blob WHERE blob.sha256 = attachment.sha256)"
        " OR NOT EXISTS (SELECT 1 FROM blob WHERE blob.preview_of = attachment.sha256))"
    ).scalars()
    return [sha256 for sha256 in rows if blobs.is_sha256(sha256)]


def _expect(connection: Connection, one: Listed) -> None:
    blobs.expect(connection, one.sha256, one.size, one.media_type, one.preview_of)


def _portions(hashes: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(hashes), MAX_ASKED):
        yield hashes[start : start + MAX_ASKED]
