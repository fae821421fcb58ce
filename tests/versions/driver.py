"""One laptop with whichever version of the program is on PYTHONPATH: a line of steps in, a line of answers out.

The argument is the laptop's folder; a line is ``[[name, …], …]`` in JSON, its answer a list with one entry each.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from villageapp.models import ids
from villageapp.models.records import Household
from villageapp.paths import DataDir
from villageapp.services import enrolling, syncing, workspace
from villageapp.sync import capture, store
from villageapp.sync.change import SCHEMA

PASSPHRASE = "春种一粒粟-秋收万颗子"


def national(number: int) -> str:
    return f"1499{number:012d}"


def household(number: int, values: dict[str, Any]) -> Household:
    record = Household(id=ids.household_id(national(number)))
    record.assign(
        {
            "national_hh_no": national(number),
            "region_code": "149901001001",
            "county": "示范县",
            "town": "示例镇",
            "village": "示例村",
            "household_type": "1",
            "monitoring_category": "0",
            "status": "在册",
            **values,
        }
    )
    return record


class Steps:
    """What a laptop can be told to do."""

    def __init__(self, work: workspace.Workspace) -> None:
        self.work = work

    def enrol(self, url: str, code: str) -> None:
        enrolling.enrol(self.work, url, code)

    def add(self, numbers: list[int], values: dict[str, Any]) -> None:
        with self.work.transaction() as session:
            session.add_all([household(number, values) for number in numbers])

    def edit(self, number: int, values: dict[str, Any]) -> None:
        with self.work.transaction() as session:
            session.get_one(Household, ids.household_id(national(number))).assign(values)

    def delete(self, number: int) -> None:
        with self.work.transaction() as session:
            capture.delete(session, session.get_one(Household, ids.household_id(national(number))))

    def sync(self) -> dict[str, Any]:
        report = syncing.sync_now(self.work)
        return {
            "pushed": report.pushed,
            "pulled": report.pulled,
            "receipt": report.receipt,
            "refused": list(report.refused),
        }

    def water(self, number: int) -> list[Any]:
        """Fields that only the newer version knows."""
        with self.work.transaction() as session:
            record = session.get_one(Household, ids.household_id(national(number)))
            return [record.water_difficulty, record.old_attribute]

    def workspace(self) -> str:
        return self.work.identity.workspace

    def look(self) -> dict[str, Any]:
        stood = syncing.state_hash(self.work)
        with self.work.reading() as connection:
            waiting = store.pending(connection)
            homes = connection.exec_driver_sql(
                "SELECT national_hh_no, phone, note, deleted FROM household ORDER BY 1"
            ).all()
        conflicts = syncing.conflicts(self.work)
        return {
            "schema": SCHEMA,
            "hash": stood.hash,
            "records": stood.records,
            "waiting": waiting,
            "homes": [list(home) for home in homes],
            "conflicts": [[c.entity, c.field, sorted(str(v.value) for v in c.values)] for c in conflicts],
        }


def opened(folder: Path) -> workspace.Workspace:
    data_dir = DataDir(folder)
    if data_dir.exists():
        return workspace.open_workspace(data_dir, PASSPHRASE)
    return workspace.init_workspace(
        data_dir,
        village_code="149901001001",
        village_name="示例村",
        user_name=folder.name,
        passphrase=PASSPHRASE,
    ).work


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    with opened(Path(sys.argv[1])) as work:
        steps = Steps(work)
        say("ready")
        for line in sys.stdin:
            say(json.dumps([getattr(steps, name)(*rest) for name, *rest in json.loads(line)]))


if __name__ == "__main__":
    main()
