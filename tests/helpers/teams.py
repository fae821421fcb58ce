"""A village team at a real server whose disks are copied, restored and carried about, with a record of every value."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.clones import add, delete, disk_copy, edit, enrolled_laptop, started, value
from tests.helpers.laptops import household
from tests.helpers.servers import ServerProcess
from villageapp.services.syncing import conflicts, state_hash, sync_now
from villageapp.services.workspace import Workspace
from villageapp.sync import seal, states, store


def carry(giver: Workspace, taker: Workspace) -> store.Taken:
    """A stick: everything that one has goes to the other."""
    with giver.database.writing() as connection:
        store.seal_outbox(connection)
        with taker.reading() as theirs:
            known = store.vector_of(theirs)
        segments, _ = store.segments_for(connection, known, 10**9)
    with taker.database.writing() as connection:
        return store.take(connection, segments, taker.clock)


class Team:
    """Laptops of one village at one server, and the disks they were copied to."""

    def __init__(self, server: ServerProcess, village: str, folder: Path) -> None:
        self.server, self.village, self.folder = server, village, folder
        self.works: dict[str, Workspace] = {}

    def join(self, name: str) -> Workspace:
        """A new laptop, enrolled."""
        self.works[name] = enrolled_laptop(self.folder / name, self.server, self.village, name)
        return self.works[name]

    def copy(self, name: str, target: str) -> None:
        """A backup, or a cloned disk."""
        shutil.rmtree(self.folder / target, ignore_errors=True)
        disk_copy(self.works[name], self.folder / target)

    def start(self, name: str) -> Workspace:
        """Open a copied disk as a laptop."""
        self.works[name] = started(self.folder / name)
        return self.works[name]

    def destroy(self, name: str) -> None:
        """The laptop is lost with its disk."""
        self.works.pop(name).close()
        shutil.rmtree(self.folder / name)

    def restore(self, name: str, backup: str) -> Workspace:
        """The laptop's folder is replaced by a backup of it."""
        self.destroy(name)
        shutil.copytree(self.folder / backup, self.folder / name)
        return self.start(name)

    def settle(self) -> None:
        """Everybody syncs until nobody has anything new."""
        for _ in range(3):
            for work in self.works.values():
                sync_now(work)

    def check(self) -> None:
        """Equal everywhere and at the server, each number once, every chain whole, the same log for all."""
        hashes = {name: state_hash(work) for name, work in self.works.items()}
        assert len(set(hashes.values())) == 1, hashes
        work = next(iter(self.works.values()))
        assert self.server.state(work.identity.workspace)["hash"] == state_hash(work).hash
        logs = [tuple(sorted(heads_of(work).items())) for work in self.works.values()]
        assert len(set(logs)) == 1

    def close(self) -> None:
        """Close every store."""
        for work in self.works.values():
            work.close()


def heads_of(work: Workspace) -> dict[str, bytes]:
    """Last hash of every replica's log here, after checking numbers and chain."""
    with work.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT replica_id, body, hash, prev_hash FROM segment ORDER BY replica_id, first_seq"
        ).all()
    seen: set[tuple[str, int]] = set()
    last: dict[str, bytes] = {}
    for replica_id, body, digest, previous in rows:
        assert previous == last.get(replica_id, bytes(32))
        last[replica_id] = digest
        for change in seal.unpack(body):
            assert (replica_id, change.seq) not in seen
            seen.add((replica_id, change.seq))
    return last


def logged_values(work: Workspace, name: str) -> set[Any]:
    """Every value of a field that the log here holds."""
    with work.reading() as connection:
        bodies = connection.exec_driver_sql("SELECT body FROM segment").scalars().all()
    return {c.fields[name] for body in bodies for c in seal.unpack(body) if name in c.fields}


@dataclass
class Written:
    """One value somebody typed, and what was on the screen before."""

    household: int
    phone: str
    over: str | None


@dataclass
class Diary:
    """Who holds which written values: of surviving ones each must stand, or be replaced by somebody who saw it."""

    team: Team
    all: list[Written] = field(default_factory=list)
    on_disk: dict[str, set[str]] = field(default_factory=dict)  # disk: phones
    at_server: set[str] = field(default_factory=set)

    def write(self, name: str, number: int) -> None:
        """Type a value nobody typed before, on that laptop."""
        work = self.team.works[name]
        phone = f"139{len(self.all):08d}"
        with work.reading() as connection:
            here = household(number).id in states.load(connection, "household", [household(number).id])
        over = value(work, number, "phone") if here else None
        if here:
            edit(work, number, phone=phone)
        else:
            add(work, number, phone=phone)
        self.all.append(Written(number, phone, over if isinstance(over, str) else None))
        self.on_disk[name].add(phone)

    def remove(self, name: str, number: int) -> None:
        """Delete a household there, if it is there."""
        work = self.team.works[name]
        with work.reading() as connection:
            here = household(number).id in states.load(connection, "household", [household(number).id])
        if here:
            delete(work, number)

    def sync(self, name: str) -> None:
        """Everything to the server and back."""
        sync_now(self.team.works[name])
        self.at_server |= self.on_disk[name]
        self.on_disk[name] |= self.at_server

    def carry(self, giver: str, taker: str) -> None:
        """By stick; what a twin's log forbids stays behind."""
        if not carry(self.team.works[giver], self.team.works[taker]).refused:
            self.on_disk[taker] |= self.on_disk[giver]

    def check(self) -> None:
        """After everybody has synced: nothing that survived is lost."""
        work = next(iter(self.team.works.values()))
        alive = set.union(self.at_server, *(self.on_disk[name] for name in self.team.works))
        logged = logged_values(work, "phone")
        replaced = {w.over for w in self.all if w.over is not None and w.phone in logged}
        with work.reading() as connection:
            ids = {household(w.household).id for w in self.all}
            known = states.load(connection, "household", ids)
        standing = {v for record in known.values() for v in record.heads("phone").values()}
        assert alive - replaced <= standing
        named = {v.value for c in conflicts(work) if c.field == "phone" for v in c.values}
        for record in known.values():
            heads = set(record.heads("phone").values())
            assert len(heads) < 2 or heads <= named
