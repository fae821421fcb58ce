"""Laptops of one workspace that ask at the same time: served together, and nobody pays for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from tests.helpers.servers import eventually, fresh_database
from tests.postgres.laptops import RawLaptop, change
from villageapp.models.ids import new_id
from villageapp.server import enrolment, issuing, problems
from villageapp.server.access import Laptop
from villageapp.server.joining import Joining
from villageapp.server.opening import Province, open_province
from villageapp.server.store import Asking
from villageapp.sync import chain, protocol
from villageapp.sync.chain import Sealed, Signed
from villageapp.sync.protocol import Message

LAPTOPS = 20
_WAITS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@dataclass
class Room:
    """A province opened here, and twenty enrolled laptops of one village."""

    province: Province
    laptops: list[RawLaptop]
    dsn: str
    held: ExitStack
    written: list[int] = field(default_factory=list)
    """Segments of each transaction that stored any, those rolled back as well."""
    nudged: int = 0

    def nudge(self) -> None:
        self.nudged += 1

    def joining(self, **bounds: int) -> Joining:
        return Joining(self.province, self.nudge, **bounds)

    def asking(self, laptop: RawLaptop, **changed: Any) -> Asking:
        """This laptop's whole log."""
        message = Message(laptop.hello(**changed), list(laptop.own))
        return Asking(Laptop("149901", laptop.workspace, laptop.replica_id), message)

    @contextmanager
    def held_up(self) -> Iterator[psycopg.Connection[Any]]:
        """Nobody is served within the block: somebody else has the workspace."""
        with psycopg.connect(self.dsn) as other:
            other.execute(
                "SELECT FROM workspace WHERE workspace = %s FOR UPDATE", (self.laptops[0].workspace,)
            )
            yield other
            other.rollback()

    def await_waiting(self) -> int:
        """The one backend that waits for the workspace."""
        with psycopg.connect(self.dsn, autocommit=True) as looking:
            assert eventually(lambda: looking.execute(_WAITS).fetchone() is not None, 30)
            return int(looking.execute(_WAITS).fetchall()[0][0])

    def log(self) -> list[tuple[str, int]]:
        """Replica and first number of every stored segment, in order of arrival."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute(
                "SELECT replica_id::text, first_seq FROM segment WHERE workspace = %s ORDER BY arrived",
                (self.laptops[0].workspace,),
            )
            return rows.fetchall()


@pytest.fixture(scope="module")
def opened(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Province, str]]:
    dsn = fresh_database(postgres_dsn)
    with open_province(tmp_path_factory.mktemp("joining"), dsn) as province:
        yield province, dsn


@pytest.fixture
def room(opened: tuple[Province, str], village: str) -> Iterator[Room]:
    province, dsn = opened
    laptops = [enrolled(province, village) for _ in range(LAPTOPS)]
    with ExitStack() as held:
        made = Room(province, laptops, dsn, held)

        def note(_c: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if "WITH stored AS" in statement:
                made.written.append(len(parameters["firsts"]))

        event.listen(province.engine, "before_cursor_execute", note)
        held.callback(event.remove, province.engine, "before_cursor_execute", note)
        yield made


def enrolled(province: Province, village: str) -> RawLaptop:
    laptop = RawLaptop("", village)
    code = issuing.issue_code(province, village, "张三", "工作队员", "console:test")
    laptop.workspace = enrolment.enrol(province, laptop.enrol_request(code)).workspace
    laptop.province_key = province.public_key
    return laptop


def write(laptop: RawLaptop, note: str = "字") -> Sealed:
    return laptop.write(*(change(new_id(), {"head": f"户{i}", "note": note}) for i in range(3)))


def received(answer: Future[bytes]) -> Message:
    return protocol.decode(answer.result(60))


def in_a_thread(room: Room, joining: Joining, laptop: RawLaptop) -> Future[Future[bytes]]:
    """Ask in a thread of its own, which serves and is held up."""
    pool = room.held.enter_context(ThreadPoolExecutor(1))
    return pool.submit(joining.ask, room.asking(laptop))


def test_who_comes_while_somebody_is_served_is_served_with_all_others_who_did(room: Room) -> None:
    joining = room.joining()
    for laptop in room.laptops:
        write(laptop)
    first, *others = room.laptops
    with room.held_up():
        leader = in_a_thread(room, joining, first)
        room.await_waiting()
        waiting = [joining.ask(room.asking(laptop)) for laptop in others]
        assert not any(answer.done() for answer in waiting), "no answer before the commit"
        assert room.log() == []
    answers = [received(leader.result(60)), *map(received, waiting)]
    assert room.written == [1, LAPTOPS - 1]
    assert room.log() == [(laptop.replica_id, 1) for laptop in room.laptops], "in the order of asking"
    assert answers[0].hello.vector == {first.replica_id: 3}
    everything = {laptop.replica_id: 3 for laptop in room.laptops}
    for laptop, answer in zip(others, answers[1:], strict=True):
        assert answer.refusals == []
        assert answer.hello.vector == everything
        assert answer.receipt is not None
        receipt = chain.read_receipt(answer.receipt, laptop.province_key)
        assert receipt.vector == everything
        assert {s.read_header().replica_id for s in answer.segments} == everything.keys() - {
            laptop.replica_id
        }
    assert eventually(lambda: room.nudged == 2, 10)


def test_twenty_threads_that_ask_without_pause_get_everything_once_and_in_order(room: Room) -> None:
    joining, start, rounds = room.joining(), threading.Barrier(LAPTOPS), 12

    def work(laptop: RawLaptop) -> None:
        start.wait()
        for number in range(1, rounds + 1):
            write(laptop)
            answer = received(joining.ask(room.asking(laptop)))
            assert answer.refusals == []
            assert answer.hello.vector[laptop.replica_id] == number * 3, "it has what it acknowledges"
            for sealed in answer.segments:
                header = sealed.read_header()
                assert header.first_seq == laptop.vector.get(header.replica_id, 0) + 1
                laptop.take(Message(answer.hello, [sealed]))

    with ThreadPoolExecutor(LAPTOPS) as pool:
        for job in [pool.submit(work, laptop) for laptop in room.laptops]:
            job.result()
    log = room.log()
    assert sum(room.written) == len(log) == len(set(log)) == LAPTOPS * rounds
    assert len(room.written) < len(log), "many were stored together"
    for laptop in room.laptops:
        mine = [first for replica_id, first in log if replica_id == laptop.replica_id]
        assert mine == [1 + 3 * number for number in range(rounds)]


@pytest.mark.parametrize("place", [0, 9, 18])
def test_what_nobody_foresaw_in_one_message_is_that_laptops_trouble_alone(room: Room, place: int) -> None:
    joining = room.joining()
    for laptop in room.laptops:
        write(laptop)
    first, *others = room.laptops
    with room.held_up():
        leader = in_a_thread(room, joining, first)
        room.await_waiting()
        asking = [room.asking(laptop) for laptop in others]
        asking[place].message.items.append(cast("Signed", None))
        waiting = [joining.ask(one) for one in asking]
    assert received(leader.result(60)).refusals == []
    with pytest.raises(AttributeError):
        waiting[place].result(60)
    del waiting[place]
    for answer in waiting:
        assert received(answer).refusals == []
    stored = [laptop.replica_id for laptop in room.laptops if laptop is not others[place]]
    assert room.log() == [(replica_id, 1) for replica_id in stored]


def test_a_forged_segment_is_refused_to_whoever_brings_it_and_all_others_are_taken(room: Room) -> None:
    joining = room.joining()
    for laptop in room.laptops:
        write(laptop)
    first, forger, *others = room.laptops
    forger.own[0] = Sealed(forger.own[0].header, forger.own[0].body, bytes(64))
    with room.held_up():
        leader = in_a_thread(room, joining, first)
        room.await_waiting()
        waiting = [joining.ask(room.asking(laptop)) for laptop in (forger, *others)]
    received(leader.result(60))
    [refused] = received(waiting[0]).refusals
    assert (refused.replica_id, refused.code) == (forger.replica_id, "bad_signature")
    assert all(received(answer).refusals == [] for answer in waiting[1:])
    assert [replica_id for replica_id, _ in room.log()] == [one.replica_id for one in (first, *others)]


def test_a_database_that_breaks_before_the_commit_is_told_to_all_and_stores_nothing(room: Room) -> None:
    joining = room.joining()
    for laptop in room.laptops:
        write(laptop)
    first, *others = room.laptops
    with room.held_up() as other:
        leader = in_a_thread(room, joining, first)
        broken = room.await_waiting()
        waiting = [joining.ask(room.asking(laptop)) for laptop in others]
        other.execute("SELECT pg_terminate_backend(%s)", (broken,))
        told(leader.result(60))
        assert not any(answer.done() for answer in waiting), "it broke for the first alone"
        assert eventually(lambda: room.await_waiting() != broken, 30)
        other.execute("SELECT pg_terminate_backend(%s)", (room.await_waiting(),))
        for answer in waiting:
            told(answer)
        assert room.log() == []
    again = [joining.ask(room.asking(laptop)) for laptop in room.laptops]
    for laptop, answer in zip(room.laptops, again, strict=True):
        assert received(answer).hello.vector[laptop.replica_id] == 3
    assert sorted(room.log()) == sorted((laptop.replica_id, 1) for laptop in room.laptops)


def told(answer: Future[bytes]) -> None:
    """The laptop hears that it shall come again."""
    with pytest.raises(OperationalError) as raised:
        answer.result(60)
    assert problems.status_of(problems.of_database(raised.value)) == 503


@pytest.mark.parametrize(
    ("bounds", "batches"),
    [({"most": 3}, [1, 3, 3, 1]), ({"most_bytes": 1}, [1] * 8), ({}, [1, 7])],
)
def test_no_transaction_takes_more_than_its_bounds(
    room: Room, bounds: dict[str, int], batches: list[int]
) -> None:
    joining, laptops = room.joining(**bounds), room.laptops[:8]
    for laptop in laptops:
        write(laptop)
    with room.held_up():
        leader = in_a_thread(room, joining, laptops[0])
        room.await_waiting()
        waiting = [joining.ask(room.asking(laptop)) for laptop in laptops[1:]]
    for answer in (leader.result(60), *waiting):
        assert received(answer).refusals == []
    assert room.written == batches
    assert [replica_id for replica_id, _ in room.log()] == [laptop.replica_id for laptop in laptops]


def test_who_does_not_wait_any_more_is_not_served_and_holds_up_nobody(room: Room) -> None:
    joining = room.joining()
    for laptop in room.laptops[:4]:
        write(laptop)
    first, *others = room.laptops[:4]
    with room.held_up():
        leader = in_a_thread(room, joining, first)
        room.await_waiting()
        waiting = [joining.ask(room.asking(laptop)) for laptop in others]
        assert waiting[1].cancel()
    received(leader.result(60))
    received(waiting[0])
    received(waiting[2])
    assert [replica_id for replica_id, _ in room.log()] == [
        one.replica_id for one in (first, others[0], others[2])
    ]
    assert received(joining.ask(room.asking(others[1]))).refusals == []


def test_answers_are_what_each_would_have_got_alone(room: Room) -> None:
    """Vectors and limits of all kinds, hostile ones too, over one log of many segments."""
    joining = room.joining()
    writer, *readers = room.laptops
    for _ in range(9):
        write(writer)
    received(joining.ask(room.asking(writer)))
    name = writer.replica_id
    seen: list[Callable[[], dict[str, Any]]] = [
        lambda: {"vector": {}},
        lambda: {"vector": {name: 27}},
        lambda: {"vector": {name: 12}},
        lambda: {"vector": {name: 13}},
        lambda: {"vector": {name: 12}, "limit": 1},
        lambda: {"vector": {}, "limit": 900},
        lambda: {"vector": {name: -(2**63)}},
        lambda: {"vector": {name: 2**63 - 1}},
        lambda: {"vector": {"nobody": 5}},
    ]
    asking = [room.asking(r, **wish()) for r, wish in zip(readers, seen, strict=False)]
    alone = [received(joining.ask(one)) for one in asking]
    write(readers[-1])
    with room.held_up():
        leader = in_a_thread(room, joining, readers[-1])
        room.await_waiting()
        waiting = [joining.ask(one) for one in asking]
    received(leader.result(60))
    for before, answer in zip(alone, map(received, waiting), strict=True):
        mine = [s.hash for s in answer.segments if s.read_header().replica_id == name]
        assert mine == [s.hash for s in before.segments]
        assert answer.hello.more or not before.hello.more
