"""``villageapp server …`` as its administrator types it, beside a running server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from python_calamine import CalamineWorkbook

from tests.helpers.servers import eventually, fresh_database
from tests.postgres.laptops import RawLaptop, change
from villageapp.cli.main import main
from villageapp.models.ids import new_id

VILLAGE, OTHER = "149901111001", "149901111002"


class Office:
    """One server's folder and database, and the commands on it."""

    def __init__(self, folder: Path, dsn: str, output: pytest.CaptureFixture[str]) -> None:
        self.folder, self.dsn, self._output = folder, dsn, output

    def say(self, *words: str) -> Any:
        """The JSON answer of a command that works."""
        status, out, err = self.run(*words, "--json")
        assert status == 0, err
        return json.loads(out)

    def run(self, *words: str) -> tuple[int, str, str]:
        """Status, output and errors of a command."""
        self._output.readouterr()
        status = main(["server", *words, "--data-dir", str(self.folder), "--dsn", self.dsn])
        told = self._output.readouterr()
        return status, told.out, told.err


@pytest.fixture
def office(
    tmp_path: Path, postgres_dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Office:
    monkeypatch.setenv("VILLAGEAPP_PASSPHRASE", "a good password")
    return Office(tmp_path, fresh_database(postgres_dsn), capsys)


@contextmanager
def running(office: Office, *words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``server run`` in a process of its own."""
    command = [sys.executable, "-m", "villageapp", "server", "run", "--port", "0"]
    where = ["--data-dir", str(office.folder), "--dsn", office.dsn]
    process = subprocess.Popen([*command, *where, *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready http://")
        yield line.split()[1], process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
        if process.stdout is not None:
            process.stdout.close()


def enrolled(office: Office, url: str, village: str = VILLAGE) -> RawLaptop:
    laptop = RawLaptop(url, village)
    laptop.enrol(office.say("enrol-code", "--village", village, "--name", "张三")["code"])
    return laptop


def household(number: str) -> Any:
    return change(new_id(), {"national_hh_no": number, "household_type": "1"})


def test_accounts_are_opened_listed_and_closed(office: Office) -> None:
    office.say("init")
    said = office.say("account", "add", "--name", "li", "--role", "管理员", "--division", "149901")
    assert said == {"login": "149901/li"}
    (listed,) = office.say("account", "list")["accounts"]
    assert (listed["login"], listed["role"], listed["closed_at"]) == ("149901/li", "管理员", None)
    office.say("account", "close", "149901/li")
    assert office.say("account", "list")["accounts"][0]["closed_at"] is not None
    status, _, err = office.run("account", "close", "149901/li")
    assert (status, "149901/li" in err) == (1, True)
    noted = office.say("report", "audit", "--last", "2")["lines"]
    assert [line["action"] for line in noted] == ["account_closed", "account_added"]
    assert all(line["who"].startswith("console:") for line in noted)
    assert "account_added" in office.run("report", "audit", "--county", "149901")[1]
    status, out, _ = office.run("account", "list")
    assert (status, "已停用" in out) == (0, True)


def test_a_revoked_laptop_s_work_is_listed_and_released(office: Office) -> None:
    with running(office) as (url, _):
        laptop = enrolled(office, url)
        office.say("revoke", laptop.replica_id)
        laptop.send([laptop.write(household("1"))])
        (waiting,) = office.say("quarantine", "list")["waiting"]
        assert (waiting["replica_id"], waiting["changes"]) == (laptop.replica_id, 1)
        assert laptop.replica_id in office.run("quarantine", "list")[1]
        said = office.say("quarantine", "release", laptop.replica_id)
        assert said == {"segments": 1, "changes": 1, "left": 0}
        assert office.say("quarantine", "list")["waiting"] == []
        assert "没有" in office.run("quarantine", "list")[1]
        laptop.send([laptop.write(household("2"))])
        assert office.say("quarantine", "discard", laptop.replica_id) == {"segments": 1}
        for typed in ("no id", new_id()):
            assert office.run("quarantine", "release", typed)[0] == 1


def test_a_restoration_is_said_and_reported(office: Office) -> None:
    with running(office) as (url, _):
        laptop = enrolled(office, url)
        early = laptop.write(household("1"))
        assert office.say("report", "restoration")["restored_at"] is None
        epoch = office.say("restored")["epoch"]
        laptop.send([early])
        said = office.say("report", "restoration")
        assert (said["epoch"], said["reason"]) == (epoch, "by_hand")
        assert said["workspaces"][0]["laptops"] == [
            {"replica_id": laptop.replica_id, "segments": 1, "changes": 1}
        ]
        assert laptop.replica_id in office.run("report", "restoration")[1]


def test_the_bulletin_is_written_whole_or_not_at_all(office: Office, tmp_path: Path) -> None:
    with running(office) as (url, _):
        laptop = enrolled(office, url)
        laptop.send([laptop.write(household("1"))])
        out = tmp_path / "通报.xlsx"
        words = ("bulletin", "--month", "2026-06", "--division", "149901", "--out")
        assert office.say(*words, str(out))["bytes"] == out.stat().st_size
        assert CalamineWorkbook.from_path(str(out)).sheet_names[0] == "月通报"
        status, _, err = office.run(*words, str(tmp_path / "none" / "x.xlsx"))
        assert (status, "无法写出" in err) == (1, True)
        assert [path.name for path in tmp_path.glob("*.xlsx*")] == ["通报.xlsx"]


def test_households_and_villages_move(office: Office) -> None:
    with running(office) as (url, _):
        first, second = enrolled(office, url), enrolled(office, url, OTHER)
        first.send([first.write(household("1"), household("2"))])
        said = office.say("move-household", "--household-no", "1", "--from", VILLAGE, "--to", OTHER)
        assert said["records"] == 1
        assert office.say("merge-village", "--from", VILLAGE, "--to", OTHER)["records"] == 1
        second.sync()
        assert sum(s.read_header().last_seq - s.read_header().first_seq + 1 for s in second.held) == 2
        office.say("recode-village", "--from", OTHER, "--to", "149901111009")
        status, _, err = office.run("recode-village", "--from", OTHER, "--to", "149901111008")
        assert (status, OTHER in err) == (1, True)


def test_several_projectors_work_and_end_with_the_server(office: Office) -> None:
    with running(office, "--projectors", "3") as (url, process):
        laptop = enrolled(office, url)
        workers = [p for p in psutil.Process(process.pid).children() if "projector" in p.cmdline()]
        assert len(workers) == 3
        laptop.send([laptop.write(*(household(str(i)) for i in range(300)))])

        def projected() -> bool:
            with psycopg.connect(office.dsn) as connection:
                return connection.execute("SELECT count(*) FROM record").fetchone() == (300,)

        assert eventually(projected, 30)
        os.kill(process.pid, signal.SIGKILL)
        assert eventually(lambda: not any(_alive(worker) for worker in workers), 30)


def test_the_server_projects_itself_when_its_projector_dies(office: Office) -> None:
    with running(office) as (url, process):
        laptop = enrolled(office, url)
        (worker,) = [p for p in psutil.Process(process.pid).children() if "projector" in p.cmdline()]
        worker.kill()
        assert eventually(lambda: not _alive(worker), 30)
        laptop.send([laptop.write(*(household(str(i)) for i in range(20)))])

        def projected() -> bool:
            with psycopg.connect(office.dsn) as connection:
                return connection.execute("SELECT count(*) FROM record").fetchone() == (20,)

        assert eventually(projected, 30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_numbers_that_make_no_sense_are_refused(office: Office) -> None:
    for words in (("run", "--projectors", "0"), ("run", "--projectors", "99"), ("run", "--port", "70000")):
        assert office.run(*words)[0] == 1
