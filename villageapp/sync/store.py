"""The laptop's side of the log: sealing what waits, answering what a peer lacks, taking in what came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from nacl.signing import SigningKey
from sqlalchemy import Connection

from villageapp.domain.changes import ChangeSet
from villageapp.errors import SyncError
from villageapp.sync import chain, seal
from villageapp.sync.apply import apply
from villageapp.sync.chain import Certificate, Sealed, Signed, Verdict
from villageapp.sync.change import Change, Clock
from villageapp.sync.clock import COUNTER_BITS, MAX_LEAD_MS, HybridClock
from villageapp.sync.collecting import collection_paused
from villageapp.sync.contents import NO_BASES, Contents

_OUTBOX = "SELECT seq, hlc, actor, entity, record_id, kind, fields, bases FROM outbox ORDER BY seq"
_SAVE_SEGMENT = (
    "INSERT INTO segment (replica_id, first_seq, last_seq, hash, prev_hash, header, body, signature)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_VECTOR = "SELECT replica_id, last_seq FROM vector"
_SAVE_VECTOR = "INSERT OR REPLACE INTO vector (replica_id, last_seq, last_hash) VALUES (?, ?, ?)"


_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this laptop is, as the replica row says."""

    replica_id: str
    workspace: str
    village_code: str
    user_id: str
    enrolled: bool
    server_url: str
    token: str = field(repr=False)
    province_key: bytes
    server_epoch: str
    sign_key: bytes = field(repr=False)


def read_identity(connection: Connection) -> Identity:
    """The replica row."""
    row = connection.exec_driver_sql(
        "SELECT replica_id, workspace, village_code, user_id, enrolled, server_url, token, province_key,"
        " server_epoch, sign_key FROM replica"
    ).one()
    return Identity(*row[:4], bool(row[4]), *row[5:])  # type: ignore[call-arg]


def vector_of(connection: Connection) -> dict[str, int]:
    """Highest contiguous sealed sequence number of each replica."""
    return {row[0]: row[1] for row in connection.exec_driver_sql(_VECTOR)}


def applied_vector(connection: Connection) -> dict[str, int]:
    """What has been merged here: the vector, and own changes that are not sealed yet."""
    own, next_seq = connection.exec_driver_sql("SELECT replica_id, next_seq FROM replica").one()
    return {**vector_of(connection), own: next_seq - 1}


def pending(connection: Connection) -> int:
    """Own changes that wait to be sealed."""
    return int(connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one())


def unsealed(connection: Connection) -> list[Change]:
    """Own changes that wait to be sealed, in order."""
    return [_change(row) for row in connection.exec_driver_sql(_OUTBOX).all()]


@collection_paused()
def seal_outbox(connection: Connection) -> int:
    """Seal everything that waits; returns the number of changes. Only an enrolled laptop seals."""
    identity = read_identity(connection)
    if not identity.enrolled:
        return 0
    key = SigningKey(identity.sign_key)
    sealed = 0
    _, last_hash = _last(connection, identity.replica_id)
    for changes in _runs(connection.exec_driver_sql(_OUTBOX).all()):
        segment = chain.seal_segment(identity.workspace, identity.replica_id, changes, last_hash, key)
        last_hash = segment.hash
        _keep(connection, segment, segment.read_header())
        connection.exec_driver_sql("DELETE FROM outbox WHERE seq <= ?", (changes[-1].seq,))
        sealed += len(changes)
    return sealed


def _change(row: Any) -> Change:
    seq, hlc, actor, entity, record_id, kind, fields, bases = row
    named = (
        {n: tuple(Clock(*c) for c in cs) for n, cs in _decode(bases).items()} if bases != "{}" else NO_BASES
    )
    return Change(seq, hlc, actor, entity, record_id, kind, _decode(fields), named)


