"""The encrypted store: nothing readable on disk, no lost update, every failure a sentence with a remedy."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import text

from tests.helpers.laptops import household, laptop
from villageapp.errors import Trouble
from villageapp.models import database
from villageapp.models.database import Database, connect
from villageapp.models.records import Household

KEY = bytes(32)


def test_no_plain_text_of_a_household_on_disk(tmp_path: Path) -> None:
    work = laptop(tmp_path, "a")
    marker = "独一无二的备注文字"
    with work.transaction() as session:
        session.add(household(1, note=marker, phone="13800000000"))
    folder = tmp_path / "a"
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in (marker.encode(), b"13800000000", b"SQLite format 3", household(1).national_hh_no.encode()):
        assert secret not in content
    work.close()


def test_the_store_is_wal_with_full_sync_and_foreign_keys(tmp_path: Path) -> None:
    store = Database(tmp_path / "village.db", KEY)
    with store.reading() as connection:
        pragmas = {
            p: connection.exec_driver_sql(f"PRAGMA {p}").scalar()
            for p in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    store.close()


def test_a_window_bounds_its_caches_but_not_while_it_takes_in_much(tmp_path: Path) -> None:
    store = Database(tmp_path / "village.db", KEY)
    limit = "PRAGMA soft_heap_limit"
    try:
        with store.reading() as connection:
            assert connection.exec_driver_sql(limit).scalar() == 0, "a command line needs no bound"
        store.keep_small()
        with store.reading() as connection:
            assert connection.exec_driver_sql(limit).scalar() == database.ALL_CACHES
        with store.writing() as connection:
            assert connection.exec_driver_sql(limit).scalar() == 0
        with pytest.raises(LookupError), store.writing():
            raise LookupError
        with store.reading() as connection:
            assert connection.exec_driver_sql(limit).scalar() == database.ALL_CACHES
    finally:
        with store.reading() as connection:
            connection.exec_driver_sql(f"{limit} = 0")
        store.close()


def test_four_threads_lose_no_update(tmp_path: Path) -> None:
    work = laptop(tmp_path, "a")
    with work.transaction() as session:
        session.add(household(1, registered_population=0))

    def count_up() -> None:
        for _ in range(25):
            with work.transaction() as session:
                family = session.get_one(Household, household(1).id)
                family.registered_population += 1

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with work.transaction() as session:
        assert session.get_one(Household, household(1).id).registered_population == 100
    work.close()


def test_a_reader_sees_one_moment(tmp_path: Path) -> None:
    work = laptop(tmp_path, "a")
    with work.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM household")).scalar() == 0
        with work.transaction() as session:
            session.add(household(1))
        assert connection.execute(text("SELECT count(*) FROM household")).scalar() == 0
    work.close()


@pytest.mark.parametrize("damage", [b"", b"garbage" * 1000])
def test_a_damaged_file_is_named_and_not_altered(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "village.db"
    Database(path, KEY).close()
    content = damage or path.read_bytes()[:700] + os.urandom(3000)
    path.write_bytes(content)
    with pytest.raises(Trouble, match=r"village\.db 已损坏") as told:
        Database(path, KEY)
    assert told.value.remedy
    assert path.read_bytes() == content


def test_the_wrong_key_does_not_open(tmp_path: Path) -> None:
    Database(tmp_path / "village.db", KEY).close()
    with pytest.raises(Trouble):
        Database(tmp_path / "village.db", bytes([1]) * 32)


def test_a_full_disk_says_what_was_kept(tmp_path: Path) -> None:
    work = laptop(tmp_path, "a")
    with work.transaction() as session:
        session.add(household(1))
    with work.reading() as connection:
        raw = connection.connection.dbapi_connection
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    with pytest.raises(Trouble, match="磁盘已满") as told, work.transaction() as session:
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        session.add_all([household(n, note="长备注" * 600) for n in range(2, 400)])
    assert told.value.code == "disk_full"
    with work.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM household").scalar() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar() == 1
    assert raw is not None
    work.close()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "no space"), "disk_full"),
        (sqlcipher.OperationalError("database is locked"), "store_busy"),
        (sqlcipher.DatabaseError("database disk image is malformed"), "store_damaged"),
        (sqlcipher.OperationalError("attempt to write a readonly database"), "store_unwritable"),
        (sqlcipher.OperationalError("disk I/O error"), "store_error"),
    ],
)
def test_what_low_level_failures_mean(error: Exception, code: str) -> None:
    told = database.trouble(error, Path("village.db"))
    assert told.code == code
    assert told.remedy


def test_a_killed_writer_leaves_the_old_state_whole(tmp_path: Path) -> None:
    work = laptop(tmp_path, "a")
    with work.transaction() as session:
        session.add(household(1))
    work.close()
    script = (
        "import os, sys; from pathlib import Path; sys.path.insert(0, os.getcwd())\n"
        "from villageapp.models.database import Database\n"
        f"store = Database(Path({str(work.data_dir.database)!r}), bytes(32))\n"
        "with store.writing() as c:\n"
        "    c.exec_driver_sql(\"UPDATE household SET phone = 'half'\")\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False)
    assert ended.returncode == -9
    raw = connect(work.data_dir.database, KEY)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert raw.execute("SELECT phone FROM household").fetchall() == [(None,)]
    raw.close()
