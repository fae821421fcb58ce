"""The provincial server of the simulated world: its real storage on a real PostgreSQL, without HTTP.

It can be put back to an older state, killed around a commit, and run out of disk.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import psycopg
from sqlalchemy import Connection, Table, event, exc, insert, select

from villageapp.bench.simulation.disks import Killed
from villageapp.errors import SyncError, SyncKind
from villageapp.models.server_tables import metadata, projection, quarantine, replica, segment
from villageapp.server import (
    access,
    accounts,
    codes,
    digests,
    enrolment,
    identity,
    issuing,
    project,
    records,
    restoration,
    store,
)
from villageapp.server.access import Laptop as Known
from villageapp.server.certificates import Teams
from villageapp.server.opening import Province, open_province
from villageapp.server.records import Place
from villageapp.sync import protocol, seal
from villageapp.sync.change import Change
from villageapp.sync.protocol import EnrolRequest
from villageapp.sync.registers import Record

VILLAGE = "149901100201"
OFFICE = accounts.console("console:simulation")
_FULL = "could not extend file: No space left on device"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every row of the database at one moment."""

    rows: Sequence[tuple[Table, list[dict[str, Any]]]]


class Centre:
    """One server; ``dies`` counts commits down: at 0 the next one does not happen and the server is killed."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.workspace, self.county_code = "", ""
        self.teams = Teams()
        self.dies: int | None = None
        self.full_at: int | None = None
        province.engine.pool._pre_ping = False  # nobody else ends its connections
        event.listen(province.engine, "commit", self._committing)
        event.listen(province.engine, "before_cursor_execute", self._executing)

    def _committing(self, _: Connection) -> None:
        if self.dies is not None:
            self.dies -= 1
            if self.dies < 0:
                self.dies = None
                raise Killed

    def _executing(self, *arguments: Any) -> None:
        if self.full_at is not None:
            self.full_at -= 1
            if self.full_at < 0:
                self.full_at = None
                raise exc.OperationalError(str(arguments[2]), None, psycopg.errors.DiskFull(_FULL))

    @property
    def place(self) -> Place:
        """The one workspace."""
        return Place(self.county_code, self.workspace)

    def enrol(self, request: EnrolRequest, name: str) -> protocol.EnrolAnswer:
        """Issue a code for a person and redeem it at once."""
        code = issuing.issue_code(self.province, VILLAGE, name, "工作队员", OFFICE.who)
        answer = enrolment.enrol(self.province, msgspec.structs.replace(request, code=code))
        self.workspace = answer.workspace
        self.county_code = codes.county_of(answer.token)
        return answer

    def exchange(self, token: str, request: bytes) -> bytes:
        """One round of an exchange, as the HTTP route does it."""
        with self._alive():
            laptop = self._laptop(token)
            message = protocol.decode(request)
            return protocol.encode(store.exchange(self.province, laptop, message, self.teams))

    def ask(self, token: str, path: str, content: bytes) -> bytes:
        """A small request: a new number, one replica's log, the digest."""
        with self._alive():
            laptop = self._laptop(token)
            parts = urlsplit(path)
            kind, _, rest = parts.path.split(f"/workspaces/{laptop.workspace}/")[1].partition("/")
            if kind == "identity":
                answer: msgspec.Struct = identity.issue(self.province, laptop, identity.read_request(content))
            elif kind == "log":
                after = int(parse_qs(parts.query).get("after", ["0"])[0])
                answer = identity.log_of(self.province, laptop, rest, after)
            else:
                answer = digests.digest_of(self.province, laptop)
            return msgspec.msgpack.encode(answer)

    def _laptop(self, token: str) -> Known:
        return access.laptop_of(self.province.engine, self.workspace, token)

    @contextmanager
    def _alive(self) -> Iterator[None]:
        """What a laptop notices when the server or its database fails in the middle."""
        try:
            yield
        except Killed:
            self.restart()
            raise SyncError(SyncKind.OFFLINE, "服务器中断了连接。", code="line_cut") from None
        except exc.OperationalError as error:
            raise SyncError(SyncKind.BUSY, "服务器忙，稍后会自动再试。", code="busy") from error

    def restart(self) -> None:
        """A new process on the same database: looks whether it was restored, remembers nothing else."""
        self.dies = self.full_at = None
        self.teams = Teams()
        self.province.settle()

    def project(self) -> None:
        """Make records of what is stored; interrupted by a death or a full disk, it is as if it had not begun."""
        try:
            project.project_all(self.province.engine, self.workspace)
        except Killed:
            self.restart()
        except exc.OperationalError:
            self.full_at = None

    def snapshot(self) -> Snapshot:
        """A dump."""
        with self.province.engine.connect() as connection:
            found = [(t, [dict(r) for r in connection.execute(select(t)).mappings()]) for t in _tables()]
        return Snapshot([(table, rows) for table, rows in found if rows])

    def restore(self, dump: Snapshot) -> None:
        """Read a dump back. Whether the server notices is up to ``restart``."""
        self.dies = self.full_at = None
        with self.province.engine.begin() as connection:
            connection.exec_driver_sql("; ".join(f'DELETE FROM "{t.name}"' for t in reversed(_tables())))
            for table, rows in dump.rows:
                connection.execute(insert(table), rows)
        self.teams = Teams()

    def begin_anew(self, dump: Snapshot) -> None:
        """The state before the first exchange, for the next schedule."""
        self.restore(dump)
        self.forget_standing()
        self.province.settle()

    def forget_standing(self) -> None:
        """The file by which a restored database is noticed is gone."""
        with suppress(FileNotFoundError):
            (self.province.folder / restoration.FILE).unlink()

    def log(self) -> dict[tuple[str, int], tuple[int, bytes]]:
        """Last number and hash of every segment, by replica and first number."""
        columns = segment.c
        query = select(columns.replica_id, columns.first_seq, columns.last_seq, columns.hash)
        with self.province.engine.connect() as connection:
            return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(query)}

    def vector(self) -> dict[str, int]:
        """Highest number of each replica."""
        found: dict[str, int] = {}
        for (replica_id, _), (last, _) in self.log().items():
            found[replica_id] = max(found.get(replica_id, 0), last)
        return found

    def numbers_in_use(self) -> set[str]:
        """Laptops that are enrolled and not revoked."""
        query = select(replica.c.replica_id).where(replica.c.revoked_at.is_(None))
        with self.province.engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def revoked_numbers(self) -> set[str]:
        """Laptops that are shut out."""
        query = select(replica.c.replica_id).where(replica.c.revoked_at.is_not(None))
        with self.province.engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def hashes_kept_apart(self) -> set[bytes]:
        """Every segment in quarantine, released or not."""
        with self.province.engine.connect() as connection:
            return {bytes(digest) for digest in connection.execute(select(quarantine.c.hash)).scalars()}

    def changes(self) -> list[tuple[str, Change]]:
        """Every change in the log."""
        return self._opened(segment, segment.c.arrived)

    def kept_apart(self) -> list[tuple[str, Change]]:
        """Every change in quarantine."""
        return self._opened(quarantine, quarantine.c.first_seq, quarantine.c.released_at.is_(None))

    def _opened(self, table: Table, order: Any, *where: Any) -> list[tuple[str, Change]]:
        query = select(table.c.replica_id, table.c.body).where(*where).order_by(order)
        with self.province.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [(row[0], change) for row in rows for change in seal.unpack(row[1])]

    def digest(self) -> bytes | None:
        """The sums that the projection keeps."""
        with self.province.engine.connect() as connection:
            return connection.execute(select(projection.c.digest)).scalar_one_or_none()

    def records(self) -> list[tuple[str, str, Record]]:
        """Every record of the projection."""
        with self.province.engine.connect() as connection:
            return list(records.all_of(connection, self.place))


def _tables() -> list[Table]:
    return list(metadata.sorted_tables)


@contextmanager
def opened_centre(folder: Path) -> Iterator[Centre]:
    """A server with an embedded PostgreSQL in ``folder``."""
    with open_province(folder, None) as province:
        yield Centre(province)


def encoded(key: bytes) -> str:
    """A key as an enrolment carries it."""
    return base64.b64encode(key).decode()
