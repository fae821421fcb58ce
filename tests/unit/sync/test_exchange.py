"""Two real stores exchange their logs: nothing lost, nothing doubled, equal in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.helpers.laptops import WORKSPACE, Colleague, Quiet, certify, household, laptop, meet
from tests.helpers.peers import hasty
from villageapp.errors import SyncError
from villageapp.models import ids
from villageapp.models.records import Household, Member
from villageapp.services.syncing import conflicts, state_hash
from villageapp.services.workspace import Workspace
from villageapp.sync import capture, chain, protocol, states, store
from villageapp.sync.chain import Sealed
from villageapp.sync.exchange import exchange


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    yield a, b
    a.close()
    b.close()


def add(work: Workspace, *numbers: int, **values: object) -> None:
    with work.transaction() as session:
        session.add_all([household(number, **values) for number in numbers])


def edit(work: Workspace, number: int, **values: object) -> None:
    with work.transaction() as session:
        session.get_one(Household, household(number).id).assign(values)


def phone(work: Workspace, number: int) -> str | None:
    with work.transaction() as session:
        found: str | None = session.get_one(Household, household(number).id).phone
        return found


def equal(a: Workspace, b: Workspace) -> bool:
    return state_hash(a) == state_hash(b)


def test_both_end_equal(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    add(a, *range(1, 700))  # more than one segment
    add(b, *range(1000, 1100))
    outcome = meet(a, b)
    assert (outcome.pushed, outcome.pulled) == (699, 100)
    assert outcome.receipt is not None
    assert equal(a, b)
    with b.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM household_summary").scalar() == 799


def test_a_second_exchange_moves_nothing(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    add(a, 1, 2)
    meet(a, b)
    again = meet(a, b)
    assert (again.pushed, again.pulled) == (2, 0), (
        "pushed counts what the peer acknowledges beyond what was known"
    )
    assert equal(a, b)


def test_the_same_import_on_both_is_not_doubled(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    add(a, 1, 2, 3)
    add(b, 1, 2, 3)
    meet(a, b)
    assert equal(a, b)
    assert conflicts(a) == []
    assert state_hash(a).records == 3


def test_the_same_field_on_both_is_a_conflict_on_both_and_one_choice_settles_it(
    pair: tuple[Workspace, Workspace],
) -> None:
    a, b = pair
    add(a, 1, phone="13800000000")
    meet(a, b)
    edit(a, 1, phone="13811111111")
    edit(b, 1, phone="13822222222")
    meet(a, b)
    assert equal(a, b)
    for work in pair:
        [conflict] = conflicts(work)
        assert {v.value for v in conflict.values} == {"13811111111", "13822222222"}
        assert {v.by for v in conflict.values} == {"甲", "乙"}
    with a.transaction() as session:
        family = session.get_one(Household, household(1).id)
        capture.mark_settled(session, family, ["phone"])
        family.phone = "13833333333"
    meet(b, a)
    assert equal(a, b)
    assert conflicts(a) == conflicts(b) == []
    assert phone(b, 1) == "13833333333"


def test_different_fields_merge(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    add(a, 1)
    meet(a, b)
    edit(a, 1, phone="13811111111")
    edit(b, 1, address="村东头")
    meet(a, b)
    assert equal(a, b)
    assert conflicts(a) == []


def test_delete_against_edit_lives_and_asks(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    add(a, 1)
    meet(a, b)
    with a.transaction() as session:
        capture.delete(session, session.get_one(Household, household(1).id))
    edit(b, 1, phone="13811111111")
    meet(a, b)
    assert equal(a, b)
    for work in pair:
        assert [c.field for c in conflicts(work)] == ["deleted"]
        with work.transaction() as session:
            assert not session.get_one(Household, household(1).id).deleted


def test_an_answer_cut_anywhere_keeps_its_whole_frames_and_the_next_try_completes(
    pair: tuple[Workspace, Workspace], tmp_path: Path
) -> None:
    _, b = pair
    add(b, 1, 2, 3)
    whole = len(Colleague(b).exchange(WORKSPACE, _empty_request(b)))
    for number, cut in enumerate((0, 1, 5, whole // 2, whole - 1)):
        fresh = laptop(tmp_path, f"丙{number}")
        certify(fresh, b)
        for limit in (cut, None):
            with suppress(SyncError):
                exchange(fresh.database, fresh.clock, Colleague(b, limit), {}, "test", Quiet(), hasty())
            assert state_hash(fresh).records in (0, 3), "a segment is taken whole or not at all"
        assert equal(fresh, b)
        fresh.close()


def _empty_request(work: Workspace) -> bytes:
    hello = protocol.Hello(work.identity.workspace, work.identity.replica_id, {}, 0, 1, "test")
    return protocol.encode(protocol.Message(hello))


def sealed(work: Workspace) -> list[Sealed]:
    with work.database.writing() as connection:
        store.seal_outbox(connection)
        return store.segments_for(connection, {}, 10**9)[0]


def refused(work: Workspace, *segments: Sealed) -> list[str]:
    with work.database.writing() as connection:
        return [r.code for r in store.take(connection, segments, work.clock).refused]


def test_a_flipped_bit_or_forged_signature_is_refused(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    add(a, 1)
    [good] = sealed(a)
    flipped = Sealed(good.header, good.body[:-1] + bytes([good.body[-1] ^ 1]), good.signature)
    forged = Sealed(good.header, good.body, bytes(64))
    assert refused(b, flipped) == [chain.Refused.BAD_SIGNATURE]
    assert refused(b, forged) == [chain.Refused.BAD_SIGNATURE]
    assert state_hash(b).records == 0
    assert refused(b, good, good) == []
    assert state_hash(b).records == 1


def test_a_stranger_is_refused(pair: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    _, b = pair
    stranger = laptop(tmp_path, "丙")
    add(stranger, 9)
    assert refused(b, *sealed(stranger)) == [chain.Refused.NOT_ENROLLED]
    stranger.close()


def test_an_unreadable_segment_does_not_block_the_others(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    add(a, 1)
    [good] = sealed(a)
    assert refused(b, Sealed(b"\xff", b"", b""), good) == [chain.Refused.MALFORMED]
    assert equal(a, b)


def test_a_gap_is_named_and_filled_later(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    add(a, 1)
    [first] = sealed(a)
    add(a, 2)
    second = sealed(a)[1]
    assert refused(b, second) == [chain.Refused.GAP]
    assert refused(b, first, second) == []
    assert equal(a, b)


def test_a_laptop_before_enrolment_seals_nothing(tmp_path: Path) -> None:
    work = laptop(tmp_path, "未登记", certified=False)
    add(work, 1)
    assert sealed(work) == []
    with work.reading() as connection:
        assert store.pending(connection) == 1
    work.close()


def test_an_unknown_field_and_entity_are_kept_as_they_came(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    add(a, 1)
    with a.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO outbox VALUES (2, 5, 'x', 'household', ?, 'set', '{\"from_the_future\": \"1\"}', '{}')",
            (household(1).id,),
        )
        connection.exec_driver_sql(
            "INSERT INTO outbox VALUES (3, 6, 'x', 'orchard', '01900000-0000-7000-8000-00000000bbbb', 'set',"
            " '{\"trees\": 7}', '{}')"
        )
    assert refused(b, *sealed(a)) == []
    with b.reading() as connection:
        kept = connection.exec_driver_sql("SELECT entity, fields FROM record_state ORDER BY entity").all()
    assert "from_the_future" in kept[0][1]
    assert kept[1][0] == "orchard"
    assert "7" in kept[1][1]


def test_a_value_that_waited_for_a_newer_version_gets_its_column(pair: tuple[Workspace, Workspace]) -> None:
    a, _ = pair
    add(a, 1)
    register = '{"phone":{"h":[[9,"r",1,"13800000000"]]}}'  # as an older version kept a field it did not know
    with a.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE record_state SET fields = ? WHERE entity = 'household'", (register,)
        )
        connection.exec_driver_sql("PRAGMA user_version = 0")
    with a.database.writing() as connection:
        assert states.catch_up(connection)
        assert not states.catch_up(connection)
    assert phone(a, 1) == "13800000000"


def test_a_colleague_s_record_without_its_name_does_not_block_sync(pair: tuple[Workspace, Workspace]) -> None:
    a, b = pair
    nameless = Member(id=ids.new_id(), household_id=household(1).id, relation="户主")
    with a.transaction() as session:
        session.add_all([household(1), nameless])
    meet(a, b)
    assert equal(a, b)
