"""The messy realities of single cells (domain.md 5.3, 5.4)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import workbooks as w
from villageapp.services.imports import ImportPlan, read_plan

EXTRA = [
    "出生日期",
    "性别",
    "证件类型",
    "残疾人证号",
    "与村主干路距离（公里）",
    "致贫/返贫风险1",
    "致贫/返贫风险2",
    "脱贫年度",
]


@pytest.fixture
def plan_of(tmp_path: Path) -> Any:
    """Plan of a sheet with the given people, in layout (b) and some columns of the wide export."""

    def make(*people: dict[str, Any]) -> ImportPlan:
        headings = [*w.LIST_2022, *EXTRA]
        return read_plan(w.write_list(tmp_path / "名单.xlsx", *people, headings=headings))

    return make


def only(plan: ImportPlan) -> dict[str, Any]:
    """All values of the one person and household."""
    assert len(plan.members) == 1
    return {**plan.households[0].values, **plan.members[0].values}


@pytest.mark.parametrize(
    ("heading", "cell", "field", "value"),
    [
        ("首次识别时间", "201603", "first_identified_ym", "2016-03"),
        ("首次识别时间", 201603.0, "first_identified_ym", "2016-03"),
        ("首次识别时间", 42430.0, "first_identified_ym", "2016-03"),
        ("首次识别时间", 42430.75, "first_identified_ym", "2016-03"),
        ("首次识别时间", date(2016, 3, 1), "first_identified_ym", "2016-03"),
        ("首次识别时间", "2016年03月01日", "first_identified_ym", "2016-03"),
        ("与户主关系", "本人", "relation", "户主"),
        ("与户主关系", "长子", "relation", "之子"),
        ("与户主关系", "妻", "relation", "配偶"),
        ("民族", "满", "nation", "满族"),
        ("健康状况", "长期慢性病、残疾", "health", ("2", "4")),
        ("健康状况", "长期慢性病，患有大病", "health", ("2", "3")),
        ("劳动技能", "弱劳动力或半劳动力", "labour", "3"),
        ("户类型", "普通农户", "household_type", "2"),
        ("是否参加大病保险", "√", "critical_illness_ins", True),
        ("是否参加大病保险", 0.0, "critical_illness_ins", False),
        ("是否参加大病保险", True, "critical_illness_ins", True),
        ("危房户", "无", "is_dangerous_house", False),
        ("人数", "1人", "registered_population", 1),
        ("务工时间(月)", "6个月", "work_months", 6),
        ("人均纯收入", "8,121.25元", "per_capita", 812125),
        ("人均纯收入", 8121.249999, "per_capita", 812125),
        ("人均纯收入", 0.0, "per_capita", 0),
        ("人均纯收入", -350.0, "per_capita", -35000),
        ("户联系电话", 13800000001.0, "phone", "13800000001"),
        ("人编号", "14990000000000000101", "national_member_no", "14990000000000000101"),
        ("姓名", "欧阳 示范", "name", "欧阳示范"),
        ("姓名", "阿依古丽·买买提", "name", "阿依古丽·买买提"),
        ("姓名", "张\u3000三", "name", "张三"),
        ("姓名", "John Smith", "name", "John Smith"),
        ("姓名", "单䶮㛃", "name", "单䶮㛃"),
        ("姓名", "王\U00030edd", "name", "王\U00030edd"),
        ("姓名", "李\ue863", "name", "李\ue863"),
        ("与村主干路距离（公里）", "1.5公里", "distance_km", 1.5),
        ("脱贫年度", "2018年", "out_of_poverty_year", 2018),
    ],
)
def test_read(plan_of: Any, heading: str, cell: Any, field: str, value: Any) -> None:
    plan = plan_of(w.person(**{heading: cell}))
    assert plan.warnings == ()
    found = only(plan)[field]
    assert (float(found) if isinstance(value, float) else found) == value


@pytest.mark.parametrize(
    ("heading", "cell", "field", "said"),
    [
        ("首次识别时间", "201613", "first_identified_ym", "不是真实的日期"),
        ("与户主关系", "邻居", "relation", "邻居"),
        ("健康状况", "健康，残疾", "health", "不能与其他健康状况同时选择"),
        ("人均纯收入", 0.85, "per_capita", "万元"),
        ("人均纯收入", "很多", "per_capita", "不是数字"),
        ("户联系电话", "1.38001E+10", "phone", "科学计数"),
        ("务工时间(月)", 13.0, "work_months", "不能大于 12"),
        ("是否参加大病保险", "也许", "critical_illness_ins", "不是“是/否”"),
        ("人编号", 1.4990000000000001e19, "national_member_no", "超过 15 位"),
        ("与村主干路距离（公里）", 800.0, "distance_km", "以米为单位"),
        ("残疾人证号", "14990119531001004243", "disability_card_no", "与证件号码不一致"),
    ],
)
def test_left_empty_with_a_warning_that_names_the_cell(
    plan_of: Any, heading: str, cell: Any, field: str, said: str
) -> None:
    plan = plan_of(w.person(**{heading: cell}))
    assert field not in only(plan)
    (warning,) = [x for x in plan.warnings if said in x.message]
    assert warning.row == 2


@pytest.mark.parametrize("nothing", ["无", "-", "/", "", "  ", "暂无", "0"])
def test_no_phone_is_nothing(plan_of: Any, nothing: str) -> None:
    plan = plan_of(w.person(户联系电话=nothing))
    assert plan.warnings == ()
    assert "phone" not in only(plan)


def test_known_labels_beside_an_unknown_one_are_kept(plan_of: Any) -> None:
    plan = plan_of(w.person(健康状况="残疾、失眠"))
    assert only(plan)["health"] == ("4",)
    assert "失眠" in plan.warnings[0].message
    assert plan.warnings[0].message.startswith("P2 ")


def test_odd_phone_is_kept_with_a_warning(plan_of: Any) -> None:
    plan = plan_of(w.person(户联系电话="12345"))
    assert only(plan)["phone"] == "12345"
    assert "不像手机号" in plan.warnings[0].message


def test_a_code_among_labels_is_never_guessed(plan_of: Any) -> None:
    plan = plan_of(w.person(民族="02"), w.person(姓名="李样例", 证件号码=w.LI, 与户主关系="妻"))
    assert "nation" not in plan.members[0].values
    assert "数字代码" in plan.warnings[0].message


def test_old_education_label_is_taken_with_a_remark(plan_of: Any) -> None:
    plan = plan_of(w.person(文化程度="大专及以上"))
    assert only(plan)["education"] == "05"
    assert "大专" in plan.warnings[0].message


def test_policy_flag_within_the_household_type(plan_of: Any) -> None:
    values = only(plan_of(w.person(户类型="脱贫不享受政策户")))
    assert (values["household_type"], values["policy_entitled"]) == ("1", False)


def test_several_risk_columns_are_joined(plan_of: Any) -> None:
    values = only(plan_of(w.person(**{"致贫/返贫风险1": "因病", "致贫/返贫风险2": "因残"})))
    assert values["risks"] == ("01", "03")


def test_money_in_a_column_of_ten_thousands(tmp_path: Path) -> None:
    headings = [h if h != "人均纯收入" else "人均纯收入（万元）" for h in w.LIST_2022]
    person = w.person(**{"人均纯收入（万元）": 0.85})
    plan = read_plan(w.write_list(tmp_path / "a.xlsx", person, headings=headings))
    assert plan.households[0].values["per_capita"] == 850_000


def test_distance_in_a_column_of_metres(tmp_path: Path) -> None:
    person = w.person(**{"与村主干路距离（米）": 800.0})
    plan = read_plan(
        w.write_list(tmp_path / "a.xlsx", person, headings=[*w.LIST_2022, "与村主干路距离（米）"])
    )
    assert float(plan.households[0].values["distance_km"]) == 0.8


def test_sex_and_birth_that_contradict_the_number_give_way_with_a_warning(plan_of: Any) -> None:
    plan = plan_of(w.person(性别="女", 出生日期="1970-01-01"))
    values = only(plan)
    assert (values["sex"], values["birth_date"]) == ("1", date(1962, 3, 15))
    assert len([x for x in plan.warnings if "与证件号码不符" in x.message]) == 2


def test_disability_card_in_its_own_column(plan_of: Any) -> None:
    values = only(plan_of(w.person(残疾人证号=w.ZHANG + "43")))
    assert (values["disability_category"], values["disability_level"]) == ("4", "3")


@pytest.mark.parametrize("cell", [149901620315001.0, "149901620315001"])
def test_old_15_digit_number_even_from_a_number_cell(plan_of: Any, cell: Any) -> None:
    assert only(plan_of(w.person(证件号码=cell)))["id_no"] == w.ZHANG


def test_other_document_is_kept_as_text(plan_of: Any) -> None:
    plan = plan_of(w.person(证件类型="军官证", 证件号码="军字第0012345号"))
    assert (only(plan)["id_type"], only(plan)["id_no"]) == ("02", "军字第0012345号")


def test_child_without_number(plan_of: Any) -> None:
    child = w.person(
        姓名="张小宝", 证件号码=None, 证件类型="户口簿", 出生日期="2022-05-01", 与户主关系="之孙子"
    )
    plan = plan_of(w.person(), child)
    assert plan.rejected == ()
    assert plan.members[1].key == "张小宝|2022-05-01"
    nobody = plan_of(w.person(), {**child, "出生日期": None})
    assert "无法认定" in nobody.rejected[0].reason
