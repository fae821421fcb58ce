"""Stick files in the simulated world: written, read twice, in any order, damaged, and taken to the server."""

from __future__ import annotations

from pathlib import Path

from villageapp.bench.simulation.disks import Death, Killed
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.oracle import Violation
from villageapp.bench.simulation.world import World
from villageapp.errors import SyncError
from villageapp.progress import SILENT
from villageapp.server import box_key, bundles
from villageapp.server.blobs import open_desk
from villageapp.server.bundle_photos import Shelf
from villageapp.server.opening import Province
from villageapp.services.bundles import FOR_COLLEAGUE, FOR_SERVER, export_bundle, import_bundle

REFUSED = frozenset({"gap", "own_file", "not_for_us", "not_enrolled", "revoked", "wrong_workspace"})
"""Why a good file may be refused."""


def use(world: World, laptop: Laptop) -> None:
    """Write a file, or read one that somebody has written."""
    kind = world.chance.random()
    if not world.sticks or kind < 0.3:
        write(world, laptop)
    elif kind < 0.7:
        read(world, laptop, world.chance.choice(world.sticks))
    elif kind < 0.85:
        take_to_server(world, world.chance.choice(world.sticks))
    else:
        read_damaged(world, laptop, world.chance.choice(world.sticks))


def write(world: World, laptop: Laptop) -> None:
    """A file for the county or for colleagues, perhaps cut short by a power failure."""
    target = world.folder / f"stick-{len(world.sticks)}.zcb"
    purpose = world.chance.choice([FOR_COLLEAGUE, FOR_COLLEAGUE, FOR_SERVER])
    everything = world.chance.random() < 0.3
    world.tell(f"{laptop.name} writes {target.name} for {purpose}, everything {everything}")
    world.counted["stick_written"] += 1
    if world.chance.random() < 0.2 and not laptop.busy:
        world.counted["laptop_killed_at_stick"] += 1
        laptop.database.arm(Death(statement=world.chance.randrange(1, 14)))
    try:
        export_bundle(laptop.work, purpose, target, everything=everything, with_blobs=False)
    except Killed:
        laptop.crash()
    laptop.database.arm()
    if target.exists():
        world.sticks.append(target)


def read(world: World, laptop: Laptop, stick: Path) -> None:
    """Import a file, possibly once more."""
    world.tell(f"{laptop.name} reads {stick.name}")
    world.counted["stick_read"] += 1
    if world.chance.random() < 0.2 and not laptop.busy:
        world.counted["laptop_killed_at_stick"] += 1
        laptop.database.arm(Death(statement=world.chance.randrange(1, 60)))
    try:
        report = import_bundle(laptop.work, stick)
        world.events[-1] += f" -> {report.changes} new, {report.missing} {report.refused}"
    except Killed:
        laptop.crash()
    except SyncError as error:
        if error.code not in REFUSED:
            raise
        world.events[-1] += f" -> {error.code}"
    laptop.database.arm()
    world.check_vector(laptop)


def read_damaged(world: World, laptop: Laptop, stick: Path) -> None:
    """A file that was pulled out too early, or in which a bit is another, changes nothing."""
    content = bytearray(stick.read_bytes())
    if world.chance.random() < 0.5:
        del content[world.chance.randrange(len(content)) :]
    else:
        content[world.chance.randrange(len(content))] ^= 1 << world.chance.randrange(8)
    damaged = stick.with_name("damaged.zcb")
    damaged.write_bytes(content)
    world.tell(f"{laptop.name} reads {stick.name}, damaged")
    world.counted["stick_damaged"] += 1
    before = laptop.state_hash(), laptop.vector()
    try:
        import_bundle(laptop.work, damaged)
    except SyncError as error:
        world.events[-1] += f" -> {error.code}"
    else:
        raise Violation("a damaged file was taken")
    if (laptop.state_hash(), laptop.vector()) != before:
        raise Violation("a damaged file changed something")


def take_to_server(world: World, stick: Path) -> None:
    """Import a file at the county; its answer is another file."""
    centre = world.centre
    world.tell(f"the server reads {stick.name}")
    world.counted["stick_at_server"] += 1
    reply = world.folder / f"stick-{len(world.sticks)}-reply.zcb"
    try:
        received = _receive(centre.province, stick, reply)
        world.events[-1] += f" -> {received.changes} new"
    except SyncError as error:
        if error.code not in REFUSED:
            raise
        world.events[-1] += f" -> {error.code}"
    if reply.exists():
        world.sticks.append(reply)


def _receive(province: Province, stick: Path, reply: Path) -> bundles.Received:
    """As ``bundles.import_bundle`` on a server that is open already, without photos."""
    team, contents = bundles._inspected(province, stick, box_key.secret_box_key(province), SILENT)
    received = bundles._receive(province, team, contents, stick, SILENT)
    shelf = Shelf(open_desk(province, None), team.maker)
    bundles._reply(shelf, team, contents, reply, SILENT)
    return received
