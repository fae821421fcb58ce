"""A store that the command line opens with its passphrase, and a way to call it in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.stores import PASSPHRASE, StoreTemplate, as_role, make_template
from villageapp.cli.main import main
from villageapp.paths import DataDir
from villageapp.services.workspace import open_with_key


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which must be exactly one JSON object."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Run = Callable[..., Outcome]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> StoreTemplate:
    """The small village, closed."""
    return make_template(tmp_path_factory.mktemp("stores") / "village")


@pytest.fixture
def run(
    template: StoreTemplate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Calls the command line on a copy of the small village; paths are relative to ``tmp_path``."""
    template.copy_to(tmp_path / "village")
    monkeypatch.setenv("VILLAGEAPP_DATA_DIR", str(tmp_path / "village"))
    monkeypatch.setenv("VILLAGEAPP_PASSPHRASE", PASSPHRASE)
    monkeypatch.chdir(tmp_path)

    def call(*argv: str) -> Outcome:
        code = main(list(argv))
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def leader(run: Run, template: StoreTemplate, tmp_path: Path) -> Run:
    """``run`` on the laptop of the 第一书记 (permissions: R-MON-15)."""
    with open_with_key(DataDir(tmp_path / "village"), template.key) as work:
        as_role(work)
    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Any], str]:
    """Writes a value as JSON and returns the file's name."""

    def put(value: Any) -> str:
        path = tmp_path / "input.json"
        path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        return str(path)

    return put
