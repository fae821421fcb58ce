"""What the workbook carries and what the details add together make the whole village."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from villageapp.services.demo_village import build, write_workbook
from villageapp.services.imports import read_plan


def test_workbook_and_details_together_are_the_village(tmp_path: Path) -> None:
    village = build(120, today=date(2022, 12, 28))
    path = tmp_path / "persons.xlsx"
    write_workbook(village, path)
    plan = read_plan(path)
    assert (plan.duplicates, plan.rejected, plan.warnings) == ((), (), ())
    assert plan.footer_rows == 2
    given = {"region_code": village.village["code"], "status": "在册", "monitoring_category": "0"}
    households = {
        h.national_hh_no: {**given, **h.values, **village.details[h.national_hh_no]} for h in plan.households
    }
    members = {
        m.values["id_no"]: {**m.values, **village.member_details[m.values["id_no"]]} for m in plan.members
    }
    for household in village.households:
        wanted = {name: value for name, value in household.values.items() if value is not None}
        assert households[household.number] == wanted
        for member in household.members:
            assert members[member["id_no"]] == {
                name: value for name, value in member.items() if value is not None
            }
    assert len(members) == sum(len(h.members) for h in village.households)
