"""One store is made per run and copied for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.stores import StoreTemplate, make_template
from villageapp.services.workspace import Workspace


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> StoreTemplate:
    """The small village, closed."""
    return make_template(tmp_path_factory.mktemp("stores") / "village")


@pytest.fixture
def work(template: StoreTemplate, tmp_path: Path) -> Iterator[Workspace]:
    """An open copy of the small village."""
    with template.open_copy(tmp_path / "village") as opened:
        yield opened
