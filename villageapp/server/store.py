"""The log: segments in, segments out. Nothing is interpreted here beyond what must be refused.

One transaction stores segments and advances the vector, under a lock on the workspace's row that is held as
short as can be: what came is unpacked and checked before, and the answer is read after. Projection into records
happens later (server/project.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from psycopg.types.numeric import Int8
from sqlalchemy import Connection, Engine

from villageapp import __version__
from villageapp.errors import SyncError, SyncKind
from villageapp.server import channels, kept, quarantine
from villageapp.server.access import Laptop
from villageapp.server.certificates import Team, Teams, has_ended, renew, take_back
from villageapp.server.content import open_segment
from villageapp.server.opening import Province
from villageapp.sync import chain, seal
from villageapp.sync.chain import NO_HASH, Header, Receipt, Refusal, Refused, Sealed, Verdict
from villageapp.sync.change import SCHEMA
from villageapp.sync.clock import wall_ms
from villageapp.sync.digest import VERSION, Buckets
from villageapp.sync.log_hash import log_hash
from villageapp.sync.protocol import SEND_LIMIT, End, Hello, Message, RefusedSegment

MAX_LISTED = 5000
"""Segments considered for one answer."""
FRAME_BYTES = 256
"""What a segment weighs beside its body."""
Heads = dict[str, tuple[int, bytes]]
"""Replica: last sequence number, last hash."""

_PLACE = """
    SELECT w.last_arrived,
        (SELECT count(*)::text || ' ' || max(c.issued_at)::text FROM certificate c
            WHERE c.county_code = w.county_code AND c.workspace = w.workspace),
        EXISTS (SELECT FROM replica r
            WHERE r.county_code = w.county_code AND r.workspace = w.workspace AND r.revoked_at IS NOT NULL),
        (SELECT p.digest FROM projection p WHERE p.county_code = w.county_code
            AND p.workspace = w.workspace AND p.arrived = w.last_arrived),
        w.village_code,
        EXISTS (SELECT FROM quarantine q WHERE q.county_code = w.county_code AND q.workspace = w.workspace)
    FROM workspace w WHERE w.county_code = %s AND w.workspace = %s
"""
_HEADS = "SELECT replica_id::text, last_seq, last_hash FROM vector WHERE county_code = %s AND workspace = %s"
_LACKING = f"""
    SELECT header, body, signature, replica_id, last_seq FROM (
        SELECT s.header, s.body, s.signature, k.replica_id::text, s.last_seq, s.arrived,
            sum(octet_length(s.body) + %s) OVER (ORDER BY s.arrived) AS reached,
            row_number() OVER (ORDER BY s.arrived) AS place
        FROM unnest(%s::uuid[], %s::bigint[]) AS k (replica_id, seq)
        CROSS JOIN LATERAL (
            SELECT g.header, g.body, g.signature, g.last_seq, g.arrived FROM segment g
            WHERE g.county_code = %s AND g.workspace = %s AND g.replica_id = k.replica_id
                AND g.first_seq > k.seq - {seal.MAX_CHANGES} AND g.last_seq > k.seq AND g.arrived <= %s
            ORDER BY g.first_seq LIMIT %s
        ) AS s
    ) AS listed WHERE reached <= %s OR place = 1 ORDER BY arrived
"""
_STORE = """
    WITH stored AS (
        INSERT INTO segment (county_code, workspace, replica_id, first_seq, last_seq, arrived,
            hash, prev_hash, header, body, signature, received_at)
        SELECT %(county)s, %(home)s::uuid, r::uuid, f, l, a, h, p, e, b, s, clock_timestamp()
        FROM unnest(%(replicas)s::text[], %(firsts)b::bigint[], %(lasts)b::bigint[], %(arrived)b::bigint[],
            %(hashes)b::bytea[], %(before)b::bytea[], %(headers)b::bytea[], %(bodies)b::bytea[],
            %(signatures)b::bytea[]) AS k (r, f, l, a, h, p, e, b, s)
    ), advanced AS (
        INSERT INTO vector (county_code, workspace, replica_id, last_seq, last_hash)
        SELECT %(county)s, %(home)s::uuid, r::uuid, l, h
        FROM unnest(%(ends)s::text[], %(end_seqs)b::bigint[], %(end_hashes)b::bytea[]) AS k (r, l, h)
        ON CONFLICT (county_code, workspace, replica_id)
        DO UPDATE SET last_seq = excluded.last_seq, last_hash = excluded.last_hash
    )
    UPDATE workspace SET last_arrived = %(last)s WHERE county_code = %(county)s AND workspace = %(home)s::uuid
