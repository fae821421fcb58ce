"""The open store of one team: made once, opened with a passphrase, handed down to everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from nacl.public import PrivateKey
from nacl.signing import SigningKey
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.cadre import CADRE
from villageapp.domain.village import VILLAGE, place_of
from villageapp.errors import AlreadyDone, Trouble
from villageapp.models import ids, keys, summaries
from villageapp.models.database import Database
from villageapp.models.log import Replica
from villageapp.models.records import Cadre, Village
from villageapp.paths import DataDir
from villageapp.services import channel_items
from villageapp.services.channel_items import Published
from villageapp.services.journal import Action, Journal
from villageapp.services.search_index import SearchIndex
from villageapp.sync import capture, repair, states, store
from villageapp.sync.clock import HybridClock


class Workspace:
    """An open store; threads share it. Close it when done."""

    def __init__(self, data_dir: DataDir, database: Database, clock: HybridClock) -> None:
        self.data_dir = data_dir
        self.database = database
        self.clock = clock
        self.journal = Journal()
        self.search_index: SearchIndex | None = None
        """Of a large store, once ``search.prepare`` has made it."""
        with database.reading() as connection:
            self.use_published(channel_items.load(connection))

    def use_published(self, found: Published) -> None:
        """Policies and parameters that the offices published, from now on (services/channel_items.py)."""
        self.published = found
        self.parameters = channel_items.with_published(found)

    @property
    def identity(self) -> store.Identity:
        """Who this laptop is, read afresh: enrolment changes it."""
        with self.database.reading() as connection:
            return store.read_identity(connection)

    def now(self) -> datetime:
        """Aware UTC, corrected by what the server said of our clock."""
        return datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC)

    def today(self) -> date:
        """The civil day in China."""
        return dates.local_day(self.now())

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One write; change capture, search and list columns are kept in the same commit. It can be undone."""
        with self.database.transaction() as session:
            before = _position(session)
            yield session
            session.flush()
            after = _position(session)
        if before is not None and after is not None and after[1] > before[1]:
            self.journal.note(Action(after[0], before[1], after[1] - 1))

    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent read."""
        return self.database.reading()

    def keep_small(self) -> None:
        """A window stays open all day: what is kept in memory of the store is bounded from now on."""
        self.database.keep_small()

    def close(self) -> None:
        """Release the store."""
        self.database.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """A store just made; the recovery code is shown once and stored nowhere."""

    work: Workspace
    recovery_code: str


def init_workspace(
    data_dir: DataDir,
    *,
    village_code: str,
    village_name: str,
    user_name: str,
    passphrase: str,
    role: str = "工作队员",
    unit: str = "",
    phone: str = "",
) -> NewWorkspace:
    """Make the encrypted store of a village team.

    Raises AlreadyDone when one is there, ValidationFailed or NotFound for wrong input; then nothing is left
    behind.
    """
    place = place_of(village_code)
    village = VILLAGE.check(
        {
            "code": village_code,
            "name": village_name,
            "city": place.city,
            "county": place.county,
            "town": place.town,
        }
    )
    cadre = CADRE.check({"name": user_name, "role": role, "unit": unit, "phone": phone})
    if data_dir.exists():
        raise AlreadyDone(
            f"{data_dir.root} 里已有数据库，没有改动。", remedy="请直接打开，或用 --data-dir 另选位置。"
        )
    data_dir.create()
    made = keys.create(data_dir.key_slots, passphrase)
    with _undone_on_failure(data_dir):
        work = _open(data_dir, made.key)
        with work.transaction() as session:
            user = Cadre(id=ids.cadre_id(village_code, cadre["name"], cadre["phone"] or ""), **cadre)
            session.add(_new_replica(village_code, user.id))
            session.flush()
            session.add_all([user, Village(id=ids.village_id(village_code), **village)])
    return NewWorkspace(work, made.recovery_code)


def open_workspace(data_dir: DataDir, passphrase: str) -> Workspace:
    """Open an existing store, upgrading it first when needed.

    Raises NotFound (no store), NotAllowed (wrong passphrase) or Trouble (damaged, too new, unreadable).
    """
    return open_with_key(data_dir, keys.unlock(data_dir.key_slots, passphrase))


def open_with_key(data_dir: DataDir, key: bytes) -> Workspace:
    """Open with a key that ``keys.unlock`` returned (the sign-in window unlocks before anything is loaded)."""
    if not data_dir.database.exists():
        raise Trouble(
            f"{data_dir.root} 里有密钥，但数据库文件 {data_dir.database.name} 不见了。",
            remedy="请不要新建数据库；在口令页选“从备份恢复…”。",
            code="store_missing",
        )
    return _open(data_dir, key)


def _open(data_dir: DataDir, key: bytes) -> Workspace:
    clock = HybridClock()
    database = Database(data_dir.database, key, lambda sessions: capture.install(sessions, clock))
    with database.reading() as connection:
        behind = not states.is_caught_up(connection)
        clock.offset_ms = connection.exec_driver_sql(
            "SELECT coalesce(max(clock_offset_ms), 0) FROM replica"
        ).scalar_one()
    if behind:
        with database.writing() as connection:
            if states.catch_up(connection):
                repair.retry(connection)
                summaries.refresh_all(connection)
    return Workspace(data_dir, database, clock)


def _position(session: Session) -> tuple[str, int] | None:
    """This laptop and the number of its next change; None in a store that is being made."""
    row = session.connection().exec_driver_sql("SELECT replica_id, next_seq FROM replica").one_or_none()
    return (row[0], row[1]) if row is not None else None


def _new_replica(village_code: str, user_id: str) -> Replica:
    """An identity; the server certifies it and issues the workspace id at enrolment."""
    return Replica(
        id=1,
        replica_id=ids.new_id(),
        workspace=ids.new_id(),
        village_code=village_code,
        user_id=user_id,
        sign_key=bytes(SigningKey.generate()),
        box_key=bytes(PrivateKey.generate()),
    )


@contextmanager
def _undone_on_failure(data_dir: DataDir) -> Iterator[None]:
    """A store that could not be completed must not look like one."""
    try:
        yield
    except BaseException:
        for path in (data_dir.key_slots, data_dir.database):
            for suffix in ("", "-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
        raise
