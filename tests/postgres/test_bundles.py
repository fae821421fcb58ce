"""Sticks between real laptops and the real server: relay, reply with receipt, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.helpers.laptops import household, laptop
from tests.helpers.servers import ServerProcess
from tests.helpers.sticks import add, damaged, edit, give, take
from villageapp.cli.main import main
from villageapp.errors import AppError, SyncError
from villageapp.models.log import Replica
from villageapp.server import admin
from villageapp.server.bundles import Received, import_bundle
from villageapp.services.enrolling import enrol
from villageapp.services.record_status import Place, status_counts, status_of
from villageapp.services.syncing import state_hash, sync_now
from villageapp.services.workspace import Workspace
from villageapp.sync import blobs


@pytest.fixture
def team(
    server: ServerProcess, village: str, tmp_path: Path
) -> Iterator[tuple[Workspace, Workspace, Workspace]]:
    """Three laptops of one village, enrolled; all have met the server once, so they know each other."""
    works = [laptop(tmp_path, name, certified=False) for name in ("甲", "乙", "丙")]
    for work in works:
        with work.transaction() as session:
            session.get_one(Replica, 1).village_code = village
        enrol(work, server.url, server.enrol_code(village, work.data_dir.root.name))
    for work in works:
        sync_now(work)
    yield works[0], works[1], works[2]
    for work in works:
        work.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def bring(server: ServerProcess, path: Path, reply: Path | None = None) -> Received:
    """The county imports a file beside its running server."""
    return import_bundle(server.data_dir, server.dsn, path, reply)


def server_state(server: ServerProcess, work: Workspace) -> str:
    return str(server.state(work.identity.workspace)["hash"])


def test_a_colleague_relays_to_the_server_what_came_by_stick(
    server: ServerProcess, team: tuple[Workspace, Workspace, Workspace], stick: Path
) -> None:
    a, b, _ = team
    add(a, *range(1, 41))
    give(a, stick / "a.zcb")
    a.database.close()  # never seen again
    assert take(b, stick / "a.zcb").changes == 40
    report = sync_now(b)
    assert report.receipt
    assert server_state(server, b) == state_hash(b).hash
    known = status_of(b, "household", household(40).id)
    assert (known.place, known.who) == (Place.RECEIVED, server.url)
    assert server.counts(b.identity.workspace) == {"household": 40}


def test_the_county_takes_a_stick_and_answers_with_a_receipt(
    server: ServerProcess, team: tuple[Workspace, Workspace, Workspace], stick: Path
) -> None:
    a, b, _ = team
    add(b, 1, 2, 3)
    sync_now(b)
    add(a, *range(10, 30))
    written = give(a, stick / "up.zcb", "server")
    assert written.changes == 20
    received = bring(server, stick / "up.zcb", stick / "down.zcb")
    assert (received.changes, received.already_known, received.missing, received.refused) == (20, 0, [], [])
    report = take(a, stick / "down.zcb")
    assert (report.changes, report.receipt, report.missing) == (3, True, ())
    assert status_counts(a) == {Place.LOCAL: 0, Place.STICK: 0, Place.COLLEAGUE: 0, Place.RECEIVED: 23}
    assert server_state(server, a) == state_hash(a).hash
    assert give(a, stick / "nothing.zcb", "server").changes == 0
    again = bring(server, stick / "up.zcb")
    assert (again.changes, again.already_known) == (0, 20)
    report = take(b, stick / "down.zcb")  # the whole team can read it
    assert (report.changes, report.missing) == (0, ())
    sync_now(b)
    assert take(b, stick / "down.zcb").changes == 0
    assert state_hash(b) == state_hash(a)


def test_an_old_reply_after_a_newer_one_is_ignored(
    server: ServerProcess, team: tuple[Workspace, Workspace, Workspace], stick: Path
) -> None:
    a, b, _ = team
    for number in (1, 2):
        add(a, number)
        give(a, stick / f"up{number}.zcb", "server")
        bring(server, stick / f"up{number}.zcb", stick / f"down{number}.zcb")
    assert take(a, stick / "down2.zcb").receipt
    old = take(a, stick / "down1.zcb")
    assert (old.receipt, old.changes, old.already_known) == (False, 0, 0)
    assert give(a, stick / "none.zcb", "server").changes == 0
    sync_now(b)
    assert state_hash(a) == state_hash(b)


def test_the_same_changes_by_stick_and_by_line(
    server: ServerProcess, team: tuple[Workspace, Workspace, Workspace], stick: Path
) -> None:
    a, b, c = team
    add(a, 1, 2)
    give(a, stick / "a.zcb", "server")
    sync_now(a)
    assert bring(server, stick / "a.zcb").already_known == 2
    edit(a, 1, phone="13800000001")
    give(a, stick / "a2.zcb")
    assert bring(server, stick / "a2.zcb").changes == 1
    sync_now(a)
    take(b, stick / "a2.zcb")
    for work in (b, c, a):
        sync_now(work)
    assert len({state_hash(work).hash for work in team} | {server_state(server, a)}) == 1


def test_the_server_says_what_is_missing_and_refuses_what_is_damaged_or_foreign(
    server: ServerProcess,
    team: tuple[Workspace, Workspace, Workspace],
    stick: Path,
    tmp_path: Path,
) -> None:
    a, b, _ = team
    add(a, 1)
    give(a, stick / "lost.zcb", "server")
    with a.database.writing() as connection:  # as if the server had signed for it, and then been restored
        connection.exec_driver_sql(
            "UPDATE peer SET receipt = json_set(receipt, '$.vector', json(?)) WHERE kind = 'server'",
            (f'{{"{a.identity.replica_id}": 1}}',),
        )
    edit(a, 1, phone="13800000002")
    give(a, stick / "later.zcb", "server")
    received = bring(server, stick / "later.zcb", stick / "answer.zcb")
    assert received.changes == 0
    assert "甲" in received.missing[0]
    assert "第 1 号" in received.missing[0]
    cut = damaged(
        stick / "lost.zcb", stick / "cut.zcb", lambda content: content.__delitem__(slice(900, None))
    )
    for path in (cut, Path(__file__)):
        with pytest.raises(AppError) as refused:
            bring(server, path)
        assert refused.value.remedy
    assert server.counts(a.identity.workspace) == {}
    with pytest.raises(SyncError) as refused:
        bring(server, stick / "answer.zcb")  # its own
    assert refused.value.code == "own_file"
    bring(server, stick / "lost.zcb")
    bring(server, stick / "later.zcb")
    sync_now(b)
    assert server_state(server, b) == state_hash(b).hash


def test_a_revoked_laptop_gets_no_answer_that_it_can_read(
    server: ServerProcess, team: tuple[Workspace, Workspace, Workspace], stick: Path
) -> None:
    a, b, _ = team
    add(b, 5)
    sync_now(b)
    add(a, 1)
    give(a, stick / "a.zcb", "server")
    admin.revoke(server.data_dir, server.dsn, a.identity.replica_id)
    received = bring(server, stick / "a.zcb", stick / "answer.zcb")
    assert received.changes == 0
    assert received.refused
    with pytest.raises(SyncError) as refused:
        take(a, stick / "answer.zcb")
    assert refused.value.code == "not_for_us"
    assert server.counts(a.identity.workspace) == {"household": 1}


def test_photos_come_by_stick_and_their_receipts_go_back(
    server: ServerProcess, team: tuple[Workspace, Workspace, Workspace], stick: Path
) -> None:
    a, b, _ = team
    content = Random(3).randbytes(700_000)
    name = blobs.hash_of(content)
    with a.database.writing() as connection:
        blobs.take(a.data_dir, connection, name, content, "image/jpeg")
    give(a, stick / "a.zcb")
    assert take(b, stick / "a.zcb").blobs == 1
    relayed = give(b, stick / "b.zcb", "server")
    assert relayed.blobs == 1
    assert bring(server, stick / "b.zcb", stick / "down.zcb").blobs == 1
    assert bring(server, stick / "a.zcb").blobs == 0  # there already
    for work in (a, b):
        take(work, stick / "down.zcb")
        with work.reading() as connection:
            assert blobs.pending(connection) == []
            row = blobs.find(connection, name)
        assert row is not None
        assert row.receipt_epoch == work.identity.server_epoch
    assert give(a, stick / "a2.zcb", "server").blobs == 0


def test_the_command_line_carries_a_stick_to_the_county_and_back(
    server: ServerProcess,
    village: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VILLAGEAPP_PASSPHRASE", "春种一粒粟-秋收万颗子")
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, expected: int = 0) -> dict[str, Any]:
        assert main([*argv, "--json"]) == expected
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    here = ("--data-dir", "laptop")
    run("init", "--village", village, "--village-name", "示例村", "--user", "周队员", *here)
    refusal = run("bundle", "export", "--for", "server", "--out", "up.zcb", *here, expected=1)
    assert refusal["error"]["code"] == "not_enrolled"
    run("enrol", "--server", server.url, "--code", server.enrol_code(village), *here)
    written = run("bundle", "export", "--for", "server", "--out", "up.zcb", *here)
    assert written == {
        "file": str(tmp_path / "up.zcb"),
        "changes": 2,  # the village and its first person
        "blobs": 0,
        "bytes": (tmp_path / "up.zcb").stat().st_size,
        "damaged": 0,
        "readers": [],
    }
    county = ("--data-dir", str(server.data_dir), "--dsn", str(server.dsn))
    received = run("server", "bundle-import", "up.zcb", "--reply", "down.zcb", *county)
    assert (received["changes"], received["reply"]) == (2, str(tmp_path / "down.zcb"))
    report = run("bundle", "import", "down.zcb", *here)
    assert (report["changes"], report["already_known"], report["receipt"]) == (0, 0, True)
    again = run("bundle", "export", "--for", "colleague", "--out", "up.zcb", *here, expected=1)
    assert again["error"]["code"] == "file_exists"
    assert main(["bundle", "import", "up.zcb", *here]) == 0
    assert "张三" in capsys.readouterr().out
