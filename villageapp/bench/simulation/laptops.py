"""A laptop of the simulated world: a disk, a clock that may be wrong, a person, and the open store."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from villageapp.bench.simulation.disks import FragileDatabase
from villageapp.bench.simulation.ruled import WorldTime
from villageapp.paths import DataDir
from villageapp.services.workspace import Workspace
from villageapp.sync import capture, log_reading, seal, states, store
from villageapp.sync.change import Change, Clock
from villageapp.sync.clock import HybridClock
from villageapp.sync.digest import digest

KEY = bytes(32)
"""Unlocking is not what is simulated."""
Heads = dict[tuple[str, str], dict[str, dict[Clock, Any]]]
"""By entity and record id, then by field: the heads."""


def open_store(folder: Path, wall: Any) -> tuple[Workspace, FragileDatabase]:
    """Open the store in a folder with a clock of the simulation's own."""
    clock = HybridClock(wall)
    data_dir = DataDir(folder)
    database = FragileDatabase(data_dir.database, KEY, lambda sessions: capture.install(sessions, clock))
    with database.reading() as connection:
        clock.offset_ms = connection.exec_driver_sql(
            "SELECT coalesce(max(clock_offset_ms), 0) FROM replica"
        ).scalar_one()
    return Workspace(data_dir, database, clock), database


class Laptop:
    """One machine. ``skew_ms``: how far its clock is from the truth."""

    def __init__(self, name: str, folder: Path, time: WorldTime) -> None:
        self.name, self.folder, self.skew_ms = name, folder, 0
        self._time = time
        self.seen: dict[str, int] = {}
        """The vector as last checked: it must not shrink."""
        self.revoked = False
        self.busy = False
        """An exchange of this laptop is under way."""
        self.open()

    def open(self) -> None:
        """Start the program."""
        self.work, self.database = open_store(self.folder, lambda: self._time.now_ms + self.skew_ms)

    def close(self) -> None:
        """End the program."""
        self.work.close()

    def crash(self) -> None:
        """What a killed process or a power cut leaves: the files as they are at this moment. Then start again."""
        left = self.folder.with_name(f"{self.folder.name}-left")
        self.copy_to(left)
        self.work.close()
        self.put_back(left)
        shutil.rmtree(left)

    def copy_to(self, target: Path) -> None:
        """Copy the database with its write-ahead log, as a backup program would at an unlucky moment."""
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for path in (self.work.data_dir.database, Path(f"{self.work.data_dir.database}-wal")):
            if path.exists():
                shutil.copyfile(path, target / path.name)

    def put_back(self, copy: Path) -> None:
        """The disk is what this copy holds; the program starts again. The store must be closed."""
        shutil.rmtree(self.folder)
        shutil.copytree(copy, self.folder)
        self.open()

    @property
    def replica_id(self) -> str:
        """Its present number."""
        return self.work.identity.replica_id

    def next_seq(self) -> int:
        """The number of its next change."""
        with self.work.reading() as connection:
            return int(connection.exec_driver_sql("SELECT next_seq FROM replica").scalar_one())

    def own_changes(self, first: int) -> list[Change]:
        """Its own changes from a number on, as the store has them."""
        last = self.next_seq() - 1
        with self.work.reading() as connection:
            return log_reading.own_changes(connection, first, last) if last >= first else []

    def heads(self) -> Heads:
        """The heads of every field of every record."""
        with self.work.reading() as connection:
            return {
                (entity, record_id): {name: dict(record.heads(name)) for name in _names(record)}
                for entity, record_id, record in states.load_all(connection)
            }

    def log(self) -> dict[tuple[str, int], tuple[int, bytes]]:
        """Last number and hash of every segment, by replica and first number."""
        with self.work.reading() as connection:
            rows = connection.exec_driver_sql("SELECT replica_id, first_seq, last_seq, hash FROM segment")
            return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    def changes(self) -> list[tuple[str, Change]]:
        """Every change on this disk, sealed and unsealed."""
        with self.work.reading() as connection:
            own = store.read_identity(connection).replica_id
            bodies = connection.exec_driver_sql("SELECT replica_id, body FROM segment ORDER BY arrived").all()
            waiting = store.unsealed(connection)
        sealed = [(replica_id, change) for replica_id, body in bodies for change in seal.unpack(body)]
        return [*sealed, *((own, change) for change in waiting)]

    def vector(self) -> Mapping[str, int]:
        """What it has."""
        with self.work.reading() as connection:
            return store.applied_vector(connection)

    def state_hash(self) -> str:
        """Equal on equal replicas."""
        with self.work.reading() as connection:
            return digest(states.load_all(connection))


def _names(record: Any) -> list[str]:
    return sorted({*record.values, *record.fields})
