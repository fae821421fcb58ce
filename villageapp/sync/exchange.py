"""One full exchange of this laptop with a peer, round by round until both have everything.

No transaction is open while the network is used. Every step is idempotent: whatever is cut off is simply done
again. An answer is taken frame by frame: what came whole before the line broke is verified and applied in one
transaction, so at most the frame that was under way comes twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.errors import SyncError, SyncKind
from villageapp.models.database import Database
from villageapp.progress import Progress
from villageapp.sync import chain, channels, protocol, receipts, store
from villageapp.sync.chain import Receipt, Refused, Sealed, Signed
from villageapp.sync.change import SCHEMA
from villageapp.sync.clock import COUNTER_BITS, HybridClock, instant
from villageapp.sync.lacking import Lacking, lacking
from villageapp.sync.log_hash import ends_here
from villageapp.sync.pace import Pace
from villageapp.sync.protocol import Hello, Message, Peer
from villageapp.sync.receipts import Ledger
from villageapp.sync.refusals import Refusals

MAX_ROUNDS = 100_000
ASK_BYTES = 16 * 1024
"""A request larger than this is not simply repeated when its answer was lost."""
EARLIEST_MS, LATEST_MS = 1_577_836_800_000, 7_258_118_400_000
"""2020 to 2200 in Unix milliseconds: no server's clock says anything else."""
SURE_MS = 1_000
"""A round quicker than twice this tells the server's time well enough."""
MAX_IDLE_ROUNDS = 3
"""Rounds without any progress after which the peer is not playing by the rules."""
_SETTLED_ELSEWHERE = "另一个窗口刚给这台电脑换了新编号，本次同步到此为止，本机的内容都还在，请稍后再同步。"


@dataclass(slots=True)
class Outcome:
    """What an exchange did."""

    pushed: int = 0  # changes
    pulled: int = 0
    round_trips: int = 0
    segments_up: int = 0
    segments_down: int = 0
    breaks: int = 0  # rounds that the line cut
    touched: list[ChangeSet] = field(default_factory=list)
    receipt: Receipt | None = None  # only one that covers all that is here
    signed_by: str = ""  # receipts.BY_LOG, BY_VECTOR: how the receipt was checked
    state_differs: bool = False  # same log, but the server made other records of it
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    forked: bool = False  # our number was in use elsewhere
    forks: set[str] = field(default_factory=set)  # colleagues' numbers under which the peer has other content
    items: int = 0  # publications of the offices above that were new here
    recoded: bool = False  # the village has another code now

    @property
    def changes(self) -> ChangeSet:
        """Everything that colleagues' changes touched."""
        if any(t.everything for t in self.touched):
            return ChangeSet(everything=True)
        return ChangeSet.of((e, i) for t in self.touched for e, ids in t.touched.items() for i in ids)

    def after(self, earlier: Outcome) -> Outcome:
        """This outcome with what an earlier exchange of the same sync did."""
        self.notes = [*earlier.notes, *self.notes]
        self.touched = [*earlier.touched, *self.touched]
        self.pulled += earlier.pulled
        self.round_trips += earlier.round_trips
        self.items += earlier.items
        self.recoded |= earlier.recoded
        return self

    def say(self, text: str) -> None:
        """Add a note once."""
        if text not in self.notes:
            self.notes.append(text)


def exchange(
    database: Database,
    clock: HybridClock,
    peer: Peer,
    acknowledged: Mapping[str, int],
    app: str,
    progress: Progress,
    pace: Pace | None = None,
) -> Outcome:
    """Exchange until both sides have everything. ``acknowledged`` is the peer's vector as last known.

    Raises SyncError (with code ``revoked`` when this laptop is; then its work has been handed over for review);
    whatever rounds were completed before stay done. ``Outcome.forked`` asks for a new identity.
    """
    return _Exchange(database, clock, peer, app, progress, pace or Pace(), dict(acknowledged)).run()