"""
_KNOWN = """
    SELECT hash FROM segment WHERE county_code = %s AND workspace = %s AND replica_id = %s AND first_seq = %s
"""


def exchange(province: Province, laptop: Laptop, message: Message, teams: Teams | None = None) -> Message:
    """One round: store what came, answer with what the laptop lacks, refusals and a signed receipt.

    A revoked laptop is given nothing, and what is new of it goes to quarantine. ``teams`` keeps certificates
    between requests. Raises SyncError when the message is not this laptop's or the database is busy.
    """
    hello = message.hello
    if hello.workspace != laptop.workspace or hello.replica_id != laptop.replica_id:
        raise SyncError(
            SyncKind.AUTH,
            "同步内容与登录的电脑或村不符，服务器没有接收；本机的内容都还在。",
            remedy="请重新登记这台电脑。",
            code=Refused.WRONG_WORKSPACE.value,
        )
    brings = bool(message.segments or message.certificates or message.items)
    arrivals = [_Arrival(sealed) for sealed in message.segments]
    with _connected(province.engine, writes=brings) as connection:
        desk = _Desk(connection, province, laptop, teams or Teams())
        refusals: list[RefusedSegment] = []
        if brings:
            with connection.begin():
                refusals = desk.take(message, arrivals)
        with connection.begin():
            return desk.answer_revoked(hello, refusals) if laptop.revoked else desk.answer(hello, refusals)


def _connected(engine: Engine, *, writes: bool) -> AbstractContextManager[Connection]:
    """A writer sees what is committed when it has the lock; a reader sees one moment."""
    return (
        engine.connect() if writes else engine.execution_options(isolation_level="REPEATABLE READ").connect()
    )


class _Arrival:
    """A segment that came, unpacked and checked before any lock is taken; what is wrong with it is raised later,
    when nothing worse is."""

    def __init__(self, sealed: Sealed) -> None:
        self.sealed = sealed
        self._wrong: SyncError | None = None
        try:
            open_segment(sealed, sealed.read_header())
        except SyncError as error:
            self._wrong = error

    def check(self) -> None:
        """Raises SyncError(PROTOCOL, code malformed) if its content cannot be stored."""
        if self._wrong is not None:
            raise self._wrong


@dataclass(frozen=True, slots=True)
class _Place:
    """The laptop's workspace as it is stored."""

    arrived: int  # number of the last segment
    team: Team
    has_revoked: bool  # any laptop of it is
    digest: bytes | None  # sums over its records, if they are up to date
    village_code: str
    keeps: bool  # anything is in quarantine


