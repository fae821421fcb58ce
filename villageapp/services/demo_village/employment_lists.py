"""The village's monthly employment lists as the national system exports them (domain.md 5.1 d)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from villageapp.domain import dates
from villageapp.domain.codes import code_list
from villageapp.errors import Trouble
from villageapp.services.demo_village.model import DemoHousehold, DemoVillage

_INDUSTRIES = {
    "建筑工地": "建筑业",
    "装修队": "建筑业",
    "电子厂": "制造业",
    "服装加工厂": "制造业",
    "餐馆": "住宿和餐饮业",
}
_WORKSHOP = "就业帮扶车间"
_AWAY = (
    "户编号 姓名 证件号码 户类型 监测对象类别 是否已务工 就业渠道 所属行业 务工企业名称 开始时间 结束时间 年度交通费补助"
).split()
_PLANNED = "户编号 姓名 证件号码 户类型 监测对象类别 是否计划务工 务工需求".split()


def write_employment_lists(village: DemoVillage, path: Path, *, month: date | None = None) -> None:
    """Write 已外出务工表 and 计划务工表 as of ``month`` (default: the village's today), replacing the file.

    Raises Trouble when the file cannot be written.
    """
    today = month or village.today
    try:
        with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
            _sheet(book, "已外出务工表", _AWAY, [_away(h, m, today) for h, m in _people(village, _works)])
            _sheet(book, "计划务工表", _PLANNED, [_planned(h, m) for h, m in _people(village, _is_able)])
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise Trouble(f"无法写出表格 {path.name}。", remedy="请检查磁盘空间和文件夹权限后再试。") from error


def _people(
    village: DemoVillage, wanted: Callable[[Mapping[str, Any]], bool]
) -> list[tuple[DemoHousehold, Mapping[str, Any]]]:
    return [(h, m) for h in village.households for m in h.members if wanted(m)]


def _works(member: Mapping[str, Any]) -> bool:
    return bool(member.get("work_months")) and bool(member.get("employer"))


def _is_able(member: Mapping[str, Any]) -> bool:
    return member.get("working") == "其他" and member["labour"] in ("1", "2")


def _person(household: DemoHousehold, member: Mapping[str, Any]) -> list[str]:
    kind = code_list("CL_HH_TYPE").label(household.values["household_type"])
    category = code_list("CL_MON_CAT").label(household.values["monitoring_category"])
    return [household.number, member["name"], member["id_no"], kind, category]


def _away(household: DemoHousehold, member: Mapping[str, Any], today: date) -> list[str]:
    """Whoever works has worked since as many months as the person list says, and works still."""
    start = dates.add_months(today.replace(day=1), -int(member["work_months"]))
    employer = str(member["employer"])
    channel = "帮扶车间" if employer == _WORKSHOP else "外出务工"
    began = f"{start.year}年{start.month:02d}月"
    subsidy = "600" if member.get("working") == "省外务工" else ""
    industry = _INDUSTRIES.get(employer, "居民服务业")
    return [*_person(household, member), "是", channel, industry, employer, began, "", subsidy]


def _planned(household: DemoHousehold, member: Mapping[str, Any]) -> list[str]:
    return [*_person(household, member), "是", "县内务工" if member["sex"] == "2" else "建筑工、装修工"]


def _sheet(book: Any, name: str, headings: list[str], rows: list[list[str]]) -> None:
    sheet = book.add_worksheet(name)
    text = book.add_format({"num_format": "@", "border": 1})
    bold = book.add_format({"bold": True, "border": 1, "bg_color": "#D9E1F2"})
    for line, row in enumerate([headings, *rows]):
        for place, cell in enumerate(row):
            sheet.write_string(line, place, cell, text if line else bold)
    sheet.set_column(0, len(headings) - 1, 16)
