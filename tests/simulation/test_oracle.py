"""The checks of the simulation bite: whatever is spoilt on purpose is noticed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from villageapp.bench.simulation import checking, deeds
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.oracle import Violation
from villageapp.bench.simulation.world import World
from villageapp.models.records import Household


def household_with(world: World, laptop: Laptop, **values: str) -> None:
    number = 1
    known = deeds.household_id(number) in deeds._here(laptop)
    if not known:
        deeds.import_workbook(world, laptop)

    def change(work: object) -> None:
        with laptop.work.transaction() as session:
            session.get_one(Household, deeds.household_id(number)).assign(values)

    world.time.pass_by(1000)
    world.act(laptop, change)


def spoil(laptop: Laptop, statement: str) -> None:
    with laptop.database.writing() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0


def test_a_quiet_team_comes_to_rest(world: World) -> None:
    zhou, li = world.laptops["zhou"], world.laptops["li"]
    household_with(world, zhou, phone="v1")
    world.sync(zhou, [])
    household_with(world, li, phone="v2")
    checking.come_to_rest(world)
    assert world.oracle.total > 10


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)", "on no disk"),
        ("UPDATE outbox SET fields = replace(fields, 'v2', 'v3')", "on no disk"),
    ],
)
def test_a_value_that_vanishes_before_it_is_sealed_is_noticed(
    world: World, statement: str, words: str
) -> None:
    zhou = world.laptops["zhou"]
    household_with(world, zhou, phone="v1")
    household_with(world, zhou, phone="v2")
    spoil(zhou, statement)
    with pytest.raises(Violation, match=words):
        checking.come_to_rest(world)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE household SET phone = 'v9' WHERE phone = 'v1'",
        "UPDATE household SET deleted = 1 WHERE phone = 'v1'",
        "DELETE FROM record_state WHERE entity = 'household'",
    ],
)
def test_records_that_do_not_follow_from_the_log_are_noticed(world: World, statement: str) -> None:
    zhou = world.laptops["zhou"]
    household_with(world, zhou, phone="v1")
    world.sync(zhou, [])
    spoil(zhou, statement)
    with pytest.raises(Violation):
        checking.come_to_rest(world)


def test_a_damaged_segment_is_noticed(world: World) -> None:
    zhou = world.laptops["zhou"]
    household_with(world, zhou, phone="v1")
    world.sync(zhou, [])
    world.sync(world.laptops["li"], [])
    spoil(world.laptops["li"], "UPDATE segment SET signature = zeroblob(64)")
    with pytest.raises(Violation, match="chain"):
        checking.come_to_rest(world)


def test_an_edit_that_replaces_what_nobody_saw_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    zhou, li = world.laptops["zhou"], world.laptops["li"]
    household_with(world, zhou, phone="v1")
    world.sync(zhou, [])
    world.sync(li, [])
    seen: Callable[[], object] = li.heads
    stale = seen()
    household_with(world, zhou, phone="v2")
    world.sync(zhou, [])
    world.sync(li, [])
    monkeypatch.setattr(li, "heads", lambda: stale)
    with pytest.raises(Violation, match="did not stand there"):
        household_with(world, li, phone="v3")
