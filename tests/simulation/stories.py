"""Steps of which stories about a team are made."""

from __future__ import annotations

from pathlib import Path

from villageapp.bench.simulation import deeds
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.ruled import HOUR
from villageapp.bench.simulation.world import World
from villageapp.models.records import Household
from villageapp.services.bundles import FOR_COLLEAGUE, export_bundle, import_bundle
from villageapp.sync import capture


def edit(world: World, laptop: Laptop, **values: str) -> None:
    def change(_: object) -> None:
        with laptop.work.transaction() as session:
            session.get_one(Household, deeds.household_id(1)).assign(values)

    world.time.pass_by(HOUR)
    world.act(laptop, change)


def other_work(world: World, laptop: Laptop, note: str = "v9") -> None:
    """Something about another household."""

    def change(_: object) -> None:
        with laptop.work.transaction() as session:
            session.get_one(Household, deeds.household_id(2)).assign({"note": note})

    world.time.pass_by(HOUR)
    world.act(laptop, change)


def remove(world: World, laptop: Laptop) -> None:
    def delete(_: object) -> None:
        with laptop.work.transaction() as session:
            capture.delete(session, session.get_one(Household, deeds.household_id(1)))

    world.time.pass_by(HOUR)
    world.act(laptop, delete)


def everybody_has_the_workbook(world: World) -> tuple[Laptop, Laptop, Laptop]:
    zhou, li, zhao = world.laptops.values()
    deeds.import_workbook(world, zhou)
    for laptop in (zhou, li, zhao):
        world.sync(laptop, [])
    return zhou, li, zhao


def copied(world: World, laptop: Laptop) -> Path:
    path = world.folder / f"copy-{laptop.name}"
    laptop.copy_to(path)
    return path


def restored(laptop: Laptop, copy: Path) -> None:
    laptop.close()
    laptop.put_back(copy)
    laptop.seen = {}


def cloned(world: World, laptop: Laptop) -> Laptop:
    name = f"{laptop.name}-2"
    laptop.copy_to(world.folder / name)
    world.laptops[name] = Laptop(name, world.folder / name, world.time)
    return world.laptops[name]


def pass_on(world: World, giver: Laptop, taker: Laptop) -> None:
    path = world.folder / "passed.zcb"
    export_bundle(giver.work, FOR_COLLEAGUE, path, with_blobs=False)
    import_bundle(taker.work, path)


def destroyed(world: World, laptop: Laptop) -> None:
    """It never comes back."""
    world.laptops.pop(laptop.name).close()


def on_every_laptop(world: World) -> list[Household]:
    """The household that ``edit`` and ``remove`` change, as each laptop has it."""
    found = []
    for laptop in world.laptops.values():
        with laptop.work.transaction() as session:
            home = session.get_one(Household, deeds.household_id(1))
            session.expunge(home)
            found.append(home)
    return found
