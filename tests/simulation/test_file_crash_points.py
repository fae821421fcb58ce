"""Upgrading, backing up and restoring, cut off at every file that is opened for writing, every rename and every fsync."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.stores import PASSPHRASE, StoreTemplate, make_template
from tests.simulation.points import Points, listening, replaced_by_copy
from villageapp.bench.simulation.disks import Killed
from villageapp.durable import NOT_CONFIRMED
from villageapp.errors import AppError
from villageapp.paths import DataDir
from villageapp.services import backups
from villageapp.services.syncing import state_hash
from villageapp.services.workspace import Workspace, open_with_key, open_workspace
from villageapp.sync import store

KEPT = Path(__file__).parents[1] / "databases" / "0005.db"
KEPT_HASH, KEPT_WAITING = "ef8cf0e7f064ddb93b0ff545c356d6071e4dc5cb84a26d3b9331ca100c5cfc33", 25
KEY = bytes(32)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> StoreTemplate:
    return make_template(tmp_path_factory.mktemp("template") / "store")


def cut_at(points: Points, root: Path, at: int, what: Callable[[], object]) -> BaseException | None:
    """Do something up to a point at which the power goes: the folder is then what it was at that moment."""
    left = root.with_name("left")
    points.at, points.effect = at, Killed
    points.before_effect = lambda: shutil.copytree(root, left)
    try:
        with listening(points), points.watched():
            what()
    except Killed as error:
        replaced_by_copy(root, left)
        return error
    return None


def fails_at(points: Points, at: int, number: int, what: Callable[[], object]) -> BaseException | None:
    """Do something of which one file operation fails."""
    points.at, points.effect, points.before_effect = at, lambda: OSError(number, "no"), lambda: None
    try:
        with listening(points), points.watched():
            what()
    except AppError as error:
        return error
    return None


def old_store(root: Path) -> DataDir:
    shutil.rmtree(root, ignore_errors=True)
    data_dir = DataDir(root)
    data_dir.create()
    shutil.copyfile(KEPT, data_dir.database)
    return data_dir


def upgraded(data_dir: DataDir) -> None:
    with open_with_key(data_dir, KEY) as work:
        assert state_hash(work).hash == KEPT_HASH
        with work.reading() as connection:
            assert store.pending(connection) == KEPT_WAITING


def test_an_upgrade_that_is_cut_off_is_done_the_next_time(tmp_path: Path) -> None:
    root = tmp_path / "disk"
    points = Points(root)
    data_dir = old_store(root)
    with listening(points), points.watched():
        open_with_key(data_dir, KEY).close()
    names = list(points.passed)
    assert len(names) >= 6, names
    for number in range(len(names)):
        old_store(root)
        assert cut_at(points, root, number, lambda: open_with_key(data_dir, KEY).close()), names[number]
        upgraded(data_dir)
        assert not list(root.rglob("*.upgrading*")), names[number]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_an_upgrade_on_a_bad_disk_says_so_and_keeps_the_store(tmp_path: Path, number: int) -> None:
    root = tmp_path / "disk"
    points = Points(root)
    data_dir = old_store(root)
    with listening(points), points.watched():
        open_with_key(data_dir, KEY).close()
    names = list(points.passed)
    for place, name in enumerate(names):
        data_dir = old_store(root)
        before = data_dir.database.read_bytes()
        error = fails_at(points, place, number, lambda: open_with_key(DataDir(root), KEY).close())
        assert isinstance(error, AppError), name
        assert data_dir.database.read_bytes() == before, name
        upgraded(data_dir)


def opened(template: StoreTemplate, root: Path) -> Workspace:
    shutil.rmtree(root, ignore_errors=True)
    return template.open_copy(root)


def renamed(names: list[str], number: int) -> bool:
    """At this point the finished file already bears its name."""
    return any(name.startswith("replace") for name in names[:number])


def test_a_backup_that_is_cut_off_is_whole_or_not_there(tmp_path: Path, template: StoreTemplate) -> None:
    root = tmp_path / "stick"
    points = Points(root)
    path = root / "village.zcbak"
    root.mkdir()
    with opened(template, tmp_path / "laptop") as work:
        expected = state_hash(work)
        with listening(points), points.watched():
            backups.create(work, path)
        names = list(points.passed)
        assert len(names) >= 4, names
        for number in range(len(names)):
            path.unlink(missing_ok=True)
            assert cut_at(points, root, number, lambda: backups.create(work, path)), names[number]
            assert path.exists() == renamed(names, number), names[number]
            if path.exists():
                assert backups.verify(path, PASSPHRASE).hash == expected.hash, names[number]
            assert state_hash(work) == expected
            path.unlink(missing_ok=True)
            backups.create(work, path)
            path.rename(path.with_name("other.zcbak"))
            shutil.rmtree(root / "none", ignore_errors=True)
            for left in root.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_backup_on_a_bad_disk_says_so_and_leaves_nothing_half_written(
    tmp_path: Path, template: StoreTemplate, number: int
) -> None:
    root = tmp_path / "stick"
    root.mkdir()
    points = Points(root)
    path = root / "village.zcbak"
    with opened(template, tmp_path / "laptop") as work:
        expected = state_hash(work).hash
        with listening(points), points.watched():
            backups.create(work, path)
        names = list(points.passed)
        assert names.count(f"open {path.name}") == 1, names  # once more after it bears its name
        for place, name in enumerate(names):
            path.unlink(missing_ok=True)
            error = fails_at(points, place, number, lambda: backups.create(work, path))
            assert isinstance(error, AppError), name
            assert (error.code == NOT_CONFIRMED) == renamed(names, place), name
            assert list(root.iterdir()) == ([path] if renamed(names, place) else []), name
            if path.exists():
                assert backups.verify(path, PASSPHRASE).hash == expected, name


def test_a_restore_that_is_cut_off_loses_neither_the_backup_nor_the_store(
    tmp_path: Path, template: StoreTemplate
) -> None:
    root = tmp_path / "laptop"
    points = Points(root)
    path = tmp_path / "village.zcbak"
    with opened(template, root) as work:
        backups.create(work, path)
        expected = state_hash(work).hash
    kept = tmp_path / "kept"
    shutil.copytree(root, kept)

    def restore() -> None:
        backups.restore(path, DataDir(root), PASSPHRASE, replace=True)

    with listening(points), points.watched():
        restore()
    names = list(points.passed)
    assert len(names) >= 5, names
    for number in range(len(names)):
        shutil.rmtree(root)
        shutil.copytree(kept, root)
        assert cut_at(points, root, number, restore), names[number]
        stores = [p for p in root.rglob("village.db") if p.with_name("keys.json").exists()]
        assert stores or list(root.glob("before-restore-*/village.db")), names[number]
        restore()
        with open_workspace(DataDir(root), PASSPHRASE) as work:
            assert state_hash(work).hash == expected
