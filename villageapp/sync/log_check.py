"""Checking the whole log as a stranger would: hashes, chain, signatures, content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from villageapp.errors import SyncError
from villageapp.progress import SILENT, Progress
from villageapp.sync import chain, seal, store
from villageapp.sync.chain import NO_HASH, Certificate, Sealed

_NUMBERS = "SELECT arrived FROM segment ORDER BY replica_id, first_seq"
_SEGMENT = (
    "SELECT replica_id, first_seq, last_seq, hash, header, body, signature FROM segment WHERE arrived = ?"
)
_VECTOR = "SELECT replica_id, last_seq, last_hash FROM vector"


@dataclass(frozen=True, slots=True)
class Broken:
    """A segment that is not what it should be, and why."""

    replica_id: str
    first_seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What checking the log gave."""

    segments: int
    changes: int
    broken: tuple[Broken, ...]


def verify(connection: Connection, progress: Progress = SILENT) -> Verified:
    """Check every segment; reads the whole log. Raises Cancelled."""
    identity = store.read_identity(connection)
    known = store.certificates(connection, identity.province_key) if identity.province_key else {}
    heads: dict[str, tuple[int, bytes]] = {}
    broken: list[Broken] = []
    changes = 0
    numbers = connection.exec_driver_sql(_NUMBERS).scalars().all()
    for done, arrived in enumerate(numbers):
        progress.check_cancelled()
        progress.step(done, len(numbers), "正在核对同步日志")
        replica_id, first, last, digest, *parts = connection.exec_driver_sql(_SEGMENT, (arrived,)).one()
        sealed = Sealed(*parts)
        reason = _fault(sealed, digest, (replica_id, first, last), identity.workspace, known, heads)
        if reason:
            broken.append(Broken(replica_id, first, reason))
        heads[replica_id] = (last, digest)
        changes += last - first + 1
    broken += _vector_faults(connection, heads)
    return Verified(len(numbers), changes, tuple(broken))


def _fault(
    sealed: Sealed,
    digest: bytes,
    place: tuple[str, int, int],
    workspace: str,
    known: dict[str, Certificate],
    heads: dict[str, tuple[int, bytes]],
) -> str:
    """Why a segment is wrong; empty when all is well."""
    replica_id, first, last = place
    try:
        header = sealed.read_header()
        if (header.replica_id, header.first_seq, header.last_seq) != place:
            return "段头与登记的编号不符"
        if sealed.hash != digest:
            return "内容与登记的校验值不符"
        before = heads.get(replica_id, (0, NO_HASH))
        chain.judge(sealed, header, workspace, known.get(replica_id), *before)
        if not seal.open_body(sealed.body).runs(first, last):
            return "段内编号不连续"
    except SyncError as error:
        return error.message
    return ""


def _vector_faults(connection: Connection, heads: dict[str, tuple[int, bytes]]) -> Iterator[Broken]:
    """The vector must say what the segments say."""
    noted = {row[0]: (row[1], row[2]) for row in connection.exec_driver_sql(_VECTOR)}
    for replica_id in sorted(heads.keys() | noted.keys()):
        if heads.get(replica_id) != noted.get(replica_id):
            yield Broken(replica_id, noted.get(replica_id, (0, b""))[0], "版本向量与日志段不符")
