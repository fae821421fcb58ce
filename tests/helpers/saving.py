"""A process that saves visits and households and says so after each; it is traced and its power is cut.

``python -m tests.helpers.saving FOLDER COUNT [careless]``: the store of a test laptop lies in FOLDER. It says
``ready`` when it is open, then one line for each save: its number and the id of the record. ``careless`` does not
wait for the disk, to see that this is noticed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sqlalchemy import event

from tests.helpers.laptops import STORE_KEY, household
from villageapp.models.records import Cadre
from villageapp.paths import DataDir
from villageapp.services import visits
from villageapp.services.workspace import Workspace, open_with_key

SETTLED_EVERY = 9
MANY = 60
"""Households of a large save, as an import makes it: once in ten."""


def main(folder: Path, count: int, careless: bool) -> None:
    """Save so often."""
    work = open_with_key(DataDir(folder), STORE_KEY)
    if careless:
        _stop_waiting(work)
    person = Cadre(id=work.identity.user_id)
    person.assign({"name": "周队员", "role": "工作队员"})
    with work.transaction() as session:
        session.add_all([household(1), person])
    _say("ready")
    for number in range(1, count + 1):
        _say(f"{number} {_save(work, number)}")
        if number % SETTLED_EVERY == 0:
            work.database.settle()
    os._exit(0)  # as a window that is open when the power fails: nothing is closed or folded in


def _save(work: Workspace, number: int) -> str:
    if number % 10 == 0:
        homes = [household(number * 1000 + n, note="x" * 200) for n in range(MANY)]
        with work.transaction() as session:
            session.add_all(homes)
        return homes[-1].id
    said = {
        "kind": "01",
        "started_at": "2026-11-02T10:00:00+08:00",
        "result": "见到户主",
        "difficulty": f"第{number}次" * 40,
    }
    return visits.record_visit(work, household(1).id, said).id


def _stop_waiting(work: Workspace) -> None:
    engine = work.database._engine
    engine.dispose()

    @event.listens_for(engine, "connect")
    def _careless(connection: object, record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]


def _say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), "careless" in sys.argv[3:])
