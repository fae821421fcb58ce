"""A store of every landed revision, with data and unsent changes, upgrades and keeps everything."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from villageapp.models import summaries, upgrade
from villageapp.models.database import connect
from villageapp.models.migrations import LAPTOP_HEAD
from villageapp.models.wreck import Wreck
from villageapp.paths import DataDir
from villageapp.progress import SILENT
from villageapp.services.syncing import state_hash
from villageapp.services.workspace import open_with_key
from villageapp.sync import repair, salvage, store

KEPT = Path(__file__).parents[2] / "databases"
KEY = bytes(32)
_SUMMARIES = "SELECT * FROM household_summary ORDER BY household_id"
HASHES = {
    "0001": ("5625fa66db80b662a64f9bf3d74812e3966ebc2ddfaec2d68d94c490f6c09e0c", 20),
    "0005": ("ef8cf0e7f064ddb93b0ff545c356d6071e4dc5cb84a26d3b9331ca100c5cfc33", 25),
    "0008": ("f86d934157cfb792055d1b1726d620bcb9eddb4b2858a821e186e9990cb422cb", 4),
    "0009": ("eb7c1de979b9929bca7747ad052da02e5ce1d4370655d88a259cffa602e79c07", 6),
    "0010": ("3a6d08e9e20080706a93f833041fbcfac424086b1f3a2535a6df86d0ab8598c0", 3),
}
"""State hash that the program of that revision computed, and how many changes waited to be sent."""


@pytest.mark.parametrize("revision", sorted(HASHES))
def test_what_a_migration_derives_is_what_the_program_derives(tmp_path: Path, revision: str) -> None:
    data_dir = DataDir(tmp_path / "laptop")
    data_dir.create()
    shutil.copyfile(KEPT / f"{revision}.db", data_dir.database)
    work = open_with_key(data_dir, KEY)
    try:
        with work.database.writing() as connection:
            upgraded = connection.exec_driver_sql(_SUMMARIES).all()
            summaries.refresh_all(connection)
            assert upgraded == connection.exec_driver_sql(_SUMMARIES).all()
    finally:
        work.close()


@pytest.mark.parametrize("revision", sorted(HASHES))
def test_a_kept_store_upgrades_with_data_and_unsent_changes(tmp_path: Path, revision: str) -> None:
    data_dir = DataDir(tmp_path / "laptop")
    data_dir.create()
    shutil.copyfile(KEPT / f"{revision}.db", data_dir.database)
    before = data_dir.database.read_bytes()
    work = open_with_key(data_dir, KEY)
    try:
        assert upgrade.current_revision(data_dir.database, KEY, connect) == LAPTOP_HEAD
        expected, waiting = HASHES[revision]
        assert state_hash(work).hash == expected, "every value and register is as it was"
        with work.reading() as connection:
            assert store.pending(connection) == waiting, "unsent changes are still to be sent"
            shown = connection.exec_driver_sql("SELECT count(*) FROM household_summary").scalar()
            searched = connection.exec_driver_sql("SELECT count(*) FROM search_entry").scalar()
        assert shown == 6
        assert searched
        with work.database.writing() as connection:
            assert store.seal_outbox(connection) == waiting
    finally:
        work.close()
    backups = list(data_dir.backups.glob("*.db"))
    if revision == LAPTOP_HEAD:
        assert backups == []
        return
    [backup] = backups
    assert backup.read_bytes() == before, "the store as it was lies in the backups"


@pytest.mark.parametrize("revision", sorted(HASHES))
def test_the_last_unsent_change_is_rescued_from_a_store_of_an_earlier_release(
    tmp_path: Path, revision: str
) -> None:
    """The newer store lacks it; the older one is read as it lies on the disk, with the tables that it has."""
    data_dir = DataDir(tmp_path / "laptop")
    data_dir.create()
    shutil.copyfile(KEPT / f"{revision}.db", data_dir.database)
    shutil.copyfile(KEPT / f"{revision}.db", tmp_path / "wreck.db")
    with open_with_key(data_dir, KEY) as work, Wreck(tmp_path / "wreck.db", KEY) as wreck:
        with work.database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)")
            connection.exec_driver_sql("UPDATE replica SET next_seq = next_seq - 1")
            repair.rebuild(connection)
        expected, waiting = HASHES[revision]
        assert state_hash(work).hash != expected
        done = salvage.take_in(work.database, work.clock, wreck, SILENT)
        assert (done.changes, done.said_again) == (1, 0)
        assert state_hash(work).hash == expected
        with work.reading() as connection:
            assert store.pending(connection) == waiting
