"""What ``villageapp sync`` says of photos, beside what it says of the log."""

from __future__ import annotations

from villageapp.cli.syncing import _photo_lines
from villageapp.errors import SyncError, SyncKind
from villageapp.services.blob_syncing import BlobReport


def test_nothing_is_said_when_nothing_was_to_be_done() -> None:
    assert _photo_lines(None) == []
    assert _photo_lines(BlobReport()) == []


def test_what_moved_what_waits_and_what_stopped_it() -> None:
    broken = SyncError(SyncKind.OFFLINE, "线路断了")
    [moved, cut, refused] = _photo_lines(
        BlobReport(uploaded=2, downloaded=1, waiting=3, refused=("太大",), interrupted=broken)
    )
    assert "上传 2 份" in moved
    assert "下载 1 份" in moved
    assert "3 份待传" in moved
    assert "线路断了" in cut
    assert "太大" in refused


def test_a_trouble_alone_is_said_too() -> None:
    [cut] = _photo_lines(BlobReport(interrupted=SyncError(SyncKind.BUSY, "服务器忙")))
    assert "服务器忙" in cut
