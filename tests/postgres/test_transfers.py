"""Households that move to another village while somebody still works on them in the old one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from tests.helpers.servers import ServerProcess, eventually, fresh_database, running_server
from tests.postgres.laptops import ACTOR, RawLaptop, change
from villageapp.errors import AlreadyDone, NotFound, Trouble
from villageapp.models.ids import new_id
from villageapp.models.server_tables import blob
from villageapp.server import blobs, issuing, records, transfer_contents, transfer_steps, transfers
from villageapp.server.access import Laptop
from villageapp.server.accounts import Office
from villageapp.server.blob_store import Place as BlobPlace
from villageapp.server.blobs import open_desk
from villageapp.server.opening import Province, open_province
from villageapp.server.records import Place
from villageapp.sync import registers, seal
from villageapp.sync.change import DELETED, Clock
from villageapp.sync.registers import Record

OLD, NEW = "149901333001", "140105001001"
ALL = Office("test", "14", True)
NUMBER = "1499013330010001"
OTHER = "018f0000-0000-7000-8000-000000000002"


@pytest.fixture
def province(postgres_dsn: str, tmp_path: Any) -> Iterator[tuple[ServerProcess, Province]]:
    dsn = fresh_database(postgres_dsn)
    with running_server(tmp_path, dsn) as server, open_province(tmp_path, dsn) as opened:
        yield server, opened


def enrolled(server: ServerProcess, village: str) -> RawLaptop:
    laptop = RawLaptop(server.url, village)
    laptop.enrol(server.enrol_code(village))
    return laptop


def seen_by(laptop: RawLaptop) -> dict[tuple[str, str], Record]:
    """What a laptop makes of the segments that it holds."""
    found: dict[tuple[str, str], Record] = {}
    progress: dict[str, int] = {}

    def known(clock: Clock) -> bool:
        return clock.seq <= progress.get(clock.replica_id, 0)

    for sealed in laptop.held:
        replica_id = sealed.read_header().replica_id
        for each in seal.unpack(sealed.body):
            record = found.setdefault((each.entity, each.record_id), Record())
            registers.merge(record, each, replica_id, known)
            progress[replica_id] = each.seq
    return found


def at_server(province: Province, laptop: RawLaptop) -> dict[tuple[str, str], Record]:
    place = Place(laptop.village[:6], laptop.workspace)
    with province.engine.connect() as connection:
        return {(entity, key): record for entity, key, record in records.all_of(connection, place)}


def living(found: dict[tuple[str, str], Record], entity: str) -> dict[str, Record]:
    return {key: record for (kind, key), record in found.items() if kind == entity and not record.deleted}


def village_with_household(laptop: RawLaptop) -> tuple[str, str, str]:
    """A household with a member, a visit and a cadre; and another household that stays."""
    household, member, visit = new_id(), new_id(), new_id()
    laptop.write(
        change(ACTOR, {"name": "王队长"}, entity="cadre"),
        change(household, {"national_hh_no": NUMBER, "address": "一组"}),
        change(member, {"household_id": household, "name": "张甲"}, entity="member"),
        change(visit, {"household_id": household, "visitors": [ACTOR], "result": "正常"}, entity="visit"),
        change(new_id(), {"national_hh_no": "1499013330010002", "address": "二组"}),
    )
    laptop.sync()
    return household, member, visit


def move(province: Province) -> dict[str, Any]:
    return transfers.move_household(province, NUMBER, OLD, NEW, ALL)


Running = tuple[ServerProcess, Province]


def test_a_household_and_its_children_change_villages(province: Running) -> None:
    server, opened = province
    a, c = enrolled(server, OLD), enrolled(server, NEW)
    household, member, visit = village_with_household(a)
    assert move(opened)["records"] == 3
    a.sync()
    c.sync()
    left, come = seen_by(a), seen_by(c)
    assert [record.values["address"] for record in living(left, "household").values()] == ["二组"]
    assert living(left, "member") == living(left, "visit") == {}
    assert set(living(come, "household")) == {household}
    assert come["member", member].values == {"household_id": household, "name": "张甲"}
    assert come["visit", visit].created == left["visit", visit].created  # the credit stays
    assert come["cadre", ACTOR].values == {"name": "王队长"}
    assert not left["cadre", ACTOR].deleted
    for laptop, found in ((a, left), (c, come)):
        assert server.state(laptop.workspace)["conflicts"] == 0
        assert server.counts(laptop.workspace)["household"] == len(living(found, "household"))


def test_work_done_offline_in_the_old_village_follows(province: Running) -> None:
    server, opened = province
    a, c = enrolled(server, OLD), enrolled(server, NEW)
    household, member, _ = village_with_household(a)
    base = {"address": tuple(seen_by(a)["household", household].heads("address"))}
    move(opened)
    late = new_id()
    a.write(
        change(household, {"address": "三组"}, bases=base),
        change(late, {"household_id": household, "result": "正常"}, entity="visit"),
        change(member, {"phone": "13800000000"}, entity="member"),
    )
    a.sync()

    def arrived() -> bool:
        c.sync()
        return "visit" in {entity for entity, key in seen_by(c) if key == late}

    assert eventually(arrived, 30)
    come = seen_by(c)
    assert come["household", household].values["address"] == "三组"
    assert come["member", member].values["phone"] == "13800000000"
    assert come["visit", late].created[1] == ACTOR
    assert server.state(c.workspace)["conflicts"] == 0

    def dropped() -> bool:
        a.sync()
        return household not in living(seen_by(a), "household")

    assert eventually(dropped, 30)
    assert living(seen_by(a), "visit") == {}
    assert eventually(lambda: server.state(a.workspace)["conflicts"] == 0)
    before = server.counts(c.workspace)
    assert transfers.carry_late_work(opened) == 0
    assert server.counts(c.workspace) == before


def test_an_edit_in_both_villages_is_a_conflict_in_the_new_one(province: Running) -> None:
    server, opened = province
    a, c = enrolled(server, OLD), enrolled(server, NEW)
    household, _, _ = village_with_household(a)
    base = {"address": tuple(seen_by(a)["household", household].heads("address"))}
    move(opened)
    c.sync()
    theirs = {"address": tuple(seen_by(c)["household", household].heads("address"))}
    c.write(change(household, {"address": "新村"}, bases=theirs))
    c.sync()
    a.write(change(household, {"address": "三组"}, bases=base))
    a.sync()

    def both() -> bool:
        c.sync()
        return set(seen_by(c)["household", household].heads("address").values()) == {"新村", "三组"}

    assert eventually(both, 30)
    assert seen_by(c)["household", household].conflicts() == ["address"]


def test_a_conflict_moves_as_a_conflict(province: Running) -> None:
    server, opened = province
    a, b, c = enrolled(server, OLD), enrolled(server, OLD), enrolled(server, NEW)
    household, _, _ = village_with_household(a)
    b.sync()
    base = {"address": tuple(seen_by(a)["household", household].heads("address"))}
    a.write(change(household, {"address": "三组"}, bases=base))
    b.write(change(household, {"address": "四组"}, bases=base))
    a.sync()
    b.sync()
    move(opened)
    c.sync()
    record = seen_by(c)["household", household]
    assert set(record.heads("address").values()) == {"三组", "四组"}
    assert record.conflicts() == ["address"]


def test_a_household_may_come_back(province: Running) -> None:
    server, opened = province
    a, c = enrolled(server, OLD), enrolled(server, NEW)
    household, _, _ = village_with_household(a)
    move(opened)
    c.sync()
    seen = {"address": tuple(seen_by(c)["household", household].heads("address"))}
    c.write(change(household, {"address": "新村五组"}, bases=seen))
    c.sync()
    transfers.move_household(opened, NUMBER, NEW, OLD, ALL)
    a.sync()
    c.sync()
    assert living(seen_by(c), "household") == {}
    back = seen_by(a)["household", household]
    assert (back.deleted, back.values["address"], back.conflicts()) == (False, "新村五组", [])
    assert move(opened)["records"] == 3
    c.sync()
    assert set(living(seen_by(c), "household")) == {household}


def test_an_interrupted_move_goes_on_and_is_done_once(
    postgres_dsn: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = fresh_database(postgres_dsn)
    with running_server(tmp_path, dsn) as server:
        a, c = enrolled(server, OLD), enrolled(server, NEW)
        village_with_household(a)

    def power_cut(*_: Any) -> None:
        raise KeyboardInterrupt

    with open_province(tmp_path, dsn) as opened:
        for step in ("copy_once", "carry_some", "remove"):
            with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
                patch.setattr(transfer_steps, step, power_cut)
                move(opened)
        assert move(opened)["records"] == 3
        with pytest.raises(NotFound):
            move(opened)
    with running_server(tmp_path, dsn) as server:
        a.url = c.url = server.url
        c.sync()
        a.sync()
    assert sorted(entity for entity, _ in seen_by(c)) == ["cadre", "household", "member", "visit"]
    assert living(seen_by(a), "visit") == {}


def test_photos_follow_even_when_they_are_uploaded_late(province: Running) -> None:
    server, opened = province
    a, c = enrolled(server, OLD), enrolled(server, NEW)
    household, _, visit = village_with_household(a)
    content = b"a photo, as far as the store is concerned" * 100
    digest = hashlib.sha256(content).hexdigest()
    a.write(change(new_id(), {"owner_id": visit, "sha256": digest}, entity="attachment"))
    a.sync()
    assert move(opened)["records"] == 4
    desk = open_desk(opened)
    old = Laptop(OLD[:6], a.workspace, a.replica_id)
    new = Laptop(NEW[:6], c.workspace, c.replica_id)
    assert blobs.known(desk, new, [digest]).listed == []
    desk.store.put(BlobPlace(OLD[:6], a.workspace, digest, len(content)), [content])
    with opened.engine.begin() as connection:
        connection.execute(insert(blob).values(_blob_row(a, digest, len(content))))
    assert blobs.find(desk, old, digest)[0].size == len(content)
    assert eventually(lambda: [one.sha256 for one in blobs.known(desk, new, [digest]).listed] == [digest], 30)
    place, media_type = blobs.find(desk, new, digest)
    assert b"".join(desk.store.read(place, 0, len(content))) == content
    assert media_type == "image/jpeg"
    assert transfer_contents.carry_contents(opened, desk.store) == 0
    assert household in {key for _, key in at_server(opened, c)}


def _blob_row(laptop: RawLaptop, digest: str, size: int) -> dict[str, Any]:
    place = {"county_code": laptop.village[:6], "workspace": laptop.workspace}
    kept = {"sha256": bytes.fromhex(digest), "size": size, "media_type": "image/jpeg"}
    return {**place, **kept, "stored_by": laptop.replica_id, "stored_at": datetime.now(UTC)}


def test_what_cannot_be_moved_is_refused(province: Running) -> None:
    server, opened = province
    a = enrolled(server, OLD)
    village_with_household(a)
    with pytest.raises(NotFound):
        move(opened)  # nobody there yet
    enrolled(server, NEW)
    with pytest.raises(NotFound):
        transfers.move_household(opened, "1499013330019999", OLD, NEW, ALL)
    with pytest.raises(AlreadyDone):
        transfers.move_household(opened, NUMBER, OLD, OLD, ALL)
    assert DELETED not in at_server(opened, a)["cadre", ACTOR].values
    assert OTHER not in {key for _, key in at_server(opened, a)}


def test_a_merged_village_s_households_go_over_and_so_do_later_ones(province: Running) -> None:
    server, opened = province
    a, c = enrolled(server, OLD), enrolled(server, NEW)
    village_with_household(a)
    assert transfers.merge_village(opened, OLD, NEW, ALL)["records"] == 4
    a.write(change(new_id(), {"national_hh_no": "1499013330010003", "address": "六组"}))
    a.sync()

    def all_there() -> bool:
        c.sync()
        return len(living(seen_by(c), "household")) == 3

    assert eventually(all_there, 30)
    assert eventually(lambda: server.counts(a.workspace).get("household", 0) == 0, 30)


def test_a_village_s_code_may_change_and_its_workspace_stays(province: Running) -> None:
    server, opened = province
    a = enrolled(server, OLD)
    village_with_household(a)
    renamed = "149901333099"
    issuing.recode(opened, OLD, renamed, ALL)
    b = enrolled(server, renamed)
    assert b.workspace == a.workspace
    a.sync()
    for old, new, kind in (
        (renamed, renamed, AlreadyDone),
        (OLD, "149901333098", NotFound),
        (renamed, NEW, Trouble),
    ):
        with pytest.raises(kind):
            issuing.recode(opened, old, new, ALL)
