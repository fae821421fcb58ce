"""One full exchange of this laptop with a peer, round by round until both have everything.

No transaction is open while the network is used. Every step is idempotent: whatever is cut off is simply
done again the next time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection

from villageapp.domain.changes import ChangeSet
from villageapp.errors import SyncError, SyncKind
from villageapp.models.database import Database
from villageapp.progress import Progress
from villageapp.sync import chain, protocol, store
from villageapp.sync.chain import Receipt
from villageapp.sync.change import SCHEMA
from villageapp.sync.clock import HybridClock

MAX_ROUNDS = 10_000
MAX_IDLE_ROUNDS = 3
"""Rounds without any progress after which the peer is not playing by the rules."""


class Peer(Protocol):
    """Somebody to exchange with: the server, later a stick or a colleague."""

    bytes_up: int
    bytes_down: int

    def exchange(self, workspace: str, request: bytes) -> bytes:
        """Send the frames of one round, return the frames of the answer. Raises SyncError."""


@dataclass(slots=True)
class Outcome:
    """What an exchange did."""

    pushed: int = 0  # changes
    pulled: int = 0
    round_trips: int = 0
    touched: list[ChangeSet] = field(default_factory=list)
    receipt: Receipt | None = None
    refused: list[str] = field(default_factory=list)

    @property
    def changes(self) -> ChangeSet:
        """Everything that colleagues' changes touched."""
        if any(t.everything for t in self.touched):
            return ChangeSet(everything=True)
        return ChangeSet.of((e, i) for t in self.touched for e, ids in t.touched.items() for i in ids)


def exchange(
    database: Database,
    clock: HybridClock,
    peer: Peer,
    acknowledged: Mapping[str, int],
    app: str,
    progress: Progress,
) -> Outcome:
    """Exchange until both sides have everything. ``acknowledged`` is the peer's vector as last known.

    Raises SyncError; whatever rounds were completed before stay done.
    """
    outcome, theirs, idle = Outcome(), dict(acknowledged), 0
    with database.writing() as connection:
        store.seal_outbox(connection)
        identity = store.read_identity(connection)
    while outcome.round_trips < MAX_ROUNDS:
        progress.check_cancelled()
        request = _request(database, identity, theirs, clock, app)
        sent_at = clock.now_ms() - clock.offset_ms
        answer = protocol.decode(peer.exchange(identity.workspace, protocol.encode(request)))
        outcome.round_trips += 1
        moved = _take_answer(database, clock, identity, answer, outcome, sent_at)
        acked = answer.hello.vector
        pushed = _gained(identity.replica_id, theirs, acked)
        outcome.pushed += pushed
        theirs = dict(acked)
        progress.step(outcome.pushed + outcome.pulled, 0, "正在同步")
        if not (answer.hello.more or request.hello.more or _lacks(database, theirs)):
            return outcome
        idle = 0 if moved or pushed or request.segments else idle + 1
        if idle >= MAX_IDLE_ROUNDS or (answer.refusals and not moved and not pushed):
            return outcome
    raise SyncError(SyncKind.PROTOCOL, "同步轮次过多，已停止；已传的内容都保留。", code="too_many_rounds")


def _request(
    database: Database, identity: store.Identity, theirs: Mapping[str, int], clock: HybridClock, app: str
) -> protocol.Message:
    with database.reading() as connection:
        vector = store.vector_of(connection)
        segments, more = store.segments_for(connection, theirs, protocol.SEND_LIMIT)
    hello = protocol.Hello(
        identity.workspace,
        identity.replica_id,
        vector,
        clock.now_ms(),
        SCHEMA,
        app,
        identity.server_epoch,
        more,
    )
    return protocol.Message(hello, segments)


def _take_answer(
    database: Database,
    clock: HybridClock,
    identity: store.Identity,
    answer: protocol.Message,
    outcome: Outcome,
    sent_at: int,
) -> bool:
    """Store what came. Returns whether anything new did."""
    if answer.hello.workspace != identity.workspace:
        raise SyncError(SyncKind.PROTOCOL, "服务器答复的是另一个村的内容，没有采用。", code="wrong_workspace")
    clock.offset_ms = answer.hello.time_ms - (sent_at + clock.now_ms() - clock.offset_ms) // 2
    outcome.refused += [f"{r.message}（编号 {r.first_seq}）" for r in answer.refusals]
    with database.writing() as connection:
        store.keep_certificates(connection, answer.certificates, identity.province_key)
        taken = store.take(connection, answer.segments, clock)
        connection.exec_driver_sql(
            "UPDATE replica SET clock_offset_ms = ?, server_epoch = ?", (clock.offset_ms, answer.hello.epoch)
        )
        _keep_receipt(connection, identity, answer, outcome)
    outcome.pulled += taken.changes
    outcome.refused += [refusal.message for refusal in taken.refused]
    if taken.touched:
        outcome.touched.append(taken.touched)
    return taken.changes > 0


def _keep_receipt(
    connection: Connection, identity: store.Identity, answer: protocol.Message, outcome: Outcome
) -> None:
    """A receipt counts only if the province signed it, for this workspace, over all that we have."""
    if answer.receipt is None:
        return
    receipt = chain.read_receipt(answer.receipt, identity.province_key)
    ours = store.vector_of(connection)
    complete = all(receipt.vector.get(replica, 0) >= seq for replica, seq in ours.items())
    outcome.receipt = receipt if receipt.workspace == identity.workspace and complete else None
    connection.exec_driver_sql(
        "INSERT INTO peer (url, vector, receipt, last_try_at, last_success_at, ended, message)"
        " VALUES (?, ?, ?, '', '', '', '')"
        " ON CONFLICT (url) DO UPDATE SET vector = excluded.vector, receipt = excluded.receipt",
        (
            identity.server_url,
            json.dumps(answer.hello.vector),
            json.dumps({"vector": receipt.vector, "epoch": receipt.epoch, "time_ms": receipt.time_ms}),
        ),
    )


def _gained(replica_id: str, before: Mapping[str, int], after: Mapping[str, int]) -> int:
    """How many of our own changes the peer newly acknowledged."""
    return max(0, after.get(replica_id, 0) - before.get(replica_id, 0))


def _lacks(database: Database, theirs: Mapping[str, int]) -> bool:
    with database.reading() as connection:
        return any(seq > theirs.get(replica, 0) for replica, seq in store.vector_of(connection).items())
