"""A revoked laptop: what it delivered stays, what comes later waits for a person, wherever it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from tests.helpers.servers import ServerProcess
from tests.postgres.laptops import RawLaptop, change
from villageapp.errors import NotAllowed, NotFound, Trouble
from villageapp.models.ids import new_id
from villageapp.server import admin, quarantine
from villageapp.server.accounts import Office
from villageapp.server.opening import Province, open_province
from villageapp.sync.chain import Sealed

Pair = tuple[RawLaptop, RawLaptop]
ALL = Office("test", "14", True)


@contextmanager
def opened(server: ServerProcess) -> Iterator[Province]:
    with open_province(server.data_dir, server.dsn) as province:
        yield province


def write(laptop: RawLaptop, number: int) -> list[Sealed]:
    return [laptop.write(change(new_id(), {"head": f"户{i}"})) for i in range(number)]


def revoke(server: ServerProcess, laptop: RawLaptop) -> None:
    admin.revoke(server.data_dir, server.dsn, laptop.replica_id)


def waiting(province: Province, laptop: RawLaptop) -> tuple[int, int]:
    with province.engine.connect() as connection:
        rows = [r for r in quarantine.listing(connection) if r["replica_id"] == laptop.replica_id]
    return (rows[0]["segments"], rows[0]["changes"]) if rows else (0, 0)


def test_forty_changes_of_a_revoked_laptop_wait_and_are_applied_once_when_released(
    server: ServerProcess, pair: Pair
) -> None:
    lost, colleague = pair
    lost.send(write(lost, 2))
    revoke(server, lost)
    late = write(lost, 40)
    said = lost.send(late)
    assert {r.code for r in said.refusals} == {"revoked"}
    assert said.segments == []
    lost.send(late)  # again: kept once
    colleague.sync()
    assert server.counts(lost.workspace) == {"household": 2}
    with opened(server) as province:
        assert waiting(province, lost) == (40, 40)
        assert quarantine.release(province, lost.replica_id, ALL) == {
            "segments": 40, "changes": 40, "left": 0,
        }  # fmt: skip
        assert waiting(province, lost) == (0, 0)
        with pytest.raises(NotFound):
            quarantine.release(province, lost.replica_id, ALL)
    assert server.counts(lost.workspace) == {"household": 42}
    colleague.sync()
    assert colleague.vector[lost.replica_id] == 42
    assert [r for r in lost.send(late).refusals if r.first_seq] == []  # known by now


def test_a_colleague_still_delivers_what_was_written_before_and_later_work_waits(
    server: ServerProcess, pair: Pair
) -> None:
    lost, colleague = pair
    early = write(lost, 2)
    colleague.send(early)
    revoke(server, lost)
    late = write(lost, 1)
    answer = colleague.send([*early, *late])
    assert [(r.first_seq, r.code) for r in answer.refusals] == [(3, "revoked")]
    with opened(server) as province:
        assert waiting(province, lost) == (1, 1)


def test_segments_that_come_out_of_order_wait_and_are_released_in_order(
    server: ServerProcess, pair: Pair
) -> None:
    lost, colleague = pair
    revoke(server, lost)
    first, second, third = write(lost, 3)
    colleague.send([third])
    with opened(server) as province:
        with pytest.raises(Trouble) as caught:
            quarantine.release(province, lost.replica_id, ALL)
        assert caught.value.code == "does_not_fit"
        assert waiting(province, lost) == (1, 1)
        colleague.send([first])
        assert quarantine.release(province, lost.replica_id, ALL)["left"] == 1
        colleague.send([second])
        assert quarantine.release(province, lost.replica_id, ALL) == {
            "segments": 2, "changes": 2, "left": 0,
        }  # fmt: skip
    assert server.counts(lost.workspace) == {"household": 3}


def test_two_different_contents_under_one_number_are_both_kept(server: ServerProcess, pair: Pair) -> None:
    lost, colleague = pair
    revoke(server, lost)
    restored = RawLaptop(lost.url, lost.village, lost.replica_id, lost.key, lost.workspace, lost.token)
    one, other = write(lost, 1), write(restored, 1)
    colleague.send(one)
    colleague.send(other)
    with opened(server) as province:
        assert waiting(province, lost) == (2, 2)
        assert quarantine.release(province, lost.replica_id, ALL)["left"] == 1
        assert waiting(province, lost) == (1, 1)
        assert quarantine.release(province, lost.replica_id, ALL) == {"segments": 1, "changes": 1, "left": 0}
    assert server.counts(lost.workspace) == {"household": 2}
    colleague.sync()
    assert sum(colleague.vector.values()) == 2
    assert len(colleague.vector) == 2, "the second one has a number of its own"


def machines(server: ServerProcess, lost: RawLaptop, common: int) -> RawLaptop:
    """A second machine with the same disk; both have delivered the same."""
    shared = write(lost, common)
    lost.send(shared)
    other = RawLaptop(lost.url, lost.village, lost.replica_id, lost.key, lost.workspace, lost.token)
    other.own, other.vector = list(shared), dict(lost.vector)
    return other


def branches(province: Province, laptop: RawLaptop) -> list[dict[str, object]]:
    with province.engine.connect() as connection:
        rows = [r for r in quarantine.listing(connection) if r["replica_id"] == laptop.replica_id]
    return rows[0]["branches"] if rows else []


def test_two_machines_of_a_revoked_number_hand_over_and_the_office_chooses(
    server: ServerProcess, pair: Pair
) -> None:
    lost, colleague = pair
    other = machines(server, lost, 2)
    lost.send(write(lost, 1))
    revoke(server, lost)
    said = lost.send(write(lost, 2))
    assert {r.code for r in said.refusals} == {"revoked"}
    mine = write(other, 3)
    said = other.send(mine)
    assert {r.code for r in said.refusals} == {"revoked"}, "not fork: nobody gives it a new number"
    ends = {(seq, digest) for seq, digest in (said.hello.kept or {})[lost.replica_id]}
    assert (5, mine[-1].hash) in ends
    with opened(server) as province:
        found = branches(province, lost)
        assert sorted((b["segments"], b["first_seq"]) for b in found) == [(2, 4), (3, 3)]
        [theirs] = [b["branch"] for b in found if b["segments"] == 3]
        with pytest.raises(NotFound):
            quarantine.release(province, lost.replica_id, ALL, "00000000")
        assert quarantine.release(province, lost.replica_id, ALL, str(theirs)) == {
            "segments": 3, "changes": 3, "left": 2,
        }  # fmt: skip
        assert quarantine.discard(province, lost.replica_id, ALL, str(branches(province, lost)[0]["branch"]))
        assert waiting(province, lost) == (0, 0)
    assert server.counts(lost.workspace) == {"household": 6}
    colleague.sync()
    assert sorted(colleague.vector.values()) == [3, 3]


def test_an_office_chooses_over_the_line(server: ServerProcess, pair: Pair) -> None:
    lost, colleague = pair
    other = machines(server, lost, 1)
    revoke(server, lost)
    colleague.send(write(lost, 1))
    other.send(write(other, 2))
    [row] = [r for r in server.ask("quarantine") if r["replica_id"] == lost.replica_id]
    assert (row["segments"], len(row["branches"])) == (3, 2)
    [chosen] = [b["branch"] for b in row["branches"] if b["segments"] == 2]
    token = (server.data_dir / "admin.token").read_text().strip()
    answer = httpx.post(
        f"{server.url}/admin/v1/quarantine/{lost.replica_id}/release",
        params={"branch": chosen},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.json() == {"segments": 2, "changes": 2, "left": 1}


def test_everybody_is_told_what_is_kept_as_far_as_they_have_it(server: ServerProcess, pair: Pair) -> None:
    lost, colleague = pair
    lost.send(write(lost, 1))
    assert colleague.send().hello.kept == {}
    revoke(server, lost)
    first, second, third = write(lost, 3)
    colleague.vector[lost.replica_id] = 3
    answer = colleague.send([first, second])
    assert answer.hello.kept == {lost.replica_id: [(3, second.hash)]}
    lost.send([third])
    assert colleague.send().hello.kept == {lost.replica_id: [(3, second.hash)]}, "not what it does not have"
    colleague.vector[lost.replica_id] = 2
    assert colleague.send().hello.kept == {lost.replica_id: [(2, first.hash)]}
    colleague.vector = {lost.replica_id: 2**62, "no id": 2**63 - 1, "x": -1}
    assert colleague.send().hello.kept == {lost.replica_id: [(4, third.hash)]}
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        connection.execute("DELETE FROM quarantine WHERE replica_id = %s", [lost.replica_id])
    assert colleague.send().hello.kept == {}


def test_discarding_marks_and_deletes_nothing(server: ServerProcess, pair: Pair) -> None:
    lost, colleague = pair
    revoke(server, lost)
    colleague.send(write(lost, 2))
    with opened(server) as province:
        assert quarantine.discard(province, lost.replica_id, ALL) == {"segments": 2}
        assert waiting(province, lost) == (0, 0)
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        kept = connection.execute(
            "SELECT count(*) FROM quarantine WHERE replica_id = %s AND discarded_at IS NOT NULL",
            [lost.replica_id],
        ).fetchone()
        told = connection.execute(
            "SELECT action, who FROM audit WHERE subject = %s ORDER BY at", [lost.replica_id]
        ).fetchall()
    assert kept == (2,)
    assert [action for action, _ in told][-2:] == ["revoked", "quarantine_discarded"]
    assert told[-1][1] == "test"
    assert told[-2][1].startswith("console:")


def test_an_office_decides_only_in_its_division_and_only_if_it_may_act(
    server: ServerProcess, pair: Pair
) -> None:
    lost, colleague = pair
    revoke(server, lost)
    colleague.send(write(lost, 1))
    with opened(server) as province:
        with pytest.raises(NotFound):
            quarantine.release(province, lost.replica_id, Office("else", "140105", True))
        with pytest.raises(NotAllowed):
            quarantine.discard(province, lost.replica_id, Office("viewer", "149901", False))
        assert waiting(province, lost) == (1, 1)
        with province.engine.connect() as connection:
            assert quarantine.listing(connection, "140105") == []


def test_a_forged_segment_does_not_even_reach_the_quarantine(server: ServerProcess, pair: Pair) -> None:
    lost, colleague = pair
    revoke(server, lost)
    forger = RawLaptop(lost.url, lost.village, lost.replica_id, workspace=lost.workspace)
    assert [r.code for r in colleague.send(write(forger, 1)).refusals] == ["bad_signature"]
    with opened(server) as province:
        assert waiting(province, lost) == (0, 0)
