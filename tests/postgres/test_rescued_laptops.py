"""A laptop whose store was damaged and rescued goes on at the real server: nothing lost, nothing said twice."""

from __future__ import annotations

import random
import shutil
from contextlib import closing

import pytest

from tests.helpers.clones import PASSPHRASE, add, delete, edit, new_laptop, value
from tests.helpers.damage import harm, pages, said
from tests.helpers.laptops import Quiet, household
from tests.helpers.teams import Team
from villageapp.models import keys, lent_pages
from villageapp.models.database import connect
from villageapp.models.wreck import Wreck, quiet
from villageapp.services import rescuing
from villageapp.services.enrolling import enrol
from villageapp.services.syncing import conflicts, sync_now
from villageapp.services.workspace import Workspace
from villageapp.sync import salvage, seal


def rescued(team: Team, name: str, backup: str, damaged: list[int], lost: str = "") -> Workspace:
    """The laptop's file is damaged, in some pages or by rows that are gone, and rescued with the backup."""
    team.works.pop(name).close()
    folder, wreck_file = team.folder / name, team.folder / f"{name}-wreck.db"
    shutil.move(folder / "village.db", wreck_file)
    for left in folder.glob("village.db-*"):
        left.unlink()
    shutil.rmtree(folder)
    shutil.copytree(team.folder / backup, folder)
    harm(wreck_file, damaged)
    work = team.start(name)
    key = keys.unlock(work.data_dir.key_slots, PASSPHRASE)
    with quiet():
        lent_pages.lend(wreck_file, work.data_dir.database, key)
    if lost:
        with closing(connect(wreck_file, key)) as connection:
            connection.execute(lost)
    with Wreck(wreck_file, key) as wreck:
        salvage.take_in(work.database, work.clock, wreck, Quiet())
    return work


def written(team: Team) -> tuple[Workspace, Workspace]:
    """Work before a backup, work sent after it, a colleague's, and work that was never sent."""
    a, b = team.join("甲"), team.join("乙")
    add(a, *range(1, 30), phone="13800000001")
    sync_now(a)
    add(a, 30, phone="13800000030")  # in the backup, not sealed yet
    team.copy("甲", "backup")
    add(a, *range(31, 60), phone="13800000031")
    edit(a, 1, phone="13800000099")
    delete(a, 2)
    sync_now(a)
    sync_now(b)
    edit(b, 3, phone="13800000077")
    edit(b, 40, phone="13800000078")
    sync_now(b)
    sync_now(a)
    add(a, *range(60, 80), phone="13800000060")
    edit(a, 4, phone="13800000044")
    edit(a, 60, phone="13800000066")
    delete(a, 5)
    return a, b


