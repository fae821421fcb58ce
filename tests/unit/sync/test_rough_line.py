"""A line that is slow and breaks: what has arrived stays, and every exchange gets further."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.laptops import WORKSPACE, Quiet, certify, household, laptop
from tests.helpers.peers import MemoryServer, RoughLine, hasty
from villageapp.errors import Cancelled, SyncError, SyncKind
from villageapp.models import ids
from villageapp.services.workspace import Workspace
from villageapp.sync import pace as pacing
from villageapp.sync import protocol, receipts, store
from villageapp.sync.chain import Sealed
from villageapp.sync.exchange import Outcome, exchange
from villageapp.sync.lacking import lacking
from villageapp.sync.pace import Pace

LINE = (8_000, 20.0)  # 64 kbit/s, cut every 20 s


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    yield a, b
    a.close()
    b.close()


def fill(work: Workspace, segments: int = 30, size: int = 60_000) -> None:
    """Segments of about half ``size`` bytes that do not compress further."""
    pick = random.Random(5)
    for number in range(segments):
        with work.transaction() as session:
            session.add(household(number, address=pick.randbytes(size // 2).hex()))
        with work.database.writing() as connection:
            store.seal_outbox(connection)


def server_of(*works: Workspace) -> MemoryServer:
    with works[0].reading() as connection:
        return MemoryServer(store.certificates(connection, works[0].identity.province_key))


def once(work: Workspace, line: RoughLine) -> Outcome:
    with work.reading() as connection:
        hint = receipts.read(connection, work.identity.server_url).hint
    return exchange(work.database, work.clock, line, hint, "test", Quiet(), line.pace())


def until_done(work: Workspace, line: RoughLine, known: list[int]) -> Outcome:
    """Exchange again and again; notes after each what both sides have in all."""
    for _ in range(40):
        with suppress(SyncError):
            return once(work, line)
        assert isinstance(line.peer, MemoryServer)
        with work.reading() as connection:
            known.append(sum(store.vector_of(connection).values()) + sum(line.peer.vector().values()))
    raise AssertionError("no end")


def test_up_a_slow_line_with_cuts_the_log_only_grows_and_arrives(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    fill(a)
    line, known = RoughLine(server_of(a), *LINE), list[int]()
    outcome = until_done(a, line, known)
    assert outcome.receipt is not None
    assert line.cuts > 3
    assert known == sorted(known)
    with a.reading() as connection:
        total = lacking(connection, {}, 0).total_bytes
    assert line.bytes_up < 2.2 * total, "half of what was sent was not in vain"


def test_down_a_slow_line_no_frame_comes_twice(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    fill(b)
    server = server_of(b)
    exchange(b.database, b.clock, server, {}, "test", Quiet(), hasty())
    line, known = RoughLine(server, *LINE), list[int]()
    outcome = until_done(a, line, known)
    assert outcome.receipt is not None
    assert line.cuts > 3
    assert known == sorted(known)
    frames = [segment.hash for piece in line.pieces for segment in arrived(piece)]
    assert len(frames) == len(set(frames)) == 30
    largest = max(len(segment.body) for segment in server.held) + 2_000  # greeting, receipt, certificates
    needed = sum(len(segment.body) for segment in server.held)
    assert line.bytes_down <= needed + (line.cuts + len(line.pieces)) * largest


def arrived(piece: bytes) -> list[Sealed]:
    reader = protocol.Reader()
    reader.feed(piece)
    return reader.message.segments if reader.message else []


@dataclass
class Dropping:
    """Loses whole answers that the server gave: the first ``answers`` ones."""

    peer: MemoryServer
    answers: int
    bytes_up: int = 0
    bytes_down: int = 0
    sizes: list[int] = field(default_factory=list)

    def exchange(self, workspace: str, request: bytes) -> bytes:
        self.sizes.append(len(request))
        answer = self.peer.exchange(workspace, request)
        if self.answers:
            self.answers -= 1
            raise SyncError(SyncKind.OFFLINE, "lost", code="line_cut")
        return answer


def test_an_answer_lost_three_times_doubles_nothing(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    fill(a, 3)
    dropping = Dropping(server_of(a), 3)
    outcome = exchange(a.database, a.clock, dropping, {}, "test", Quiet(), hasty())
    assert outcome.receipt is not None
    assert len(dropping.peer.held) == 3
    assert dropping.sizes[0] > 80_000
    assert max(dropping.sizes[1:]) < 1_000, "after a large request it first asks what has arrived"


def test_small_requests_are_simply_repeated(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    fill(a, 1, 100)
    dropping = Dropping(server_of(a), 1)
    outcome = exchange(a.database, a.clock, dropping, {}, "test", Quiet(), hasty())
    assert outcome.receipt is not None
    assert outcome.round_trips == 1


def test_a_line_that_is_not_there_is_given_up_at_once(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair

    class Gone:
        bytes_up = bytes_down = asked = 0

        def exchange(self, workspace: str, request: bytes) -> bytes:
            self.asked += 1
            raise SyncError(SyncKind.OFFLINE, "nobody", code="refused_connection")

    gone = Gone()
    with pytest.raises(SyncError):
        exchange(a.database, a.clock, gone, {}, "test", Quiet(), hasty())
    assert gone.asked == 1


def test_a_proxy_that_takes_only_small_requests_gets_small_ones(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    fill(a, 20)

    class Narrow(MemoryServer):
        def exchange(self, workspace: str, request: bytes) -> bytes:
            if len(request) > 100_000:
                raise SyncError(SyncKind.BUSY, "413", code="too_large")
            return super().exchange(workspace, request)

    outcome = exchange(a.database, a.clock, Narrow(server_of(a).certificates), {}, "test", Quiet(), hasty())
    assert outcome.receipt is not None


def test_the_pace_grows_while_rounds_are_quick_and_begins_again_small() -> None:
    pace = Pace(wait=lambda _s, _p: None)
    sizes = [pace.size]
    for seconds in (1.0, 1.0, 1.0, 10.0, 30.0):
        pace.went_well(seconds)
        sizes.append(pace.size)
    assert sizes[1:4] == [1 << 20, 1 << 21, 1 << 21]
    assert sizes[4:] == [1 << 21, 1 << 20]
    broken = SyncError(SyncKind.OFFLINE, "cut", code="line_cut")
    pace.broke(broken, Quiet(), moved=True)
    assert pace.size == pacing.LEAST_BYTES
    with pytest.raises(SyncError):
        for _ in range(pacing.ATTEMPTS):
            pace.broke(broken, Quiet(), moved=False)
    assert pace.size == pacing.TINY_BYTES


def test_a_busy_server_is_not_asked_again_within_the_exchange_when_it_says_later() -> None:
    later = SyncError(SyncKind.BUSY, "later", retry_after=120)
    with pytest.raises(SyncError):
        Pace(wait=lambda _s, _p: None).broke(later, Quiet(), moved=False)


def test_waiting_looks_for_cancelling() -> None:
    class Impatient(Quiet):
        def check_cancelled(self) -> None:
            raise Cancelled()

    with pytest.raises(Cancelled):
        pacing.wait(60, Impatient())


def test_lacking_finds_by_vector_in_order_of_arrival(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    fill(a, 4, 100)
    own = a.identity.replica_id
    with a.reading() as connection:
        everything = lacking(connection, {}, 10**9)
        assert (everything.total_segments, everything.total_changes, everything.more) == (4, 4, False)
        assert [s.read_header().first_seq for s in everything.segments] == [1, 2, 3, 4]
        assert [s.read_header().first_seq for s in lacking(connection, {own: 2}, 10**9).segments] == [3, 4]
        assert lacking(connection, {own: 4}, 10**9).segments == []
        first = lacking(connection, {}, 1)
        assert (len(first.segments), first.more) == (1, True), "at least one, however large"
        assert lacking(connection, {}, 0).segments == []
        assert lacking(connection, {own: 99, ids.new_id(): 5}, 10**9).total_segments == 0
    assert b.identity.workspace == WORKSPACE


def test_an_exchange_that_broke_off_says_how_far_it_came(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    fill(a, 20)

    class Gone(MemoryServer):
        def exchange(self, workspace: str, request: bytes) -> bytes:
            if self.held:
                raise SyncError(SyncKind.OFFLINE, "gone", remedy="wait", code="refused_connection")
            return super().exchange(workspace, request)

    with pytest.raises(SyncError, match="已传 1") as told:
        exchange(a.database, a.clock, Gone(server_of(a).certificates), {}, "test", Quiet(), hasty())
    assert (told.value.code, told.value.remedy) == ("refused_connection", "wait")
