"""Bytes of an encrypted store altered as a failing disk does it, and what its records say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from villageapp.services.workspace import Workspace
from villageapp.sync import states

PAGE = 4096
"""Bytes of a page of the store."""


def pages(path: Path) -> int:
    """How many pages a store has."""
    return path.stat().st_size // PAGE


def harm(path: Path, numbers: Iterable[int]) -> None:
    """Alter some bytes in each of these pages (the first is 1)."""
    with path.open("r+b") as file:
        for number in numbers:
            file.seek((number - 1) * PAGE + 700)
            old = file.read(16)
            file.seek((number - 1) * PAGE + 700)
            file.write(bytes(byte ^ 0xFF for byte in old))


Said = dict[tuple[str, str], dict[str, Any]]


def said(work: Workspace) -> Said:
    """Values of every record that is not deleted, by (entity, record id)."""
    with work.reading() as connection:
        return {
            (entity, record_id): dict(record.values)
            for entity, record_id, record in states.load_all(connection)
            if not record.deleted
        }


def share(wanted: Said, found: Said) -> float:
    """Which part of the values that were there is there."""
    total = sum(len(values) for values in wanted.values())
    same = sum(found.get(key, {}).get(n) == v for key, values in wanted.items() for n, v in values.items())
    return same / total
