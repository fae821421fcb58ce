"""What the simulation has found, each as the shortest story that shows it."""

from __future__ import annotations

import msgspec
import pytest

from tests.simulation.stories import (
    cloned,
    copied,
    edit,
    everybody_has_the_workbook,
    pass_on,
    remove,
    restored,
)
from villageapp.bench.simulation import checking, deeds
from villageapp.bench.simulation.centre import OFFICE
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.roads import Road
from villageapp.bench.simulation.ruled import HOUR
from villageapp.bench.simulation.world import World
from villageapp.errors import Trouble
from villageapp.models.records import Household
from villageapp.server import admin
from villageapp.sync import protocol, store


def test_editing_what_is_deleted_leaves_the_same_row_on_every_laptop(world: World) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    remove(world, zhou)
    world.sync(zhou, [])
    world.sync(li, [])
    edit(world, li, phone="v1")
    checking.come_to_rest(world)


def test_an_absurd_server_time_does_not_stop_people_from_saving(world: World) -> None:
    zhou, _, _ = everybody_has_the_workbook(world)

    class Lying(Road):
        """A bit of the time is another on its way down."""

        def exchange(self, workspace: str, request: bytes) -> bytes:
            answer = protocol.decode(super().exchange(workspace, request))
            answer.hello = msgspec.structs.replace(answer.hello, time_ms=answer.hello.time_ms | 1 << 61)
            answer.receipt = None
            return protocol.encode(answer)

    honest = world.road(zhou, [])
    lying = Lying(
        honest.centre, honest.token, honest.chance, [], honest.late, honest.counted, honest.meanwhile
    )
    world.road = lambda *_: lying  # type: ignore[method-assign]
    world.sync(zhou, [])
    del world.road
    edit(world, zhou, phone="v1")
    assert abs(zhou.work.clock.offset_ms) < HOUR
    checking.come_to_rest(world)


def test_a_colleague_with_the_other_branch_of_a_restored_laptop_s_log_comes_back_to_the_team(
    world: World,
) -> None:
    zhou, li, zhao = everybody_has_the_workbook(world)
    copy, dump = copied(world, zhou), world.centre.snapshot()
    world.tell("zhou works, zhao gets it")
    edit(world, zhou, phone="v1")
    world.sync(zhou, [])
    world.sync(zhao, [])
    world.maybe_lost |= world.oracle.lost_with("zhou", world.moment)
    restored(zhou, copy)
    world.centre.restore(dump)
    world.centre.restart()
    world.counted["server_restored"] += 1
    world.tell("zhou works again, under the same numbers")
    edit(world, zhou, note="v2")
    world.sync(zhou, [])
    edit(world, zhao, group_name="v3")
    world.sync(li, [])
    checking.come_to_rest(world)
    with li.work.transaction() as session:
        home = session.get_one(Household, deeds.household_id(1))
        assert (home.phone, home.note, home.group_name) == ("v1", "v2", "v3")
    assert world.counted["log_adopted"] > 0


def test_a_disk_that_fills_up_while_colleagues_changes_come_in_is_called_full(world: World) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    for _ in range(3):
        deeds.visit(world, zhou)
    long = "x" * 200_000
    edit(world, zhou, note=long)
    world.sync(zhou, [])
    li.database.arm(room=0)
    with pytest.raises(Trouble) as raised:
        world.exchange(li, [])
    assert raised.value.code == "disk_full"
    li.database.arm()
    checking.come_to_rest(world)


def test_a_laptop_restored_and_then_cloned_says_its_unsent_changes_once(world: World) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    copy = copied(world, zhou)
    world.tell("zhou works, is restored, and works under the same numbers again")
    edit(world, zhou, phone="v1")
    world.sync(zhou, [])
    restored(zhou, copy)
    edit(world, zhou, note="v2")
    edit(world, zhou, note="v3")
    remove(world, zhou)
    twin = cloned(world, zhou)
    world.tell("both machines go on")
    edit(world, zhou, group_name="v4")
    edit(world, twin, address="v5")
    world.sync(zhou, [])
    edit(world, li, note="v6")
    world.sync(li, [])
    edit(world, zhou, note="v7")
    world.sync(zhou, [])
    world.sync(twin, [])
    assert world.counted["fork"] == 2
    assert zhou.replica_id != twin.replica_id
    checking.come_to_rest(world)


