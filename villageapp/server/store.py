"""The log: segments in, segments out. Nothing is interpreted here beyond what must be refused.

One transaction per request stores segments and advances the vector, under a lock on the workspace's row;
projection into records happens later (server/project.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, String, and_, cast, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp import __version__
from villageapp.errors import SyncError, SyncKind
from villageapp.models.server_tables import certificate, replica, segment, vector, workspace
from villageapp.server.access import Laptop
from villageapp.server.content import open_segment
from villageapp.server.opening import Province
from villageapp.sync import chain
from villageapp.sync.chain import (
    NO_HASH,
    Certificate,
    Header,
    Receipt,
    Refusal,
    Refused,
    Sealed,
    Signed,
    Verdict,
)
from villageapp.sync.change import SCHEMA
from villageapp.sync.clock import wall_ms
from villageapp.sync.protocol import SEND_LIMIT, Hello, Message, RefusedSegment

MAX_LISTED = 5000
"""Segments considered for one answer."""


def exchange(province: Province, laptop: Laptop, message: Message) -> Message:
    """One round: store what came, answer with what the laptop lacks, refusals and a signed receipt.

    Raises SyncError when the message is not this laptop's or the database is busy.
    """
    hello = message.hello
    if hello.workspace != laptop.workspace or hello.replica_id != laptop.replica_id:
        raise SyncError(
            SyncKind.AUTH,
            "同步内容与登录的电脑或村不符，服务器没有接收；本机的内容都还在。",
            remedy="请重新登记这台电脑。",
            code=Refused.WRONG_WORKSPACE.value,
        )
    refusals: list[RefusedSegment] = []
    if message.segments:
        with province.engine.begin() as connection:
            refusals = _ingest(connection, province, laptop, message.segments)
    with _snapshot(province.engine) as connection:
        return _answer(connection, province, laptop, hello, refusals)


def _snapshot(engine: Engine) -> Any:
    return engine.execution_options(isolation_level="REPEATABLE READ").begin()


@dataclass(slots=True)
class _Intake:
    """What is known of the workspace while the segments of one request are taken in."""

    connection: Connection
    laptop: Laptop
    certificates: Mapping[str, tuple[Certificate, bool]]  # and whether revoked
    heads: dict[str, tuple[int, bytes]]  # replica: last sequence number, last hash
    arrived: int
    rows: list[dict[str, Any]] = field(default_factory=list)

    def take(self, sealed: Sealed) -> None:
        """Store a segment (with the batch) if it is new. Raises SyncError or Refusal."""
        header = sealed.read_header()
        last_seq, last_hash = self.heads.get(header.replica_id, (0, NO_HASH))
        held, revoked = self.certificates.get(header.replica_id, (None, False))
        verdict = chain.judge(sealed, header, self.laptop.workspace, held, last_seq, last_hash)
        if verdict is Verdict.KNOWN:
            self._check_same(sealed, header, last_seq)
            return
        if revoked:
            raise Refusal(Refused.REVOKED, "写这段内容的电脑已被停用，没有采用。", last_seq + 1)
        open_segment(sealed, header)
        self._add(sealed, header)

    def _check_same(self, sealed: Sealed, header: Header, last_seq: int) -> None:
        """A known number with other bytes is a fork."""
        columns = segment.c
        known = self.connection.execute(
            select(columns.hash).where(
                *_of(segment, self.laptop),
                columns.replica_id == header.replica_id,
                columns.first_seq == header.first_seq,
            )
        ).scalar_one_or_none()
        pending = (r["hash"] for r in self.rows if (r["replica_id"], r["first_seq"]) == _name(header))
        if (known or next(pending, None)) != sealed.hash:
            raise Refusal(Refused.FORK, "同一编号出现了不同内容（可能是从旧备份恢复的电脑）。", last_seq + 1)

    def _add(self, sealed: Sealed, header: Header) -> None:
        self.arrived += 1
        digest = sealed.hash
        self.heads[header.replica_id] = (header.last_seq, digest)
        self.rows.append(
            {
                "county_code": self.laptop.county_code,
                "workspace": self.laptop.workspace,
                "replica_id": header.replica_id,
                "first_seq": header.first_seq,
                "last_seq": header.last_seq,
                "arrived": self.arrived,
                "hash": digest,
                "prev_hash": header.prev_hash,
                "header": sealed.header,
                "body": sealed.body,
                "signature": sealed.signature,
                "received_at": datetime.now(UTC),
            }
        )

    def save(self) -> None:
        """Write everything taken in."""
        if not self.rows:
            return
        key = {"county_code": self.laptop.county_code, "workspace": self.laptop.workspace}
        self.connection.execute(insert(segment), self.rows)
        for replica_id in {row["replica_id"] for row in self.rows}:
            last_seq, last_hash = self.heads[replica_id]
            head = {"last_seq": last_seq, "last_hash": last_hash}
            entry = upsert(vector).values(**key, replica_id=replica_id, **head)
            keys = [*key, "replica_id"]
            self.connection.execute(entry.on_conflict_do_update(index_elements=keys, set_=head))
        self.connection.execute(
            update(workspace).where(*_of(workspace, self.laptop)).values(last_arrived=self.arrived)
        )


def _ingest(
    connection: Connection, province: Province, laptop: Laptop, segments: Sequence[Sealed]
) -> list[RefusedSegment]:
    """Take in segments one by one; a bad one is refused and the others stay."""
    locked = select(workspace.c.last_arrived).where(*_of(workspace, laptop)).with_for_update()
    arrived = connection.execute(locked).scalar_one()
    intake = _Intake(
        connection,
        laptop,
        _certificates(connection, province, laptop),
        _heads(connection, laptop),
        arrived,
    )
    refused: list[RefusedSegment] = []
    for sealed in segments:
        try:
            intake.take(sealed)
        except SyncError as error:
            refused.append(_refused(sealed, error))
    intake.save()
    return refused


def _refused(sealed: Sealed, error: SyncError) -> RefusedSegment:
    expected = error.expected if isinstance(error, Refusal) else 0
    try:
        replica_id, first_seq = _name(sealed.read_header())
    except SyncError:  # not even its header can be read
        replica_id, first_seq = "", 0
    return RefusedSegment(replica_id, first_seq, error.code, error.message, expected)


def _name(header: Header) -> tuple[str, int]:
    return header.replica_id, header.first_seq


def _of(table: Any, laptop: Laptop) -> tuple[Any, Any]:
    """The rows of the laptop's workspace."""
    return table.c.county_code == laptop.county_code, table.c.workspace == laptop.workspace