@pytest.mark.parametrize("seed", range(4))
def test_one_lost_page_and_the_next_sync(team: Team, seed: int) -> None:
    a, b = written(team)
    wanted = said(a)
    a.database.settle()
    last = pages(a.data_dir.database)
    page = random.Random(seed).randint(last // 2, last)
    a = rescued(team, "甲", "backup", [page])
    add(a, 90)
    team.settle()
    team.check()
    found = said(b)
    missing = {key: values for key, values in wanted.items() if found.get(key) != values}
    assert missing == {}, page
    assert len(found) == len(wanted) + 1, "something came twice, or came back"
    assert conflicts(a) == []
    assert value(b, 90, "phone") is None


@pytest.mark.parametrize("seed", range(4))
def test_many_lost_pages_lose_nothing_that_was_sent(team: Team, seed: int) -> None:
    """And what colleagues wrote meanwhile is not asked about: the rescue said nothing twice."""
    a, b = written(team)
    sent = said(b)
    a.database.settle()
    last = pages(a.data_dir.database)
    a = rescued(team, "甲", "backup", random.Random(seed).sample(range(last // 2, last), 8))
    edit(b, 31, phone="13800000131")
    edit(b, 1, phone="13800000101")
    team.settle()
    team.check()
    found = said(b)
    touched = {("household", household(number).id) for number in (1, 4, 5, 31)}
    assert {key: found.get(key) for key in sent if key not in touched} == {
        key: values for key, values in sent.items() if key not in touched
    }
    assert value(a, 31, "phone") == "13800000131"
    assert value(a, 1, "phone") == "13800000101"
    assert [c for c in conflicts(a) if c.field == "phone"] == []


def test_what_was_sent_and_is_said_again_is_not_there_twice(team: Team) -> None:
    """The part of the log that was sent after the backup is lost; the records still say it, and a colleague has
    written over it meanwhile."""
    a, b = written(team)
    edit(b, 31, phone="13800000131")
    edit(b, 1, phone="13800000101")
    sync_now(b)
    own = a.identity.replica_id
    a.database.settle()
    with a.reading() as connection:
        last = connection.exec_driver_sql(
            "SELECT max(last_seq) FROM segment WHERE replica_id = ?", (own,)
        ).scalar()
    lost = f"DELETE FROM segment WHERE replica_id = '{own}' AND last_seq = {last}"
    a = rescued(team, "甲", "backup", [], lost)
    assert value(a, 31, "phone") == "13800000031"
    assert value(a, 60, "phone") == "13800000066"
    team.settle()
    team.check()
    assert value(a, 31, "phone") == "13800000131"
    assert value(a, 1, "phone") == "13800000101"
    assert conflicts(a) == []
    with a.reading() as connection:
        bodies = connection.exec_driver_sql("SELECT body FROM segment").scalars().all()
    times = [(c.hlc, c.entity, c.record_id, c.kind) for body in bodies for c in seal.unpack(body)]
    assert len(times) == len(set(times)), "a change is in the log under two numbers"


def test_a_backup_from_before_the_enrolment(team: Team) -> None:
    """The store had another village number then, and everything waited: it is in the sealed log now, once."""
    a = team.works["甲"] = new_laptop(team.folder / "甲", team.village, "甲")
    add(a, 1, 2, phone="13800000001")
    team.copy("甲", "backup")
    edit(a, 1, phone="13800000002")
    enrol(a, team.server.url, team.server.enrol_code(team.village, "甲"))
    b = team.join("乙")
    sync_now(a)
    add(a, 3)
    wanted = said(a)
    identity = a.identity
    a = rescued(team, "甲", "backup", [9])
    assert said(a) == wanted
    assert a.identity == identity
    team.settle()
    team.check()
    assert {key: v for key, v in said(b).items() if key[0] == "household"} == {
        key: v for key, v in wanted.items() if key[0] == "household"
    }


@pytest.mark.parametrize("seed", range(2))
def test_without_a_backup(team: Team, seed: int) -> None:
    """A new store takes over what can be read; what was sent comes back, what was not is there."""
    a, b = written(team)
    wanted = said(a)
    a.database.settle()
    last = pages(a.data_dir.database)
    place = a.data_dir
    team.works.pop("甲").close()
    harm(place.database, [random.Random(seed).randint(last * 2 // 3, last)])
    report = rescuing.rescue(None, place, PASSPHRASE)
    a = team.start("甲")
    edit(b, 32, phone="13800000132")
    team.settle()
    team.check()
    found = said(b)
    changed = ("household", household(32).id)
    missing = {key: v for key, v in wanted.items() if found.get(key) != v and key != changed}
    assert missing == {}, report
    assert value(a, 32, "phone") == "13800000132"
    assert conflicts(a) == []


def test_without_a_backup_and_without_certificates(team: Team) -> None:
    """They stand in one place and come again with the next sync; until then nothing here can be checked with them."""
    a, b = written(team)
    wanted = said(a)
    place = a.data_dir
    with a.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM certificate")
    team.works.pop("甲").close()
    rescuing.rescue(None, place, PASSPHRASE)
    a = team.start("甲")
    assert said(a).keys() <= wanted.keys()
    team.settle()
    team.check()
    assert said(b) == wanted
    assert conflicts(a) == []
