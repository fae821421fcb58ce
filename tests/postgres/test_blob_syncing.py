"""Photos between real laptops and the real server, over lines that break."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.cutting_proxy import bad_line
from tests.helpers.laptops import household, laptop
from tests.helpers.photos import photo
from tests.helpers.servers import ServerProcess, eventually
from villageapp.errors import Cancelled, NotAllowed, SyncKind
from villageapp.models.database import Database
from villageapp.models.log import Replica
from villageapp.services import attachments, enrolling, syncing
from villageapp.services.attachments import Where
from villageapp.services.blob_syncing import sync_blobs
from villageapp.services.syncing import SyncReport
from villageapp.services.workspace import Workspace
from villageapp.sync import blobs, capture
from villageapp.sync.clock import HybridClock

Join = Callable[..., Workspace]
HOME = household(7)
OWNER = ("household", HOME.id)
LARGE = photo(5, (1600, 1200), grain=4)


@pytest.fixture
def join(server: ServerProcess, village: str, tmp_path: Path) -> Iterator[Join]:
    """Makes enrolled laptops of one village that reach the server under ``url``; they have been synced once."""
    opened: list[Workspace] = []

    def make(name: str, url: str = "", *, with_home: bool = False) -> Workspace:
        work = laptop(tmp_path, name, certified=False)
        opened.append(work)
        with work.transaction() as session:
            replica = session.get_one(Replica, 1)
            replica.village_code, replica.province_key, replica.server_url = village, b"", ""
        enrolling.enrol(work, server.url, server.enrol_code(village))
        if with_home:
            with work.transaction() as session:
                session.add(household(7))
        sync_text(work)
        lead(work, url or server.url)
        return work

    yield make
    for work in opened:
        work.close()


def sync_text(work: Workspace) -> SyncReport:
    """The log alone: no photo is begun."""
    return syncing.sync_now(work, blob_seconds=0)


def lead(work: Workspace, url: str) -> None:
    """From now on the laptop goes this way to the server."""
    with work.transaction() as session:
        session.get_one(Replica, 1).server_url = url


def reopened(work: Workspace) -> Workspace:
    """The same store in a new run of the program."""
    work.close()
    clock = HybridClock()
    database = Database(work.data_dir.database, bytes(32), lambda sessions: capture.install(sessions, clock))
    return Workspace(work.data_dir, database, clock)


def added(work: Workspace, content: bytes = LARGE) -> str:
    """A photo at the household; its hash."""
    found: str = attachments.add(work, content, *OWNER).detail
    return found


def sizes(work: Workspace) -> int:
    """Bytes of everything that waits to go up."""
    with work.reading() as connection:
        return sum(size for _, size in blobs.pending(connection))


def state(work: Workspace, number: int = 0) -> Where:
    return attachments.of(work, *OWNER)[number].where


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


def test_an_upload_cut_at_forty_percent_goes_on_after_a_restart(server: ServerProcess, join: Join) -> None:
    with bad_line(server.url) as line:
        work = join("first", line.url, with_home=True)
        sha256 = added(work)
        total = sizes(work)
        line.cut_after = total * 2 // 5
        report = sync_blobs(work)
        assert report.interrupted is not None
        assert report.interrupted.kind is SyncKind.OFFLINE
        assert report.waiting >= 1
        assert state(work) is Where.UPLOADING
        assert blobs.hash_of(attachments.content(work, sha256)) == sha256
        work = reopened(work)
        line.heal()
        report = sync_blobs(work)
        assert (report.interrupted, report.waiting) == (None, 0)
        assert state(work) is Where.RECEIVED
        assert total < line.up <= total * 1.10
        assert report.bytes_up < total * 0.7
        work.close()


def test_a_line_that_drops_all_the_time_costs_less_than_a_tenth_more(
    server: ServerProcess, join: Join
) -> None:
    with bad_line(server.url) as line:
        work = join("first", line.url, with_home=True)
        for number in range(4):
            added(work, photo(20 + number, (1200, 900), grain=4))
        total = sizes(work)
        line.cut_every, line.per_second = 60_000, 1_000_000
        report = sync_blobs(work)
        assert (report.interrupted, report.waiting) == (None, 0)
        assert line.cuts >= total // 60_000 - 1
        assert total < line.up <= total * 1.10


def test_a_download_that_drops_all_the_time_goes_on_where_it_was(server: ServerProcess, join: Join) -> None:
    first = join("first", with_home=True)
    sha256 = added(first)
    sync_text(first)
    sync_blobs(first)
    with bad_line(server.url) as line:
        second = join("second", line.url)
        size = attachments.of(second, *OWNER)[0].size
        line.cut_every_down = 150_000
        report = sync_blobs(second, originals=True)
        assert (report.interrupted, report.downloaded) == (None, 2)
        assert line.cuts >= 2
        assert line.down < size + 65_536 * (line.cuts + 2)
    assert attachments.content(second, sha256) == attachments.content(first, sha256)


def test_a_photo_damaged_on_the_way_is_sent_again(server: ServerProcess, join: Join) -> None:
    with bad_line(server.url) as line:
        work = join("first", line.url, with_home=True)
        added(work)
        line.flip_at = sizes(work) // 2
        report = sync_blobs(work)
        assert (report.interrupted, report.waiting, report.refused) == (None, 0, ())
        assert line.up > sizes(work) * 1.5
        assert state(work) is Where.RECEIVED


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


def test_a_cancelled_upload_stops_at_once_and_goes_on_later(server: ServerProcess, join: Join) -> None:
    class Impatient:
        done = 0

        def step(self, done: int, total: int, what: str) -> None:
            self.done = done

        def check_cancelled(self) -> None:
            if self.done > 200_000:
                raise Cancelled

    with bad_line(server.url) as line:
        work = join("first", line.url, with_home=True)
        added(work)
        total = sizes(work)
        assert total > 300_000
        line.per_second = 1_000_000
        with pytest.raises(Cancelled):
            sync_blobs(work, Impatient())
        assert state(work) in (Where.UPLOADING, Where.LOCAL)
        assert sync_blobs(work).waiting == 0
        assert line.up < total * 1.4  # what lay in the buffers of the line when it was closed went for nothing


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


_SYNC = """
import sys
from pathlib import Path
from villageapp.models.database import Database
from villageapp.paths import DataDir
from villageapp.services.blob_syncing import sync_blobs
from villageapp.services.syncing import SyncReport
from villageapp.services.workspace import Workspace
from villageapp.sync import capture
from villageapp.sync.clock import HybridClock
clock = HybridClock()
folder = DataDir(Path(sys.argv[1]))
database = Database(folder.database, bytes(32), lambda sessions: capture.install(sessions, clock))
sync_blobs(Workspace(folder, database, clock))
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is posix")
def test_a_laptop_whose_power_goes_in_the_middle_goes_on_where_it_was(
    server: ServerProcess, join: Join
) -> None:
    with bad_line(server.url) as line:
        work = join("first", line.url, with_home=True)
        sha256 = added(work)
        total = sizes(work)
        work.close()
        line.stall_after = total // 2
        child = subprocess.Popen([sys.executable, "-c", _SYNC, str(work.data_dir.root)])
        try:
            assert eventually(lambda: line.up >= total // 2)
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
        line.heal()
        work = reopened(work)
        assert state(work) is Where.UPLOADING
        report = sync_blobs(work)
        assert (report.interrupted, report.waiting) == (None, 0)
        assert report.bytes_up < total * 0.7
        assert blobs.hash_of(attachments.content(work, sha256)) == sha256
        work.close()


def test_an_answer_that_is_lost_does_not_cost_the_photo_again(server: ServerProcess, join: Join) -> None:
    with bad_line(server.url) as line:
        work = join("first", line.url, with_home=True)
        sha256 = added(work)
        total = sizes(work)
        line.cut_every_down = 600  # every second answer or so is cut
        first = sync_blobs(work)
        line.heal()
        sync_blobs(work)
        assert (state(work), first.refused) == (Where.RECEIVED, ())
        assert line.up <= total * 1.15
        assert blobs.hash_of(attachments.content(work, sha256)) == sha256


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


def test_many_previews_come_in_few_requests_over_a_line_that_drops(server: ServerProcess, join: Join) -> None:
    first = join("first", with_home=True)
    hashes = [added(first, photo(60 + number, (400, 300))) for number in range(12)]
    sync_text(first)
    sync_blobs(first)
    with bad_line(server.url) as line:
        second = join("second", line.url)
        line.cut_every_down = 40_000
        report = sync_blobs(second, originals=False)
        assert (report.interrupted, report.downloaded, report.waiting) == (None, 12, 0)
        assert 1 <= line.cuts <= 6
        assert line.up < 12_000
    assert all(attachments.preview(second, sha256) for sha256 in hashes)


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