@dataclass(slots=True)
class _Desk:
    """One request of one laptop, in one transaction."""

    connection: Connection
    province: Province
    laptop: Laptop
    teams: Teams
    heads: Heads = field(default_factory=dict)
    place: _Place | None = None

    def take(self, message: Message, arrivals: Sequence[_Arrival]) -> list[RefusedSegment]:
        """Take in certificates and segments one by one; a bad one is refused and the others stay."""
        place = self._read_place(" FOR UPDATE OF w")
        team = take_back(self.connection, self.province, self.laptop, place.team, message.certificates)
        self.heads = _heads(self.connection, self.laptop)
        limits = quarantine.limits(self.connection, self.laptop) if place.has_revoked else {}
        today = datetime.now(UTC).date()
        intake = _Intake(self.connection, self.laptop, team, self.heads, limits, today, place.arrived)
        refused: list[RefusedSegment] = []
        for arrival in arrivals:
            try:
                intake.take(arrival)
            except SyncError as error:
                refused.append(_refused(arrival.sealed, error))
        intake.save()
        if not self.laptop.revoked:
            channels.take_back(self.connection, self.province, place.village_code, message.items)
        arrived, digest = place.arrived + len(intake.taken), None if intake.taken else place.digest
        keeps = place.keeps or any(refusal.code in _KEPT for refusal in refused)
        self.place = replace(place, team=team, arrived=arrived, digest=digest, keeps=keeps)
        return refused

    def answer(self, hello: Hello, refusals: list[RefusedSegment]) -> Message:
        """What the laptop lacks, up to the limit that it or the server sets."""
        place = self.place or self._read_place("")
        team = renew(self.connection, self.province, self.laptop, place.team)
        heads = self.heads or _heads(self.connection, self.laptop)
        known = {replica_id: head[0] for replica_id, head in heads.items()}
        limit = min(hello.limit, SEND_LIMIT) if hello.limit > 0 else SEND_LIMIT
        segments, more = self._lacking(place.arrived, known, hello.vector, limit)
        now = wall_ms()
        log = log_hash((replica_id, *head) for replica_id, head in heads.items())
        state = Buckets(place.digest).state if place.digest else ""
        epoch, village = self.province.epoch, place.village_code
        receipt = Receipt(self.laptop.workspace, known, epoch, now, log, state, VERSION, village)
        room = limit - sum(len(sealed.body) for sealed in segments)
        last, items, more_items = channels.lacking(
            self.connection, place.village_code, hello.channels, 0 if more else room
        )
        held = kept.ends(self.connection, self.laptop, hello.vector) if place.keeps else {}
        ours = self._hello(known, now, more or more_items, team.fingerprint, last, held)
        certificates = [] if hello.certificates == team.fingerprint else list(team.signed)
        return Message(ours, segments, certificates, refusals, chain.sign(receipt, self.province.key), items)

    def _lacking(
        self, arrived: int, known: Mapping[str, int], theirs: Mapping[str, int], limit: int
    ) -> tuple[list[Sealed], bool]:
        """What the laptop lacks of the first so many that arrived, in that order, up to ``limit`` bytes; more left?"""
        wanted = {r: theirs.get(r, 0) for r, last in known.items() if theirs.get(r, 0) < last}
        if not wanted:
            return [], False
        place = (self.laptop.county_code, self.laptop.workspace, arrived, MAX_LISTED, limit)
        parameters = (FRAME_BYTES, list(wanted), list(wanted.values()), *place)
        rows = self.connection.exec_driver_sql(_LACKING, parameters).all()
        reached = dict(wanted)
        for row in rows:
            reached[row[3]] = max(reached[row[3]], row[4])
        more = any(known[replica_id] > seq for replica_id, seq in reached.items())
        return [Sealed(*row[:3]) for row in rows], more

    def answer_revoked(self, hello: Hello, refusals: list[RefusedSegment]) -> Message:
        """Nothing but the vector, what is held here of what it has, and that it is revoked."""
        heads = self.heads or _heads(self.connection, self.laptop)
        known = {replica_id: head[0] for replica_id, head in heads.items()}
        held = kept.ends(self.connection, self.laptop, hello.vector)
        for replica_id, end in kept.ends_in_log(self.connection, self.laptop, hello.vector, known).items():
            held.setdefault(replica_id, []).append(end)
        said = RefusedSegment(self.laptop.replica_id, 0, Refused.REVOKED.value, _STOPPED)
        return Message(self._hello(known, wall_ms(), False, b"", None, held), [], [], [*refusals, said])

    def _hello(
        self,
        known: dict[str, int],
        now: int,
        more: bool,
        fingerprint: bytes,
        last: dict[str, int] | None = None,
        held: dict[str, list[End]] | None = None,
    ) -> Hello:
        home, epoch = self.laptop.workspace, self.province.epoch
        return Hello(home, "", known, now, SCHEMA, __version__, epoch, more, 0, fingerprint, last, held)

    def _read_place(self, lock: str) -> _Place:
        key = (self.laptop.county_code, self.laptop.workspace)
        row = self.connection.exec_driver_sql(_PLACE + lock, key).one()
        arrived, mark, has_revoked, digest, village_code, keeps = row
        team = self.teams.of(self.connection, self.province, self.laptop, mark)
        sums = bytes(digest) if digest is not None else None
        return _Place(arrived, team, has_revoked, sums, village_code, keeps)


_KEPT = frozenset({Refused.REVOKED.value, Refused.EXPIRED.value})
_STOPPED = "这台电脑已被停用，新写的内容由服务器单独保管，等管理员核实；本机的内容都还在。"


