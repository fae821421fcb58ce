"""What befalls the team: roads, sticks, clocks, disks and the server."""

from __future__ import annotations

from collections.abc import Callable

from villageapp.bench.simulation import deeds, sticks
from villageapp.bench.simulation.centre import OFFICE
from villageapp.bench.simulation.disks import Death
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.ruled import DAY, HOUR, MINUTE, YEAR
from villageapp.bench.simulation.world import Backup, World
from villageapp.server import admin, project

MOST_LAPTOPS = 4
MOST_REVOKED = 2
Event = Callable[[World], None]


def somebody(world: World) -> Laptop:
    """Mostly a laptop that is not revoked."""
    everybody = list(world.laptops.values())
    free = [one for one in everybody if not one.revoked or world.chance.random() < 0.3]
    return world.chance.choice(free or everybody)


def work(world: World) -> None:
    """Somebody does something."""
    laptop, deed = somebody(world), deeds.choose(world)
    world.tell(f"{laptop.name} {deed.__name__}")
    deed(world, laptop)


def sync(world: World) -> None:
    """An exchange, mostly over a bad road."""
    laptop, chance = world.chance.choice(list(world.laptops.values())), world.chance
    if laptop.busy and laptop.revoked:
        return
    faults = world.random_faults() if chance.random() < 0.7 else []
    size = chance.choice([0, 0, 1, 200, 600])
    world.tell(f"{laptop.name} syncs {faults} {size}")
    world.sync(laptop, faults, size=size)


def killed_sync(world: World) -> None:
    """The laptop dies during an exchange."""
    laptop, chance = somebody(world), world.chance
    if laptop.busy:
        return
    death = chance.choice(
        [
            Death(statement=chance.randrange(1, 90)),
            Death(before_commit=chance.randrange(1, 5)),
            Death(after_commit=chance.randrange(1, 5)),
        ]
    )
    world.counted["laptop_killed_while_syncing"] += 1
    world.tell(f"{laptop.name} syncs until {death}")
    world.sync(laptop, [], death)


def sync_on_full_disk(world: World) -> None:
    """There is no room for what comes in."""
    laptop = somebody(world)
    if laptop.busy:
        return
    world.counted["laptop_disk_full_while_syncing"] += 1
    world.tell(f"{laptop.name} syncs on a full disk")
    world.sync(laptop, [], room=0)


def overlap(world: World) -> None:
    """While an answer is under way, somebody works or syncs."""
    world.chance.choices([work, sync, stick, project_some], [4, 4, 1, 1])[0](world)


def stick(world: World) -> None:
    """Somebody writes a file or reads one."""
    laptop = somebody(world)
    sticks.use(world, laptop)


def set_clock(world: World) -> None:
    """A clock is wrong from now on, or right again."""
    laptop = somebody(world)
    laptop.skew_ms = world.chance.choice(
        [0, 0, 10 * YEAR, -10 * YEAR, 8 * HOUR, -3 * MINUTE, -400 * DAY, 23 * HOUR, 26 * HOUR]
    )
    world.counted["clock_changed"] += 1
    world.tell(f"{laptop.name} clock {laptop.skew_ms}")


def back_up(world: World) -> None:
    """Somebody copies a disk."""
    laptop = somebody(world)
    path = world.folder / f"backup-{len(world.backups)}"
    world.tell(f"{laptop.name} is copied to {path.name}")
    laptop.copy_to(path)
    world.backups.append(Backup(laptop.name, path, world.moment))


def restore_laptop(world: World) -> None:
    """A laptop is what it was when it was copied."""
    found = [b for b in world.backups if b.owner in world.laptops and not world.laptops[b.owner].busy]
    if not found:
        return back_up(world)
    backup = world.chance.choice(found)
    laptop = world.laptops[backup.owner]
    world.counted["laptop_restored"] += 1
    world.tell(f"{laptop.name} is restored from {backup.path.name}")
    world.maybe_lost |= world.oracle.lost_with(laptop.name, backup.moment)
    laptop.close()
    laptop.put_back(backup.path)
    laptop.seen = {}
    world.look_who_is_revoked()
    return None


def clone(world: World) -> None:
    """A second machine with the same disk."""
    laptop = somebody(world)
    if len(world.laptops) >= MOST_LAPTOPS or laptop.busy:
        return back_up(world)
    name = f"{laptop.name}-2"
    if name in world.laptops:
        return back_up(world)
    world.counted["laptop_cloned"] += 1
    world.tell(f"{laptop.name} is cloned")
    laptop.copy_to(world.folder / name)
    world.laptops[name] = Laptop(name, world.folder / name, world.time)
    world.look_who_is_revoked()
    return None


def dump_server(world: World) -> None:
    """A dump of the database."""
    world.tell("the server is dumped")
    world.dumps.append(world.centre.snapshot())


def restore_server(world: World) -> None:
    """The database is what it was; with the data folder, so that nothing tells the server, or without it."""
    noticed = world.chance.random() < 0.6
    world.counted["server_restored"] += 1
    world.counted["server_restored_unnoticed"] += 0 if noticed else 1
    world.tell(f"the server is restored, noticed {noticed}")
    world.centre.province.settle()  # a running server looks every few seconds
    world.centre.restore(world.chance.choice(world.dumps))
    if not noticed:
        world.centre.forget_standing()
    world.centre.restart()
    world.look_who_is_revoked()


def revoke(world: World) -> None:
    """A laptop is reported lost, or another one after it; somebody is left."""
    revoked = sum(one.revoked for one in world.laptops.values())
    free = [one for one in world.laptops.values() if not one.revoked and is_known(world, one)]
    if len(free) < 2 or revoked >= MOST_REVOKED:
        return work(world)
    laptop = world.chance.choice(free)
    world.counted["laptop_revoked"] += 1
    world.tell(f"{laptop.name} is revoked")
    admin.revoke_as(world.centre.province, laptop.replica_id, OFFICE)
    world.look_who_is_revoked()
    return None


def is_known(world: World, laptop: Laptop) -> bool:
    """Whether the server has this number in use."""
    return laptop.replica_id in world.centre.numbers_in_use()


def project_some(world: World) -> None:
    """Records are made on the server, perhaps interrupted."""
    kind = world.chance.random()
    world.tell("the server makes records")
    if kind < 0.2:
        world.counted["projection_killed"] += 1
        world.centre.dies = world.chance.randrange(2)
    elif kind < 0.3:
        world.counted["projection_disk_full"] += 1
        world.centre.full_at = world.chance.randrange(8)
    elif kind < 0.4:
        project.rebuild(world.centre.province.engine, world.centre.workspace)
    world.centre.project()
    world.centre.dies = world.centre.full_at = None


def write_from_the_future(world: World) -> None:
    """A newer program on another laptop."""
    world.counted["newer_schema"] += 1
    world.tell("a newer program writes")
    world.newer.write(somebody(world), world.time.now_ms, world.chance, world.fresh_value(), world.moment)
    world.newer.sync()


def late(world: World) -> None:
    """Requests of the past arrive."""
    world.tell("late requests arrive")
    world.deliver_late()


EVENTS: tuple[tuple[Event, int], ...] = (
    (work, 50),
    (sync, 34),
    (killed_sync, 4),
    (sync_on_full_disk, 1),
    (stick, 8),
    (set_clock, 4),
    (back_up, 3),
    (restore_laptop, 4),
    (clone, 2),
    (dump_server, 2),
    (restore_server, 4),
    (revoke, 2),
    (project_some, 5),
    (write_from_the_future, 3),
    (late, 3),
)
"""Events and how often each happens."""
