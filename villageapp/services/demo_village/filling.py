"""Filling a store with a generated village, each step through the services that the screens call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from villageapp.errors import AppError
from villageapp.progress import Progress
from villageapp.services import cadres, households, measures, members, villages, visits
from villageapp.services.demo_village.model import DemoVillage
from villageapp.services.demo_village.village_work import record_work
from villageapp.services.demo_village.workbook import write_workbook
from villageapp.services.imports import ImportReport, apply_import
from villageapp.services.workspace import Workspace


def fill(work: Workspace, village: DemoVillage, progress: Progress) -> None:
    """Everything: the list as a workbook, the team, details, measures, a year of visits, the month's work."""
    with TemporaryDirectory(prefix="villageapp-") as folder:
        workbook = Path(folder) / "名单.xlsx"
        write_workbook(village, workbook)
        import_workbook(work, workbook, progress)
        record_village(work, village)
        people = record_cadres(work, village)
        record_year(work, village, people, progress)
    record_work(work, village, people, progress)


def import_workbook(work: Workspace, workbook: Path, progress: Progress) -> ImportReport:
    """The household list. Raises AppError when the file was not taken over whole."""
    report = apply_import(work, workbook, progress)
    if report.rejected:
        raise AppError(f"演示名单有 {len(report.rejected)} 行没有导入。", code="demo_import")
    return report


def record_village(work: Workspace, village: DemoVillage) -> None:
    """The township's telephone and the groups."""
    values = {name: village.village[name] for name in ("town_phone", "groups")}
    villages.change_village(work, values)


def record_cadres(work: Workspace, village: DemoVillage) -> dict[str, str]:
    """Ids by name of all cadres; the person at this laptop is there already."""
    known = {row["name"]: row["id"] for row in cadres.list_cadres(work)}
    for cadre in village.cadres:
        if cadre["name"] not in known:
            known[cadre["name"]] = cadres.record_cadre(work, cadre).id
    return known


def record_year(work: Workspace, village: DemoVillage, people: Mapping[str, str], progress: Progress) -> None:
    """What the workbook cannot carry, the measures, and a year of visits."""
    total = len(village.households)
    for done, home in enumerate(village.households, start=1):
        progress.check_cancelled()
        household_id = households.find_one(work, home.number)
        _record_details(work, village, household_id, home.number, people)
        for visit in village.visits.get(home.number, ()):
            visitors = [people[name] for name in visit.visitors]
            visits.record_visit(work, household_id, {**visit.values, "visitors": visitors})
        progress.step(done, total, "正在登记一年的走访和措施")


def _record_details(
    work: Workspace, village: DemoVillage, household_id: str, number: str, people: Mapping[str, str]
) -> None:
    duty = village.duties.get(number)
    details = village.details[number] | ({"duty_person_id": people[duty]} if duty else {})
    households.change(work, household_id, details)
    ids = {m["id_no"]: m["id"] for m in households.page(work, household_id).members}
    for id_no, member_id in ids.items():
        values = village.member_details.get(id_no)
        if values:
            members.change_member(work, member_id, values)
    for measure in village.measures.get(number, ()):
        values = {
            **measure.values,
            "member_id": ids.get(measure.member_id_no),
            "responsible_id": people.get(measure.responsible),
        }
        measures.record_measure(work, household_id, values)