@dataclass(slots=True)
class _Intake:
    """What is known of the workspace while the segments of one request are taken in."""

    connection: Connection
    laptop: Laptop
    team: Team
    heads: Heads
    limits: Mapping[str, int]  # revoked replicas: up to where their segments are still taken
    today: date
    arrived: int
    taken: list[tuple[Sealed, Header]] = field(default_factory=list)

    def take(self, arrival: _Arrival) -> None:
        """Store a segment (with the batch) if it is new. Raises SyncError or Refusal.

        Nobody can settle a fork with a revoked laptop: what it has under numbers that are taken is kept for review.
        """
        sealed, header = arrival.sealed, arrival.sealed.read_header()
        try:
            self._take(arrival, sealed, header)
        except Refusal as refusal:
            if not self.laptop.revoked or not self._is_branch(refusal, header):
                raise
            quarantine.keep(self.connection, self.laptop, sealed, header)
            raise quarantine.kept_apart(header) from refusal

    def _is_branch(self, refusal: Refusal, header: Header) -> bool:
        """Whether a segment belongs to another history than the log's."""
        if refusal.reason is Refused.GAP:
            return kept.holds(self.connection, self.laptop, header.replica_id, header.prev_hash)
        return refusal.reason is Refused.FORK

    def _take(self, arrival: _Arrival, sealed: Sealed, header: Header) -> None:
        last_seq, last_hash = self.heads.get(header.replica_id, (0, NO_HASH))
        if header.last_seq > max(last_seq, self.limits.get(header.replica_id, header.last_seq)):
            quarantine.keep(self.connection, self.laptop, sealed, header)
            raise quarantine.kept_apart(header)
        author = self.team.authors.get(header.replica_id)
        verdict = chain.judge(sealed, header, self.laptop.workspace, author, last_seq, last_hash)
        if verdict is Verdict.KNOWN:
            self._check_same(sealed, header, last_seq)
            return
        if author is not None and self._has_run_out(author):
            quarantine.keep(self.connection, self.laptop, sealed, header)
            raise Refusal(
                Refused.EXPIRED,
                "写这段内容的电脑证书已过期，内容由服务器单独保管；那台电脑自己联网同步一次即自动换证补上。",
                header.first_seq,
            )
        arrival.check()
        self.heads[header.replica_id] = (header.last_seq, sealed.hash)
        self.taken.append((sealed, header))

    def _has_run_out(self, author: chain.Certificate) -> bool:
        """Of a laptop that is not here itself: its own would be renewed in this very exchange."""
        return author.replica_id != self.laptop.replica_id and has_ended(author, self.today)

    def _check_same(self, sealed: Sealed, header: Header, last_seq: int) -> None:
        """A known number with other bytes is a fork."""
        key = (self.laptop.county_code, self.laptop.workspace, *_name(header))
        known = self.connection.exec_driver_sql(_KNOWN, key).scalar_one_or_none()
        pending = (one.hash for one, other in self.taken if _name(other) == _name(header))
        if (known or next(pending, None)) != sealed.hash:
            raise Refusal(Refused.FORK, "同一编号出现了不同内容（可能是从旧备份恢复的电脑）。", last_seq + 1)

    def save(self) -> None:
        """Write everything taken in, in one statement."""
        if not self.taken:
            return
        ends = {header.replica_id: self.heads[header.replica_id] for _, header in self.taken}
        count = len(self.taken)
        self.connection.exec_driver_sql(
            _STORE,
            {
                "county": self.laptop.county_code,
                "home": self.laptop.workspace,
                "replicas": [header.replica_id for _, header in self.taken],
                "firsts": [Int8(header.first_seq) for _, header in self.taken],
                "lasts": [Int8(header.last_seq) for _, header in self.taken],
                "arrived": [Int8(self.arrived + number) for number in range(1, count + 1)],
                "hashes": [sealed.hash for sealed, _ in self.taken],
                "before": [header.prev_hash for _, header in self.taken],
                "headers": [sealed.header for sealed, _ in self.taken],
                "bodies": [sealed.body for sealed, _ in self.taken],
                "signatures": [sealed.signature for sealed, _ in self.taken],
                "ends": list(ends),
                "end_seqs": [Int8(last_seq) for last_seq, _ in ends.values()],
                "end_hashes": [digest for _, digest in ends.values()],
                "last": self.arrived + count,
            },
        )


def _refused(sealed: Sealed, error: SyncError) -> RefusedSegment:
    expected = error.expected if isinstance(error, Refusal) else 0
    try:
        replica_id, first_seq = _name(sealed.read_header())
    except SyncError:  # not even its header can be read
        replica_id, first_seq = "", 0
    return RefusedSegment(replica_id, first_seq, error.code, error.message, expected)


def _name(header: Header) -> tuple[str, int]:
    return header.replica_id, header.first_seq


def _heads(connection: Connection, laptop: Laptop) -> Heads:
    rows = connection.exec_driver_sql(_HEADS, (laptop.county_code, laptop.workspace))
    return {row[0]: (row[1], row[2]) for row in rows}
