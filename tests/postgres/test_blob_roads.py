"""Photos over lines that break, through restarts, lost power and full disks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.cutting_proxy import bad_line
from tests.helpers.laptops import VILLAGE_CODE, household, laptop
from tests.helpers.photos import photo
from tests.helpers.servers import ServerProcess, eventually, fresh_database, roomy_folder, running_server
from tests.helpers.sticks import give, take
from tests.postgres.blob_laptops import (
    OWNER,
    Join,
    SwitchedOff,
    added,
    joining,
    lead,
    reopened,
    sizes,
    state,
    sync_text,
)
from villageapp.errors import Cancelled, SyncKind
from villageapp.models.log import Replica
from villageapp.server import admin
from villageapp.server.bundles import import_bundle
from villageapp.services import attachments, enrolling
from villageapp.services.attachments import Where
from villageapp.services.blob_syncing import sync_blobs
from villageapp.sync import blobs


@pytest.fixture
def join(server: ServerProcess, village: str, tmp_path: Path) -> Iterator[Join]:
    """Makes laptops of this test's own village."""
    with joining(server, village, tmp_path) as make:
        yield make


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
        assert (
            line.up < total * 1.4
        )  # what lay in the buffers of the line when it was closed went for nothing


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


_LIMITED_SERVER = """
import resource, sys
from pathlib import Path
from villageapp.server.run import run
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
run(Path(sys.argv[1]), sys.argv[2], "127.0.0.1", 0)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of file size are posix")
def test_a_server_whose_disk_takes_no_more_is_busy_and_nothing_is_lost(
    postgres_dsn: str, tmp_path: Path
) -> None:
    dsn = fresh_database(postgres_dsn)
    with roomy_folder() as folder:
        limited = subprocess.Popen(
            [sys.executable, "-c", _LIMITED_SERVER, str(folder), dsn], stdout=subprocess.PIPE, text=True
        )
        try:
            assert limited.stdout is not None
            with limited.stdout as said, laptop(tmp_path, "one", certified=False) as work:
                url = said.readline().split()[1]
                with work.transaction() as session:
                    session.get_one(Replica, 1).province_key = b""
                    session.add(household(7))
                enrolling.enrol(work, url, admin.enrol_code(folder, dsn, VILLAGE_CODE, "\u5f20\u4e09"))
                sync_text(work)
                sha256 = added(work)
                full = sync_blobs(work)
                assert full.interrupted is not None
                assert full.interrupted.kind is SyncKind.BUSY
                assert (full.uploaded, full.waiting) == (1, 1)  # the preview fits
                assert blobs.hash_of(attachments.content(work, sha256)) == sha256
                limited.kill()
                limited.wait()
                with running_server(folder, dsn) as server:
                    lead(work, server.url)
                    assert sync_blobs(work).waiting == 0
                    assert state(work) is Where.RECEIVED
        finally:
            limited.kill()
            limited.wait()


def test_b7_a_week_of_photos_over_a_rural_line_and_the_rest_by_stick(
    server: ServerProcess, join: Join, tmp_path: Path
) -> None:
    """Text within a minute, a line with drops, two restarts, the last part by stick; every photo has its state."""
    with bad_line(server.url) as line:
        work = join("first", line.url, with_home=True)
        hashes = [added(work, photo(80 + number, (800, 600), grain=4)) for number in range(10)]
        total = sizes(work)
        assert sync_text(work).receipt
        text = line.up
        line.cut_every, line.per_second = 80_000, 1_000_000  # as three drops a minute at 32 kbit/s
        for share in (0.3, 0.5):
            with pytest.raises(Cancelled):
                sync_blobs(work, SwitchedOff(int(sizes(work) * share)))
            work = reopened(work)
            states = {one.where for one in attachments.of(work, *OWNER)}
            assert {Where.RECEIVED, Where.LOCAL} <= states | {Where.UPLOADING}
        left = sizes(work)
        assert 0 < left < total * 0.5
        assert line.up - text < (total - left) * 1.10 + 80_000  # the photo in hand
        path, reply = tmp_path / "up.zcb", tmp_path / "down.zcb"
        give(work, path, "server")
        assert import_bundle(server.data_dir, server.dsn, path, reply).blobs > 0
        take(work, reply)
        assert {one.where for one in attachments.of(work, *OWNER)} == {Where.RECEIVED}
        assert [blobs.hash_of(attachments.content(work, sha256)) for sha256 in hashes] == hashes
        work.close()
    second = join("second")
    assert sync_blobs(second, originals=True).waiting == 0
    assert [blobs.hash_of(attachments.content(second, sha256)) for sha256 in hashes] == hashes