def _runs(rows: Iterable[Any]) -> Iterable[list[Change]]:
    """Segments' worth of the outbox: at most MAX_CHANGES and about MAX_RAW bytes each."""
    run: list[Change] = []
    size = 0
    for row in rows:
        change, weight = (
            _change(row),
            60 + 2 * (len(row[6]) + len(row[7])),
        )  # Chinese: up to 3 bytes a character
        if run and (len(run) == seal.MAX_CHANGES or size + weight > seal.MAX_RAW):
            yield run
            run, size = [], 0
        run.append(change)
        size += weight
    if run:
        yield run


def segments_for(connection: Connection, theirs: Mapping[str, int], limit: int) -> tuple[list[Sealed], bool]:
    """Segments that a peer with vector ``theirs`` lacks, in order of arrival, up to ``limit`` bytes; more left?"""
    found: list[Sealed] = []
    size = 0
    lacking = connection.exec_driver_sql(
        "SELECT arrived, replica_id, last_seq, length(body) FROM segment ORDER BY arrived"
    )
    for arrived, replica_id, last_seq, length in lacking.all():
        if last_seq <= theirs.get(replica_id, 0):
            continue
        if found and size + length > limit:
            return found, True
        row = connection.exec_driver_sql(
            "SELECT header, body, signature FROM segment WHERE arrived = ?", (arrived,)
        )
        found.append(Sealed(*row.one()))
        size += length
    return found, False


def changes_in(segments: Iterable[Sealed]) -> int:
    """How many changes these segments hold, by their headers."""
    return sum(h.last_seq - h.first_seq + 1 for h in (s.read_header() for s in segments))


def keep_certificates(connection: Connection, certificates: Sequence[Signed], province_key: bytes) -> None:
    """Store certificates that the province signed for this workspace; an older one replaces no newer one.

    Raises SyncError for a forged one.
    """
    for signed in certificates:
        certificate = chain.read_certificate(signed, province_key)
        held = connection.exec_driver_sql(
            "SELECT body, signature FROM certificate WHERE replica_id = ?", (certificate.replica_id,)
        ).one_or_none()
        if held is not None:
            known = chain.read_certificate(Signed(*held), province_key)
            if certificate.valid_to < known.valid_to:
                continue
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO certificate (replica_id, body, signature) VALUES (?, ?, ?)",
            (certificate.replica_id, signed.body, signed.signature),
        )


def certificates(connection: Connection, province_key: bytes) -> dict[str, Certificate]:
    """Known certificates by replica."""
    rows = connection.exec_driver_sql("SELECT body, signature FROM certificate").all()
    found = (chain.read_certificate(Signed(*row), province_key) for row in rows)
    return {certificate.replica_id: certificate for certificate in found}


@dataclass(slots=True)
class Taken:
    """What came of received segments."""

    changes: int = 0
    touched: ChangeSet = field(default_factory=ChangeSet)
    refused: list[SyncError] = field(default_factory=list)
    forked: set[str] = field(default_factory=set)
    """Replicas of which the sender has other segments than this laptop under the same numbers."""


@collection_paused()
def take(connection: Connection, segments: Sequence[Sealed], clock: HybridClock) -> Taken:
    """Verify, store and apply segments in the caller's transaction; a bad one is left out and reported."""
    identity = read_identity(connection)
    known = certificates(connection, identity.province_key)
    applied = applied_vector(connection)
    taken, batches = Taken(), list[tuple[str, Contents]]()
    for sealed in segments:
        try:
            batch = _accept(connection, sealed, identity, known)
        except SyncError as refusal:
            taken.refused.append(refusal)
            if refusal.code == chain.Refused.FORK:
                taken.forked.add(sealed.read_header().replica_id)
            continue
        if batch is not None:
            batches.append(batch)
            taken.changes += len(batch[1])
    if batches:
        taken.touched = apply(connection, batches, applied)
        advance_clock(connection, max(contents.highest_hlc for _, contents in batches), clock)
    return taken