@dataclass(slots=True)
class _Exchange:
    """State of one exchange."""

    database: Database
    clock: HybridClock
    peer: Peer
    app: str
    progress: Progress
    pace: Pace
    theirs: dict[str, int]  # what the peer has, as far as we know
    outcome: Outcome = field(default_factory=Outcome)
    identity: store.Identity = field(init=False)
    refusals: Refusals = field(init=False)
    left: Lacking = field(init=False)  # what the peer still lacks
    fingerprint: bytes = b""  # of the certificates that are here
    offers_certificates: bool = False
    asks_first: bool = False  # the last request may have arrived: ask before so much is sent again
    has_doubted: bool = False
    returned: list[Signed] = field(default_factory=list)  # items that the peer has lost, to be sent
    answered: dict[str, int] | None = None  # what it had of them when they were offered last

    def run(self) -> Outcome:
        """All rounds."""
        with self.database.writing() as connection:
            store.seal_outbox(connection)
            self.identity = store.read_identity(connection)
            kept = receipts.read(connection, self.identity.server_url).signed.kept
            self.refusals = Refusals(self.identity.replica_id, dict(kept))
            self.fingerprint = chain.fingerprint(_certificates(connection))
        idle = 0
        for _ in range(MAX_ROUNDS):
            self.progress.check_cancelled()
            try:
                has_sent, moved, more = self._round()
            except SyncError as error:
                if not self.outcome.segments_up and not self.outcome.segments_down:
                    raise
                raise self._with_progress(error) from error
            if not more or self.outcome.forked:
                return self._end()
            idle = 0 if moved or has_sent else idle + 1
            if idle >= MAX_IDLE_ROUNDS:
                return self._end()
        raise SyncError(SyncKind.PROTOCOL, "同步轮次过多，已停止；已传的内容都保留。", code="too_many_rounds")

    def _end(self) -> Outcome:
        self.outcome.refused = [*self.refusals.sentences, *self.outcome.refused]
        self.outcome.notes += self.refusals.notes
        if self.refusals.revoked:
            raise SyncError(
                SyncKind.AUTH,
                self.refusals.revoked,
                remedy="请联系县级管理员核实；核实后可以放行，不用重新录入。",
                code="revoked",
            )
        return self.outcome

    def _with_progress(self, error: SyncError) -> SyncError:
        """The error, saying how far it had come."""
        up, down = self.outcome.segments_up, self.outcome.segments_down
        said = f"已传 {up} 段，收到 {down} 段，都已保存，下次接着传。"
        return SyncError(
            error.kind,
            f"{error.message}{said}",
            remedy=error.remedy,
            code=error.code,
            retry_after=error.retry_after,
        )

    def _round(self) -> tuple[bool, bool, bool]:
        """One request and its answer: whether segments were sent, whether anything moved, whether more is to do."""
        request = self._request()
        sent_at, started = self.clock.now_ms() - self.clock.offset_ms, self.pace.now()
        answer, broken = self._ask(protocol.encode(request))
        before = dict(self.theirs)
        moved = answer is not None and self._take(request, answer, sent_at, is_whole=broken is None)
        moved = moved or self.theirs != before
        has_sent = bool(request.segments)
        if broken is not None or answer is None:
            is_large = sum(len(s.body) for s in request.segments) > ASK_BYTES
            self.asks_first = answer is None and (self.asks_first or is_large)
            self.outcome.breaks += 1
            self.pace.broke(broken or _incomplete(), self.progress, moved=moved)
            return has_sent, moved, True
        self.outcome.round_trips += 1
        self.asks_first = False
        if has_sent or answer.segments:
            self.pace.went_well(self.pace.now() - started)
        is_behind = self.left.total_segments > 0 or self.offers_certificates or bool(self.returned)
        return has_sent, moved, answer.hello.more or is_behind

    def _ask(self, request: bytes) -> tuple[Message | None, SyncError | None]:
        """What came of the answer, and what cut it short. Raises SyncError for an answer that is not ours."""
        reader = protocol.Reader()
        try:
            reader.feed(self.peer.exchange(self.identity.workspace, request))
            return reader.message, None if reader.ended else _incomplete()
        except protocol.Interrupted as cut:
            reader.feed(cut.received)
            return reader.message, cut
        except SyncError as error:
            if error.kind not in (SyncKind.OFFLINE, SyncKind.BUSY) and error.code != Refused.TOO_LARGE:
                raise
            return None, error

    def _request(self) -> Message:
        with self.database.reading() as connection:
            vector = store.vector_of(connection)
            limit = 0 if self.asks_first else self.pace.size
            found = lacking(connection, self.refusals.wanted(self.theirs), limit)
            offered = _certificates(connection) if self.offers_certificates else []
            have = channels.have(connection)
        self.offers_certificates = False
        items, self.returned = self.returned, []
        hello = Hello(
            self.identity.workspace,
            self.identity.replica_id,
            vector,
            self.clock.now_ms(),
            SCHEMA,
            self.app,
            self.identity.server_epoch,
            found.more,
            self.pace.size,
            self.fingerprint,
            have,
        )
        return Message(hello, found.segments, offered, items=items)

    def _take(self, request: Message, answer: Message, sent_at: int, *, is_whole: bool) -> bool:
        """Store what came, in one transaction. Returns whether any change did."""
        hello, outcome = answer.hello, self.outcome
        if hello.workspace != self.identity.workspace:
            raise SyncError(
                SyncKind.PROTOCOL, "服务器答复的是另一个村的内容，没有采用。", code="wrong_workspace"
            )
        self._set_clock(self._server_time(answer), sent_at)
        with self.database.writing() as connection:
            self._keep_certificates(connection, answer)
            taken = store.take(connection, answer.segments, self.clock) if answer.segments else store.Taken()
            self.refusals.judge(request.segments, answer.refusals, is_whole=is_whole)
            self._follow_village(connection, answer)
            brought = self._take_items(connection, answer)
            self._enter(connection, request.segments, answer, is_whole=is_whole)
            self.left = lacking(connection, self.refusals.wanted(self.theirs), 0)
            ours = store.vector_of(connection)
            number = store.read_identity(connection).replica_id
        outcome.forked = self.refusals.is_forked or self.identity.replica_id in taken.forked
        if outcome.forked and number != self.identity.replica_id:
            raise SyncError(SyncKind.BUSY, _SETTLED_ELSEWHERE, code="store_busy")
        outcome.forks |= (taken.forked | self.refusals.forks) - {self.identity.replica_id}
        if not outcome.forked:
            outcome.refused += [error.message for error in taken.refused]
        outcome.pulled += taken.changes
        outcome.segments_down += len(answer.segments) - len(taken.refused)
        if taken.touched:
            outcome.touched.append(taken.touched)
        self._report(ours)
        return taken.changes > 0 or brought > 0

    def _take_items(self, connection: Connection, answer: Message) -> int:
        """Keep what the offices published, and see whether the server has lost any of it; how many were new."""
        now = dates.instant_text(instant(self.clock.now_ms() << COUNTER_BITS))
        identity, theirs = self.identity, answer.hello.channels
        brought = channels.take(connection, answer.items, identity.province_key, identity.village_code, now)
        for why in brought.refused:
            self.outcome.say(why)
        self.outcome.items += brought.new
        if theirs is not None and theirs != self.answered and not answer.hello.more:
            self.returned = channels.lacking(connection, theirs, self.pace.size)
            self.answered = theirs
        return brought.new

    def _follow_village(self, connection: Connection, answer: Message) -> None:
        """The province may have given the village another code: before channels are looked at."""
        if answer.receipt is None:
            return
        receipt = chain.read_receipt(answer.receipt, self.identity.province_key)
        if receipts.follow_village(connection, self.identity, receipt):
            self.identity = store.read_identity(connection)
            self.outcome.recoded = True

    def _keep_certificates(self, connection: Connection, answer: Message) -> None:
        if answer.certificates:
            store.keep_certificates(connection, answer.certificates, self.identity.province_key)
            self.fingerprint = chain.fingerprint(_certificates(connection))

    def _server_time(self, answer: Message) -> int | None:
        """Signed where there is a receipt; it counts only if it is a time at all."""
        said = answer.hello.time_ms
        if answer.receipt is not None:
            said = chain.read_receipt(answer.receipt, self.identity.province_key).time_ms
        return said if EARLIEST_MS <= said <= LATEST_MS else None

    def _set_clock(self, theirs_ms: int | None, sent_at: int) -> None:
        """Learn the server's time, unless what we know agrees with it as well as a slow round can tell."""
        if theirs_ms is None:
            return
        arrived = self.clock.now_ms() - self.clock.offset_ms
        offset, doubt = theirs_ms - (sent_at + arrived) // 2, (arrived - sent_at) // 2
        if doubt < SURE_MS or abs(offset - self.clock.offset_ms) > doubt:
            self.clock.offset_ms = offset

    def _enter(
        self, connection: Connection, sent: Sequence[Sealed], answer: Message, *, is_whole: bool
    ) -> None:
        """Note what the peer has and has signed, its epoch, and whether it was restored."""
        hello = answer.hello
        ledger = receipts.read(connection, self.identity.server_url)
        self._notice_restoration(ledger, hello)
        self._count(sent, hello.vector)
        ledger.hint = self.theirs = dict(hello.vector)
        self._confirm_kept(connection, answer)
        ledger.signed.kept = self.refusals.kept
        self.offers_certificates |= self.refusals.wants_certificates
        self.refusals.wants_certificates = False
        if answer.receipt is not None:
            self._weigh(connection, ledger, answer.receipt, hello)
        ledger.save(connection)
        if is_whole:
            connection.exec_driver_sql(
                "UPDATE replica SET clock_offset_ms = ?, server_epoch = ?",
                (self.clock.offset_ms, hello.epoch),
            )
            if answer.receipt is not None and self._server_time(answer) is not None:
                store.regain_clock(connection, self.clock)

    def _confirm_kept(self, connection: Connection, answer: Message) -> None:
        """What the peer keeps for review counts as long as it says so; who is given a receipt is not revoked."""
        if answer.hello.kept is not None:
            self.refusals.confirm(ends_here(connection, answer.hello.kept))
        elif answer.receipt is not None:
            self.refusals.kept.pop(self.identity.replica_id, None)

    def _notice_restoration(self, ledger: Ledger, hello: Hello) -> None:
        """A new epoch, or less than was signed for: nothing that was acknowledged counts any more."""
        lost = receipts.lost(ledger, hello.vector)
        arrival = receipts.enter_epoch(ledger, hello.epoch, self.identity.server_epoch)
        if not lost and arrival is receipts.Epoch.SAME:
            return
        ledger.signed.vector, ledger.signed.by = {}, ""
        self.refusals.kept.clear()
        self.offers_certificates = True  # of laptops that enrolled after the backup was made
        self.outcome.notes.append(receipts.restored(lost, arrival))

    def _count(self, sent: Sequence[Sealed], theirs: Mapping[str, int]) -> None:
        """How much of what was sent the peer newly acknowledges."""
        own = self.identity.replica_id
        self.outcome.pushed += max(0, theirs.get(own, 0) - self.theirs.get(own, 0))
        for header in (segment.read_header() for segment in sent):
            before = self.theirs.get(header.replica_id, 0)
            self.outcome.segments_up += before < header.last_seq <= theirs.get(header.replica_id, 0)

    def _weigh(self, connection: Connection, ledger: Ledger, signed: Signed, hello: Hello) -> None:
        receipt = chain.read_receipt(signed, self.identity.province_key)
        self.outcome.receipt, self.outcome.signed_by = None, ""
        if receipt.workspace != self.identity.workspace or receipt.epoch != hello.epoch:
            return
        standing = receipts.weigh(connection, receipt, self.refusals.kept)
        if standing.is_contradicted:
            self._doubt(ledger, receipt)
        elif standing.by:
            receipts.note(ledger, receipt, standing)
        if standing.is_complete:
            self.outcome.receipt, self.outcome.signed_by = receipt, standing.by

    def _doubt(self, ledger: Ledger, receipt: Receipt) -> None:
        """Same numbers, other bytes. Once, the last segment of each replica is sent again, so that the peer says
        whose differs; if it sees no difference, it does not have what it signs for."""
        ledger.signed.vector, ledger.signed.by = {}, ""
        if not self.has_doubted:
            self.has_doubted = True
            self.theirs = {replica_id: seq - 1 for replica_id, seq in receipt.vector.items()}
            return
        self.outcome.notes.append("服务器签收的内容与本机不一致，没有当作已上传；请告知县里技术人员。")

    def _report(self, ours: Mapping[str, int]) -> None:
        outcome = self.outcome
        done = outcome.pushed + outcome.pulled
        coming = sum(max(0, seq - ours.get(replica_id, 0)) for replica_id, seq in self.theirs.items())
        moved = f"已传 {outcome.segments_up} 段，收到 {outcome.segments_down} 段"
        self.progress.step(done, done + self.left.total_changes + coming, f"正在同步：{moved}")


def _certificates(connection: Connection) -> list[Signed]:
    rows = connection.exec_driver_sql("SELECT body, signature FROM certificate ORDER BY replica_id")
    return [Signed(bytes(row[0]), bytes(row[1])) for row in rows]


def _incomplete() -> SyncError:
    return SyncError(
        SyncKind.OFFLINE, "服务器的答复不完整，已收到的部分都已保存，下次接着传。", code="line_cut"
    )
