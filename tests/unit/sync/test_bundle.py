"""Sticks between laptops: the same log by another road, in any order, twice, from whoever carries it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from tests.helpers.laptops import PROVINCE, PROVINCE_KEY, certify, household, laptop, meet
from tests.helpers.sticks import Snapshot, add, edit, give, take
from villageapp.errors import AlreadyDone, NotAllowed, SyncError, Trouble, ValidationFailed
from villageapp.models import ids
from villageapp.services.bundles import export_bundle, import_bundle
from villageapp.services.record_status import Place, status_of
from villageapp.services.syncing import conflicts, state_hash
from villageapp.services.workspace import Workspace, open_with_key
from villageapp.sync import chain, store
from villageapp.sync.chain import Signed

Team = tuple[Workspace, Workspace, Workspace]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    works = laptop(tmp_path, "甲"), laptop(tmp_path, "乙"), laptop(tmp_path, "丙")
    certify(*works)
    yield works
    for work in works:
        work.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@contextmanager
def reopened(work: Workspace) -> Iterator[Workspace]:
    """The same folder, opened anew."""
    opened = open_with_key(work.data_dir, bytes(32))
    yield opened
    opened.close()


def equal(*works: Workspace) -> bool:
    return len({state_hash(work).hash for work in works}) == 1


def test_a_stick_brings_everything_and_twice_is_harmless(team: Team, stick: Path) -> None:
    a, b, _ = team
    add(a, *range(1, 700))  # more than one segment
    written = give(a, stick / "a.zcb")
    assert (written.changes, written.blobs, written.bytes) == (699, 0, (stick / "a.zcb").stat().st_size)
    first, second = take(b, stick / "a.zcb"), take(b, stick / "a.zcb")
    assert (first.changes, first.already_known, first.maker) == (699, 0, "甲")
    assert (second.changes, second.already_known, second.missing, second.refused) == (0, 699, (), ())
    assert equal(a, b)
    with b.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM household_summary").scalar() == 699
        assert connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar() == 0


def test_only_what_the_colleagues_are_not_known_to_have_is_written(team: Team, stick: Path) -> None:
    a, b, c = team
    add(a, *range(1, 40))
    give(a, stick / "1.zcb")
    take(b, stick / "1.zcb")
    give(b, stick / "2.zcb")
    take(a, stick / "2.zcb")
    edit(a, 1, phone="13800000001")
    assert give(a, stick / "3.zcb").changes == 40  # 丙 may have nothing yet
    take(c, stick / "3.zcb")
    give(c, stick / "4.zcb")
    take(a, stick / "4.zcb")
    edit(a, 2, phone="13800000002")
    assert give(a, stick / "5.zcb").changes == 2  # 乙 has 39, 丙 40
    assert give(a, stick / "6.zcb", everything=True).changes == 41
    take(b, stick / "5.zcb")
    take(c, stick / "5.zcb")
    assert equal(a, b, c)


def test_three_sticks_between_three_laptops_in_every_order_and_twice(team: Team, stick: Path) -> None:
    a, b, c = team
    for work, start in ((a, 100), (b, 200), (c, 300)):
        add(work, 1, 2, *range(start, start + 5), phone=f"1380000{start:04d}")
        give(work, stick / f"{start}.zcb")
    files = sorted(stick.iterdir())
    orders = list(permutations(files))
    for work, order in zip((a, b, c), orders[::2], strict=True):
        for path in (*order, *reversed(order)):
            take(work, path)
    assert equal(a, b, c)
    assert len(conflicts(a)) == 2  # two households, three phone numbers each
    assert [len(conflict.values) for conflict in conflicts(c)] == [3, 3]
    hashes = set()
    for order in orders[1::2]:
        for path in (*order, *order):
            take(b, path)
        hashes.add(state_hash(b).hash)
    assert hashes == {state_hash(a).hash}


def test_a_gap_is_named_and_changes_nothing(team: Team, stick: Path) -> None:
    a, b, server = team
    add(a, 1, 2, 3)
    meet(a, server)
    add(a, 4)
    assert give(a, stick / "second.zcb", "server").changes == 1
    before = Snapshot.of(b)
    with pytest.raises(SyncError) as refused:
        take(b, stick / "second.zcb")
    assert refused.value.code == "gap"
    assert "甲" in refused.value.message
    assert "第 1 号" in refused.value.message
    assert Snapshot.of(b) == before
    give(a, stick / "all.zcb", everything=True)
    assert take(b, stick / "all.zcb").changes == 4
    assert take(b, stick / "second.zcb").already_known == 1
    assert equal(a, b)


def test_what_fits_is_taken_although_another_part_is_missing(team: Team, stick: Path, tmp_path: Path) -> None:
    a, b, c = team
    server = laptop(tmp_path, "服务器")
    certify(*team, server)
    add(a, 1, 2, 3)
    meet(a, server)
    meet(b, server)
    add(a, 4)
    add(b, 50)
    give(a, stick / "a.zcb", everything=True)
    take(b, stick / "a.zcb")
    assert give(b, stick / "b.zcb", "server").changes == 2
    partly = take(c, stick / "b.zcb")
    assert (partly.changes, len(partly.missing)) == (1, 1)
    assert "甲" in partly.missing[0]
    assert "第 1 号" in partly.missing[0]
    take(c, stick / "a.zcb")
    assert take(c, stick / "b.zcb").missing == ()
    assert equal(b, c)
    server.close()


def test_a_colleague_carries_what_its_author_could_not(team: Team, stick: Path) -> None:
    a, b, c = team
    add(a, *range(1, 41))
    give(a, stick / "a.zcb")
    take(b, stick / "a.zcb")
    a.database.close()  # destroyed
    give(b, stick / "b.zcb")
    report = take(c, stick / "b.zcb")
    assert report.changes == 40
    assert equal(b, c)


def test_own_changes_that_come_back_are_known(team: Team, stick: Path) -> None:
    a, b, _ = team
    add(a, 1, 2)
    give(a, stick / "a.zcb")
    take(b, stick / "a.zcb")
    edit(b, 1, phone="13800000009")
    give(b, stick / "b.zcb", everything=True)
    edit(a, 2, phone="13800000008")  # not sealed yet
    report = take(a, stick / "b.zcb")
    assert (report.changes, report.already_known) == (1, 2)
    give(a, stick / "a2.zcb")
    take(b, stick / "a2.zcb")
    assert equal(a, b)


def test_the_same_changes_by_line_and_by_stick_are_applied_once(team: Team, stick: Path) -> None:
    a, b, _ = team
    add(a, *range(1, 30))
    give(a, stick / "a.zcb")
    edit(a, 3, phone="13800000003")
    meet(a, b)
    report = take(b, stick / "a.zcb")
    assert (report.changes, report.already_known) == (0, 29)
    give(b, stick / "b.zcb", everything=True)
    assert take(a, stick / "b.zcb").changes == 0
    assert equal(a, b)


def test_an_existing_file_is_replaced_only_on_purpose(team: Team, stick: Path) -> None:
    a, _, _ = team
    add(a, 1)
    give(a, stick / "a.zcb")
    before = (stick / "a.zcb").read_bytes()
    with pytest.raises(AlreadyDone) as refused:
        give(a, stick / "a.zcb")
    assert refused.value.code == "file_exists"
    assert (stick / "a.zcb").read_bytes() == before
    give(a, stick / "a.zcb", replace=True)
    assert (stick / "a.zcb").read_bytes() != before
    assert [path.name for path in stick.iterdir()] == ["a.zcb"]


def test_what_cannot_be_exported_or_imported_is_said(team: Team, stick: Path, tmp_path: Path) -> None:
    a, _, _ = team
    stranger = laptop(tmp_path, "未登记", certified=False)
    with pytest.raises(NotAllowed):
        export_bundle(stranger, "colleague", stick / "x.zcb")
    with pytest.raises(NotAllowed):
        import_bundle(stranger, stick / "x.zcb")
    stranger.close()
    with pytest.raises(ValidationFailed):
        export_bundle(a, "everybody", stick / "x.zcb")
    with pytest.raises(ValidationFailed):
        export_bundle(a, "colleague", stick / "x.txt")
    for path, code in ((stick / "gone" / "x.zcb", "no_folder"), (stick, "is_folder")):
        with pytest.raises((Trouble, ValidationFailed)) as refused:
            export_bundle(a, "colleague", path)
        assert refused.value.code in (code, "validation_failed")
    for path, code in ((stick / "none.zcb", "file_missing"), (stick, "is_folder")):
        with pytest.raises(Trouble) as refused:
            import_bundle(a, path)
        assert refused.value.code == code
    assert list(stick.iterdir()) == []


def test_nothing_readable_lies_on_the_stick(team: Team, stick: Path) -> None:
    a, _, _ = team
    add(a, 1, phone="13812345678", village="羊井底村")
    give(a, stick / "a.zcb")
    content = (stick / "a.zcb").read_bytes()
    for text in ("13812345678", "羊井底村", a.identity.workspace, a.identity.replica_id, "149900000000000"):
        assert text.encode() not in content


def test_a_file_names_who_can_open_it(team: Team, stick: Path) -> None:
    a, _, _ = team
    assert give(a, stick / "a.zcb").readers == ("乙", "丙")


def test_two_histories_under_one_number_are_said_and_nothing_is_overwritten(
    team: Team, stick: Path, tmp_path: Path
) -> None:
    a, b, _ = team
    add(a, 1)
    give(a, stick / "before.zcb")
    a.database.settle()
    shutil.copytree(a.data_dir.root, tmp_path / "backup")
    add(a, 2)
    give(a, stick / "first.zcb", everything=True)
    a.close()
    shutil.rmtree(a.data_dir.root)
    shutil.copytree(tmp_path / "backup", a.data_dir.root)
    add(b, 70)
    with reopened(a) as restored:
        add(restored, 3)
        give(restored, stick / "second.zcb", everything=True)
    take(b, stick / "first.zcb")
    before = state_hash(b)
    report = take(b, stick / "second.zcb")
    assert (report.changes, len(report.refused)) == (0, 1)
    assert "甲" in report.refused[0]
    assert state_hash(b) == before
    give(b, stick / "b.zcb", "server")
    with reopened(a) as restored:
        report = take(restored, stick / "b.zcb")
        assert "本机" in report.refused[0]  # the laptop itself learns it too
        assert report.changes == 1
        assert status_of(restored, "household", household(3).id).place is Place.STICK  # not at 乙's
        assert give(restored, stick / "third.zcb").changes == 3


def test_by_line_and_by_stick_at_the_same_time_everything_is_applied_once(team: Team, stick: Path) -> None:
    a, b, _ = team
    add(a, *range(1, 1200))
    give(a, stick / "a.zcb")
    with ThreadPoolExecutor(3) as pool:
        line = pool.submit(meet, b, a)
        sticks = [pool.submit(take, b, stick / "a.zcb") for _ in range(2)]
        reports = [one.result() for one in sticks]
    assert line.result().pulled + sum(report.changes for report in reports) == 1199
    assert equal(a, b)
    with b.reading() as connection:
        assert (
            connection.exec_driver_sql("SELECT sum(last_seq - first_seq + 1) FROM segment").scalar() == 1199
        )


def test_an_old_stick_does_not_bring_back_a_certificate_that_was_renewed(team: Team, stick: Path) -> None:
    a, b, _ = team
    give(a, stick / "a.zcb")
    with b.reading() as connection:
        held = store.certificates(connection, PROVINCE_KEY)[a.identity.replica_id]
    renewed = chain.sign(msgspec.structs.replace(held, valid_to="2105-12-31"), PROVINCE)
    with b.database.writing() as connection:
        store.keep_certificates(connection, [renewed], PROVINCE_KEY)
    take(b, stick / "a.zcb")
    with b.reading() as connection:
        held = store.certificates(connection, PROVINCE_KEY)[a.identity.replica_id]
    assert held.valid_to == "2105-12-31"


def test_a_colleague_whose_laptop_got_a_new_number_is_one_colleague(team: Team, stick: Path) -> None:
    a, b, c = team
    add(a, 1, 2)
    give(a, stick / "a.zcb")
    for name, work in (("b", b), ("c", c)):
        take(work, stick / "a.zcb")
        give(work, stick / f"{name}.zcb")
        take(a, stick / f"{name}.zcb")
    with a.reading() as connection:
        held = store.certificates(connection, PROVINCE_KEY)[b.identity.replica_id]
    renumbered = chain.sign(msgspec.structs.replace(held, replica_id=ids.new_id()), PROVINCE)
    with a.database.writing() as connection:
        store.keep_certificates(connection, [renumbered], PROVINCE_KEY)
    add(a, 3)
    assert give(a, stick / "a2.zcb").changes == 1


def test_a_lost_laptops_work_reaches_a_new_one_by_sticks_alone(
    team: Team, stick: Path, tmp_path: Path
) -> None:
    a, b, _ = team
    add(a, *range(1, 41))
    give(a, stick / "a.zcb")
    take(b, stick / "a.zcb")
    a.close()
    shutil.rmtree(a.data_dir.root)
    new = laptop(tmp_path, "新")
    certify(new)
    with b.reading() as connection:  # what enrolling and one sync taught it; the team has not heard of it yet
        known = [
            Signed(*row) for row in connection.exec_driver_sql("SELECT body, signature FROM certificate")
        ]
    with new.database.writing() as connection:
        store.keep_certificates(connection, known, PROVINCE_KEY)
    give(b, stick / "too early.zcb")
    with pytest.raises(SyncError) as refused:
        take(new, stick / "too early.zcb")
    assert refused.value.code == "not_for_us"
    give(new, stick / "hello.zcb")
    assert take(b, stick / "hello.zcb").maker == "新"
    assert "新" in give(b, stick / "b.zcb").readers
    assert take(new, stick / "b.zcb").changes == 40
    assert equal(b, new)
    new.close()
