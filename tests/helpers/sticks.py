"""USB sticks for tests: what three laptops write to and read from, and how such a file is damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.helpers.laptops import household
from villageapp.models.records import Household
from villageapp.services.bundles import ExportReport, ImportReport, export_bundle, import_bundle
from villageapp.services.syncing import StateHash, state_hash
from villageapp.services.workspace import Workspace


def add(work: Workspace, *numbers: int, **values: object) -> None:
    """New households in one transaction."""
    with work.transaction() as session:
        session.add_all([household(number, **values) for number in numbers])


def edit(work: Workspace, number: int, **values: object) -> None:
    """Change one of them."""
    with work.transaction() as session:
        session.get_one(Household, household(number).id).assign(values)


def give(
    work: Workspace, path: Path, target: str = "colleague", *, everything: bool = False, replace: bool = False
) -> ExportReport:
    """Write a stick file."""
    return export_bundle(work, target, path, everything=everything, replace=replace)


def take(work: Workspace, path: Path) -> ImportReport:
    """Import a stick file."""
    return import_bundle(work, path)


@dataclass(frozen=True)
class Snapshot:
    """Everything that an import could change."""

    state: StateHash
    rows: tuple[tuple[str, int], ...]
    peers: tuple[tuple[object, ...], ...]

    @classmethod
    def of(cls, work: Workspace) -> Snapshot:
        """How a store stands."""
        tables = (
            "segment",
            "vector",
            "certificate",
            "record_state",
            "outbox",
            "blob",
            "household",
            "quarantine",
        )
        with work.reading() as connection:
            rows = tuple(
                (table, connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
                for table in tables
            )
            peers = connection.exec_driver_sql("SELECT url, vector, receipt FROM peer ORDER BY url").all()
        return cls(state_hash(work), rows, tuple(tuple(peer) for peer in peers))


def offsets(size: int, count: int, seed: int = 1) -> list[int]:
    """Byte offsets to cut or damage a file at: the ends, and random ones between."""
    random = Random(seed)
    return sorted({0, 1, size - 1, *(random.randrange(size) for _ in range(count))})


def damaged(source: Path, target: Path, change: Callable[[bytearray], object]) -> Path:
    """A copy of a file with something done to its bytes."""
    content = bytearray(source.read_bytes())
    change(content)
    target.write_bytes(content)
    return target


def left_over(folder: Path, kept: Iterable[str]) -> list[str]:
    """Names in a folder beside those that belong there."""
    return sorted(path.name for path in folder.iterdir() if path.name not in set(kept))
