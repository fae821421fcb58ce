"""The log: segments in, segments out. Nothing is interpreted here beyond what must be refused.

One transaction stores segments and advances the vector, under a lock on the workspace's row that is held as
short as can be: what came is unpacked and checked before, and the answers are read after. Laptops of one workspace
that ask at the same time are served in the same transaction (server/joining.py). Projection into records happens
later (server/project.py).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
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
from villageapp.server.lacking import Log
from villageapp.server.opening import Province
from villageapp.sync import chain
from villageapp.sync.chain import NO_HASH, Header, Receipt, Refusal, Refused, Sealed, Signed, Verdict
from villageapp.sync.change import SCHEMA
from villageapp.sync.clock import wall_ms
from villageapp.sync.digest import VERSION, Buckets
from villageapp.sync.log_hash import log_hash
from villageapp.sync.protocol import SEND_LIMIT, End, Hello, Message, RefusedSegment

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
    [answer] = exchange_all(province, [Asking(laptop, message)], teams or Teams())
    return answer


class Asking:
    """One round that a laptop asks for; its segments are unpacked and checked before any lock is taken."""

    def __init__(self, laptop: Laptop, message: Message) -> None:
        """Raises SyncError when the message is not this laptop's."""
        hello = message.hello
        if hello.workspace != laptop.workspace or hello.replica_id != laptop.replica_id:
            raise SyncError(
                SyncKind.AUTH,
                "同步内容与登录的电脑或村不符，服务器没有接收；本机的内容都还在。",
                remedy="请重新登记这台电脑。",
                code=Refused.WRONG_WORKSPACE.value,
            )
        self.laptop, self.message, self.hello = laptop, message, hello
        self.arrivals = [Arrival(sealed) for sealed in message.segments]
        self.refusals: list[RefusedSegment] = []

    @property
    def brings(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.message.segments or self.message.certificates or self.message.items)

    @property
    def limit(self) -> int:
        """Bytes of segments in one answer: the laptop's limit or the server's."""
        return min(self.hello.limit, SEND_LIMIT) if self.hello.limit > 0 else SEND_LIMIT


def exchange_all(
    province: Province, asking: Sequence[Asking], teams: Teams
) -> Generator[Message, None, None]:
    """The rounds of several laptops of one workspace: what they bring is stored in one transaction, in this order,
    then each gets its answer, in this order too. What is wrong with one laptop's segments is refused to it alone.

    No answer comes before the commit of everything that it speaks of. Raises SQLAlchemyError: until the first answer
    the caller does not know whether anything was stored, as when a connection breaks, and may try again.
    """
    brings = any(one.brings for one in asking)
    with _connected(province.engine, writes=brings) as connection:
        desk = _Desk(connection, province, asking[0].laptop, teams)
        if brings:
            with connection.begin():
                desk.take(asking)
        with connection.begin():
            desk.look_up(asking)
        with connection.begin():
            for one in asking:
                yield desk.answer(one)


def _connected(engine: Engine, *, writes: bool) -> AbstractContextManager[Connection]:
    """A writer sees what is committed when it has the lock; a reader sees one moment."""
    return (
        engine.connect() if writes else engine.execution_options(isolation_level="REPEATABLE READ").connect()
    )


