"""Acceptance scenario S11 of the rulebook, figure by figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import workbooks
from villageapp.services.imports import Duplicate, ImportPlan, PlannedMember, read_plan


@pytest.fixture
def plan(tmp_path: Path) -> ImportPlan:
    return read_plan(workbooks.scenario_s11(tmp_path / "名单.xlsx"))


def member(plan: ImportPlan, name: str) -> PlannedMember:
    (found,) = [m for m in plan.members if m.values["name"] == name]
    return found


def test_counts_of_rows_persons_and_households(plan: ImportPlan) -> None:
    assert (plan.header_rows, plan.footer_rows, plan.sheets[0].person_rows) == (3, 1, 7)
    assert (len(plan.members), len(plan.households)) == (5, 2)


def test_the_repeated_row_is_merged(plan: ImportPlan) -> None:
    assert plan.duplicates == (Duplicate(8, 5),)
    assert member(plan, "李样例").values["phone"] == "13800000002"


def test_the_number_that_lost_its_tail_is_rejected_with_its_cell(plan: ImportPlan) -> None:
    (rejected,) = plan.rejected
    assert (rejected.row, rejected.cell) == (6, "F6")
    assert "证件号码精度丢失" in rejected.reason


def test_population_that_does_not_fit_is_a_warning(plan: ImportPlan) -> None:
    (warning,) = plan.warnings
    assert warning.row == 4
    assert "人数 4 ≠ 3" in warning.message


def test_both_months_are_read(plan: ImportPlan) -> None:
    assert [h.values["first_identified_ym"] for h in plan.households] == ["2016-03", "2016-03"]


def test_full_width_number_apostrophe_and_spaced_name(plan: ImportPlan) -> None:
    assert member(plan, "张示范").key == workbooks.ZHANG
    assert member(plan, "李样例").key == workbooks.LI
    assert member(plan, "王测试").key == workbooks.WANG


def test_disability_card_is_split(plan: ImportPlan) -> None:
    values = member(plan, "赵演示").values
    assert values["id_no"] == workbooks.ZHAO
    assert (values["disability_category"], values["disability_level"]) == ("4", "3")
    assert values["disability_card_no"] == "14990119531001004243"


def test_heads_are_known(plan: ImportPlan) -> None:
    assert [h.head_key for h in plan.households] == [workbooks.ZHANG, workbooks.WANG]
