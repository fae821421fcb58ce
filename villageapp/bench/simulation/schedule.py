"""One schedule from one seed: faults for a while, then rest, then the question whether all is there."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from villageapp.bench.simulation import mishaps
from villageapp.bench.simulation.centre import Centre, opened_centre
from villageapp.bench.simulation.checking import come_to_rest
from villageapp.bench.simulation.ruled import HOUR, WorldTime, ruled
from villageapp.bench.simulation.team import Team, make_team
from villageapp.bench.simulation.world import World

FEWEST, MOST = 12, 34
"""Events of one schedule."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One schedule. ``failure``: what did not hold, empty when all did; ``events``: what had happened."""

    seed: int
    events: tuple[str, ...]
    counted: Counter[str]
    values: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """What all schedules of a run share: an open server, the team's disks, a folder for each schedule."""

    centre: Centre
    team: Team
    folder: Path

    def run(self, seed: int, events: int = 0) -> Ran:
        """Run the schedule of a seed; ``events`` instead of a number from the seed. Never raises for what it finds."""
        chance, time = random.Random(seed), WorldTime()
        folder = self.folder / f"seed-{seed}"
        with ruled(time, seed):
            self.centre.begin_anew(self.team.dump)
            folder.mkdir()
            world = World(self.centre, self.team, folder, time, chance)
            try:
                failure = _failure(world, events or chance.randrange(FEWEST, MOST))
            finally:
                world.close()
                shutil.rmtree(folder)
        return Ran(seed, tuple(world.events), world.counted, world.oracle.total, failure)


def _failure(world: World, events: int) -> str:
    world.interrupt = mishaps.overlap
    kinds, weights = zip(*mishaps.EVENTS, strict=True)
    try:
        for _ in range(events):
            world.time.pass_by(world.chance.randrange(1_000, 3 * HOUR))
            world.chance.choices(kinds, weights)[0](world)
        come_to_rest(world)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the seed is about
        return f"{type(error).__name__}: {error}"
    return ""


@contextmanager
def stage(root: Path | None = None) -> Iterator[Stage]:
    """Make what the schedules share, in memory where the system has a place for that."""
    memory = Path("/dev/shm")
    base = root or (memory if memory.is_dir() else None)
    with (
        tempfile.TemporaryDirectory(prefix="village-", dir=base, ignore_cleanup_errors=True) as name,
        opened_centre(Path(name) / "server") as centre,
    ):
        yield Stage(centre, make_team(centre, Path(name) / "disks"), Path(name))
