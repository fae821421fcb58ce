"""A damaged store is rescued: a backup, and all that the damaged file still says."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from tests.helpers.damage import PAGE, harm, pages, said, share
from tests.helpers.laptops import PROVINCE, PROVINCE_KEY, Quiet
from tests.helpers.stores import PASSPHRASE, PLACE, StoreTemplate, family_id
from villageapp.errors import Cancelled, NotAllowed, NotFound, Trouble
from villageapp.models import ids, lent_pages
from villageapp.models.log import Certificate, Replica
from villageapp.models.records import Household, Member, Visit
from villageapp.models.wreck import Wreck, quiet
from villageapp.paths import DataDir
from villageapp.services import backups, households, rescuing, syncing, undoing
from villageapp.services.workspace import Workspace, open_with_key, open_workspace
from villageapp.sync import capture, chain, log_check, salvage, store

BACKUP = "one.zcbak"
PROBED = int(os.environ.get("VILLAGEAPP_PAGES", "10"))
"""Pages that are damaged, one at a time, in a test; there are some 600."""


def number(count: int) -> str:
    return f"1499{count + 1000:012d}"


def certified(work: Workspace) -> None:
    """The laptop is enrolled, so that it seals what it writes."""
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        replica.enrolled, replica.province_key = 1, PROVINCE_KEY
        certificate = chain.Certificate(
            replica.replica_id,
            replica.workspace,
            bytes(SigningKey(replica.sign_key).verify_key),
            bytes(PrivateKey(replica.box_key).public_key),
            replica.user_id,
            "周队员",
            "工作队员",
            "2022-01-01",
            "2099-12-31",
        )
        signed = chain.sign(certificate, PROVINCE)
        session.merge(
            Certificate(replica_id=replica.replica_id, body=signed.body, signature=signed.signature)
        )


def add(work: Workspace, *counts: int) -> None:
    """Households with a member and two visits each, in one commit."""
    with work.transaction() as session:
        for count in counts:
            home = Household(id=family_id(number(count)))
            home.assign(
                {**PLACE, "national_hh_no": number(count), "status": "在册", "note": f"第{count}户" * 8}
            )
            person = Member(id=ids.new_id())
            person.assign({"household_id": home.id, "name": "赵演示", "relation": "户主", "id_type": "01"})
            session.add_all([home, person])
            for day in (1, 2):
                visit = Visit(id=ids.new_id())
                visit.assign({"household_id": home.id, "note": f"{count}-{day} 走访记事" * 12})
                session.add(visit)


def seal(work: Workspace) -> None:
    with work.database.writing() as connection:
        store.seal_outbox(connection)


def a_month(work: Workspace, start: int) -> None:
    """New households, edits, a deletion, an edit taken back; sealed now and then as by exchanges."""
    for block in range(4):
        first = start + block * 12
        add(work, *range(first, first + 12))
        households.change(work, family_id(number(first)), {"phone": f"1390000{first:04}"})
        if block % 2:
            seal(work)
        with work.transaction() as session:
            capture.delete(session, session.get_one(Household, family_id(number(first + 3))))
        households.change(work, family_id(number(first + 1)), {"address": f"{first} 号"})
        undoing.undo(work)


@pytest.fixture(params=["alone", "enrolled"])
def store_of_a_month(
    request: pytest.FixtureRequest, template: StoreTemplate, tmp_path: Path
) -> tuple[DataDir, bytes]:
    """A store with a month before its backup and a month after it, closed; the key of it."""
    with template.open_copy(tmp_path / "store") as work:
        if request.param == "enrolled":
            certified(work)
        a_month(work, 0)
        backups.create(work, tmp_path / BACKUP)
        a_month(work, 100)
        seal(work)
        a_month(work, 200)
        work.database.settle()
    return DataDir(tmp_path / "store"), template.key


@pytest.fixture
def wanted(store_of_a_month: tuple[DataDir, bytes]) -> dict[tuple[str, str], dict[str, object]]:
    """What every record says before anything is damaged."""
    with open_with_key(*store_of_a_month) as work:
        return said(work)


def test_one_damaged_page_whichever_it_is_loses_nothing(
    store_of_a_month: tuple[DataDir, bytes],
    wanted: dict[tuple[str, str], dict[str, object]],
    tmp_path: Path,
) -> None:
    """What somebody wrote stands in the log and in its record: one page never holds both."""
    data_dir, key = store_of_a_month
    backups.restore(tmp_path / BACKUP, DataDir(tmp_path / "older"), PASSPHRASE)
    many = range(1, pages(data_dir.database) + 1)
    lost = {}
    for page in [1, *random.Random(7).sample(many, min(PROBED, len(many)))]:
        copy, place = tmp_path / "copy.db", DataDir(tmp_path / f"new-{page}")
        shutil.copy(data_dir.database, copy)
        harm(copy, [page])
        shutil.copytree(tmp_path / "older", place.root)
        with quiet():
            lent_pages.lend(copy, place.database, key)
        with Wreck(copy, key) as wreck, open_with_key(place, key) as work:
            salvage.take_in(work.database, work.clock, wreck, Quiet())
            if said(work) != wanted:
                lost[page] = share(wanted, said(work))
            seal(work)
            with work.reading() as connection:
                assert log_check.verify(connection).broken == ()
        shutil.rmtree(place.root)
    assert lost == {}


def test_without_any_backup_one_damaged_page_loses_nothing_either(
    store_of_a_month: tuple[DataDir, bytes],
    wanted: dict[tuple[str, str], dict[str, object]],
    tmp_path: Path,
) -> None:
    """But for the pages without which nothing is read, and the one row that says who this laptop is."""
    data_dir, key = store_of_a_month
    shutil.copy(data_dir.database, tmp_path / "probe.db")
    with quiet():
        lists = lent_pages.list_pages(tmp_path / "probe.db", key)
    many = [page for page in range(1, pages(data_dir.database) + 1) if page not in lists]
    lost: dict[int, object] = {}
    for page in random.Random(11).sample(many, min(PROBED, len(many))):
        place = DataDir(tmp_path / f"new-{page}")
        shutil.copytree(data_dir.root, place.root)
        harm(place.database, [page])
        damaged = place.database.read_bytes()
        try:
            report = rescuing.rescue(None, place, PASSPHRASE)
        except Trouble as error:
            assert error.code == "store_unreadable"
            assert place.database.read_bytes() == damaged
            lost[page] = error.code
        else:
            assert (Path(report.kept) / "village.db").read_bytes() == damaged
            with open_with_key(place, key) as work:
                if said(work) != wanted:
                    lost[page] = share(wanted, said(work))
                seal(work)
                with work.reading() as connection:
                    broken = log_check.verify(connection).broken
                    if connection.exec_driver_sql("SELECT count(*) FROM certificate").scalar_one():
                        assert broken == ()  # else it stood on that page, and comes again with the next sync
        shutil.rmtree(place.root)
    assert len(lost) <= 2
    assert set(lost.values()) <= {"store_unreadable"}


def test_a_whole_store_rescued_without_a_backup_is_the_same_store(
    store_of_a_month: tuple[DataDir, bytes],
) -> None:
    data_dir, key = store_of_a_month
    with open_with_key(data_dir, key) as work:
        before, identity = syncing.state_hash(work).hash, work.identity
    report = rescuing.rescue(None, data_dir, PASSPHRASE)
    assert (report.holes, report.said_again, report.backup) == (0, 0, None)
    assert "没有用备份" in rescuing.sentence(report)
    with open_workspace(data_dir, PASSPHRASE) as work:
        assert syncing.state_hash(work).hash == before
        assert work.identity == identity
        add(work, 500)
    with pytest.raises(NotAllowed, match="口令不对"):
        rescuing.rescue(None, data_dir, "不是这个口令啊")


@pytest.mark.parametrize("seed", range(2))
def test_of_many_damaged_pages_what_is_read_is_true_and_the_damaged_file_is_kept(
    store_of_a_month: tuple[DataDir, bytes],
    wanted: dict[tuple[str, str], dict[str, object]],
    tmp_path: Path,
    seed: int,
) -> None:
    data_dir, key = store_of_a_month
    backups.restore(tmp_path / BACKUP, DataDir(tmp_path / "older"), PASSPHRASE)
    with open_with_key(DataDir(tmp_path / "older"), key) as work:
        older = said(work)
    harm(data_dir.database, random.Random(seed).sample(range(1, pages(data_dir.database) + 1), 6))
    damaged = data_dir.database.read_bytes()
    report = rescuing.rescue(tmp_path / BACKUP, data_dir, PASSPHRASE)
    assert (Path(report.kept) / "village.db").read_bytes() == damaged
    assert sorted(p.name for p in data_dir.root.iterdir() if p.name.startswith(".")) == []
    with open_workspace(data_dir, PASSPHRASE) as work:
        found = said(work)
        for key, values in found.items():
            known = (wanted.get(key, {}), older.get(key, {}))
            assert all(v in [one.get(n) for one in known] for n, v in values.items() if key in wanted), key
        assert found.keys() >= older.keys() & wanted.keys(), "less than the backup"
        first = syncing.state_hash(work).hash
        with work.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert log_check.verify(connection).broken == ()
    again = rescuing.rescue(tmp_path / BACKUP, data_dir, PASSPHRASE)
    assert (again.holes, again.said_again) == (0, 0)
    with open_workspace(data_dir, PASSPHRASE) as work:
        assert syncing.state_hash(work).hash == first, "the second rescue doubled something"


def test_a_whole_store_comes_back_as_it_is_with_what_the_log_has_not_yet_in_the_file(
    template: StoreTemplate, tmp_path: Path
) -> None:
    """Pulled out of the running program: the newest commits lie in the write-ahead log."""
    work = template.open_copy(tmp_path / "store")
    add(work, 1)
    backups.create(work, tmp_path / BACKUP)
    add(work, 2)
    before = syncing.state_hash(work).hash
    place = DataDir(tmp_path / "pulled")
    shutil.copytree(work.data_dir.root, place.root)
    work.close()
    assert Path(f"{place.database}-wal").stat().st_size > 0
    report = rescuing.rescue(tmp_path / BACKUP, place, PASSPHRASE)
    assert (report.changes, report.said_again, report.holes) == (4, 0, 0)
    with open_workspace(place, PASSPHRASE) as rescued:
        assert syncing.state_hash(rescued).hash == before
        add(rescued, 3)


@pytest.mark.parametrize("length", [16, 4096])
def test_a_file_whose_beginning_is_gone_is_read_with_the_beginning_of_the_backup(
    template: StoreTemplate, tmp_path: Path, length: int
) -> None:
    """The salt, or the whole first page: of these the backup has the same."""
    with template.open_copy(tmp_path / "store") as work:
        add(work, *range(20))
        backups.create(work, tmp_path / BACKUP)
        add(work, *range(20, 90))
        before = said(work)
        work.database.settle()
    data_dir = DataDir(tmp_path / "store")
    with data_dir.database.open("r+b") as file:
        file.write(bytes(length))
    damaged = data_dir.database.read_bytes()
    report = rescuing.rescue(tmp_path / BACKUP, data_dir, PASSPHRASE)
    assert (Path(report.kept) / "village.db").read_bytes() == damaged
    with open_workspace(data_dir, PASSPHRASE) as work:
        assert said(work) == before
        assert syncing.state_hash(work).records >= 70


def test_pages_of_data_are_never_lent(template: StoreTemplate, tmp_path: Path) -> None:
    """An old value must not pass for a new one: what is not of the list of tables stays unreadable."""
    with template.open_copy(tmp_path / "store") as work:
        add(work, *range(40))
        work.database.settle()
        shutil.copy(work.data_dir.database, tmp_path / "older.db")
        copy = tmp_path / "copy.db"
        shutil.copy(work.data_dir.database, copy)
    whole = copy.read_bytes()
    harm(copy, range(1, pages(copy) + 1))
    with quiet():
        lent = lent_pages.lend(copy, tmp_path / "older.db", template.key)
    same = [n for n in range(pages(copy)) if copy.read_bytes()[n * PAGE :][:PAGE] == whole[n * PAGE :][:PAGE]]
    assert len(same) == lent < 40


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_cannot_be_done_changes_nothing(template: StoreTemplate, tmp_path: Path) -> None:
    with template.open_copy(tmp_path / "store") as work:
        backups.create(work, tmp_path / BACKUP)
        add(work, 1)
        work.database.settle()
    data_dir = DataDir(tmp_path / "store")
    before = _tree(data_dir.root)
    with pytest.raises(NotAllowed, match="口令不对"):
        rescuing.rescue(tmp_path / BACKUP, data_dir, "不是这个口令啊")
    with pytest.raises(NotFound, match="没有找到备份"):
        rescuing.rescue(tmp_path / "none.zcbak", data_dir, PASSPHRASE)
    broken = tmp_path / "broken.zcbak"
    broken.write_bytes((tmp_path / BACKUP).read_bytes()[:-PAGE])
    with pytest.raises(Trouble, match="已损坏或不完整"):
        rescuing.rescue(broken, data_dir, PASSPHRASE)

    class Impatient(Quiet):
        def check_cancelled(self) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        rescuing.rescue(tmp_path / BACKUP, data_dir, PASSPHRASE, Impatient())
    assert _tree(data_dir.root) == before
    with pytest.raises(NotFound, match="没有可抢救的内容"):
        rescuing.rescue(tmp_path / BACKUP, DataDir(tmp_path / "empty"), PASSPHRASE)
    keys_file = data_dir.key_slots.read_bytes()
    data_dir.key_slots.unlink()
    with pytest.raises(NotFound, match="没有密钥文件"):
        rescuing.rescue(None, data_dir, PASSPHRASE)
    data_dir.key_slots.write_bytes(keys_file)
    data_dir.database.write_bytes(os.urandom(100 * PAGE))
    before = _tree(data_dir.root)
    with pytest.raises(Trouble, match="读不出来") as told:
        rescuing.rescue(tmp_path / BACKUP, data_dir, PASSPHRASE)
    assert told.value.code == "store_unreadable"
    assert _tree(data_dir.root) == before


def test_photos_that_the_backup_has_not_come_along(template: StoreTemplate, tmp_path: Path) -> None:
    with template.open_copy(tmp_path / "store") as work:
        backups.create(work, tmp_path / BACKUP)
    data_dir, name = DataDir(tmp_path / "store"), "ab" * 32
    photo = data_dir.blobs / name[:2] / name
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"photo")
    report = rescuing.rescue(tmp_path / BACKUP, data_dir, PASSPHRASE)
    assert (report.photos, report.photos_lost) == (1, 0)
    assert photo.read_bytes() == b"photo"
    assert (Path(report.kept) / "blobs" / name[:2] / name).read_bytes() == b"photo"