def revoke(world: World, laptop: Laptop) -> None:
    admin.revoke_as(world.centre.province, laptop.replica_id, OFFICE)
    world.look_who_is_revoked()


def test_a_server_that_forgot_a_revocation_and_what_it_kept_gets_it_again(world: World) -> None:
    zhou, li, zhao = everybody_has_the_workbook(world)
    dump = world.centre.snapshot()
    world.tell("zhou is revoked, works on, and hands over; li brings what zhou gave him on a stick, too")
    revoke(world, zhou)
    edit(world, zhou, phone="v1")
    pass_on(world, zhou, li)
    edit(world, zhou, note="v2")
    world.sync(zhou, [])
    world.sync(li, [])
    assert len(world.centre.kept_apart()) == 2
    world.tell("the server is an older one, and nobody tells it")
    world.centre.restore(dump)
    world.centre.forget_standing()
    world.centre.restart()
    world.counted["server_restored"] += 1
    world.look_who_is_revoked()
    assert not zhou.revoked
    assert not world.centre.kept_apart()
    world.sync(li, [])
    world.sync(zhao, [])
    with zhao.work.transaction() as session:
        assert session.get_one(Household, deeds.household_id(1)).phone == "v1"
    world.sync(zhou, [])
    world.sync(zhao, [])
    with zhao.work.transaction() as session:
        assert session.get_one(Household, deeds.household_id(1)).note == "v2"
    checking.come_to_rest(world)


@pytest.mark.parametrize(("first", "second"), [(1, 1), (3, 1), (1, 3)])
def test_both_machines_of_a_revoked_number_hand_their_work_over(
    world: World, first: int, second: int
) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    twin = cloned(world, zhou)
    world.tell("both machines work under one number, one of them reaches the server")
    for number in range(first):
        edit(world, zhou, phone=f"v1{number}")
        world.sync(zhou, [])
    for number in range(second):
        edit(world, twin, note=f"v2{number}")
        with twin.work.database.writing() as connection:
            store.seal_outbox(connection)
    world.tell("the number is revoked, both go on")
    revoke(world, zhou)
    assert twin.revoked
    edit(world, twin, address="v3")
    edit(world, zhou, group_name="v4")
    world.sync(twin, [])
    world.sync(zhou, [])
    before = len(world.centre.kept_apart())
    assert before == second + 2
    world.sync(twin, [])
    world.sync(zhou, [])
    assert len(world.centre.kept_apart()) == before, "nothing is kept twice"
    checking.come_to_rest(world)
    with li.work.transaction() as session:
        home = session.get_one(Household, deeds.household_id(1))
        assert (home.address, home.group_name) == ("v3", "v4")
        assert (home.phone, home.note) == (f"v1{first - 1}", f"v2{second - 1}")


def test_the_lost_beginning_of_a_revoked_laptop_s_history_comes_before_its_end_is_released(
    world: World,
) -> None:
    """Seeds 20005894, 20006002, 30003754 and 30004990."""
    zhou, li, _ = everybody_has_the_workbook(world)
    twin, dump = cloned(world, zhou), world.centre.snapshot()
    world.tell("zhou works and is signed for, the server loses it and gets the twin's work under that number")
    edit(world, zhou, phone="v1")
    world.sync(zhou, [])
    world.centre.restore(dump)
    world.centre.restart()
    world.counted["server_restored"] += 1
    edit(world, twin, note="v2")
    world.sync(twin, [])
    world.tell(
        "the number is revoked; of zhou the server lacks what is new and, unknown to both, what is old"
    )
    revoke(world, zhou)
    edit(world, zhou, address="v3")
    world.sync(zhou, [])
    assert len(world.centre.kept_apart()) == 2
    checking.come_to_rest(world)
    with li.work.transaction() as session:
        home = session.get_one(Household, deeds.household_id(1))
        assert (home.phone, home.note, home.address) == ("v1", "v2", "v3")


