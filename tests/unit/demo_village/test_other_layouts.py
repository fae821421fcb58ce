"""The wide export and the employment lists of the generated village are read back whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from villageapp.domain.forms import FORMS
from villageapp.services.demo_village import DemoVillage, build, write_workbook
from villageapp.services.demo_village.employment_lists import write_employment_lists
from villageapp.services.demo_village.workbook import LAYOUT_C
from villageapp.services.imports import read_plan
from villageapp.services.imports.vocabulary import normalised, vocabulary

TODAY = date(2022, 12, 28)


@pytest.fixture(scope="module")
def village() -> DemoVillage:
    return build(40, today=TODAY)


def test_wide_export_is_read_back_field_by_field(village: DemoVillage, tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    write_workbook(village, path, "c")
    plan = read_plan(path)
    assert (plan.rejected, plan.duplicates, plan.warnings) == ((), (), ())
    assert all(column.reason for column in plan.columns_left)
    targets = [vocabulary().find(normalised(heading))[0] for heading, _ in LAYOUT_C]
    carried = {target.key for target in targets if target is not None}
    households = {h.national_hh_no: h.values for h in plan.households}
    members = {m.values["id_no"]: m.values for m in plan.members}
    for household in village.households:
        for name, value in household.values.items():
            if f"household.{name}" in carried and value is not None:
                assert households[household.number][name] == value, name
        for member in household.members:
            for name, value in member.items():
                if f"member.{name}" in carried and value is not None:
                    assert members[member["id_no"]][name] == value, name
    assert len(carried) >= 45
    assert set(FORMS["household"].by_name) >= {
        k.partition(".")[2] for k in carried if k.startswith("household")
    }


def test_employment_lists_name_everybody_who_works(village: DemoVillage, tmp_path: Path) -> None:
    path = tmp_path / "lists.xlsx"
    write_employment_lists(village, path)
    plan = read_plan(path)
    members = [m for h in village.households for m in h.members]
    assert (plan.kind, plan.rejected, plan.warnings) == ("employment", (), ())
    assert {s.key for s in plan.spells} == {m["id_no"] for m in members if m.get("employer")}
    assert {s.values["start_ym"] for s in plan.spells} <= {f"2022-{n:02d}" for n in range(1, 13)} | {
        "2021-12"
    }
    assert plan.intentions
    assert plan.sheet == "已外出务工表、计划务工表"
