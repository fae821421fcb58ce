"""What the server refuses: a plain sentence each, the others go on, and what can be mended is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.laptops import PROVINCE, Quiet, certify, household, laptop, meet
from tests.helpers.peers import MemoryServer, hasty
from villageapp.errors import SyncError, SyncKind
from villageapp.services.workspace import Workspace
from villageapp.sync import chain, protocol, receipts, store
from villageapp.sync.chain import Refused, Sealed
from villageapp.sync.exchange import Outcome, exchange
from villageapp.sync.protocol import Message, RefusedSegment
from villageapp.sync.refusals import Refusals, sentence


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    """Two laptops of which the first holds the work of both."""
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    for work, numbers in ((a, (1, 2, 3)), (b, (11, 12))):
        for number in numbers:
            with work.transaction() as session:
                session.add(household(number))
            with work.database.writing() as connection:
                store.seal_outbox(connection)
    meet(a, b)
    yield a, b
    a.close()
    b.close()


def server_of(work: Workspace) -> MemoryServer:
    with work.reading() as connection:
        return MemoryServer(store.certificates(connection, work.identity.province_key))


def sync(work: Workspace, server: MemoryServer) -> Outcome:
    with work.reading() as connection:
        hint = receipts.read(connection, work.identity.server_url).hint
    return exchange(work.database, work.clock, server, hint, "test", Quiet(), hasty())


def forget(work: Workspace) -> None:
    with work.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM peer")


@pytest.mark.parametrize("code", list(Refused))
def test_every_code_has_a_sentence(code: Refused) -> None:
    text = sentence(RefusedSegment("r", 7, code.value, "in the server's words"))
    assert "in the server's words" not in text
    assert "7" in text
    assert "本机保留" in text


def test_an_unknown_code_keeps_the_server_s_words() -> None:
    assert "还没到开放时间" in sentence(RefusedSegment("r", 1, "code_of_2031", "还没到开放时间"))


class Picky(MemoryServer):
    """Refuses everything of one replica."""

    code = Refused.MALFORMED.value
    whose = ""

    def offered(self, segment: Sealed) -> RefusedSegment | None:
        header = segment.read_header()
        if header.replica_id == self.whose:
            return RefusedSegment(header.replica_id, header.first_seq, self.code, "no")
        return super().offered(segment)


@pytest.mark.parametrize(
    "code",
    [
        Refused.MALFORMED,
        Refused.BAD_SIGNATURE,
        Refused.TOO_LARGE,
        Refused.UPGRADE_REQUIRED,
        Refused.FORK,
        "new",
    ],
)
def test_a_refused_log_does_not_hold_up_the_others(pair: tuple[Workspace, Workspace], code: str) -> None:
    a, b = pair
    forget(a)
    server = Picky(server_of(a).certificates)
    server.code, server.whose = str(code), b.identity.replica_id
    outcome = sync(a, server)
    assert server.vector() == {a.identity.replica_id: 3}
    assert len(outcome.refused) == 1
    assert outcome.receipt is None, "not everything is there"
    assert server.requests <= 3


def test_a_gap_is_filled_from_the_expected_number(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    forget(a)
    server = server_of(a)
    own = a.identity.replica_id
    outcome = exchange(a.database, a.clock, server, {own: 2}, "test", Quiet(), hasty())
    assert outcome.receipt is not None
    assert server.vector()[own] == 3
    assert outcome.refused == []


def test_certificates_are_offered_to_a_server_that_lost_one(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    forget(a)

    class Forgetful(MemoryServer):
        """Forgot who the colleague is, as after a restoration; believes what the province signed."""

        def exchange(self, workspace: str, request: bytes) -> bytes:
            for signed in protocol.decode(request).certificates:
                content = chain.read_certificate(signed, bytes(PROVINCE.verify_key))
                self.certificates[content.replica_id] = content
            return super().exchange(workspace, request)

    known = server_of(a).certificates
    own = a.identity.replica_id
    server = Forgetful({own: known[own]})
    outcome = sync(a, server)
    assert outcome.receipt is not None
    assert server.vector() == {own: 3, b.identity.replica_id: 2}
    assert outcome.refused == []


@dataclass
class Revoking(MemoryServer):
    """Keeps what a revoked laptop writes apart."""

    whose: str = ""
    apart: set[int] = field(default_factory=set)
    sent: int = 0

    def offered(self, segment: Sealed) -> RefusedSegment | None:
        header = segment.read_header()
        if header.replica_id == self.whose:
            self.apart.add(header.first_seq)
            return RefusedSegment(header.replica_id, header.first_seq, Refused.REVOKED.value, "已停用")
        return super().offered(segment)

    def answer(self, message: Message, refusals: list[RefusedSegment]) -> Message:
        self.sent = len(message.segments)
        said = super().answer(message, refusals)
        if message.hello.replica_id == self.whose:
            said.receipt = None
            said.refusals.append(RefusedSegment(self.whose, 0, Refused.REVOKED.value, "这台电脑已被停用"))
        return said


def revoking(work: Workspace, whose: Workspace) -> Revoking:
    return Revoking(server_of(work).certificates, whose=whose.identity.replica_id)


def test_a_revoked_laptop_hands_everything_over_once_and_says_so(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    forget(a)
    server = revoking(a, a)
    for sent in (5, 0):
        with pytest.raises(SyncError, match="停用") as told:
            sync(a, server)
        assert (told.value.kind, told.value.code) == (SyncKind.AUTH, "revoked")
        assert server.sent == sent or server.requests == 1
    assert server.apart == {1, 2, 3}
    assert server.vector() == {b.identity.replica_id: 2}, "a colleague's work that it carried is taken"


def test_a_colleague_of_a_revoked_laptop_is_green_with_a_note(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    forget(a)
    server = revoking(a, b)
    outcome = sync(a, server)
    assert outcome.receipt is not None
    assert outcome.refused == []
    assert any("停用" in note for note in outcome.notes)
    again = sync(a, server)
    assert server.sent == 0, "what is kept for review is not sent again"
    assert again.receipt is not None


def test_an_answer_that_names_one_place_often_counts_once() -> None:
    refusals = Refusals("own", {})
    gaps = [RefusedSegment("r", first, Refused.GAP.value, "", 3) for first in (5, 6, 7)]
    refusals.judge([], gaps)
    assert refusals.sentences == []
    refusals.judge([], gaps)
    assert len(refusals.sentences) == 1
    assert refusals.wanted({"r": 2})["r"] > 10**9


def test_a_message_of_the_first_version_is_read() -> None:
    old = protocol.Hello("w", "r", {"r": 3}, 1, 1, "0.1")
    back = protocol.decode(protocol.encode(Message(old)))
    assert (back.hello.limit, back.hello.certificates) == (0, b"")
