"""The village as a workbook of the national system, in the untidy way that real exports are written.

Headings are those of domain.md 5.1 (a) to (c), in their order: a merged title, household attributes
repeated on every row, numbers and ID numbers as text, disability cards in the ID column, a footer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from villageapp.domain.codes import code_list
from villageapp.domain.fields import Kind, show
from villageapp.domain.forms import FORMS
from villageapp.domain.household import NOT_MONITORED, POOR_BEFORE
from villageapp.errors import Trouble
from villageapp.services.demo_village.model import DemoHousehold, DemoVillage


@dataclass(frozen=True, slots=True)
class _Row:
    """One person with its household, as the columns see it."""

    order: int
    today: date
    household: Mapping[str, Any]
    member: Mapping[str, Any]


Cell = str | int | float
Column = tuple[str, Callable[[_Row], Cell]]


def _of_household(name: str) -> Callable[[_Row], Cell]:
    return lambda row: row.household.get(name) or ""


def _of_member(name: str) -> Callable[[_Row], Cell]:
    return lambda row: row.member.get(name) or ""


def _label(name: str, choices: str) -> Callable[[_Row], Cell]:
    """The label of a member's code; the first of several."""
    return lambda row: code_list(choices).labels.get(row.member.get(name) or "", "")


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "是" if value else "否"


def _number(row: _Row) -> str:
    return str(row.member.get("disability_card_no") or row.member["id_no"])


def _health(row: _Row) -> str:
    return ",".join(code_list("CL_HEALTH").label(code) for code in row.member["health"])


def _cause(row: _Row) -> str:
    causes = row.household.get("poverty_causes") or ()
    return code_list("CL_POV_CAUSE").label(causes[0]) if causes else ""


def _type(row: _Row) -> str:
    return code_list("CL_HH_TYPE").label(row.household["household_type"])


def _old_type(row: _Row) -> str:
    if row.household["household_type"] != POOR_BEFORE:
        return "一般农户"
    return "脱贫享受政策户" if row.household["policy_entitled"] else "脱贫不享受政策户"


def _category(row: _Row) -> str:
    category = row.household["monitoring_category"]
    return "" if category == NOT_MONITORED else code_list("CL_MON_CAT").label(category)


def _per_capita(row: _Row) -> float:
    return int(row.household["per_capita"]) / 100  # a cell holds a number, shown with two places


def _compact_month(value: str | None) -> str:
    return (value or "").replace("-", "")


def _chinese_month(value: str | None) -> str:
    return f"{value[:4]}年{value[5:7]}月" if value else ""


_PLACE: tuple[Column, ...] = (
    ("县(市、区、旗)", _of_household("county")),
    ("乡(镇)", _of_household("town")),
    ("行政村", _of_household("village")),
    ("自然村", _of_household("natural_village")),
    ("户编号", _of_household("national_hh_no")),
    ("人编号", _of_member("national_member_no")),
    ("姓名", _of_member("name")),
    ("证件号码", _number),
    ("人数", _of_household("registered_population")),
    ("与户主关系", _label("relation", "CL_RELATION")),
    ("民族", _of_member("nation")),
    ("文化程度", _label("education", "CL_EDU")),
    ("在校生状况", _label("student_status", "CL_STUDENT")),
    ("健康状况", _health),
    ("劳动技能", _label("labour", "CL_LABOUR")),
)

LAYOUT_A: tuple[Column, ...] = (
    *_PLACE,
    ("务工状况", _label("working", "CL_WORKING")),
    ("务工时间（月）", _of_member("work_months")),
    ("参加大病医疗", lambda row: _yes_no(row.member["critical_illness_ins"])),
    ("脱贫属性", _old_type),
    ("贫困户属性", lambda row: ""),
    ("主要致贫原因", _cause),
    ("危房户", lambda row: _yes_no(row.household["is_dangerous_house"])),
    ("饮水安全", lambda row: _yes_no(row.household["water_safe"])),
    ("饮水困难", lambda row: _yes_no(not row.household["water_safe"])),
    ("人均纯收入", _per_capita),
    ("联系电话", _of_household("phone")),
)
"""Classic person export, domain.md 5.1 (a)."""

LAYOUT_B: tuple[Column, ...] = (
    ("序号", lambda row: row.order),
    ("数据日期", lambda row: f"{row.today:%Y%m%d}"),
    *_PLACE,
    ("务工时间（月）", _of_member("work_months")),
    ("是否参加大病保险", lambda row: _yes_no(row.member["critical_illness_ins"])),
    ("致贫原因1", _cause),
    ("危房户", lambda row: _yes_no(row.household["is_dangerous_house"])),
    ("是否解决安全饮用水", lambda row: _yes_no(row.household["water_safe"])),
    ("人均纯收入", _per_capita),
    ("户联系电话", _of_household("phone")),
    ("人联系电话", _of_member("phone")),
    ("首次识别时间", lambda row: _compact_month(row.household.get("first_identified_ym"))),
    ("人员识别时间", lambda row: _compact_month(row.member.get("identified_ym"))),
    ("户类型", _type),
    ("易返贫致贫户(监测对象)类型", _category),
    ("风险是否消除", lambda row: _yes_no(row.household.get("risk_eliminated"))),
    ("风险识别时间", lambda row: _chinese_month(row.household.get("identified_ym"))),
    ("风险消除时间", lambda row: _chinese_month(row.household.get("eliminated_ym"))),
)
"""List export of 2022, domain.md 5.1 (b)."""

