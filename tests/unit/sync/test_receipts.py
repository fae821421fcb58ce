"""The light is green only for bytes that the server is proven to have."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from tests.helpers.laptops import WORKSPACE, Quiet, certify, household, laptop
from tests.helpers.peers import MemoryServer, hasty
from villageapp.errors import SyncError
from villageapp.models.records import Household
from villageapp.services.workspace import Workspace
from villageapp.sync import chain, receipts, store
from villageapp.sync.chain import Certificate, Receipt, Sealed
from villageapp.sync.exchange import Outcome, exchange
from villageapp.sync.log_hash import log_hash, log_hash_at, own_log_hash
from villageapp.sync.protocol import Message, RefusedSegment

SEEDS = 250


def save(work: Workspace, *numbers: int) -> None:
    with work.transaction() as session:
        session.add_all([household(number) for number in numbers])
    with work.database.writing() as connection:
        store.seal_outbox(connection)


def authors(work: Workspace) -> dict[str, Certificate]:
    identity = work.identity
    with work.reading() as connection:
        return store.certificates(connection, identity.province_key)


def segments(work: Workspace) -> list[Sealed]:
    with work.reading() as connection:
        return store.segments_for(connection, {}, 10**9)[0]


def meet(work: Workspace, server: MemoryServer, hint: dict[str, int] | None = None) -> Outcome:
    return exchange(work.database, work.clock, server, hint or {}, "test", Quiet(), hasty())


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    made = laptop(tmp_path, "甲")
    certify(made)
    for number in range(30):
        save(made, number * 3, number * 3 + 1, number * 3 + 2)
    yield made
    made.close()


@pytest.fixture
def server(work: Workspace) -> MemoryServer:
    return MemoryServer(authors(work))


def test_a_receipt_over_the_same_bytes_counts(work: Workspace, server: MemoryServer) -> None:
    outcome = meet(work, server)
    assert outcome.receipt is not None
    assert (outcome.signed_by, outcome.pushed, outcome.segments_up) == (receipts.BY_LOG, 90, 30)
    with work.reading() as connection:
        assert outcome.receipt.log == own_log_hash(connection)


@dataclass
class Liar(MemoryServer):
    """Answers politely and loses one item in ten, in a way that the seed chooses."""

    seed: int = 0
    pick: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.pick = random.Random(self.seed)
        self.way = self.seed % 5

    def offered(self, segment: Sealed) -> RefusedSegment | None:
        if self.way != 4 and self.pick.random() < 0.1:
            self.dropped = True
            return None
        return super().offered(segment)

    def vector(self) -> dict[str, int]:
        """Honest, or whatever the last request promised."""
        return dict(self.promised) if self.way in (1, 2) else super().vector()

    def receipt(self, vector: dict[str, int]) -> Receipt:
        said = super().receipt(vector)
        return msgspec.structs.replace(said, log=b"\1" * 32) if self.way == 2 else said

    def answer(self, message: Message, refusals: list[RefusedSegment]) -> Message:
        self.promised = message.hello.vector
        said = super().answer(message, refusals)
        if self.way == 3:  # signed by somebody else
            said.receipt = chain.Signed(said.receipt.body, bytes(64)) if said.receipt else None
        return said

    def pass_on(self, answer: bytes) -> bytes:
        return answer[: len(answer) * 9 // 10] if self.way == 4 else answer

    promised: dict[str, int] = field(default_factory=dict)
    dropped: bool = False


def test_a_server_that_loses_a_tenth_never_turns_the_light_green(work: Workspace) -> None:
    whole, greens, losses = {s.hash for s in segments(work)}, 0, 0
    known = authors(work)
    for seed in range(SEEDS):
        forget(work)
        liar = Liar(known, seed=seed)
        outcome = None
        with suppress(SyncError):
            outcome = meet(work, liar)
        has_all = {s.hash for s in liar.held} == whole
        losses += liar.dropped
        if outcome is not None and outcome.receipt is not None:
            greens += 1
            assert has_all, f"false green with seed {seed}"
            assert liar.way in (0, 1), "the log hash of others is not that of their segments"
        with work.reading() as connection:
            signed = receipts.read(connection, work.identity.server_url).signed.vector
        assert sum(signed.values()) <= sum(liar_has(liar).values()), f"false count with seed {seed}"
    assert losses > SEEDS / 2
    assert greens > SEEDS // 10, "an honest server that lost some gets them again and signs"


def liar_has(server: MemoryServer) -> dict[str, int]:
    return {replica_id: head[0] for replica_id, head in server.heads().items()}


def forget(work: Workspace) -> None:
    with work.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM peer")


class Old(MemoryServer):
    """A server of the first version: signs a vector and nothing more."""

    def receipt(self, vector: dict[str, int]) -> Receipt:
        return Receipt(WORKSPACE, vector, self.epoch, 1)


def test_an_older_server_s_receipt_counts_by_its_vector_and_says_so(work: Workspace) -> None:
    outcome = meet(work, Old(authors(work)))
    assert outcome.receipt is not None
    assert outcome.signed_by == receipts.BY_VECTOR


def test_a_receipt_that_contradicts_our_log_is_doubted(work: Workspace, server: MemoryServer) -> None:
    meet(work, server)

    class Wrong(MemoryServer):
        def receipt(self, vector: dict[str, int]) -> Receipt:
            return Receipt(WORKSPACE, vector, self.epoch, 1, bytes(32))

    wrong = Wrong(server.certificates, held=server.held)
    outcome = meet(work, wrong, server.vector())
    assert outcome.receipt is None
    assert any("不一致" in note for note in outcome.notes)
    with work.reading() as connection:
        assert receipts.read(connection, work.identity.server_url).signed.vector == {}
    assert wrong.requests == 2, "the last segment was offered again, once"
    assert meet(work, server).receipt is not None


def test_a_restored_server_gets_everything_again(work: Workspace, server: MemoryServer) -> None:
    backup = list(server.held)
    for epoch in ("epoch", "after"):  # also with the epoch step forgotten
        meet(work, server)
        restored = MemoryServer(server.certificates, epoch, backup[:])
        outcome = meet(work, restored, server.vector())
        assert len(restored.held) == 30
        assert outcome.receipt is not None
        assert any("备份" in note for note in outcome.notes)
        assert meet(work, restored, server.vector()).notes == [], "said once"


def test_an_epoch_that_comes_back_is_not_taken_silently(work: Workspace, server: MemoryServer) -> None:
    meet(work, server)
    meet(work, MemoryServer(server.certificates, "second", server.held))
    outcome = meet(work, server)
    assert any("退回" in note for note in outcome.notes)


def test_what_the_first_version_kept_of_a_receipt_is_read() -> None:
    signed = receipts.parse('{"vector": {"r": 3}, "epoch": "e", "time_ms": 5}')
    assert (signed.vector, signed.epoch, signed.by) == ({"r": 3}, "e", "")
    assert receipts.parse("") == receipts.Signed()


def test_the_log_hash_is_of_the_bytes_and_of_nothing_else(work: Workspace) -> None:
    heads = [("b", 2, b"2" * 32), ("a", 1, b"1" * 32)]
    assert log_hash(heads) == log_hash(reversed(heads)) == log_hash([*heads, ("c", 0, b"")])
    assert log_hash(heads) != log_hash([("a", 1, b"1" * 32), ("b", 2, b"3" * 32)])
    own = work.identity.replica_id
    with work.reading() as connection:
        assert log_hash_at(connection, {own: 90}) == own_log_hash(connection)
        assert log_hash_at(connection, {own: 60}) not in (None, own_log_hash(connection))
        assert log_hash_at(connection, {own: 61}) is None, "no segment ends there"
        assert log_hash_at(connection, {own: 93}) is None, "that much is not here"
        assert log_hash_at(connection, {"somebody": 1}) is None


def test_changes_after_the_receipt_are_pending(work: Workspace, server: MemoryServer) -> None:
    meet(work, server)
    with work.transaction() as session:
        session.get_one(Household, household(1).id).phone = "13800000000"
    with work.reading() as connection:
        signed = receipts.read(connection, work.identity.server_url).signed
        assert store.applied_vector(connection)[work.identity.replica_id] - sum(signed.vector.values()) == 1
