"""Records that differ silently from the log are found against the server's sums, mended, and reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.helpers.clones import add, edit, enrolled_laptop
from tests.helpers.laptops import household
from tests.helpers.servers import ServerProcess
from villageapp.services import repairing
from villageapp.services.syncing import state_hash, sync_now
from villageapp.services.workspace import Workspace
from villageapp.sync import comparing
from villageapp.sync.client import HttpPeer


@pytest.fixture
def work(server: ServerProcess, village: str, tmp_path: Path) -> Iterator[Workspace]:
    with enrolled_laptop(tmp_path / "a", server, village, "甲") as opened:
        add(opened, *range(1, 30))
        sync_now(opened)
        edit(opened, 1, phone="13800000001")
        sync_now(opened)
        yield opened


def forget_check(work: Workspace) -> None:
    with work.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM peer WHERE url = 'check:records'")


def poke(work: Workspace) -> None:
    with work.database.writing() as connection:
        connection.exec_driver_sql("UPDATE household SET phone = '999' WHERE id = ?", (household(5).id,))
        connection.exec_driver_sql(
            "UPDATE record_state SET base = '[[1,\"x\",1]]' WHERE record_id = ?", (household(6).id,)
        )


def test_a_poked_row_and_register_are_found_mended_and_reported(work: Workspace) -> None:
    sound = state_hash(work)
    poke(work)
    assert state_hash(work) != sound
    quiet = sync_now(work)
    assert not quiet.notes, "compared today already"
    forget_check(work)
    report = sync_now(work)
    assert state_hash(work) == sound
    assert len(report.notes) == 1
    assert "2 " in report.notes[0]
    assert report.changes.touches("household", household(5).id)
    assert not report.state_differs
    forget_check(work)
    assert not sync_now(work).notes


def test_a_server_whose_records_were_altered_is_named_and_our_own_stay(
    work: Workspace, server: ServerProcess
) -> None:
    sound = state_hash(work)
    assert repairing.standing(work) == repairing.EQUAL
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        connection.execute(
            "UPDATE projection SET digest = set_byte(digest, 0, get_byte(digest, 0) # 1) WHERE workspace = %s",
            (work.identity.workspace,),
        )
    assert repairing.standing(work) == repairing.DIFFERENT
    forget_check(work)
    report = sync_now(work)
    assert report.state_differs
    assert state_hash(work) == sound
    with psycopg.connect(server.dsn) as connection:
        connection.execute(
            "UPDATE projection SET digest = NULL WHERE workspace = %s", (work.identity.workspace,)
        )
    assert repairing.standing(work) == repairing.EQUAL, "sums that are not known are made from the records"


def test_what_is_not_sent_yet_cannot_be_compared(work: Workspace, server: ServerProcess) -> None:
    add(work, 99)
    assert repairing.standing(work) == repairing.WAITING
    sync_now(work)
    assert repairing.standing(work) == repairing.EQUAL
    with closing(HttpPeer(server.url, "wrong.token")) as stranger, pytest.raises(Exception, match="服务器"):
        comparing.compare(work.database, stranger)


def test_repair_on_demand_makes_everything_again(work: Workspace) -> None:
    poke(work)
    repaired = repairing.repair(work)
    assert {d.record_id for d in repaired.differences} == {household(5).id, household(6).id}
    assert repaired.server == repairing.EQUAL
    assert all("：" in repairing.sentence(d) or ":" in repairing.sentence(d) for d in repaired.differences)
    assert repairing.repair(work).differences == ()
