"""The server's database goes back to last night: the server notices, the laptops send again, nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import psycopg
import pytest

from tests.helpers.servers import eventually, fresh_database, roomy_folder, running_server, start_server
from tests.postgres.laptops import RawLaptop, change
from villageapp.errors import Trouble
from villageapp.models.ids import new_id
from villageapp.server import admin, restoration
from villageapp.server.opening import open_province
from villageapp.sync.chain import Sealed


def write(laptop: RawLaptop, number: int) -> None:
    for i in range(number):
        laptop.write(change(new_id(), {"head": f"户{i}"}))


def test_three_hundred_records_after_the_backup_come_back_from_the_laptops() -> None:
    with roomy_folder() as folder:
        data = folder / "server"
        with running_server(data) as server:
            first, second = (RawLaptop(server.url, "149901001001") for _ in range(2))
            for laptop in (first, second):
                laptop.enrol(server.enrol_code(laptop.village))
            write(first, 5)
            old_epoch = first.sync().hello.epoch
        keep_owners(data / "postgres", folder / "backup")
        with running_server(data) as server:
            first.url = second.url = server.url
            write(first, 200)
            write(second, 100)
            first.sync()
            second.sync()
            first.sync()
            admin.revoke(data, None, second.replica_id)
        shutil.rmtree(data / "postgres")
        shutil.move(folder / "backup", data / "postgres")
        with running_server(data) as server:
            first.url = second.url = server.url
            answer = first.send()
            assert answer.hello.epoch != old_epoch
            assert answer.hello.vector == {first.replica_id: 5}
            first.send(first.held)  # everything it holds, the colleague's segments too
            assert server.counts(first.workspace) == {"household": 305}
            with open_province(data, None) as province, province.engine.connect() as connection:
                said = restoration.report(connection)
            assert said["reason"] == "arrivals"
            sent = {x["replica_id"]: x["changes"] for x in said["workspaces"][0]["laptops"]}
            assert sent == {first.replica_id: 200, second.replica_id: 100}
            assert said["silent"] == []  # the second one was revoked, and that was not forgotten
            assert {r.code for r in second.send([late(second)]).refusals} == {"revoked"}


def keep_owners(source: Path, target: Path) -> None:
    """Copy a folder as a backup program does: under root PostgreSQL's files belong to another user."""
    shutil.copytree(source, target, symlinks=True)
    for path in (source, *source.rglob("*")):
        shutil.copystat(path, target / path.relative_to(source), follow_symlinks=False)
        if os.name == "posix":
            owner = path.lstat()
            os.chown(target / path.relative_to(source), owner.st_uid, owner.st_gid, follow_symlinks=False)


def late(laptop: RawLaptop) -> Sealed:
    return laptop.write(change(new_id(), {"head": "晚"}))


def test_a_dump_that_is_read_in_is_another_database(postgres_dsn: str, tmp_path: Path) -> None:
    first, second = fresh_database(postgres_dsn), fresh_database(postgres_dsn)
    admin.init(tmp_path, first)
    key = (tmp_path / "province.key").read_text()
    epoch = json.loads((tmp_path / "epoch").read_text())["epoch"]
    admin.init(tmp_path / "other", second)
    with psycopg.connect(first) as source, psycopg.connect(second) as target:
        row = source.execute("SELECT province_key, epoch FROM server_state").fetchone()
        target.execute("UPDATE server_state SET province_key = %s, epoch = %s", row)
    assert (tmp_path / "province.key").read_text() == key
    with open_province(tmp_path, second) as province:
        assert province.epoch != epoch
    with open_province(tmp_path, second) as province, province.engine.connect() as connection:
        assert restoration.report(connection)["reason"] == "database"
        assert province.epoch == restoration.report(connection)["epoch"]  # settled: no third epoch


def test_an_epoch_that_the_database_never_had_is_newer_than_it(postgres_dsn: str, tmp_path: Path) -> None:
    dsn = fresh_database(postgres_dsn)
    admin.init(tmp_path, dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE server_state SET epoch = 'older'")
    with open_province(tmp_path, dsn) as province:
        assert province.epoch != "older"


def test_a_restoration_said_by_hand_reaches_the_running_server(postgres_dsn: str, tmp_path: Path) -> None:
    dsn = fresh_database(postgres_dsn)
    with running_server(tmp_path, dsn) as server:
        laptop = RawLaptop(server.url, "149901001001")
        before = laptop.enrol(server.enrol_code(laptop.village)).epoch
        epoch = admin.restored(tmp_path, dsn)
        assert epoch != before
        assert eventually(lambda: laptop.send().hello.epoch == epoch)
        assert not eventually(lambda: laptop.send().hello.epoch != epoch, seconds=4)  # and it stays


def test_two_server_folders_on_one_database_agree(postgres_dsn: str, tmp_path: Path) -> None:
    dsn = fresh_database(postgres_dsn)
    admin.init(tmp_path, dsn)
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(tmp_path / "province.key", other)
    with open_province(other, dsn) as second:
        epoch = admin.restored(tmp_path, dsn)
        assert second.settle()
        assert second.epoch == epoch
    with open_province(tmp_path, dsn) as first:
        assert first.epoch == epoch


def test_a_killed_server_is_no_restored_one(postgres_dsn: str, tmp_path: Path) -> None:
    dsn = fresh_database(postgres_dsn)
    server = start_server(tmp_path, dsn)
    try:
        laptop = RawLaptop(server.url, "149901001001")
        epoch = laptop.enrol(server.enrol_code(laptop.village)).epoch
        write(laptop, 3)
        laptop.sync()
    finally:
        server.kill()
    with running_server(tmp_path, dsn) as server:
        laptop.url = server.url
        assert laptop.send().hello.epoch == epoch


def test_a_damaged_file_stops_the_server_and_says_so(postgres_dsn: str, tmp_path: Path) -> None:
    dsn = fresh_database(postgres_dsn)
    admin.init(tmp_path, dsn)
    (tmp_path / "epoch").write_text("{")
    with pytest.raises(Trouble) as caught:
        admin.init(tmp_path, dsn)
    assert caught.value.code == "epoch_unreadable"
