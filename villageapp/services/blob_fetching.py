"""Photos and scans from the server: previews first, then what somebody asked for, then the rest on a good line."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from villageapp.domain import dates
from villageapp.errors import SyncError
from villageapp.services.blob_run import BlobRun, is_preview
from villageapp.sync import blobs, chain
from villageapp.sync.blob_protocol import MAX_ASKED, MAX_SMALL_ANSWER
from villageapp.sync.blob_road import UPLOAD_GONE
from villageapp.sync.blobs import Blob

DOWNLOADING = "正在下载照片"


def fetch(run: BlobRun, originals: bool | None) -> None:
    """What is not here. Raises SyncError, Cancelled, Trouble (disk full); what came whole stays."""
    with run.work.reading() as connection:
        absent = [blob for blob in blobs.absent(connection) if blob.sha256 not in run.lost]
    _fetch_previews(run, [blob for blob in absent if is_preview(blob)])
    _fetch_some(run, [b for b in absent if b.wanted and not is_preview(b)], originals=True)
    _fetch_some(run, [b for b in absent if not b.wanted and not is_preview(b)], originals=originals)


def _fetch_some(run: BlobRun, waiting: Sequence[Blob], *, originals: bool | None) -> None:
    total, done = sum(blob.size for blob in waiting), 0
    for blob in waiting:
        if run.is_late() or not (run.has_good_line() if originals is None else originals):
            return
        _fetch_one(run, blob, done, total)
        done += blob.size


def _fetch_one(run: BlobRun, blob: Blob, done: int, total: int) -> None:
    from villageapp.sync.blob_download import fetch as fetch_content

    try:
        with run.moving():
            fetch_content(run.road, run.work.data_dir, blob, run.watcher(done, total, DOWNLOADING))
    except SyncError as error:
        if error.code not in (UPLOAD_GONE, "wrong_hash"):
            raise
        run.refused.append(f"照片 {blob.sha256[:8]}：{error.message}")
        if error.code == "wrong_hash":
            with run.work.database.writing() as connection:
                blobs.begin_anew(connection, blob.sha256)
        return
    at = dates.instant_text(run.work.now())
    with run.work.database.writing() as connection:
        if blobs.mark_here(connection, blob):
            blobs.mark_received(connection, [blob.sha256], at, run.identity.server_epoch)
            run.downloaded += 1


def _fetch_previews(run: BlobRun, waiting: list[Blob]) -> None:
    """Many in one request; what came whole before a break is kept."""
    total, done, left = sum(blob.size for blob in waiting), 0, waiting
    while left and not run.is_late():
        some = _fitting(left, min(run.pace.size, MAX_SMALL_ANSWER))
        got = set[str]()
        try:
            done = _fetch_together(run, some, got, done, total)
        except SyncError as error:
            run.pace.broke(error, run.progress, moved=bool(got))
            some = [blob for blob in some if blob.sha256 in got]
        left = [blob for blob in left if blob not in some]


def _fetch_together(run: BlobRun, some: Sequence[Blob], got: set[str], done: int, total: int) -> int:
    """One request; ``got`` tells what has come, whatever happens."""
    by_hash = {blob.sha256: blob for blob in some}
    with run.moving(), closing(run.peer.small(run.identity.workspace, list(by_hash))) as contents:
        for sha256, content in contents:
            if sha256 not in by_hash:
                raise chain.malformed("照片")
            _keep(run, by_hash[sha256], content)
            got.add(sha256)
            done += len(content)
            run.progress.check_cancelled()
            run.progress.step(done, total, DOWNLOADING)
    return done


def _keep(run: BlobRun, blob: Blob, content: bytes) -> None:
    at = dates.instant_text(run.work.now())
    try:
        with run.work.database.writing() as connection:
            run.downloaded += blobs.take(
                run.work.data_dir,
                connection,
                blob.sha256,
                content,
                blob.media_type,
                blob.preview_of,
                added_at=at,
            )
            blobs.mark_received(connection, [blob.sha256], at, run.identity.server_epoch)
    except SyncError as error:
        if error.code != "wrong_hash":
            raise
        run.refused.append(f"照片 {blob.sha256[:8]}：{error.message}")


def _fitting(waiting: Sequence[Blob], limit: int) -> list[Blob]:
    """As many of these, in order, as one request asks for; at least one."""
    chosen, size = list[Blob](), 0
    for blob in waiting[:MAX_ASKED]:
        size += blob.size
        if chosen and size > limit:
            break
        chosen.append(blob)
    return chosen
