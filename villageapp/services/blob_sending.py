"""Photos and scans to the server: small ones first, each going on where it was cut, a receipt for each."""

from __future__ import annotations

from collections.abc import Callable

from villageapp.errors import NotFound, SyncError, Trouble
from villageapp.services.blob_run import BlobRun
from villageapp.sync import blobs
from villageapp.sync.blob_protocol import MAX_ASKED
from villageapp.sync.blob_road import UPLOAD_GONE
from villageapp.sync.blobs import Blob

CONFIRM_BYTES = 256 * 1024
"""Bytes of uploads after which the server is asked to sign for them."""
UPLOADING = "正在上传照片"
_ANEW = frozenset({UPLOAD_GONE, "wrong_hash"})
"""Codes of an upload that the server dropped, or has finished without being heard."""


def send(run: BlobRun) -> None:
    """Everything that is here and not signed for. Raises SyncError, Cancelled; what was sent stays sent."""
    with run.work.reading() as connection:
        waiting = blobs.unreceipted(connection)
    total, done, sent = sum(blob.size for blob in waiting), 0, list[Blob]()
    try:
        for blob in waiting:
            if run.is_late():
                break
            if _send_one(run, blob, run.watcher(done, total, UPLOADING)):
                sent.append(blob)
            done += blob.size
            if sum(one.size for one in sent) >= CONFIRM_BYTES or len(sent) == MAX_ASKED:
                _confirm(run, sent)
    finally:
        if sent:
            _confirm(run, sent)


def _confirm(run: BlobRun, sent: list[Blob]) -> None:
    hashes = [blob.sha256 for blob in sent]
    sent.clear()
    signed = run.ask(hashes)
    run.uploaded += len(signed)
    missing = [sha256 for sha256 in hashes if sha256 not in signed]
    if missing:
        run.refused.append(f"服务器没有签收 {len(missing)} 份刚上传的照片，本机都保留，下次再传。")
        for sha256 in missing:
            _noter(run, sha256)("", 0)


def _send_one(run: BlobRun, blob: Blob, watch: Callable[[int], None]) -> bool:
    """Whether the server has taken all of it now; False when it has it already, or did not take it."""
    content = _content(run, blob)
    if content is None:
        return False
    place, _ = blobs.upload_of(blob)
    try:
        _upload(run, blob, content, place, watch)
    except SyncError as error:
        if error.code not in _ANEW:
            raise
        return _send_anew(run, blob, content, watch)
    return True


def _content(run: BlobRun, blob: Blob) -> bytes | None:
    """What to send; None when the file is damaged, which is told and asked for from elsewhere."""
    try:
        with run.work.reading() as connection:
            return blobs.open_content(run.work.data_dir, connection, blob.sha256)
    except (Trouble, NotFound) as error:
        if error.code != "blob_damaged":
            raise
    with run.work.database.writing() as connection:
        blobs.mark_lost(connection, blob.sha256)
    run.lost.add(blob.sha256)
    run.refused.append(f"照片 {blob.sha256[:8]} 在本机的文件已损坏，没有上传，将向同队取回。")
    return None


def _send_anew(run: BlobRun, blob: Blob, content: bytes, watch: Callable[[int], None]) -> bool:
    """Once more from the beginning, unless the server has it whole and its answer was lost."""
    _noter(run, blob.sha256)("", 0)
    if blob.sha256 in run.ask([blob.sha256]):
        run.uploaded += 1
        return False
    try:
        _upload(run, blob, content, "", watch)
    except SyncError as error:
        if error.code not in _ANEW:
            raise
        _noter(run, blob.sha256)("", 0)
        run.refused.append(error.message)
        return False
    return True


def _upload(run: BlobRun, blob: Blob, content: bytes, place: str, watch: Callable[[int], None]) -> None:
    from villageapp.sync.blob_upload import upload

    with run.moving():
        upload(run.road, blob, content, place, _noter(run, blob.sha256), watch)


def _noter(run: BlobRun, sha256: str) -> Callable[[str, int], None]:
    """Remembers where the upload goes on, whatever happens to the program."""

    def note(place: str, offset: int) -> None:
        with run.work.database.writing() as connection:
            blobs.note_upload(connection, sha256, place, offset)

    return note
