"""An empty real store per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.stores import StoreTemplate, make_template
from villageapp.services.workspace import Workspace


@pytest.fixture(scope="session")
def empty_template(tmp_path_factory: pytest.TempPathFactory) -> StoreTemplate:
    """A store with a village and a cadre, without households."""
    return make_template(tmp_path_factory.mktemp("stores") / "empty", with_households=False)


@pytest.fixture
def work(empty_template: StoreTemplate, tmp_path: Path) -> Iterator[Workspace]:
    """An open copy of the empty store."""
    with empty_template.open_copy(tmp_path / "laptop") as opened:
        yield opened
