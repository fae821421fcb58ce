"""Revision 0010: search entries keep their words and get numbers, there and back."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from villageapp.models.database import connect
from villageapp.models.migrations.run import downgrade_laptop, upgrade_laptop

KEPT = Path(__file__).parents[2] / "databases"
KEY = bytes(32)
_ENTRIES = "SELECT record_id, household_id, kind, name, text FROM search_entry ORDER BY record_id"


def asked(path: Path, statement: str) -> list[Any]:
    with closing(connect(path, KEY)) as connection:
        rows: list[Any] = connection.execute(statement).fetchall()
        return rows


@pytest.mark.parametrize("revision", ["0001", "0005", "0008", "0009"])
def test_entries_are_numbered_and_keep_their_words(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "village.db"
    shutil.copyfile(KEPT / f"{revision}.db", path)
    before = asked(path, _ENTRIES)
    assert before
    upgrade_laptop(lambda: connect(path, KEY), "0010")
    assert asked(path, _ENTRIES) == before
    numbers = [row[0] for row in asked(path, "SELECT number FROM search_entry ORDER BY number")]
    assert numbers == list(range(1, len(before) + 1))
    downgrade_laptop(lambda: connect(path, KEY), "0009")
    assert asked(path, _ENTRIES) == before
    upgrade_laptop(lambda: connect(path, KEY), "0010")
    assert asked(path, _ENTRIES) == before
    assert asked(path, "PRAGMA integrity_check") == [("ok",)]
    assert asked(path, "SELECT name FROM sqlite_master WHERE name LIKE 'old%'") == []
