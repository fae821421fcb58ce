"""One PostgreSQL for the session, one server process for all tests that need not stop it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.servers import (
    ServerProcess,
    fresh_database,
    roomy_folder,
    running_postgres,
    running_server,
)
from tests.helpers.teams import Team
from tests.postgres.laptops import RawLaptop


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The session's PostgreSQL."""
    with roomy_folder() as folder, running_postgres(folder) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def server(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A real server process that nobody stops before the end."""
    with running_server(tmp_path_factory.mktemp("server"), fresh_database(postgres_dsn)) as running:
        yield running


@pytest.fixture
def village(request: pytest.FixtureRequest) -> str:
    """A training village of this test's own."""
    counter = request.config.stash.setdefault(_COUNTER, [0])
    counter[0] += 1
    return f"149901{counter[0]:06d}"


_COUNTER = pytest.StashKey[list[int]]()


@pytest.fixture
def team(server: ServerProcess, village: str, tmp_path: Path) -> Iterator[Team]:
    """A village team without laptops yet; closed at the end."""
    made = Team(server, village, tmp_path)
    yield made
    made.close()


@pytest.fixture
def pair(server: ServerProcess, village: str) -> tuple[RawLaptop, RawLaptop]:
    """Two enrolled laptops of one village."""
    first, second = RawLaptop(server.url, village), RawLaptop(server.url, village)
    for laptop in (first, second):
        laptop.enrol(server.enrol_code(village))
    return first, second
