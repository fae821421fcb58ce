"""Both versions, and a PostgreSQL for their servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.servers import fresh_database, roomy_folder, running_postgres
from tests.versions.programs import ROOT, Fleet, Program, unpack_first


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack_first(tmp_path_factory.mktemp("first"))


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path / "told.txt")
    try:
        yield made
    finally:
        made.stop_all()


@pytest.fixture
def first(unpacked: Path, fleet: Fleet) -> Program:
    """The first landed revision."""
    return Program(unpacked, fleet)


@pytest.fixture
def present(fleet: Fleet) -> Program:
    """This version."""
    return Program(ROOT, fleet)


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    with roomy_folder() as folder, running_postgres(folder) as dsn:
        yield dsn


@pytest.fixture
def database(postgres_dsn: str) -> str:
    return fresh_database(postgres_dsn)


@pytest.fixture
def server_folder(tmp_path: Path) -> Path:
    return tmp_path / "server"