def test_a_colleague_with_the_branch_that_got_another_number_at_its_release_follows_the_log(
    world: World,
) -> None:
    zhou, li, zhao = everybody_has_the_workbook(world)
    twin, dump = cloned(world, zhou), world.centre.snapshot()
    world.tell("zhou works, li gets it, the server loses it")
    for number in range(2):
        edit(world, zhou, phone=f"v1{number}")
        world.sync(zhou, [])
    world.sync(li, [])
    world.centre.restore(dump)
    world.centre.restart()
    world.counted["server_restored"] += 1
    world.tell("the twin works under the same number, which is revoked; both histories wait")
    edit(world, twin, note="v2")
    revoke(world, zhou)
    world.sync(twin, [])
    world.sync(li, [])
    assert len(world.centre.kept_apart()) == 3
    checking.come_to_rest(world)
    assert world.counted["log_adopted"] > 0
    for laptop in (li, zhao):
        with laptop.work.transaction() as session:
            home = session.get_one(Household, deeds.household_id(1))
            assert (home.phone, home.note) == ("v11", "v2")


def test_what_colleagues_hold_under_a_number_that_a_restored_server_forgot_is_not_said_twice(
    world: World,
) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    twin, dump = cloned(world, zhou), world.centre.snapshot()
    world.tell("both machines work; the twin gets a number of its own, li has what it wrote")
    edit(world, zhou, group_name="v1")
    world.sync(zhou, [])
    edit(world, twin, phone="v2")
    world.sync(twin, [])
    number = twin.replica_id
    assert number != zhou.replica_id
    world.sync(li, [])
    edit(world, li, phone="v3")
    world.centre.restore(dump)
    world.centre.restart()
    world.counted["server_restored"] += 1
    world.tell("the twin is enrolled again, with what it had not sent yet")
    edit(world, twin, note="v4")
    world.sync(twin, [])
    assert world.counted["enrolled_again"] == 1
    assert twin.replica_id != number
    checking.come_to_rest(world)
    with twin.work.transaction() as session:
        home = session.get_one(Household, deeds.household_id(1))
        assert (home.group_name, home.phone, home.note) == ("v1", "v3", "v4")


@pytest.mark.parametrize("is_first", [True, False])
def test_what_a_restored_server_has_back_of_a_forgotten_number_is_not_said_twice(
    world: World, is_first: bool
) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    twin, dump = cloned(world, zhou), world.centre.snapshot()
    edit(world, zhou, group_name="v1")
    world.sync(zhou, [])
    edit(world, twin, phone="v2")
    world.sync(twin, [])
    world.sync(li, [])
    edit(world, twin, phone="v3")
    world.sync(twin, [])
    world.sync(world.laptops["zhao"], [])
    world.centre.restore(dump)
    world.centre.restart()
    world.counted["server_restored"] += 1
    world.tell("li gives one of the twin's two changes back, zhao both; the twin comes between them, or last")
    world.sync(li, [])
    if not is_first:
        world.sync(world.laptops["zhao"], [])
    world.sync(twin, [])
    checking.come_to_rest(world)


def test_two_windows_that_sync_at_once_while_the_number_changes_are_told_to_wait(world: World) -> None:
    zhou, _, _ = everybody_has_the_workbook(world)
    twin = cloned(world, zhou)
    edit(world, zhou, phone="v1")
    world.sync(zhou, [])
    edit(world, twin, note="v2")
    world.interrupt = lambda _: world.sync(twin, [])
    world.tell("one window of the twin syncs, and another one while it waits for its answer")
    world.sync(twin, ["overlap"])
    world.interrupt = None
    assert world.events[-1].endswith("store_busy")
    assert world.counted["fork"] == 1
    checking.come_to_rest(world)
