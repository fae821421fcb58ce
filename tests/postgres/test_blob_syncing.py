"""Photos between real laptops and the real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.laptops import household, laptop
from tests.helpers.photos import photo
from tests.helpers.servers import ServerProcess
from tests.postgres.blob_laptops import (
    OWNER,
    Join,
    added,
    joining,
    state,
    sync_text,
)
from villageapp.errors import NotAllowed, SyncKind
from villageapp.services import attachments
from villageapp.services.attachments import Where
from villageapp.services.blob_syncing import sync_blobs
from villageapp.services.workspace import Workspace
from villageapp.sync import blobs


@pytest.fixture
def join(server: ServerProcess, village: str, tmp_path: Path) -> Iterator[Join]:
    """Makes laptops of this test's own village."""
    with joining(server, village, tmp_path) as make:
        yield make


def test_photos_reach_a_colleague_previews_first(join: Join) -> None:
    first, second = join("first", with_home=True), join("second")
    hashes = [added(first, photo(n, (400, 300))) for n in range(3)]
    sync_text(first)
    sync_text(second)
    assert state(second) is Where.NOT_SENT
    sent = sync_blobs(first)
    assert (sent.uploaded, sent.waiting, sent.interrupted) == (6, 0, None)
    assert {one.where for one in attachments.of(first, *OWNER)} == {Where.RECEIVED}
    got = sync_blobs(second, originals=False)
    assert (got.downloaded, got.waiting) == (3, 0)
    assert [attachments.preview(second, h) == attachments.preview(first, h) for h in hashes] == [True] * 3
    assert {one.where for one in attachments.of(second, *OWNER)} == {Where.TO_FETCH}
    attachments.want(second, hashes[1])
    assert sync_blobs(second, originals=False).downloaded == 1
    assert attachments.content(second, hashes[1]) == attachments.content(first, hashes[1])
    assert sync_blobs(second, originals=True).downloaded == 2
    assert {one.where for one in attachments.of(second, *OWNER)} == {Where.RECEIVED}
    again = sync_blobs(second)
    assert (again.bytes_up, again.bytes_down) == (0, 0)


def test_a_photo_that_a_colleague_has_sent_is_not_sent_again(join: Join) -> None:
    first, second = join("first", with_home=True), join("second")
    added(first)
    assert sync_blobs(first).bytes_up > 100_000
    with second.transaction() as session:
        session.merge(household(7))
    added(second)
    report = sync_blobs(second)
    assert report.bytes_up < 500  # the question alone
    assert (report.waiting, state(second)) == (0, Where.RECEIVED)


def test_receipts_of_a_server_that_was_restored_count_no_longer(server: ServerProcess, join: Join) -> None:
    work = join("first", with_home=True)
    added(work)
    sync_blobs(work)
    for path in (server.data_dir / "blobs").glob(f"*/{work.identity.workspace}/*/*"):
        path.unlink()  # the store came back from an older backup
    assert sync_blobs(work).bytes_up == 0
    with work.database.writing() as connection:
        connection.exec_driver_sql("UPDATE replica SET server_epoch = 'restored'")
    report = sync_blobs(work)
    assert (report.uploaded, report.waiting) == (2, 0)


def test_photos_leave_time_for_text(join: Join) -> None:
    work = join("first", with_home=True)
    added(work)
    report = sync_blobs(work, seconds=0)
    assert (report.uploaded, report.waiting) == (0, 2)
    assert report.bytes_up < 500
    assert sync_text(work).receipt
    assert state(work) is Where.LOCAL


def test_a_photo_whose_file_is_damaged_does_not_stop_the_others(join: Join) -> None:
    first, second = join("first", with_home=True), join("second")
    broken, sound = added(first), added(first, photo(9, (500, 400)))
    sync_blobs(first)
    sync_text(first)
    sync_text(second)
    sync_blobs(second, originals=True)
    with first.database.writing() as connection:
        connection.exec_driver_sql("UPDATE blob SET receipt_at = ''")
        connection.exec_driver_sql("UPDATE replica SET server_epoch = 'restored'")
    blobs.path_of(first.data_dir, broken).write_bytes(b"rubbish")
    blobs.path_of(first.data_dir, sound).write_bytes(blobs.path_of(first.data_dir, sound).read_bytes())
    lost = added(first, photo(31, (500, 400)))
    blobs.path_of(first.data_dir, lost).unlink()
    report = sync_blobs(first, originals=False)
    assert len(report.refused) == 1
    assert lost[:8] in report.refused[0]


def test_without_a_server_nothing_is_lost_and_the_reason_is_told(join: Join) -> None:
    work = join("first", "http://127.0.0.1:9", with_home=True)
    sha256 = added(work)
    report = sync_blobs(work)
    assert report.interrupted is not None
    assert report.interrupted.kind is SyncKind.OFFLINE
    assert report.waiting == 2
    assert blobs.hash_of(attachments.content(work, sha256)) == sha256


def test_only_an_enrolled_laptop_sends(tmp_path: Path) -> None:
    with laptop(tmp_path, "lonely", certified=False) as work, pytest.raises(NotAllowed):
        sync_blobs(work)


def test_what_came_by_stick_is_sent_on(join: Join) -> None:
    first, second = join("first", with_home=True), join("second")
    sha256 = added(first)
    sync_text(first)
    sync_text(second)
    for waiting in blob_hashes(first):
        with first.reading() as connection:
            content = blobs.open_content(first.data_dir, connection, waiting)
            row = blobs.find(connection, waiting)
        assert row is not None
        with second.database.writing() as connection:
            blobs.take(second.data_dir, connection, waiting, content, row.media_type, row.preview_of)
    assert attachments.content(second, sha256) == attachments.content(first, sha256)
    assert sync_blobs(second).uploaded == 2
    assert sync_blobs(first).bytes_up < 500
    assert state(first) is Where.RECEIVED


def blob_hashes(work: Workspace) -> list[str]:
    with work.reading() as connection:
        return [sha256 for sha256, _ in blobs.pending(connection)]


@pytest.mark.parametrize(("good", "fetched"), [(10**12, 4), (1, 8)])
def test_the_speed_of_the_line_decides_on_originals(join: Join, good: int, fetched: int) -> None:
    first, second = join("first", with_home=True), join("second")
    for number in range(4):
        added(first, photo(40 + number, (1600, 1200), grain=8))
    sync_text(first)
    sync_blobs(first)
    sync_text(second)
    shipped = second.parameters.find("GOOD_LINE", second.today())
    line = replace(shipped, value=good, effective_from=shipped.effective_from + timedelta(days=1))
    second.parameters = second.parameters.with_changes([line])
    assert sync_blobs(second).downloaded in (fetched, fetched + 1)  # one is tried while nothing is known
