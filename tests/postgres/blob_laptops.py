"""Real laptops with photos, enrolled at the real server, that reach it by a way of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.laptops import household, laptop
from tests.helpers.photos import photo
from tests.helpers.servers import ServerProcess
from villageapp.errors import Cancelled
from villageapp.models.database import Database
from villageapp.models.log import Replica
from villageapp.services import attachments, enrolling, syncing
from villageapp.services.attachments import Where
from villageapp.services.syncing import SyncReport
from villageapp.services.workspace import Workspace
from villageapp.sync import blobs, capture
from villageapp.sync.clock import HybridClock

Join = Callable[..., Workspace]
HOME = household(7)
OWNER = ("household", HOME.id)
LARGE = photo(5, (1600, 1200), grain=4)


@contextmanager
def joining(server: ServerProcess, village: str, tmp_path: Path) -> Iterator[Join]:
    """Makes enrolled laptops of one village that reach the server under ``url``; they have been synced once."""
    opened: list[Workspace] = []

    def make(name: str, url: str = "", *, with_home: bool = False) -> Workspace:
        work = laptop(tmp_path, name, certified=False)
        opened.append(work)
        with work.transaction() as session:
            replica = session.get_one(Replica, 1)
            replica.village_code, replica.province_key, replica.server_url = village, b"", ""
        enrolling.enrol(work, server.url, server.enrol_code(village))
        if with_home:
            with work.transaction() as session:
                session.add(household(7))
        sync_text(work)
        lead(work, url or server.url)
        return work

    try:
        yield make
    finally:
        for work in opened:
            work.close()


def sync_text(work: Workspace) -> SyncReport:
    """The log alone: no photo is begun."""
    return syncing.sync_now(work, blob_seconds=0)


def lead(work: Workspace, url: str) -> None:
    """From now on the laptop goes this way to the server."""
    with work.transaction() as session:
        session.get_one(Replica, 1).server_url = url


def reopened(work: Workspace) -> Workspace:
    """The same store in a new run of the program."""
    work.close()
    clock = HybridClock()
    database = Database(work.data_dir.database, bytes(32), lambda sessions: capture.install(sessions, clock))
    return Workspace(work.data_dir, database, clock)


def added(work: Workspace, content: bytes = LARGE) -> str:
    """A photo at the household; its hash."""
    found: str = attachments.add(work, content, *OWNER).detail
    return found


def sizes(work: Workspace) -> int:
    """Bytes of everything that waits to go up."""
    with work.reading() as connection:
        return sum(size for _, size in blobs.pending(connection))


def state(work: Workspace, number: int = 0) -> Where:
    """Where the photo with this number is."""
    return attachments.of(work, *OWNER)[number].where


class SwitchedOff:
    """Progress of a program that is ended after so many bytes of photos."""

    def __init__(self, after: int) -> None:
        self._after, self._done = after, 0

    def step(self, done: int, total: int, what: str) -> None:
        """Where it is."""
        self._done = done

    def check_cancelled(self) -> None:
        """Raise Cancelled when it is so far."""
        if self._done > self._after:
            raise Cancelled
