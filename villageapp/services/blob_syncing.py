"""Photos and scans to and from the server, after the log.

Nothing here is needed for the text of the records to be synced, and nothing is removed from this disk.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from villageapp.errors import NotAllowed, SyncError
from villageapp.progress import SILENT, Progress
from villageapp.services import blob_fetching, blob_sending
from villageapp.services.blob_run import BlobRun, is_preview
from villageapp.sync import blobs
from villageapp.sync.blob_road import BlobPeer

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


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
    run = BlobRun(work, identity, peer, progress, None if seconds is None else time.monotonic() + seconds)
    try:
        run.begin()
        blob_sending.send(run)
        blob_fetching.fetch(run, originals)
    except SyncError as error:
        run.interrupted = error
    finally:
        peer.close()
    return _report(run)


def _report(run: BlobRun) -> BlobReport:
    with run.work.reading() as connection:
        due = [blob for blob in blobs.absent(connection) if blob.wanted or is_preview(blob)]
        waiting = len(blobs.pending(connection)) + len(due)
    return BlobReport(
        run.uploaded,
        run.downloaded,
        run.peer.bytes_up,
        run.peer.bytes_down,
        waiting,
        tuple(run.refused),
        run.interrupted,
    )
