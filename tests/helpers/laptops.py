"""Laptops of one team with real encrypted stores, certified by a test province, that meet directly."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from villageapp.models import ids
from villageapp.models.database import Database
from villageapp.models.log import Certificate as CertificateRow
from villageapp.models.log import Replica
from villageapp.models.records import Household
from villageapp.paths import DataDir
from villageapp.services.workspace import Workspace
from villageapp.sync import capture, chain, protocol, store
from villageapp.sync.change import SCHEMA
from villageapp.sync.clock import HybridClock
from villageapp.sync.exchange import Outcome, exchange

VILLAGE_CODE = "149901100201"
WORKSPACE = "01900000-0000-7000-8000-00000000aaaa"
PROVINCE = SigningKey(bytes(range(32)))
PROVINCE_KEY = bytes(PROVINCE.verify_key)
STORE_KEY = bytes(32)


def laptop(folder: Path, name: str, certified: bool = True) -> Workspace:
    """A laptop's store; opened with a key directly, since unlocking is not what is tested here."""
    data_dir = DataDir(folder / name)
    data_dir.create()
    data_dir.database.write_bytes(_blank())
    clock = HybridClock()
    database = Database(data_dir.database, STORE_KEY, lambda sessions: capture.install(sessions, clock))
    sign_key = SigningKey.generate()
    replica = Replica(
        id=1,
        replica_id=ids.new_id(),
        workspace=WORKSPACE,
        village_code=VILLAGE_CODE,
        user_id=ids.new_id(),
        sign_key=bytes(sign_key),
        box_key=bytes(PrivateKey.generate()),
        enrolled=int(certified),
        server_url="http://127.0.0.1:1",
        province_key=PROVINCE_KEY,
    )
    with database.transaction() as session:
        session.add(replica)
    return Workspace(data_dir, database, clock)


@functools.cache
def _blank() -> bytes:
    """The file of a new store; all tables are made once, not for every laptop."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "village.db"
        database = Database(path, STORE_KEY)
        database.settle()
        database.close()
        return path.read_bytes()


def certify(*works: Workspace) -> None:
    """Each laptop learns the certificates of all."""
    signed = []
    for work in works:
        with work.transaction() as session:
            replica = session.get_one(Replica, 1)
        certificate = chain.Certificate(
            replica.replica_id,
            WORKSPACE,
            bytes(SigningKey(replica.sign_key).verify_key),
            bytes(PrivateKey(replica.box_key).public_key),
            replica.user_id,
            work.data_dir.root.name,
            "工作队员",
            "2022-01-01",
            "2099-12-31",
        )
        signed.append((replica.replica_id, chain.sign(certificate, PROVINCE)))
    for work in works:
        with work.transaction() as session:
            for replica_id, one in signed:
                session.merge(CertificateRow(replica_id=replica_id, body=one.body, signature=one.signature))


class Colleague:
    """Answers an exchange from another laptop's store, as the server would: the same log, the same checks."""

    bytes_up = 0
    bytes_down = 0

    def __init__(self, work: Workspace, cut: int | None = None) -> None:
        self.work = work
        self.cut = cut  # keep only so many bytes of each answer

    def exchange(self, workspace: str, request: bytes) -> bytes:
        """Take what came, send what the other lacks."""
        message = protocol.decode(request)
        with self.work.database.writing() as connection:
            store.seal_outbox(connection)
            taken = store.take(connection, message.segments, self.work.clock)
            vector = store.vector_of(connection)
            segments, more = store.segments_for(connection, message.hello.vector, 20_000)
        receipt = chain.sign(chain.Receipt(workspace, vector, "epoch", 0), PROVINCE)
        refusals = [protocol.RefusedSegment("", 0, r.code, r.message) for r in taken.refused]
        hello = protocol.Hello(workspace, "", vector, self.work.clock.now_ms(), SCHEMA, "test", "epoch", more)
        answer = protocol.encode(protocol.Message(hello, segments, [], refusals, receipt))
        return answer if self.cut is None else answer[: self.cut]


class Quiet:
    """Progress nobody watches."""

    def step(self, done: int, total: int, what: str) -> None:
        """Ignore."""

    def check_cancelled(self) -> None:
        """Never."""


def meet(first: Workspace, second: Workspace) -> Outcome:
    """``first`` exchanges with ``second`` until both have everything."""
    return exchange(first.database, first.clock, Colleague(second), {}, "test", Quiet())


def household(number: int, **values: object) -> Household:
    """A household with the national number 1499…, everything required filled in."""
    national = f"1499{number:012d}"
    filled: dict[str, object] = {
        "national_hh_no": national,
        "region_code": VILLAGE_CODE,
        "county": "示范县",
        "town": "示例镇",
        "village": "羊井底村",
        "household_type": "1",
        "monitoring_category": "0",
        "status": "在册",
    }
    return Household(id=ids.household_id(national), **{**filled, **values})
