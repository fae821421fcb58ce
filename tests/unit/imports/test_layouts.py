"""Recognising headings: both national layouts, two-row headings, several sheets, old formats."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.helpers import workbooks as w
from villageapp.services.imports import ImportPlan, read_plan
from villageapp.services.imports.vocabulary import normalised, vocabulary


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "名单.xlsx"


def first(plan: ImportPlan) -> dict[str, object]:
    return {**plan.households[0].values, **plan.members[0].values}


def test_classic_layout_of_26_columns(target: Path) -> None:
    classic = w.person(
        **{
            "自然村": "东沟",
            "人编号": "14990000000000000101",
            "人数": 1,
            "在校生状况": "非在校生",
            "务工状况": "省外务工",
            "务工时间(月)": 8,
            "参加大病医疗": "是",
            "脱贫属性": "脱贫户",
            "贫困户属性": "一般贫困户",
            "主要致贫原因": "因病",
            "危房户": "否",
            "饮水安全": "是",
            "饮水困难": "否",
            "人均纯收入": 8121.25,
            "联系电话": "13800000001",
        }
    )
    plan = read_plan(w.write_list(target, classic, headings=w.CLASSIC))
    assert plan.warnings == ()
    values = plan.households[0].values
    assert values["per_capita"] == 812125
    assert values["poverty_causes"] == ("01",)
    assert (values["is_dangerous_house"], values["water_safe"]) == (False, True)
    assert (values["phone"], values["household_type"]) == ("13800000001", "1")
    member = plan.members[0].values
    assert (member["work_months"], member["working"], member["critical_illness_ins"]) == (8, "省外务工", True)


def test_list_of_2022_derives_sex_and_birth_and_takes_monitoring(target: Path) -> None:
    row = w.person(
        **{
            "户类型": "普通农户",
            "易返贫致贫户(监测对象)类型": "边缘易致贫户",
            "风险是否消除": "未消除",
            "风险识别时间": "202103",
            "致贫原因1": "因病",
            "户联系电话": 13800000001.0,
            "人联系电话": "无",
            "人均纯收入": "7,654.30元",
        }
    )
    plan = read_plan(w.write_list(target, row))
    household, member = plan.households[0].values, plan.members[0].values
    assert (household["household_type"], household["monitoring_category"]) == ("2", "2")
    assert (household["risk_eliminated"], household["identified_ym"]) == (False, "2021-03")
    assert (household["phone"], household["per_capita"]) == ("13800000001", 765430)
    assert (member["sex"], str(member["birth_date"])) == ("1", "1962-03-15")
    assert "phone" not in member
    assert "working" not in member  # no such column in this layout: nothing to overwrite with


def test_every_heading_of_both_layouts_is_known() -> None:
    words = vocabulary()
    for heading in (*w.CLASSIC, *w.LIST_2022):
        found, _ = words.find(normalised(heading))
        assert found is not None or words.why_not_stored(normalised(heading)), heading


@pytest.mark.parametrize(
    ("heading", "key", "unit"),
    [
        ("*姓 名", "member.name", ""),
        ("人均纯收入（万元）", "household.per_capita", "万元"),
        ("与村主干路距离【米】", "household.distance_km", "米"),
        ("风险是否已消除0", "household.risk_eliminated", ""),
        ("县（市、\n区、旗）", "household.county", ""),
        ("AAC001", "household.national_hh_no", ""),
        ("检测对象类别", "household.monitoring_category", ""),
        ("致贫/返贫风险3", "household.risks", ""),
        ("户主证件号码", "head.head_id_no", ""),
    ],
)
def test_headings_as_people_write_them(heading: str, key: str, unit: str) -> None:
    target, found = vocabulary().find(normalised(heading))
    assert target is not None
    assert (target.key, found) == (key, unit)


def test_two_row_heading_with_groups_and_tall_cells(target: Path) -> None:
    rows: list[list[str | None]] = [
        ["户信息", None, "人员信息", None, None, None, "民族"],
        ["编号", "类型", "编号", "姓名", "身份证号码", "家庭关系", None],
        [],
        [w.HH_1, "脱贫户", "01", "张示范", w.ZHANG, "本人或户主", "汉"],
    ]
    merges = [("A1:B1", "户信息"), ("C1:F1", "人员信息"), ("G1:G2", "民族")]
    plan = read_plan(w.write_xlsx(target, rows, merges=merges))
    assert plan.header_rows == 2
    values = first(plan)
    assert (values["national_hh_no"], values["household_type"]) == (w.HH_1, "1")
    assert (values["national_member_no"], values["nation"], values["relation"]) == ("01", "汉族", "户主")


def test_a_group_name_does_not_claim_unknown_columns_below_it(target: Path) -> None:
    rows: list[list[str | None]] = [
        ["基本", None, None, None, None, "务工情况", None],
        ["户编号", "姓名", "证件号码", "与户主关系", "民族", "务工所在地", "渠道"],
        [w.HH_1, "张示范", w.ZHANG, "户主", "汉族", "太原市", "自发"],
    ]
    plan = read_plan(w.write_xlsx(target, rows, merges=[("F1:G1", "务工情况")]))
    assert plan.members[0].values["work_place"] == "太原市"
    assert "working" not in plan.members[0].values
    assert any("渠道" in warning.message for warning in plan.warnings)


def test_repeated_heading_keeps_the_first_value_that_is_not_empty(target: Path) -> None:
    headings = [*w.LIST_2022, "风险是否消除"]
    rows = w.list_rows(w.person(), headings=headings)
    rows[1][headings.index("风险是否消除")] = None
    rows[1][-1] = "是"
    assert read_plan(w.write_xlsx(target, rows)).households[0].values["risk_eliminated"] is True


def test_table_that_does_not_begin_in_column_a(target: Path) -> None:
    rows = [[None, None, *row] for row in w.list_rows(w.person(), w.person(姓名="李样例", 证件号码="1"))]
    plan = read_plan(w.write_xlsx(target, [[], [], *rows]))
    assert plan.header_rows == 3
    assert plan.rejected[0].cell == "L5"


def test_two_lists_in_one_workbook_are_merged(target: Path) -> None:
    sheets = {
        "说明": [["本表由系统导出"]],
        "脱贫人口": w.list_rows(w.person()),
        "监测对象": w.list_rows(w.person(人联系电话="13900000001"), w.person(姓名="李样例", 证件号码=w.LI)),
    }
    plan = read_plan(w.write_sheets(target, sheets))
    assert plan.sheet == "脱贫人口、监测对象"
    assert len(plan.members) == 2
    assert plan.members[0].values["phone"] == "13900000001"
    assert (plan.duplicates[0].row, plan.duplicates[0].sheet) == (2, "监测对象")


def test_old_xls(tmp_path: Path) -> None:
    rows = w.list_rows(w.person(), w.person(姓名="李样例", 证件号码=w.LI, 与户主关系="妻"))
    plan = read_plan(w.write_xls(tmp_path / "旧.xls", rows))
    assert [m.values["name"] for m in plan.members] == ["张示范", "李样例"]


def test_workbook_under_a_foreign_name(tmp_path: Path) -> None:
    assert len(read_plan(w.write_list(tmp_path / "名单.et", w.person())).members) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-8"])
def test_csv(tmp_path: Path, encoding: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(w.list_rows(w.person(证件号码=f'="{w.ZHANG}"'), w.person(姓名="李样例", 证件号码=w.LI)))
    path = tmp_path / "名单.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    plan = read_plan(path)
    assert [m.key for m in plan.members] == [w.ZHANG, w.LI]
