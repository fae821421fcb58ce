"""Rules about the source itself that no linter knows."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(p for p in (ROOT / "villageapp").rglob("*.py") if "versions" not in p.parts)
LONGEST = 400  # lines; a file should be readable at one sitting


def test_layers_hold() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-1000:]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize(
    ("entry", "forbidden"),
    [
        ("villageapp.domain.forms", ("sqlalchemy", "PySide6", "httpx", "reportlab", "msgspec")),
        ("villageapp.models.keys", ("sqlalchemy", "alembic", "httpx", "reportlab")),
        ("villageapp.__main__", ("sqlalchemy", "alembic", "httpx", "reportlab", "PySide6")),
    ],
)
def test_light_modules_stay_light(entry: str, forbidden: tuple[str, ...]) -> None:
    script = f"import sys, {entry}; print([m for m in {forbidden!r} if m in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"


def test_opening_an_up_to_date_store_needs_no_alembic(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from villageapp.models.database import Database\n"
        f"path = Path({str(tmp_path / 'village.db')!r})\n"
        "Database(path, bytes(32)).close()\n"
        "print('alembic' in sys.modules)"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert [o.strip() for o in outputs] == ["True", "False"]


def test_no_swallowed_exceptions_and_no_leftovers() -> None:
    found = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        found += [
            f"{path.name}: {word}"
            for word in ("TODO", "FIXME", "XXX", "raise NotImplementedError")
            if word in text
        ]
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler) and all(isinstance(s, ast.Pass) for s in node.body):
                found.append(f"{path.name}:{node.lineno} swallows an exception")
    assert found == []


def test_product_speaks_only_of_itself() -> None:
    words = ("/work/", "/home/", "/root/", "pypi.org", "files.pythonhosted")
    texts = [
        *SOURCES,
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("*.md"),
        *ROOT.glob("*.lock"),
        ROOT / "pyproject.toml",
    ]
    assert [(p.name, w) for p in texts for w in words if w in p.read_text(encoding="utf-8")] == []