def _accept(
    connection: Connection, sealed: Sealed, identity: Identity, known: Mapping[str, Certificate]
) -> tuple[str, Contents] | None:
    header = sealed.read_header()
    last_seq, last_hash = _last(connection, header.replica_id)
    certificate = known.get(header.replica_id)
    verdict = chain.judge(sealed, header, identity.workspace, certificate, last_seq, last_hash)
    if verdict is Verdict.KNOWN:
        return None
    if header.replica_id == identity.replica_id:
        raise chain.Refusal(
            chain.Refused.FORK,
            "这里有本机编号下、本机却没有的内容（本机可能来自旧备份或复制件），本机内容都保留，连上服务器后自动处理。",
            last_seq + 1,
        )
    changes = seal.open_body(sealed.body)
    if not changes.runs(header.first_seq, header.last_seq):
        raise chain.Refusal(chain.Refused.MALFORMED, "段内编号不连续，没有采用。", last_seq + 1)
    _keep(connection, sealed, header)
    return header.replica_id, changes


def keep_verified(
    connection: Connection, sealed: Sealed, workspace: str, certificate: Certificate | None
) -> None:
    """Store a segment that follows what is here, without applying it. Raises SyncError."""
    header = sealed.read_header()
    last_seq, last_hash = _last(connection, header.replica_id)
    verdict = chain.judge(sealed, header, workspace, certificate, last_seq, last_hash)
    if not seal.open_body(sealed.body).runs(header.first_seq, header.last_seq):
        raise chain.malformed("段内编号不连续")
    if verdict is Verdict.NEW:
        _keep(connection, sealed, header)


def rewind(connection: Connection, replica_id: str, last_seq: int) -> None:
    """A replica's log ends at this number (the end of a segment, or 0) from now on."""
    if last_seq == 0:
        connection.exec_driver_sql("DELETE FROM vector WHERE replica_id = ?", (replica_id,))
        return
    digest = connection.exec_driver_sql(
        "SELECT hash FROM segment WHERE replica_id = ? AND last_seq = ?", (replica_id, last_seq)
    ).scalar_one()
    connection.exec_driver_sql(_SAVE_VECTOR, (replica_id, last_seq, digest))


def _last(connection: Connection, replica_id: str) -> tuple[int, bytes]:
    row = connection.exec_driver_sql(
        "SELECT last_seq, last_hash FROM vector WHERE replica_id = ?", (replica_id,)
    ).one_or_none()
    return (row[0], row[1]) if row else (0, chain.NO_HASH)


def _keep(connection: Connection, sealed: Sealed, header: chain.Header) -> None:
    digest = sealed.hash
    connection.exec_driver_sql(
        _SAVE_SEGMENT,
        (
            header.replica_id,
            header.first_seq,
            header.last_seq,
            digest,
            header.prev_hash,
            sealed.header,
            sealed.body,
            sealed.signature,
        ),
    )
    connection.exec_driver_sql(_SAVE_VECTOR, (header.replica_id, header.last_seq, digest))


def advance_clock(connection: Connection, highest: int, clock: HybridClock) -> None:
    """Remember the highest clock that came from elsewhere."""
    last = connection.exec_driver_sql("SELECT last_hlc FROM replica").scalar_one()
    connection.exec_driver_sql("UPDATE replica SET last_hlc = ?", (clock.received(last, highest),))


def regain_clock(connection: Connection, clock: HybridClock) -> None:
    """Give up a clock that ran far ahead of the time that the server has signed: a battery had died, one change was
    dated years ahead, and every later one would be. What a change replaces stands in its bases, never in its time.
    """
    last = connection.exec_driver_sql("SELECT last_hlc FROM replica").scalar_one()
    if (last >> COUNTER_BITS) - clock.now_ms() > MAX_LEAD_MS:
        connection.exec_driver_sql("UPDATE replica SET last_hlc = ?", (clock.now_ms() << COUNTER_BITS,))
