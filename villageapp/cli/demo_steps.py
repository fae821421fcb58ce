"""The steps of the demo, each through the services that the screens call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from villageapp.errors import AppError, SyncError
from villageapp.paths import DataDir
from villageapp.services import enrolling, households, measures, syncing, visits
from villageapp.services.demo_village import DemoVillage
from villageapp.services.demo_village.filling import (
    import_workbook,
    record_cadres,
    record_village,
    record_year,
)
from villageapp.services.demo_village.village_work import record_work
from villageapp.services.workspace import Workspace, init_workspace

__all__ = ["import_workbook", "record_cadres", "record_village", "record_work", "record_year"]
PASSPHRASE = "zhucuntong-demo"  # noqa: S105 - printed; the data is fictitious
SECOND_USER = {"name": "周佳宁", "role": "工作队员", "unit": "演示市水利局", "phone": "13800009921"}
"""The colleague at the second laptop, who joins the team of the generated village."""
MOST_ROUNDS = 4
"""Exchanges that two laptops may need until both have everything."""


def new_laptop(folder: Path, village: DemoVillage, cadre: Mapping[str, Any]) -> Workspace:
    """An empty encrypted store for that cadre."""
    made = init_workspace(
        DataDir(folder),
        village_code=village.village["code"],
        village_name=village.village["name"],
        user_name=cadre["name"],
        passphrase=PASSPHRASE,
        role=cadre["role"],
        unit=cadre.get("unit") or "",
        phone=cadre.get("phone") or "",
    )
    return made.work


def enrol(work: Workspace, url: str, code: str) -> enrolling.Enrolled:
    """Tie a laptop to the server."""
    return enrolling.enrol(work, url, code)


def offline_visit(work: Workspace, household_id: str, note: str) -> str:
    """Record a visit while the server is away; proves that syncing says so and loses nothing."""
    started = work.now() - timedelta(minutes=30)
    answers = dict.fromkeys(("edu_ok", "med_ok", "house_ok", "eat_ok", "cloth_ok"), True)
    values = {
        **answers,
        "kind": "01",
        "started_at": started,
        "ended_at": work.now(),
        "result": "见到户主",
        "water_ok": False,
        "water_ok_note": note,
    }
    saved = visits.record_visit(work, household_id, values)
    try:
        syncing.sync_now(work)
    except SyncError:
        return saved.id
    raise AppError("服务器已停，同步却没有报告离线。", code="demo_offline")


def sync_until_equal(first: Workspace, second: Workspace) -> int:
    """Exchange in turn until both laptops hold the same; the number of exchanges. Raises AppError."""
    for rounds in range(1, MOST_ROUNDS + 1):
        for work in (first, second):
            syncing.sync_now(work)
        if syncing.state_hash(first).hash == syncing.state_hash(second).hash:
            return rounds * 2
    raise AppError(f"交换 {MOST_ROUNDS * 2} 次后两台电脑的数据仍不相同。", code="demo_differs")


@dataclass(frozen=True, slots=True)
class LaptopFigures:
    """What a laptop holds at the end."""

    name: str
    households: int
    members: int
    visits: int
    measures: int
    conflicts: int
    state_hash: str


def figures(name: str, work: Workspace) -> LaptopFigures:
    """Counts and hash of one laptop."""
    counted = households.count(work)
    return LaptopFigures(
        name,
        counted["households"],
        counted["members"],
        visits.count_visits(work),
        measures.count_measures(work),
        syncing.sync_state(work).conflicts,
        syncing.state_hash(work).hash,
    )
