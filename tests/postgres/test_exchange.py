"""Exchanges with the real server over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

from tests.helpers.servers import ServerProcess
from tests.postgres.laptops import RawLaptop, change
from villageapp.models.ids import new_id
from villageapp.sync import chain
from villageapp.sync.change import SCHEMA
from villageapp.sync.protocol import SEND_LIMIT

Pair = tuple[RawLaptop, RawLaptop]


def test_two_laptops_and_the_server_end_equal(server: ServerProcess, pair: Pair) -> None:
    first, second = pair
    first.write(change(new_id(), {"head": "甲", "people": 3}), change(new_id(), {"head": "乙", "people": 1}))
    second.write(change(new_id(), {"name": "丙"}, entity="member"))
    first.sync()
    second.sync()
    first.sync()
    assert {s.hash for s in first.held} == {s.hash for s in second.held}
    assert first.vector == second.vector == {first.replica_id: 2, second.replica_id: 1}
    assert server.counts(first.workspace) == {"household": 2, "member": 1}


def test_the_answer_carries_vector_certificates_and_a_signed_receipt(pair: Pair) -> None:
    first, second = pair
    first.write(change(new_id(), {"head": "甲"}))
    answer = first.sync()
    assert answer.hello.vector == {first.replica_id: 1}
    assert (answer.hello.workspace, answer.hello.schema, answer.hello.more) == (
        first.workspace,
        SCHEMA,
        False,
    )
    assert answer.receipt is not None
    receipt = chain.read_receipt(answer.receipt, first.province_key)
    assert receipt.vector == {first.replica_id: 1}
    assert receipt.epoch == answer.hello.epoch != ""
    certified = {chain.read_certificate(s, first.province_key).replica_id for s in answer.certificates}
    assert certified == {first.replica_id, second.replica_id}


def test_a_request_sent_again_after_a_lost_answer_is_stored_once(server: ServerProcess, pair: Pair) -> None:
    first, _ = pair
    sealed = first.write(change(new_id(), {"head": "甲"}))
    answers = [first.send([sealed]) for _ in range(3)]
    assert [(a.hello.vector, a.refusals) for a in answers] == [({first.replica_id: 1}, [])] * 3
    assert server.counts(first.workspace) == {"household": 1}


def test_one_request_delivered_twice_at_once_is_stored_once(server: ServerProcess, pair: Pair) -> None:
    first, second = pair
    sealed = [first.write(change(new_id(), {"head": f"户{i}"})) for i in range(20)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: first.send(sealed), range(4)))
    assert all(a.hello.vector == {first.replica_id: 20} and not a.refusals for a in answers)
    second.sync()
    assert [s.hash for s in second.held] == [s.hash for s in sealed]
    assert server.counts(first.workspace) == {"household": 20}


def test_a_long_log_arrives_in_several_rounds(pair: Pair) -> None:
    first, second = pair
    random = Random(7)  # incompressible, so that the byte limit is met
    for _ in range(6):
        first.write(change(new_id(), {"note": random.randbytes(400_000).hex()}))
    first.sync()
    answer = second.send()
    assert answer.hello.more
    assert 0 < sum(len(s.body) for s in answer.segments) <= SEND_LIMIT
    second.sync()
    assert [s.hash for s in second.held] == [s.hash for s in first.own]


def test_a_colleague_may_carry_segments_that_their_author_could_not_send(pair: Pair) -> None:
    first, second = pair
    carried = first.write(change(new_id(), {"head": "甲"}))
    answer = second.send([carried])
    assert answer.hello.vector == {first.replica_id: 1}
    assert not answer.refusals


def test_a_client_that_knows_more_than_the_server_is_told_what_it_has(pair: Pair) -> None:
    first, _ = pair
    answer = first.send(vector={first.replica_id: 40, "a replica from nowhere": 7})
    assert answer.hello.vector == {}
    assert answer.segments == []


def test_many_laptops_of_one_village_at_once(server: ServerProcess, village: str) -> None:
    team = [RawLaptop(server.url, village) for _ in range(12)]
    for laptop in team:
        laptop.enrol(server.enrol_code(village))
        for i in range(3):
            laptop.write(*(change(new_id(), {"head": f"户{i}"}) for _ in range(20)))
    with ThreadPoolExecutor(len(team)) as pool:
        list(pool.map(RawLaptop.sync, team))
        list(pool.map(RawLaptop.sync, team))
    assert all(laptop.vector == {member.replica_id: 60 for member in team} for laptop in team)
    assert server.counts(team[0].workspace) == {"household": 12 * 60}
