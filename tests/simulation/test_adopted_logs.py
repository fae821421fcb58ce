"""Logs that are given up for the server's, and what had been done knowingly under them."""

from __future__ import annotations

from tests.simulation.stories import (
    cloned,
    destroyed,
    edit,
    everybody_has_the_workbook,
    on_every_laptop,
    other_work,
    pass_on,
    remove,
)
from villageapp.bench.simulation import checking
from villageapp.bench.simulation.world import World


def test_a_deletion_that_had_seen_a_given_up_log_hides_nothing_of_the_true_one(world: World) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    twin = cloned(world, zhou)
    world.tell(
        "one machine edits the household; the other works elsewhere and gives li a stick, who deletes it"
    )
    edit(world, zhou, phone="v1")
    world.sync(zhou, [])
    other_work(world, twin)
    pass_on(world, twin, li)
    remove(world, li)
    world.sync(li, [])
    assert world.counted["log_adopted"] == 1
    checking.come_to_rest(world)
    assert {one.phone for one in on_every_laptop(world)} == {"v1"}


def test_what_is_written_later_under_the_numbers_that_a_deletion_had_seen_is_not_hidden(world: World) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    twin = cloned(world, zhou)
    world.tell("the log of one machine is short, that of the other is long; li has the long one and deletes")
    edit(world, zhou, note="v0")
    world.sync(zhou, [])
    for number in range(3):
        other_work(world, twin, f"v9{number}")
    pass_on(world, twin, li)
    remove(world, li)
    world.sync(li, [])
    assert world.counted["log_adopted"] == 1
    edit(world, zhou, phone="v1")
    checking.come_to_rest(world)
    assert {one.phone for one in on_every_laptop(world)} == {"v1"}


def test_a_household_deleted_with_what_only_the_given_up_log_said_stays_deleted(world: World) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    twin = cloned(world, zhou)
    other_work(world, zhou)
    world.sync(zhou, [])
    edit(world, twin, phone="v1")
    pass_on(world, twin, li)
    destroyed(world, twin)
    remove(world, li)
    world.sync(li, [])
    assert world.counted["log_adopted"] == 1
    checking.come_to_rest(world)
    assert all(one.deleted for one in on_every_laptop(world))


def test_what_its_author_deleted_in_the_given_up_log_stays_deleted(world: World) -> None:
    zhou, li, _ = everybody_has_the_workbook(world)
    twin = cloned(world, zhou)
    other_work(world, zhou)
    world.sync(zhou, [])
    edit(world, twin, phone="v1")
    remove(world, twin)
    pass_on(world, twin, li)
    destroyed(world, twin)
    world.sync(li, [])
    assert world.counted["log_adopted"] == 1
    checking.come_to_rest(world)
    assert all(one.deleted for one in on_every_laptop(world))
