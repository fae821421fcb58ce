"""The training village: a store of its own with invented people, never enrolled, to be tried out without fear."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

from villageapp.domain import dates
from villageapp.paths import DataDir
from villageapp.progress import Progress
from villageapp.services.workspace import Workspace, init_workspace, open_workspace

PASSPHRASE = "training-village"  # noqa: S105 - opens invented data; the lock accepts it
HOUSEHOLDS = 40
_FOLDER = "training-village"
_READY = "ready"


def folder_of(data_dir: DataDir) -> DataDir:
    """Where the training village of this laptop lies, beside its real store."""
    return DataDir(data_dir.root / _FOLDER)


def is_training(work: Workspace) -> bool:
    """Whether this store is a training village."""
    return work.data_dir.root.name == _FOLDER


def open_training(data_dir: DataDir, progress: Progress) -> Workspace:
    """Open the training village, making it the first time (some seconds). Raises Trouble, Cancelled."""
    place = folder_of(data_dir)
    if (place.root / _READY).is_file():
        return open_workspace(place, PASSPHRASE)
    if place.root.exists():  # begun and never finished
        shutil.rmtree(place.root)
    return make_village(place, progress)


def start_over(data_dir: DataDir, progress: Progress) -> Workspace:
    """Throw away what was tried and make the village afresh."""
    place = folder_of(data_dir)
    if place.root.exists():
        shutil.rmtree(place.root)
    return make_village(place, progress)


def make_village(place: DataDir, progress: Progress) -> Workspace:
    """A store with the invented village at ``place``; nothing is left there when that fails."""
    from villageapp.services.demo_village import build  # heavy: the main window asks this module at its start
    from villageapp.services.demo_village.filling import fill

    village = build(HOUSEHOLDS, today=dates.local_day(datetime.now(UTC)))
    cadre = village.cadres[0]
    work = init_workspace(
        place,
        village_code=village.village["code"],
        village_name=village.village["name"],
        user_name=cadre["name"],
        passphrase=PASSPHRASE,
        role=cadre["role"],
        unit=cadre.get("unit") or "",
        phone=cadre.get("phone") or "",
    ).work
    try:
        fill(work, village, progress)
        (place.root / _READY).touch()
    except BaseException:
        work.close()
        shutil.rmtree(place.root, ignore_errors=True)
        raise
    work.journal.done.clear()
    return work
