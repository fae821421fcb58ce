"""Restored and cloned laptops: nothing lost, nothing doubled, everybody equal, every conflict named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from sqlalchemy import event

from tests.helpers.clones import add, delete, edit, new_laptop, numbers, value
from tests.helpers.laptops import household
from tests.helpers.teams import Team, carry
from villageapp.errors import AlreadyDone, SyncError, Trouble
from villageapp.server import admin
from villageapp.services.enrolling import enrol
from villageapp.services.syncing import conflicts, state_hash, sync_now
from villageapp.services.workspace import Workspace
from villageapp.sync import fork, store
from villageapp.sync.client import HttpPeer


def national(*wanted: int) -> list[str]:
    return [f"1499{number:012d}" for number in wanted]


def test_a_laptop_restored_from_an_old_backup_goes_on_under_a_new_number(team: Team) -> None:
    a, b = team.join("甲"), team.join("乙")
    add(a, 1, 2, phone="13800000001")
    sync_now(a)
    add(a, 3)  # in the backup, not sealed yet; sent after it
    team.copy("甲", "backup")
    add(a, 4, 5)
    edit(a, 1, phone="13800000004")
    sync_now(a)
    sync_now(b)
    old = a.identity.replica_id
    a = team.restore("甲", "backup")
    add(a, 6)
    edit(a, 2, phone="13800000006")
    report = sync_now(a)
    assert report.receipt
    assert a.identity.replica_id != old
    with a.reading() as connection:
        former = connection.exec_driver_sql("SELECT former FROM replica").scalar_one()
        assert json.loads(former) == [old]
        own = connection.exec_driver_sql(
            "SELECT last_seq FROM vector WHERE replica_id = ?", (a.identity.replica_id,)
        )
        assert own.scalar_one() == 2, (
            "only what was written after the backup moves; the rest is there already"
        )
    team.settle()
    team.check()
    for work in team.works.values():
        assert numbers(work) == national(1, 2, 3, 4, 5, 6)
        assert value(work, 1, "phone") == "13800000004"
        assert value(work, 2, "phone") == "13800000006"
        assert conflicts(work) == []


def test_edits_on_both_sides_of_a_backup_are_conflicts_with_both_values(team: Team) -> None:
    a, b = team.join("甲"), team.join("乙")
    add(a, 1, phone="13800000001")
    add(a, 2)
    sync_now(a)
    sync_now(b)
    team.copy("甲", "backup")
    edit(a, 1, phone="13811111111")
    delete(a, 2)
    sync_now(a)
    edit(b, 2, address="村东头")
    a = team.restore("甲", "backup")
    edit(a, 1, phone="13822222222")
    edit(a, 1, phone="13833333333")
    edit(b, 1, address="村西头")
    team.settle()
    team.check()
    for work in team.works.values():
        found = {c.field: {v.value for v in c.values} for c in conflicts(work) if c.field != "deleted"}
        assert found == {"phone": {"13811111111", "13833333333"}}
        assert [c.field for c in conflicts(work)].count("deleted") == 1
        assert value(work, 1, "address") == "村西头"


def test_deletions_after_the_backup_hold(team: Team) -> None:
    a, b = team.join("甲"), team.join("乙")
    add(a, 1, 2, 3)
    sync_now(a)
    team.copy("甲", "backup")
    add(a, 4)
    sync_now(a)
    sync_now(b)
    a = team.restore("甲", "backup")
    add(a, 5, 6)
    edit(a, 1, phone="13800000001")
    delete(a, 1)
    delete(a, 6)
    team.settle()
    team.check()
    for work in team.works.values():
        assert numbers(work) == national(2, 3, 4, 5)
        assert conflicts(work) == []


def test_what_a_colleague_deleted_since_the_backup_does_not_come_back(team: Team) -> None:
    a, b = team.join("甲"), team.join("乙")
    add(a, 1, 2, 3)
    sync_now(a)
    sync_now(b)
    team.copy("甲", "backup")
    add(a, 4)
    sync_now(a)
    delete(b, 1)
    delete(b, 2)
    sync_now(b)
    a = team.restore("甲", "backup")
    edit(a, 2, phone="13800000002")
    edit(a, 3, phone="13800000003")
    team.settle()
    team.check()
    for work in team.works.values():
        assert numbers(work) == national(2, 3, 4)
        assert [(c.record_id, c.field) for c in conflicts(work)] == [(household(2).id, "deleted")]


def test_a_cloned_disk_on_which_both_work_on(team: Team) -> None:
    a, b = team.join("甲"), team.join("乙")
    add(a, 1, phone="13800000001")
    sync_now(a)
    team.copy("甲", "甲二")
    twin = team.start("甲二")
    add(a, 2, 3)
    edit(a, 1, phone="13811111111")
    add(twin, 4, 5, 6)
    edit(twin, 1, phone="13822222222")
    sync_now(a)
    sync_now(twin)
    sync_now(b)
    assert a.identity.replica_id != twin.identity.replica_id
    for round_ in range(3):
        add(a, 10 + round_)
        add(twin, 20 + round_)
        sync_now(twin)
        sync_now(a)
    team.settle()
    team.check()
    for work in team.works.values():
        assert numbers(work) == national(1, 2, 3, 4, 5, 6, 10, 11, 12, 20, 21, 22)
        [conflict] = conflicts(work)
        assert {v.value for v in conflict.values} == {"13811111111", "13822222222"}
        assert {v.replica_id for v in conflict.values} == {a.identity.replica_id, twin.identity.replica_id}
    assert team.server.dsn is not None
    with psycopg.connect(team.server.dsn) as connection:
        lines = connection.execute(
            "SELECT subject FROM audit WHERE action = 'same_device_two_machines' AND workspace = %s",
            (a.identity.workspace,),
        ).fetchall()
    assert lines == [(f"{a.identity.replica_id}>{twin.identity.replica_id}",)]
    shown = [row for row in team.server.ask("same-devices") if row["village_code"] == team.village]
    assert [(row["former"], row["replica_id"]) for row in shown] == [
        (a.identity.replica_id, twin.identity.replica_id)
    ]


def test_an_idle_clone_takes_a_number_of_its_own_before_it_writes(team: Team) -> None:
    a = team.join("甲")
    add(a, 1)
    sync_now(a)
    team.copy("甲", "甲二")
    add(a, 2)
    sync_now(a)
    twin = team.start("甲二")
    sync_now(twin)
    assert twin.identity.replica_id != a.identity.replica_id
    assert numbers(twin) == national(1, 2)
    add(twin, 3)
    team.settle()
    team.check()


def test_restored_with_segments_sealed_but_never_sent(team: Team) -> None:
    a, _ = team.join("甲"), team.join("乙")
    add(a, 1)
    sync_now(a)
    team.copy("甲", "backup")
    add(a, *range(10, 620))  # several segments
    sync_now(a)
    a = team.restore("甲", "backup")
    add(a, *range(1000, 1600))
    with a.database.writing() as connection:
        store.seal_outbox(connection)
    edit(a, 1000, phone="13800000001")
    report = sync_now(a)
    assert report.receipt
    team.settle()
    team.check()
    for work in team.works.values():
        assert len(numbers(work)) == 1 + 610 + 600
        assert value(work, 1000, "phone") == "13800000001"
        with work.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM household_summary").scalar() == 1211


class PowerCut(BaseException):
    """The machine dies at a statement."""


@contextmanager
def dying_at(work: Workspace, statement: int) -> Iterator[list[int]]:
    """The process dies just before the n-th statement from now; gives the count of statements so far."""
    count = [0]

    def before(*_: object) -> None:
        count[0] += 1
        if count[0] == statement:
            raise PowerCut

    event.listen(work.database._engine, "before_cursor_execute", before)
    try:
        yield count
    finally:
        event.remove(work.database._engine, "before_cursor_execute", before)


def test_power_cut_at_any_statement_of_the_change_of_number_is_harmless(team: Team) -> None:
    a = team.join("甲")
    add(a, 1)
    sync_now(a)
    team.copy("甲", "backup")
    add(a, 2)
    edit(a, 1, phone="13811111111")
    sync_now(a)
    a = team.restore("甲", "backup")
    add(a, 3)
    edit(a, 1, phone="13822222222")
    before, hash_ = a.identity, state_hash(a)
    with closing(HttpPeer(before.server_url, before.token)) as peer:
        admission = fork.request_identity(peer, before)
        statement = 1
        while True:
            with dying_at(a, statement) as count:
                try:
                    settled = fork.go_on_as(a.database, a.clock, peer, admission)
                except PowerCut:
                    settled = None
            if settled is not None:
                break
            assert (a.identity, state_hash(a)) == (before, hash_), f"statement {statement}"
            statement += 1
    assert statement == count[0] + 1 > 20
    assert (settled.moved, settled.returned) == (2, 2)
    team.settle()
    team.check()
    assert numbers(a) == national(1, 2, 3)


def test_a_full_disk_during_the_change_of_number_is_harmless(team: Team) -> None:
    a = team.join("甲")
    add(a, 1)
    sync_now(a)
    team.copy("甲", "backup")
    add(a, *range(100, 900))
    sync_now(a)
    a = team.restore("甲", "backup")
    add(a, 3)
    before, hash_ = a.identity, state_hash(a)

    def full(connection: object, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1").fetchall()  # type: ignore[attr-defined]

    def roomy(connection: object, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1073741823").fetchall()  # type: ignore[attr-defined]

    event.listen(a.database._engine, "checkout", full)
    try:
        with pytest.raises(Trouble) as told:
            sync_now(a)
    finally:
        event.remove(a.database._engine, "checkout", full)
        event.listen(a.database._engine, "checkout", roomy)
    assert told.value.code == "disk_full"
    assert (a.identity.replica_id, state_hash(a)) == (before.replica_id, hash_)
    team.settle()
    team.check()
    assert len(numbers(a)) == 802


def test_a_backup_from_before_the_enrolment_is_enrolled_again_with_a_new_code(team: Team) -> None:
    a = new_laptop(team.folder / "甲", team.village, "甲")
    team.works["甲"] = a
    add(a, 1)
    team.copy("甲", "backup")
    enrol(a, team.server.url, team.server.enrol_code(team.village, "甲"))
    add(a, 2)
    sync_now(a)
    a = team.restore("甲", "backup")
    add(a, 3)
    enrol(a, team.server.url, team.server.enrol_code(team.village, "甲"))
    sync_now(a)
    team.settle()
    team.check()
    assert numbers(a) == national(1, 2, 3)


def test_a_restored_laptop_can_be_enrolled_again_with_a_new_code(team: Team) -> None:
    a, _ = team.join("甲"), team.join("乙")
    add(a, 1)
    sync_now(a)
    with pytest.raises(AlreadyDone):
        enrol(a, team.server.url, "AAAA-BBBB-CCCC")
    team.copy("甲", "backup")
    add(a, 2)
    sync_now(a)
    a = team.restore("甲", "backup")
    add(a, 3)
    old = a.identity.replica_id
    done = enrol(a, team.server.url, team.server.enrol_code(team.village, "甲"))
    assert done.replica_id == a.identity.replica_id != old
    assert done.note
    team.settle()
    team.check()
    for work in team.works.values():
        assert numbers(work) == national(1, 2, 3)


def test_a_stopped_laptop_brings_its_unsent_work_with_a_new_code(team: Team) -> None:
    a, b = team.join("甲"), team.join("乙")
    add(a, 1)
    sync_now(a)
    admin.revoke(team.server.data_dir, team.server.dsn, a.identity.replica_id)
    add(a, *range(2, 42))
    with pytest.raises(SyncError):
        sync_now(a)
    sync_now(b)
    assert numbers(b) == national(1)
    enrol(a, team.server.url, team.server.enrol_code(team.village, "甲"))
    team.settle()
    team.check()
    assert numbers(b) == national(*range(1, 42))


def test_a_wrong_code_leaves_a_restored_laptop_as_it_was(team: Team) -> None:
    a = team.join("甲")
    add(a, 1)
    sync_now(a)
    team.copy("甲", "backup")
    add(a, 2)
    sync_now(a)
    a = team.restore("甲", "backup")
    before, hash_ = a.identity, state_hash(a)
    with pytest.raises(SyncError):
        enrol(a, team.server.url, "ZZZZ-ZZZZ-ZZZZ")
    assert (a.identity, state_hash(a)) == (before, hash_)


def test_a_colleague_who_got_the_wrong_twin_s_log_by_stick_follows_the_server(team: Team) -> None:
    a, b = team.join("甲"), team.join("乙")
    add(a, 1, phone="13800000001")
    add(a, 2, phone="13800000002")
    sync_now(a)
    sync_now(b)
    team.copy("甲", "甲二")
    twin = team.start("甲二")
    add(twin, 30)
    edit(twin, 30, address="东")
    edit(twin, 1, phone="13811111111")
    edit(twin, 2, phone="13822222222")
    assert carry(twin, b).refused == []
    edit(b, 2, phone="13833333333")  # over what the twin said
    add(a, 40)
    sync_now(a)
    number = a.identity.replica_id
    team.works.pop("甲二").close()  # the twin is destroyed: only b has its work
    shutil.rmtree(team.folder / "甲二")
    report = sync_now(b)
    assert report.receipt
    assert report.notes
    team.settle()
    team.check()
    assert a.identity.replica_id == number
    for work in team.works.values():
        assert numbers(work) == national(1, 2, 30, 40)
        assert value(work, 30, "address") == "东"
        assert value(work, 1, "phone") == "13811111111"
        assert value(work, 2, "phone") == "13833333333"
        assert conflicts(work) == []


def test_the_wrong_twin_and_whoever_carried_its_work_do_not_double_it(team: Team) -> None:
    a, b = team.join("甲"), team.join("乙")
    add(a, 1, phone="13800000001")
    sync_now(a)
    sync_now(b)
    team.copy("甲", "甲二")
    twin = team.start("甲二")
    add(twin, 30, phone="13800000030")
    edit(twin, 1, phone="13811111111")
    delete(twin, 30)
    carry(twin, b)
    edit(a, 1, address="村东头")
    sync_now(a)
    sync_now(b)
    sync_now(twin)
    team.settle()
    team.check()
    for work in team.works.values():
        assert value(work, 1, "phone") == "13811111111"
        assert value(work, 1, "address") == "村东头"
        assert [c for c in conflicts(work) if c.field != "deleted"] == []
