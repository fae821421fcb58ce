"""Real laptops, the real server, and a line between them that is cut every so many bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.helpers.clones import add, enrolled_laptop
from tests.helpers.cutting import Cutting, cutting
from tests.helpers.servers import ServerProcess
from villageapp.errors import SyncError
from villageapp.server import admin
from villageapp.services.sync_run import open_road
from villageapp.services.syncing import Line, SyncReport, probe, state_hash, sync_now, sync_state
from villageapp.services.workspace import Workspace
from villageapp.sync import store
from villageapp.sync.lacking import lacking

SEGMENTS, ALLOWED = 30, 150_000


@pytest.fixture
def team(server: ServerProcess, village: str, tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    works = tuple(enrolled_laptop(tmp_path / name, server, village, name) for name in ("甲", "乙"))
    yield works[0], works[1]
    for work in works:
        work.close()


def fill(work: Workspace) -> int:
    """Half a megabyte in segments that do not compress; their bytes."""
    pick = random.Random(5)
    for number in range(SEGMENTS):
        add(work, number, address=pick.randbytes(20_000).hex())
        with work.database.writing() as connection:
            store.seal_outbox(connection)
    with work.reading() as connection:
        return lacking(connection, {}, 0).total_bytes


def move_to(work: Workspace, url: str) -> None:
    with work.database.writing() as connection:
        connection.exec_driver_sql("UPDATE replica SET server_url = ?", (url,))


def known(work: Workspace) -> int:
    with work.reading() as connection:
        return sum(store.vector_of(connection).values())


def until_done(work: Workspace) -> SyncReport:
    before = known(work)
    for _ in range(30):
        with suppress(SyncError):
            return sync_now(work)
        assert known(work) >= before
        before = known(work)
    raise AssertionError("no end")


def test_everything_arrives_and_at_most_a_frame_comes_twice_for_each_cut(
    server: ServerProcess, team: tuple[Workspace, Workspace]
) -> None:
    a, b = team
    total = fill(a)
    for work in (a, b):
        with cutting(server.url, ALLOWED) as (url, proxy):
            move_to(work, url)
            report = until_done(work)
            assert report.receipt
            assert report.signed_by == "log"
            assert proxy.cuts >= 3
        if work is b:
            largest = 2 * total // SEGMENTS + 4_000
            assert proxy.bytes_down <= total + (proxy.cuts + report.round_trips + 1) * largest
    move_to(a, server.url)
    sync_now(a)
    assert state_hash(a) == state_hash(b)
    assert server.state(a.identity.workspace)["hash"] == state_hash(a).hash


def test_one_change_is_one_round_trip_each_and_under_two_and_a_half_kilobytes(
    server: ServerProcess, team: tuple[Workspace, Workspace]
) -> None:
    a, b = team
    with cutting(server.url, 0) as (url, proxy):
        for work in (a, b, a):
            move_to(work, url)
            sync_now(work)
        proxy.bytes_up = proxy.bytes_down = 0
        add(a, 1, address="村东头", phone="13800000000")
        sent = sync_now(a)
        assert wire(proxy) <= 2_500
        received = sync_now(b)
        assert wire(proxy) <= 5_000
    assert (sent.round_trips, sent.pushed, received.round_trips, received.pulled) == (1, 1, 1, 1)
    assert sync_state(a).pending == sync_state(a).segments_waiting == 0
    assert sync_state(a).signed_at is not None


def wire(proxy: Cutting) -> int:
    """Bytes both ways, headers included."""
    return proxy.bytes_up + proxy.bytes_down


def test_a_line_is_kept_and_opened_again_when_it_broke(
    server: ServerProcess, team: tuple[Workspace, Workspace]
) -> None:
    a, _ = team
    line = Line(a)
    assert line.sync_now().receipt
    add(a, 1)
    assert line.sync_now().receipt
    move_to(a, "http://127.0.0.1:9")
    with pytest.raises(SyncError):
        line.sync_now()
    move_to(a, server.url)
    assert line.sync_now().receipt
    line.close()
    probe(a)
    road = open_road(a)
    assert sync_now(a, road=road).round_trips == 1
    road.close()


def test_a_revoked_laptop_s_forty_unsent_changes_are_kept_for_review(
    server: ServerProcess, team: tuple[Workspace, Workspace]
) -> None:
    a, b = team
    for work in (a, b, a):
        sync_now(work)
    own = a.identity.replica_id
    with a.reading() as connection:
        delivered = store.vector_of(connection)[own]
    admin.revoke(server.data_dir, server.dsn, own)
    for number in range(40):
        add(a, number)
    for _ in range(2):
        with pytest.raises(SyncError) as told:
            sync_now(a)
        assert told.value.code == "revoked"
        assert kept(server, own) == list(range(delivered + 1, delivered + 41))
    assert sync_state(a).pending == 40
    assert sync_state(a).ended == "auth"
    assert sync_now(b).pulled == 0
    assert server.counts(b.identity.workspace).get("household", 0) == 0


def kept(server: ServerProcess, replica_id: str) -> list[int]:
    """Numbers of the changes that wait for review."""
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        query = "SELECT first_seq, last_seq FROM quarantine WHERE replica_id = %s ORDER BY first_seq"
        rows = connection.execute(query, (replica_id,)).fetchall()
    return [number for first, last in rows for number in range(first, last + 1)]
