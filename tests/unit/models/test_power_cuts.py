"""The power fails while a store is written: pages that were not flushed are lost, torn, or arrive in another order."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.helpers import power_cuts
from tests.helpers.laptops import STORE_KEY, laptop
from tests.helpers.power_cuts import Deed, Disk
from tests.helpers.saving import MANY
from villageapp.errors import AppError
from villageapp.models.database import Database, connect
from villageapp.paths import DataDir

SAVES, CUTS = 40, 250
FILES = ("village.db", "village.db-wal")
_RECORDS = "SELECT id FROM visit UNION SELECT id FROM household"
_LARGE = "SELECT length(note), count(*) FROM household WHERE note IS NOT NULL GROUP BY national_hh_no / 1000"
_CAPTURED = "SELECT DISTINCT record_id FROM outbox"

pytestmark = pytest.mark.skipif(power_cuts.missing() != "", reason=power_cuts.missing() or "can be traced")


def trace(folder: Path, *more: str) -> tuple[Disk, list[Deed]]:
    """Save in a traced process; the disk that it wrote to."""
    laptop(folder, "village").close()
    shutil.copytree(folder / "village", folder / "before")
    deeds = power_cuts.traced(
        folder / "village",
        folder / "trace",
        "tests.helpers.saving",
        str(folder / "village"),
        str(SAVES),
        *more,
    )
    return Disk(folder / "before", FILES, deeds), deeds


def what_is_lost(disk: Disk, moment: int, seed: int, folder: Path) -> list[str]:
    """Cut the power, open the store as the program does; saves that were confirmed and are not there."""
    shutil.rmtree(folder, ignore_errors=True)
    data_dir = DataDir(folder)
    data_dir.create()
    said = disk.cut(moment, Random(seed), folder)
    Database(data_dir.database, STORE_KEY).close()
    with closing(connect(data_dir.database, STORE_KEY)) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store.execute("PRAGMA cipher_integrity_check").fetchall() == []
        assert store.execute("PRAGMA foreign_key_check").fetchall() == []
        held = {row[0] for row in store.execute(_RECORDS)}
        assert held == {row[0] for row in store.execute(_CAPTURED) if row[0] in held}, (
            "what is saved is in the log"
        )
        large = store.execute(_LARGE).fetchall()
        assert {count for _, count in large} <= {MANY}, "a large save is there as a whole or not at all"
    confirmed = [line.split(" ")[1] for line in said if " " in line]
    return [record for record in confirmed if record not in held]


def moments(deeds: Sequence[Deed], count: int) -> list[int]:
    """Any moments after the store was opened."""
    start = next(place for place, deed in enumerate(deeds) if deed.data == b"ready\n")
    return sorted(Random(count).choices(range(start, len(deeds) + 1), k=count))


def test_no_confirmed_save_is_lost_and_the_store_opens(tmp_path: Path) -> None:
    disk, deeds = trace(tmp_path)
    assert sum(deed.kind == "sync" for deed in deeds) >= SAVES
    chosen = moments(deeds, CUTS)
    for name in FILES:
        assert sum(name in disk.unflushed(moment) for moment in chosen) >= CUTS // 20, f"cuts within {name}"
    for seed, moment in enumerate(chosen):
        assert what_is_lost(disk, moment, seed, tmp_path / "after") == [], f"cut {seed} after {moment} deeds"


def test_a_store_that_does_not_wait_for_the_disk_is_found_out(tmp_path: Path) -> None:
    disk, deeds = trace(tmp_path, "careless")
    ended = []
    for seed, moment in enumerate(moments(deeds, 20)):
        try:
            ended.append(bool(what_is_lost(disk, moment, seed, tmp_path / "after")))
        except (AppError, AssertionError):
            ended.append(True)
    assert sum(ended) >= 10