_WIDE = (
    "县=household.county 乡=household.town 村=household.village 户编号=household.national_hh_no "
    "人口编号=member.national_member_no 姓名=member.name 证件号码= 与户主关系=member.relation 性别=member.sex "
    "证件类型=member.id_type 出生日期=member.birth_date 民族=member.nation 家庭成员联系电话=member.phone "
    "户联系电话=household.phone 户类型=household.household_type 监测对象类别=household.monitoring_category "
    "是否军烈属=household.is_martyr_family 文化程度=member.education 在校生状况=member.student_status "
    "劳动技能=member.labour 健康状况=member.health 政治面貌=member.political 享受低保政策情况=member.is_dibao "
    "享受特困供养政策情况=member.is_tekun 风险是否已消除=household.risk_eliminated 识别监测时间=household.identified_ym "
    "消除监测时间=household.eliminated_ym 致贫/返贫风险1=household.risks 风险消除方式= 产业帮扶= 就业帮扶= 健康帮扶= "
    "工资性收入= 转移性收入= 纯收入（元）= 人均纯收入（元）=household.per_capita "
    "当前家庭人口数=household.registered_population 年度家庭人口数=household.income_year_population "
    "耕地面积（亩）=household.land_farm 林地面积（亩）=household.land_forest 入户路类型=household.road_type "
    "与村主干路距离=household.distance_km 是否加入农民专业合作组织=household.in_cooperative "
    "是否危房户=household.is_dangerous_house 住房面积=household.house_area_m2 主要燃料类型=household.fuel "
    "是否解决安全饮用水=household.water_safe 是否有卫生厕所=household.toilet_present 务工所在地=member.work_place "
    "务工企业名称=member.employer 务工时间（月）=member.work_months "
    "是否参加城乡居民基本医疗保险=member.med_insurance_resident 是否参加城镇职工基本医疗保险=member.med_insurance_employee "
    "是否参加大病保险=member.critical_illness_ins 是否参加城乡居民基本养老保险=member.pension_resident"
).split()
"""Heading=field; what the export has and a made-up village has not stays empty."""


def _shown(place: str) -> Callable[[_Row], Cell]:
    entity, _, name = place.partition(".")
    if not name:
        return lambda row: ""
    described = FORMS[entity][name]

    def cell(row: _Row) -> Cell:
        value = (row.household if entity == "household" else row.member).get(name)
        if described.kind is Kind.MONEY:
            return "" if value is None else int(value) / 100
        return "" if value is None else show(described, value)

    return cell


LAYOUT_C: tuple[Column, ...] = tuple(
    (heading, _number if heading == "证件号码" else _shown(place))
    for heading, _, place in (column.partition("=") for column in _WIDE)
)
"""Wide export of all fields, domain.md 5.1 (c): a part of its columns, among them some that nobody stores."""

LAYOUTS: Mapping[str, tuple[str, tuple[Column, ...]]] = {
    "a": ("农村人口信息采集表(人员)", LAYOUT_A),
    "b": ("脱贫人口、边缘易致贫人口及一般农户名单", LAYOUT_B),
    "c": ("防返贫监测全字段导出表", LAYOUT_C),
}


def write_workbook(village: DemoVillage, path: Path, layout: str = "b") -> None:
    """Write all persons of the village to an .xlsx file at ``path``, replacing it.

    Raises KeyError for an unknown layout and Trouble when the file cannot be written.
    """
    title, columns = LAYOUTS[layout]
    try:
        with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
            _sheet(book, village, title, columns)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise Trouble(f"无法写出表格 {path.name}。", remedy="请检查磁盘空间和文件夹权限后再试。") from error


def _sheet(book: Any, village: DemoVillage, title: str, columns: tuple[Column, ...]) -> None:
    sheet = book.add_worksheet("sheet1")
    bold = book.add_format({"bold": True, "align": "center", "border": 1, "bg_color": "#D9E1F2"})
    text = book.add_format({"num_format": "@", "border": 1})
    money = book.add_format({"num_format": "0.00", "border": 1})
    widths = {"证件号码": 24, "户编号": 19, "人编号": 21, "易返贫致贫户(监测对象)类型": 18}
    for place, (heading, _) in enumerate(columns):
        sheet.set_column(place, place, widths.get(heading, 12))
    sheet.merge_range(0, 0, 0, len(columns) - 1, f"{village.village['county']}{title}", bold)
    for place, (heading, _) in enumerate(columns):
        sheet.write_string(1, place, heading, bold)
    line = 1
    for line, row in enumerate(_rows(village), 2):
        for place, (_, value) in enumerate(columns):
            cell = value(row)
            if isinstance(cell, str):
                sheet.write_string(line, place, cell, text)
            else:
                sheet.write_number(line, place, cell, money if isinstance(cell, float) else text)
    _footer(sheet, village, line + 1)


def _rows(village: DemoVillage) -> list[_Row]:
    persons: list[tuple[DemoHousehold, Mapping[str, Any]]] = [
        (h, m) for h in village.households for m in h.members
    ]
    return [_Row(order, village.today, h.values, m) for order, (h, m) in enumerate(persons, 1)]


def _footer(sheet: Any, village: DemoVillage, line: int) -> None:
    persons = sum(len(household.members) for household in village.households)
    sheet.write_string(line, 0, "合计")
    sheet.write_string(line, 6, f"{len(village.households)}户{persons}人")
    sheet.write_string(line + 1, 0, f"制表人:申丽芳  制表日期:{village.today:%Y-%m-%d}")
