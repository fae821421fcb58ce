"""One server and one set of enrolled disks for all simulated schedules of a test process."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from villageapp.bench.simulation.ruled import WorldTime, ruled
from villageapp.bench.simulation.schedule import Stage, stage
from villageapp.bench.simulation.world import World


@pytest.fixture(scope="session")
def shared_stage() -> Iterator[Stage]:
    """The stage of all schedules."""
    with stage() as made:
        yield made


@pytest.fixture
def world(shared_stage: Stage, tmp_path: Path) -> Iterator[World]:
    """A team at its beginning, for a story that a test tells."""
    time = WorldTime()
    with ruled(time, 1):
        shared_stage.centre.begin_anew(shared_stage.team.dump)
        made = World(shared_stage.centre, shared_stage.team, tmp_path, time, random.Random(1))
        made.tell("begin")
        yield made
        made.close()
    shutil.rmtree(tmp_path)
