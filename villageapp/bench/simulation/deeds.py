"""What people do at their laptops: through the session and the services, as the screens do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from villageapp.bench.simulation.disks import Death
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.world import World
from villageapp.domain.forms import FORMS
from villageapp.models import ids
from villageapp.models.records import Household, Visit
from villageapp.services import settling, syncing, undoing
from villageapp.services.workspace import Workspace
from villageapp.sync import capture
from villageapp.sync.change import DELETED

HOUSEHOLDS = 7
"""Few, so that laptops meet on the same records."""
TEXTS = ("phone", "note", "group_name")
OFTEN_TYPED = ("一组", "13800000001")
"""Values that two people type independently."""
Deed = Callable[[World, Laptop], None]


def household_id(number: int) -> str:
    """The same on every laptop, as of an import."""
    return ids.household_id(f"1499{number:012d}")


def _values(number: int) -> dict[str, Any]:
    return {
        "national_hh_no": f"1499{number:012d}",
        "region_code": "149901100201",
        "county": "示范县",
        "town": "示例镇",
        "village": "羊井底村",
        "household_type": "1",
        "monitoring_category": "0",
        "status": "在册",
        "phone": f"1380000{number:04d}",
    }


def _here(laptop: Laptop, entity: str = "household") -> list[str]:
    with laptop.work.reading() as connection:
        rows = connection.exec_driver_sql(f'SELECT id FROM "{entity}" ORDER BY id')
        return [str(row[0]) for row in rows]


def create(world: World, laptop: Laptop) -> None:
    """A household by hand: perhaps one that a colleague enters too, with something different in it."""
    number = world.chance.randrange(HOUSEHOLDS)
    if household_id(number) in _here(laptop):
        return edit(world, laptop)
    values = _values(number)
    if world.chance.random() < 0.4:
        values["note"] = world.fresh_value()

    def add(work: Workspace) -> None:
        with work.transaction() as session:
            session.add(_with(Household(id=household_id(number)), values))

    world.act(laptop, add)
    return None


def _with(record: Any, values: dict[str, Any]) -> Any:
    record.assign(values)
    return record


def import_workbook(world: World, laptop: Laptop) -> None:
    """The workbook that everybody has: many records in bulk."""
    here = set(_here(laptop))
    new = [n for n in range(HOUSEHOLDS) if household_id(n) not in here]
    if not new:
        return visit(world, laptop)

    def bring(work: Workspace) -> None:
        with work.transaction() as session:
            capture.create_many(session, Household, [(household_id(n), _values(n)) for n in new])

    world.act(laptop, bring)
    return None


def visit(world: World, laptop: Laptop) -> None:
    """A visit at a household; never a conflict as a whole."""
    homes = _here(laptop)
    if not homes:
        return create(world, laptop)
    values = {"household_id": world.chance.choice(homes), "kind": "01", "note": world.fresh_value()}

    def add(work: Workspace) -> None:
        with work.transaction() as session:
            session.add(_with(Visit(id=ids.new_id()), values))

    world.act(laptop, add)
    return None


def edit(world: World, laptop: Laptop) -> None:
    """Some fields of a household; sometimes with a form that was open before a colleague's change came in."""
    homes = _here(laptop)
    if not homes:
        return create(world, laptop)
    chosen, chance = world.chance.choice(homes), world.chance
    names = chance.sample(TEXTS, chance.randrange(1, len(TEXTS) + 1))
    values = {name: _typed(world) for name in names}
    unseen = names if chance.random() < 0.15 else []

    def change(work: Workspace) -> None:
        with work.transaction() as session:
            record = session.get_one(Household, chosen)
            capture.mark_unseen(session, record, unseen)
            record.assign(values)

    world.act(laptop, change)
    return None


def _typed(world: World) -> str | None:
    kind = world.chance.random()
    if kind < 0.1:
        return None
    return world.chance.choice(OFTEN_TYPED) if kind < 0.2 else world.fresh_value()


def remove(world: World, laptop: Laptop) -> None:
    """Delete a household, or bring a deleted one back."""
    homes = _here(laptop)
    if not homes:
        return create(world, laptop)
    chosen = world.chance.choice(homes)

    def turn(work: Workspace) -> None:
        with work.transaction() as session:
            record = session.get_one(Household, chosen)
            (capture.restore if record.deleted else capture.delete)(session, record)

    world.act(laptop, turn)
    return None


def settle(world: World, laptop: Laptop) -> None:
    """Choose one of the values of a conflict, or type another."""
    standing = [
        c
        for c in syncing.conflicts(laptop.work)
        if c.entity in FORMS and (c.field == DELETED or c.field in FORMS[c.entity].by_name)
    ]
    if not standing:
        return edit(world, laptop)
    one = world.chance.choice(standing)
    if one.field == DELETED:
        value: Any = world.chance.random() < 0.5
    else:
        value = world.chance.choice([*(v.value for v in one.values), world.fresh_value()])
    world.act(laptop, lambda work: settling.settle(work, one.entity, one.record_id, one.field, value))
    return None


def undo(world: World, laptop: Laptop) -> None:
    """Take back the last action, or do it again."""
    way = undoing.undo if world.chance.random() < 0.7 else undoing.redo
    world.act(laptop, way)


def die_while_typing(world: World, laptop: Laptop) -> None:
    """The power goes in the middle of saving."""
    if laptop.busy:
        return edit(world, laptop)
    chance = world.chance
    death = chance.choice(
        [Death(statement=chance.randrange(1, 12)), Death(before_commit=1), Death(after_commit=1)]
    )
    world.befalls = death, None
    world.counted["laptop_killed_while_saving"] += 1
    return chance.choice([create, edit, remove, visit])(world, laptop)


def type_on_full_disk(world: World, laptop: Laptop) -> None:
    """There is no room left; what was saved before must stay."""
    if laptop.busy:
        return edit(world, laptop)
    laptop.database.arm(room=0)
    world.counted["laptop_disk_full"] += 1
    for _ in range(3):
        world.befalls = None, 0
        import_workbook(world, laptop)
    return None


WORK: tuple[tuple[Deed, int], ...] = (
    (create, 4),
    (import_workbook, 3),
    (visit, 5),
    (edit, 14),
    (remove, 4),
    (settle, 5),
    (undo, 4),
    (die_while_typing, 2),
    (type_on_full_disk, 1),
)
"""Deeds and how often each happens."""


def choose(world: World) -> Deed:
    """One of them."""
    deeds, weights = zip(*WORK, strict=True)
    chosen: Deed = world.chance.choices(deeds, weights)[0]
    return chosen
