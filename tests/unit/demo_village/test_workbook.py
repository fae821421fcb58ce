"""The generated workbook has the headings and the untidiness of the national exports (domain.md 5.1)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from villageapp.errors import Trouble
from villageapp.services.demo_village import DemoVillage, build, write_workbook

TODAY = date(2022, 12, 28)
HEADINGS = {
    "a": "县(市、区、旗) · 乡(镇) · 行政村 · 自然村 · 户编号 · 人编号 · 姓名 · 证件号码 · 人数 · 与户主关系 · 民族 · 文化程度 · "
    "在校生状况 · 健康状况 · 劳动技能 · 务工状况 · 务工时间（月） · 参加大病医疗 · 脱贫属性 · 贫困户属性 · 主要致贫原因 · 危房户 · "
    "饮水安全 · 饮水困难 · 人均纯收入 · 联系电话",
    "b": "序号 · 数据日期 · 县(市、区、旗) · 乡(镇) · 行政村 · 自然村 · 户编号 · 人编号 · 姓名 · 证件号码 · 人数 · 与户主关系 · 民族 · "
    "文化程度 · 在校生状况 · 健康状况 · 劳动技能 · 务工时间（月） · 是否参加大病保险 · 致贫原因1 · 危房户 · 是否解决安全饮用水 · "
    "人均纯收入 · 户联系电话 · 人联系电话 · 首次识别时间 · 人员识别时间 · 户类型 · 易返贫致贫户(监测对象)类型 · 风险是否消除 · "
    "风险识别时间 · 风险消除时间",
}


@pytest.fixture(scope="module")
def village() -> DemoVillage:
    return build(40, today=TODAY)


def read(path: Path) -> list[list[Any]]:
    """All rows of the first sheet."""
    return [list(row) for row in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()]


@pytest.mark.parametrize("layout", ["a", "b"])
def test_headings_rows_and_footer(village: DemoVillage, layout: str, tmp_path: Path) -> None:
    path = tmp_path / "persons.xlsx"
    write_workbook(village, path, layout)
    title, headings, *rows = read(path)
    assert title[0].startswith("示范县")
    assert not any(title[1:])
    assert headings == HEADINGS[layout].split(" · ")
    persons = [m for h in village.households for m in h.members]
    assert len(rows) == len(persons) + 2
    by_heading = [dict(zip(headings, row, strict=True)) for row in rows[: len(persons)]]
    for cells, member in zip(by_heading, persons, strict=True):
        assert cells["证件号码"] == (member.get("disability_card_no") or member["id_no"])
        assert cells["姓名"] == member["name"]
        assert isinstance(cells["户编号"], str)
        assert len(cells["户编号"]) == 16
    assert any(len(cells["证件号码"]) in (20, 22) for cells in by_heading)
    assert rows[-2][0] == "合计"
    assert rows[-1][0].startswith("制表人")


def test_layout_b_tells_types_and_cases(village: DemoVillage, tmp_path: Path) -> None:
    path = tmp_path / "persons.xlsx"
    write_workbook(village, path)
    _, headings, *rows = read(path)
    cells = [dict(zip(headings, row, strict=True)) for row in rows[:-2]]
    assert {c["户类型"] for c in cells} == {"脱贫户", "一般农户"}
    kinds = {c["易返贫致贫户(监测对象)类型"] for c in cells}
    assert kinds == {"", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户"}
    by_number = {h.number: h for h in village.households}
    for c in cells:
        assert c["人均纯收入"] * 100 == pytest.approx(by_number[c["户编号"]].values["per_capita"])
        assert bool(c["风险识别时间"]) == bool(c["易返贫致贫户(监测对象)类型"])


def test_a_place_that_cannot_be_written_is_refused(village: DemoVillage, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="无法写出表格"):
        write_workbook(village, tmp_path / "missing" / "persons.xlsx")
    with pytest.raises(KeyError):
        write_workbook(village, tmp_path / "persons.xlsx", "z")