class Arrival:
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
    """Where laptops of one workspace are served, one after the other; ``laptop`` is the one whose turn it is."""

    connection: Connection
    province: Province
    laptop: Laptop
    teams: Teams
    heads: Heads = field(default_factory=dict)
    place: _Place | None = None
    _team: Team = field(init=False)
    _log: Log = field(init=False)
    _now: int = field(init=False)
    _receipt: Signed = field(init=False)
    _channels: dict[str, int] = field(init=False)

    def take(self, asking: Sequence[Asking]) -> None:
        """Take in certificates and segments one by one; a bad one is refused and the others stay."""
        place = self._read_place(" FOR UPDATE OF w")
        self.heads = _heads(self.connection, self.laptop)
        limits = quarantine.limits(self.connection, self.laptop) if place.has_revoked else {}
        today = datetime.now(UTC).date()
        intake = _Intake(self.connection, self.laptop, place.team, self.heads, limits, today, place.arrived)
        for one in asking:
            intake.laptop, offered = one.laptop, one.message.certificates
            intake.team = take_back(self.connection, self.province, one.laptop, intake.team, offered)
            one.refusals = intake.take_all(one.arrivals)
        intake.save()
        for one in asking:
            if not one.laptop.revoked:
                channels.take_back(self.connection, self.province, place.village_code, one.message.items)
        arrived, digest = place.arrived + len(intake.taken), None if intake.taken else place.digest
        keeps = place.keeps or any(refusal.code in _KEPT for one in asking for refusal in one.refusals)
        self.place = replace(place, team=intake.team, arrived=arrived, digest=digest, keeps=keeps)

    def look_up(self, asking: Sequence[Asking]) -> None:
        """Read and sign, once, what all the answers share; certificates that end soon are renewed."""
        self.place = place = self.place or self._read_place("")
        self._team = place.team
        for one in asking:
            if not one.laptop.revoked:
                self._team = renew(self.connection, self.province, one.laptop, self._team)
        self.heads = self.heads or _heads(self.connection, self.laptop)
        known = {replica_id: head[0] for replica_id, head in self.heads.items()}
        self._log = Log(self.connection, self.laptop, place.arrived, known)
        self._log.share((one.hello.vector, one.limit) for one in asking if not one.laptop.revoked)
        self._now, epoch = wall_ms(), self.province.epoch
        log = log_hash((replica_id, *head) for replica_id, head in self.heads.items())
        state = Buckets(place.digest).state if place.digest else ""
        home, village = self.laptop.workspace, place.village_code
        receipt = Receipt(home, known, epoch, self._now, log, state, VERSION, village)
        self._receipt = chain.sign(receipt, self.province.key)
        self._channels = channels.last_above(self.connection, village)

    def answer(self, one: Asking) -> Message:
        """What the laptop lacks, up to the limit that it or the server sets."""
        self.laptop = one.laptop
        if one.laptop.revoked:
            return self._answer_revoked(one.hello, one.refusals)
        hello, team = one.hello, self._team
        segments, more = self._log.lacking(hello.vector, one.limit)
        room = one.limit - sum(len(sealed.body) for sealed in segments)
        last, items, more_items = channels.lacking(
            self.connection, self._channels, hello.channels, 0 if more else room
        )
        keeps = self.place is not None and self.place.keeps
        held = kept.ends(self.connection, self.laptop, hello.vector) if keeps else {}
        ours = self._hello(more or more_items, team.fingerprint, last, held)
        certificates = [] if hello.certificates == team.fingerprint else list(team.signed)
        return Message(ours, segments, certificates, one.refusals, self._receipt, items)

    def _answer_revoked(self, hello: Hello, refusals: list[RefusedSegment]) -> Message:
        """Nothing but the vector, what is held here of what it has, and that it is revoked."""
        held = kept.ends(self.connection, self.laptop, hello.vector)
        in_log = kept.ends_in_log(self.connection, self.laptop, hello.vector, self._log.known)
        for replica_id, end in in_log.items():
            held.setdefault(replica_id, []).append(end)
        said = RefusedSegment(self.laptop.replica_id, 0, Refused.REVOKED.value, _STOPPED)
        return Message(self._hello(False, b"", None, held), [], [], [*refusals, said])

    def _hello(
        self, more: bool, fingerprint: bytes, last: dict[str, int] | None, held: dict[str, list[End]]
    ) -> Hello:
        home, known, epoch = self.laptop.workspace, dict(self._log.known), self.province.epoch
        return Hello(home, "", known, self._now, SCHEMA, __version__, epoch, more, 0, fingerprint, last, held)

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
    """What is known of the workspace while segments are taken in."""

    connection: Connection
    laptop: Laptop  # whoever brings them
    team: Team
    heads: Heads
    limits: Mapping[str, int]  # revoked replicas: up to where their segments are still taken
    today: date
    arrived: int
    taken: list[tuple[Sealed, Header]] = field(default_factory=list)

    def take_all(self, arrivals: Iterable[Arrival]) -> list[RefusedSegment]:
        """Take one laptop's segments; what was refused of them."""
        refused: list[RefusedSegment] = []
        for arrival in arrivals:
            try:
                self.take(arrival)
            except SyncError as error:
                refused.append(_refused(arrival.sealed, error))
        return refused

    def take(self, arrival: Arrival) -> None:
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

    def _take(self, arrival: Arrival, sealed: Sealed, header: Header) -> None:
        last_seq, last_hash = self.heads.get(header.replica_id, (0, NO_HASH))
        if header.last_seq > max(last_seq, self.limits.get(header.replica_id, header.last_seq)):
            self._check_branch(sealed, header, last_seq)
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

    def _check_branch(self, sealed: Sealed, header: Header, last_seq: int) -> None:
        """What was released and is not in the log is said there under another number: whoever got it from a colleague
        follows the log, as with every fork."""
        if self.laptop.revoked:
            return
        if kept.was_released(self.connection, self.laptop, header.replica_id, sealed.hash):
            raise Refusal(
                Refused.FORK, "同一编号出现了不同内容（停用电脑的这一支已换编号放行）。", last_seq + 1
            )

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