def _certificates(
    connection: Connection, province: Province, laptop: Laptop
) -> dict[str, tuple[Certificate, bool]]:
    rows = connection.execute(
        select(certificate.c.body, certificate.c.signature, replica.c.revoked_at)
        .outerjoin(
            replica,
            and_(*_of(replica, laptop), replica.c.replica_id == certificate.c.replica_id),
        )
        .where(*_of(certificate, laptop))
    ).all()
    found = ((chain.read_certificate(Signed(r.body, r.signature), province.public_key), r) for r in rows)
    return {held.replica_id: (held, row.revoked_at is not None) for held, row in found}


def _heads(connection: Connection, laptop: Laptop) -> dict[str, tuple[int, bytes]]:
    rows = connection.execute(
        select(vector.c.replica_id, vector.c.last_seq, vector.c.last_hash).where(*_of(vector, laptop))
    )
    return {row.replica_id: (row.last_seq, row.last_hash) for row in rows}


def _answer(
    connection: Connection,
    province: Province,
    laptop: Laptop,
    hello: Hello,
    refusals: list[RefusedSegment],
) -> Message:
    now = wall_ms()
    known = {replica_id: head[0] for replica_id, head in _heads(connection, laptop).items()}
    segments, more = _lacking(connection, laptop, known, hello.vector)
    signed = connection.execute(
        select(certificate.c.body, certificate.c.signature)
        .where(*_of(certificate, laptop))
        .order_by(certificate.c.replica_id)
    )
    receipt = chain.sign(Receipt(laptop.workspace, known, province.epoch, now), province.key)
    ours = Hello(laptop.workspace, "", known, now, SCHEMA, __version__, province.epoch, more)
    return Message(ours, segments, [Signed(*row) for row in signed], refusals, receipt)


def _lacking(
    connection: Connection, laptop: Laptop, known: Mapping[str, int], theirs: Mapping[str, int]
) -> tuple[list[Sealed], bool]:
    """What the laptop lacks, in order of arrival, up to SEND_LIMIT bytes; whether more is left."""
    wanted = {r: min(theirs.get(r, 0), last) for r, last in known.items() if theirs.get(r, 0) < last}
    if not wanted:
        return [], False
    listed = connection.execute(_listing(laptop, wanted)).all()
    chosen: list[int] = []
    size = 0
    for row in listed:
        size += row.size
        if chosen and size > SEND_LIMIT:
            break
        chosen.append(row.arrived)
    columns = segment.c
    rows = connection.execute(
        select(columns.header, columns.body, columns.signature)
        .where(*_of(segment, laptop), columns.arrived.in_(chosen))
        .order_by(columns.arrived)
    )
    return [Sealed(*row) for row in rows], len(chosen) < len(listed) or len(listed) == MAX_LISTED


def _listing(laptop: Laptop, wanted: Mapping[str, int]) -> Any:
    """Number and size of the segments after the wanted sequence numbers."""
    columns = segment.c
    ids = func.unnest(cast([str(uuid.UUID(r)) for r in wanted], _array(String)))
    seqs = func.unnest(cast(list(wanted.values()), _array(BigInteger)))
    after = select(ids.label("replica_id"), seqs.label("seq")).subquery()
    return (
        select(columns.arrived, (func.octet_length(columns.body) + 256).label("size"))
        .join(
            after,
            and_(cast(columns.replica_id, String) == after.c.replica_id, columns.last_seq > after.c.seq),
        )
        .where(*_of(segment, laptop))
        .order_by(columns.arrived)
        .limit(MAX_LISTED)
    )


def _array(kind: Any) -> Any:
    from sqlalchemy.dialects.postgresql import ARRAY

    return ARRAY(kind)
