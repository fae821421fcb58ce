"""Peers of an exchange that misbehave in ways that tests choose, around one that holds a real log in memory."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.helpers.laptops import PROVINCE, WORKSPACE
from villageapp.errors import SyncError, SyncKind
from villageapp.sync import chain, protocol
from villageapp.sync.chain import NO_HASH, Certificate, Sealed, Verdict
from villageapp.sync.change import SCHEMA
from villageapp.sync.clock import wall_ms
from villageapp.sync.log_hash import log_hash
from villageapp.sync.pace import Pace
from villageapp.sync.protocol import Hello, Message, Peer, RefusedSegment


def hasty() -> Pace:
    """A pace that never waits."""
    return Pace(wait=lambda _seconds, _progress: None, pick=random.Random(1))


@dataclass
class RoughLine:
    """A slow line to a peer that is cut at regular times, on a clock of its own: nobody waits."""

    peer: Peer
    bytes_per_second: int
    seconds_between_cuts: float
    seconds: float = 0.0
    bytes_up: int = 0
    bytes_down: int = 0
    cuts: int = 0
    pieces: list[bytes] = field(default_factory=list)  # of answers, as far as they arrived

    def pace(self) -> Pace:
        """A pace that lives by this line's clock."""
        return Pace(self._wait, random.Random(1), lambda: self.seconds)

    def _wait(self, seconds: float, _progress: object) -> None:
        self.seconds += seconds

    def exchange(self, workspace: str, request: bytes) -> bytes:
        """One round, as far as the line lets it."""
        passed = self._carry(len(request))
        self.bytes_up += passed
        if passed < len(request):
            raise SyncError(SyncKind.OFFLINE, "cut on the way up", code="line_cut")
        answer = self.peer.exchange(workspace, request)
        passed = self._carry(len(answer))
        self.bytes_down += passed
        self.pieces.append(answer[:passed])
        if passed < len(answer):
            raise protocol.Interrupted(answer[:passed], "cut on the way down")
        return answer

    def _carry(self, size: int) -> int:
        """Bytes of these that pass before the next cut."""
        takes = size / self.bytes_per_second
        left = self.seconds_between_cuts - self.seconds % self.seconds_between_cuts
        self.seconds += min(takes, left)
        if takes < left:
            return size
        self.cuts += 1
        return int(left * self.bytes_per_second)


@dataclass
class MemoryServer:
    """A server as the protocol describes it, without a database. Tests override its steps to make it lie."""

    certificates: dict[str, Certificate]
    epoch: str = "epoch"
    held: list[Sealed] = field(default_factory=list)  # in order of arrival
    bytes_up: int = 0
    bytes_down: int = 0
    requests: int = 0

    def exchange(self, workspace: str, request: bytes) -> bytes:
        """One round."""
        self.requests += 1
        self.bytes_up += len(request)
        message = protocol.decode(request)
        refusals = [r for segment in message.segments if (r := self.offered(segment)) is not None]
        answer = self.pass_on(protocol.encode(self.answer(message, refusals)))
        self.bytes_down += len(answer)
        return answer

    def offered(self, segment: Sealed) -> RefusedSegment | None:
        """Take a segment in, or say why not."""
        header = segment.read_header()
        last_seq, last_hash = self.heads().get(header.replica_id, (0, NO_HASH))
        certificate = self.certificates.get(header.replica_id)
        try:
            verdict = chain.judge(segment, header, WORKSPACE, certificate, last_seq, last_hash)
            if verdict is Verdict.KNOWN and segment.hash not in {known.hash for known in self.held}:
                raise chain.Refusal(chain.Refused.FORK, "fork", last_seq + 1)
        except SyncError as error:
            expected = getattr(error, "expected", 0)
            return RefusedSegment(header.replica_id, header.first_seq, error.code, error.message, expected)
        if verdict is Verdict.NEW:
            self.held.append(segment)
        return None

    def pass_on(self, answer: bytes) -> bytes:
        """The answer as the line delivers it."""
        return answer

    def heads(self) -> dict[str, tuple[int, bytes]]:
        """Last number and hash of each replica, as far as its segments follow each other."""
        found: dict[str, tuple[int, bytes]] = {}
        for segment in self.held:
            header = segment.read_header()
            if header.prev_hash == found.get(header.replica_id, (0, NO_HASH))[1]:
                found[header.replica_id] = (header.last_seq, segment.hash)
        return found

    def vector(self) -> dict[str, int]:
        """What it says that it has."""
        return {replica_id: head[0] for replica_id, head in self.heads().items()}

    def receipt(self, vector: dict[str, int]) -> chain.Receipt:
        """What it signs."""
        log = log_hash((replica_id, *head) for replica_id, head in self.heads().items())
        return chain.Receipt(WORKSPACE, vector, self.epoch, wall_ms(), log)

    def answer(self, message: Message, refusals: list[RefusedSegment]) -> Message:
        """What it says."""
        theirs, vector = message.hello.vector, self.vector()
        lacking = [
            s for s in self.held if s.read_header().last_seq > theirs.get(s.read_header().replica_id, 0)
        ]
        hello = Hello(WORKSPACE, "", vector, wall_ms(), SCHEMA, "test", self.epoch)
        return Message(hello, lacking, [], refusals, chain.sign(self.receipt(vector), PROVINCE))
