"""Rows that belong together: merged cells, footers, the same person twice, heads of households."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers import workbooks as w
from villageapp.services.imports import ImportPlan, read_plan


@pytest.fixture
def plan_of(tmp_path: Path) -> Any:
    def make(*people: dict[str, Any], **more: Any) -> ImportPlan:
        rows = [*w.list_rows(*people), *more.pop("footer", [])]
        return read_plan(w.write_xlsx(tmp_path / "名单.xlsx", rows, **more))

    return make


WIFE = w.person(姓名="李样例", 证件号码=w.LI, 与户主关系="配偶")
OTHER = w.person(姓名="王测试", 证件号码=w.WANG, 户编号=w.HH_2)


def test_household_values_fill_within_the_same_number_only(plan_of: Any) -> None:
    plan = plan_of(w.person(自然村="东沟"), WIFE, OTHER)
    assert plan.households[0].values["natural_village"] == "东沟"
    assert "natural_village" not in plan.households[1].values


def test_rows_of_a_household_need_not_stand_together(plan_of: Any) -> None:
    plan = plan_of(w.person(), OTHER, {**WIFE, "自然村": "东沟"})
    assert [h.rows for h in plan.households] == [(2, 4), (3,)]
    assert plan.households[0].values["natural_village"] == "东沟"


def test_merged_household_number_covers_its_rows_and_no_more(plan_of: Any) -> None:
    third = w.person(姓名="张小样", 证件号码=w.XIAO, 户编号=None)
    plan = plan_of(w.person(), {**WIFE, "户编号": None}, third, merges=[("G2:G3", w.HH_1)])
    assert [m.values["name"] for m in plan.members] == ["张示范", "李样例"]
    assert [(r.row, r.cell) for r in plan.rejected] == [(4, "G4")]
    assert "户编号是空的" in plan.rejected[0].reason


def test_values_that_disagree_within_a_household_are_told(plan_of: Any) -> None:
    plan = plan_of(w.person(户类型="脱贫户"), {**WIFE, "户类型": "一般农户"})
    assert plan.households[0].values["household_type"] == "1"
    assert "户类型与第 2 行不同" in plan.warnings[0].message


def test_rejected_first_row_still_gives_its_household_values(plan_of: Any) -> None:
    plan = plan_of(w.person(证件号码="1", 自然村="东沟"), {**WIFE, "自然村": None})
    assert plan.households[0].values["natural_village"] == "东沟"
    assert [m.values["name"] for m in plan.members] == ["李样例"]


@pytest.mark.parametrize(
    "word", ["合计", "合 计", "总计：2人", "制表人：某某", "填报单位：示例镇", "注：本表由系统导出", "说明"]
)
def test_footers(plan_of: Any, word: str) -> None:
    plan = plan_of(w.person(), footer=[[], [word]])
    assert plan.footer_rows == 1
    assert (len(plan.members), plan.rejected) == (1, ())


def test_prenumbered_blank_rows_and_repeated_headings_are_no_persons(plan_of: Any) -> None:
    plan = plan_of(w.person(), footer=[["2"], list(w.LIST_2022), ["3", "2022-10-31"]])
    assert (plan.sheets[0].person_rows, plan.rejected) == (1, ())


def test_same_name_with_another_number_is_another_person(plan_of: Any) -> None:
    plan = plan_of(w.person(), w.person(证件号码=w.XIAO, 与户主关系="之子"))
    assert len(plan.members) == 2
    assert plan.duplicates == ()


def test_same_person_twice_fills_gaps_and_tells_differences(plan_of: Any) -> None:
    plan = plan_of(w.person(民族=None), w.person(文化程度="初中", 人联系电话="13800000002"))
    (member,) = plan.members
    assert (member.values["nation"], member.values["education"]) == ("汉族", "02")
    assert member.values["phone"] == "13800000002"
    assert "文化程度不同" in plan.warnings[0].message


def test_same_person_in_two_households_stays_in_the_first(plan_of: Any) -> None:
    plan = plan_of(w.person(), WIFE, {**WIFE, "户编号": w.HH_2}, OTHER)
    assert [(m.values["name"], m.national_hh_no) for m in plan.members if m.key == w.LI] == [
        ("李样例", w.HH_1)
    ]
    assert any("户编号不同" in warning.message for warning in plan.warnings)


def test_missing_name_and_missing_number(plan_of: Any) -> None:
    plan = plan_of(w.person(), w.person(姓名=None, 证件号码=w.LI), w.person(姓名="李样例", 证件号码=None))
    assert [(r.row, r.cell) for r in plan.rejected] == [(3, "I3"), (4, "J4")]


def test_two_heads_are_told_and_the_first_counts(plan_of: Any) -> None:
    plan = plan_of(w.person(), {**WIFE, "与户主关系": "户主"})
    assert plan.households[0].head_key == w.ZHANG
    assert any("2 个户主" in warning.message for warning in plan.warnings)


def test_only_member_is_the_head(plan_of: Any) -> None:
    assert plan_of(w.person(与户主关系=None)).households[0].head_key == w.ZHANG


def test_head_by_name_or_number_where_relations_are_missing(tmp_path: Path) -> None:
    people = [
        w.person(与户主关系=None, 户主姓名="李样例"),
        {**WIFE, "与户主关系": None, "户主姓名": "李样例"},
    ]
    path = w.write_list(tmp_path / "a.xlsx", *people, headings=[*w.LIST_2022, "户主姓名"])
    assert read_plan(path).households[0].head_key == w.LI
    people = [{**p, "户主姓名": None, "户主证件号码": w.LI} for p in people]
    path = w.write_list(tmp_path / "b.xlsx", *people, headings=[*w.LIST_2022, "户主证件号码"])
    assert read_plan(path).households[0].head_key == w.LI


def test_nobody_named_head_is_told(plan_of: Any) -> None:
    plan = plan_of(w.person(与户主关系=None), WIFE)
    assert plan.households[0].head_key == ""
    assert any("没有写明户主" in warning.message for warning in plan.warnings)


def test_category_that_contradicts_the_household_type_is_told(plan_of: Any) -> None:
    plan = plan_of(w.person(**{"户类型": "脱贫户", "易返贫致贫户(监测对象)类型": "边缘易致贫户"}))
    assert any("与户类型不符" in warning.message for warning in plan.warnings)


def test_household_without_type_is_told_once(plan_of: Any) -> None:
    plan = plan_of(w.person(户类型=None), {**OTHER, "户类型": None})
    assert [x.message for x in plan.warnings if "没有户类型" in x.message] == [
        f"2 户没有户类型（户编号 {w.HH_1} 等），导入后请补填"
    ]


def test_a_hopeless_file_does_not_fill_the_memory_with_warnings(tmp_path: Path) -> None:
    numbers = w.citizens(1300)
    assert len(set(numbers)) == 1300
    people = [
        w.person(
            户编号=f"14990000{n:08d}", 证件号码=number, 民族="x", 文化程度="x", 健康状况="x", 劳动技能="x"
        )
        for n, number in enumerate(numbers)
    ]
    plan = read_plan(w.write_list(tmp_path / "a.xlsx", *people))
    assert len(plan.members) == 1300
    assert len(plan.warnings) == 5_001
    assert "另有 200 条" in plan.warnings[-1].message
