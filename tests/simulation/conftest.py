"""One server and one set of enrolled disks for all simulated schedules of a test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from villageapp.bench.simulation.schedule import Stage, stage


@pytest.fixture(scope="session")
def shared_stage() -> Iterator[Stage]:
    """The stage of all schedules."""
    with stage() as made:
        yield made
