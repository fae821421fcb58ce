"""Laptops with real stores at a real server, and copies of their disks."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.helpers.laptops import household
from tests.helpers.servers import ServerProcess
from villageapp.models.records import Household
from villageapp.paths import DataDir
from villageapp.services.enrolling import enrol
from villageapp.services.workspace import Workspace, init_workspace, open_workspace
from villageapp.sync import capture

PASSPHRASE = "test-passphrase-1"


def new_laptop(folder: Path, village: str, name: str) -> Workspace:
    """A store of a village team, not enrolled."""
    made = init_workspace(
        DataDir(folder), village_code=village, village_name="示例村", user_name=name, passphrase=PASSPHRASE
    )
    return made.work


def enrolled_laptop(folder: Path, server: ServerProcess, village: str, name: str) -> Workspace:
    """A store of a village team that the server knows."""
    work = new_laptop(folder, village, name)
    enrol(work, server.url, server.enrol_code(village, name))
    return work


def disk_copy(work: Workspace, target: Path) -> None:
    """Copy the whole data folder, as a backup program or a disk cloner does with the program closed."""
    work.database.settle()
    shutil.copytree(work.data_dir.root, target)


def started(folder: Path) -> Workspace:
    """Open a copied folder."""
    return open_workspace(DataDir(folder), PASSPHRASE)


def add(work: Workspace, *numbers: int, **values: object) -> None:
    """Households by number, in one transaction."""
    with work.transaction() as session:
        session.add_all([household(number, **values) for number in numbers])


def edit(work: Workspace, number: int, **values: object) -> None:
    """Some fields of a household."""
    with work.transaction() as session:
        session.get_one(Household, household(number).id).assign(values)


def delete(work: Workspace, number: int) -> None:
    """Delete a household."""
    with work.transaction() as session:
        capture.delete(session, session.get_one(Household, household(number).id))


def value(work: Workspace, number: int, name: str) -> object:
    """A field of a household."""
    with work.transaction() as session:
        return getattr(session.get_one(Household, household(number).id), name)


def numbers(work: Workspace) -> list[str]:
    """National numbers of the households that live."""
    with work.reading() as connection:
        rows = connection.exec_driver_sql("SELECT national_hh_no FROM household WHERE deleted = 0 ORDER BY 1")
        return [str(number) for number in rows.scalars()]
