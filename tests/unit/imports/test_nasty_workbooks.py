"""Employment lists and wide exports as offices really send them (domain.md 5.4): read right, or refused by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.helpers import workbooks as w
from tests.helpers.stores import VILLAGE_NAME
from villageapp.errors import AppError
from villageapp.services.imports import apply_import, preview_import, read_plan
from villageapp.services.workspace import Workspace

Maker = Callable[[Path], Path]
ROW = w.spell()
CELLS = [ROW.get(heading) for heading in w.AWAY]
LI_ROW = [*CELLS[:1], "李样例", w.LI, *CELLS[3:]]


def replaced(**given: Any) -> list[Any]:
    return [w.spell(**given).get(heading) for heading in w.AWAY]


def sheet(*rows: Sequence[Any], merges: Sequence[tuple[str, str]] = ()) -> Maker:
    return lambda folder: w.write_xlsx(folder / "务工.xlsx", rows, merges=merges)


def text_file(encoding: str, separator: str = ",") -> Maker:
    def make(folder: Path) -> Path:
        text = io.StringIO()
        csv.writer(text, delimiter=separator).writerows([w.AWAY, [c or "" for c in CELLS]])
        path = folder / "务工.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    return make


def old_xls(folder: Path) -> Path:
    return w.write_xls(folder / "务工.xls", [w.AWAY, CELLS])


def hidden_and_filtered(folder: Path) -> Path:
    path = folder / "务工.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("名单")
        table: list[list[Any]] = [[*w.AWAY], CELLS]
        for line, row in enumerate(table):
            for column, cell in enumerate(row):
                page.write_string(line, column, cell or "")
        page.set_row(1, None, None, {"hidden": True})
        page.set_column(7, 11, None, None, {"hidden": True})
        page.autofilter(0, 0, 1, len(w.AWAY) - 1)
        page.hide()
        book.add_worksheet("空白").activate()
    return path


def formulas(folder: Path) -> Path:
    path = folder / "务工.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        for column, heading in enumerate(w.AWAY):
            page.write_string(0, column, heading)
            page.write_formula(1, column, f'=T("{CELLS[column] or ""}")', None, CELLS[column] or "")
    return path


def in_units(folder: Path) -> Path:
    headings = [*w.AWAY[:-1], "年度交通费补助（万元）"]
    return w.write_xlsx(folder / "务工.xlsx", [headings, [*CELLS[:-1], "0.06"]])


def two_header_rows(folder: Path) -> Path:
    groups: list[Any] = ["2023年3月务工月监测", *[None] * 11]
    middle: list[Any] = ["户信息", "人员信息", None, "户信息", None, "务工情况", *[None] * 6]
    lower = ["编号", *w.AWAY[1:]]
    merges = [
        ("A1:L1", "2023年3月务工月监测"),
        ("B2:C2", "人员信息"),
        ("D2:E2", "户信息"),
        ("F2:L2", "务工情况"),
    ]
    return w.write_xlsx(folder / "务工.xlsx", [groups, middle, lower, CELLS], merges=merges)


def tall_household(folder: Path) -> Path:
    rows: list[list[Any]] = [[*w.AWAY], [None, *CELLS[1:]], [None, *LI_ROW[1:]]]
    return w.write_xlsx(folder / "务工.xlsx", rows, merges=[("A2:A3", w.HH_1)])


@dataclass(frozen=True)
class Nasty:
    """How the file is made and what must come of it beside 张示范's spell since 2023-03."""

    make: Maker
    also: Mapping[str, Any] = field(default_factory=dict)
    """Values of the spell."""
    rejected: tuple[str, ...] = ()
    """Cells."""
    others: int = 0
    """Further spells."""


GOOD: dict[str, Nasty] = {
    "plain": Nasty(sheet(w.AWAY, CELLS), {"employer": "示例建筑公司"}),
    "title and blank rows": Nasty(sheet(["已外出务工表"], [], w.AWAY, [], CELLS, [], [])),
    "two header rows": Nasty(two_header_rows),
    "footer": Nasty(sheet(w.AWAY, CELLS, ["合计", "1人"], ["制表人:周队员"])),
    "heading repeated on every page": Nasty(sheet(w.AWAY, CELLS, w.AWAY, LI_ROW), others=1),
    "begins in column C": Nasty(sheet([], [None, None, *w.AWAY], [None, None, *CELLS])),
    "merged household number": Nasty(tall_household, others=1),
    "hidden rows, columns and sheet": Nasty(hidden_and_filtered),
    "formulas": Nasty(formulas, {"employer": "示例建筑公司"}),
    "old xls": Nasty(old_xls),
    "CSV in UTF-8 with BOM": Nasty(text_file("utf-8-sig")),
    "CSV in GBK": Nasty(text_file("gbk")),
    "tabs in GB18030": Nasty(text_file("gb18030", "\t")),
    "repeated heading with a suffix": Nasty(sheet([*w.AWAY, "开始时间1"], [*CELLS, "2020年01月"])),
    "first of repeated headings empty": Nasty(
        sheet([*w.AWAY, "开始时间.1"], [*replaced(开始时间=None), "2023年03月"])
    ),
    "stars and spaces in headings": Nasty(sheet([f"* {h[:1]} {h[1:]}" for h in w.AWAY], CELLS)),
    "month as a date": Nasty(sheet(w.AWAY, replaced(开始时间=date(2023, 3, 1)))),
    "month as a serial number": Nasty(sheet(w.AWAY, replaced(开始时间=45000.5))),
    "month in full-width digits": Nasty(sheet(w.AWAY, replaced(开始时间=w.full_width("2023") + "年3月"))),
    "no end in many words": Nasty(sheet(w.AWAY, replaced(结束时间="至今"))),
    "end as dash": Nasty(sheet(w.AWAY, replaced(结束时间="-"))),
    "full-width ID with small x": Nasty(sheet(w.AWAY, replaced(证件号码=w.full_width(w.ZHANG.lower())))),
    "ID with apostrophe and spaces": Nasty(
        sheet(w.AWAY, replaced(证件号码=f"'{w.ZHANG[:6]} {w.ZHANG[6:]} "))
    ),
    "old ID of 15 digits": Nasty(sheet(w.AWAY, replaced(证件号码=w.ZHANG[:6] + w.ZHANG[8:17]))),
    "disability card in the ID column": Nasty(sheet(w.AWAY, replaced(证件号码=f"{w.ZHANG}43"))),
    "spaces in the name": Nasty(sheet(w.AWAY, replaced(姓名="张 示　范"))),
    "amount with unit and comma": Nasty(
        sheet(w.AWAY, replaced(年度交通费补助="1,200.50元")), {"transport_subsidy": 120050}
    ),
    "amount in 10,000 yuan": Nasty(in_units, {"transport_subsidy": 60000}),
    "unknown channel": Nasty(sheet(w.AWAY, replaced(就业渠道="天知道")), {"channel": None}),
    "ID in scientific notation": Nasty(
        sheet(w.AWAY, CELLS, replaced(证件号码="1.49901E+17")), rejected=("C3",)
    ),
    "ID as a number": Nasty(sheet(w.AWAY, CELLS, replaced(证件号码=1.4990119620315e17)), rejected=("C3",)),
    "wrong check digit": Nasty(sheet(w.AWAY, CELLS, replaced(证件号码=w.ZHANG[:17] + "3")), rejected=("C3",)),
    "household number as a number": Nasty(
        sheet(w.AWAY, CELLS, replaced(户编号=1.499e15, 证件号码=w.LI)), rejected=("A3",)
    ),
    "impossible month": Nasty(
        sheet(w.AWAY, CELLS, replaced(开始时间="2023年14月", 证件号码=w.LI)), rejected=("J3",)
    ),
    "ends before it begins": Nasty(
        sheet(w.AWAY, CELLS, replaced(结束时间="2023年01月", 证件号码=w.LI)), rejected=("K3",)
    ),
    "a row without a word about work": Nasty(sheet(w.AWAY, CELLS, LI_ROW[:3]), rejected=("B3",)),
}


@pytest.fixture
def village(work: Workspace, tmp_path: Path) -> Workspace:
    """The store with 张示范 and 李样例."""
    people = [
        w.person(行政村=VILLAGE_NAME),
        w.person(行政村=VILLAGE_NAME, 姓名="李样例", 证件号码=w.LI, 与户主关系="妻"),
    ]
    apply_import(work, w.write_list(tmp_path / "名单.xlsx", *people))
    return work


@pytest.mark.parametrize("name", GOOD)
def test_list_is_read_right(village: Workspace, tmp_path: Path, name: str) -> None:
    nasty = GOOD[name]
    book = nasty.make(tmp_path)
    preview = preview_import(village, book)
    report = apply_import(village, book)
    assert (report.employment, report.rejected) == (preview.employment, preview.rejected)
    assert tuple(r.cell for r in report.rejected) == nasty.rejected
    assert report.employment.new == 1 + nasty.others
    with village.reading() as connection:
        statement = "SELECT e.* FROM employment e JOIN member m ON m.id = e.member_id WHERE m.name = '张示范' AND e.deleted = 0"
        [stored] = connection.exec_driver_sql(statement).mappings()
    assert (stored["start_ym"], stored["end_ym"]) == ("2023-03", None)
    assert {key: stored[key] for key in nasty.also} == nasty.also
    again = apply_import(village, book)
    assert not again.writes


BAD: dict[str, tuple[Maker, str]] = {
    "no start": (sheet(w.AWAY[:9], CELLS[:9]), "开始时间"),
    "no ID": (sheet([*w.AWAY[:2], *w.AWAY[5:]], [*CELLS[:2], *CELLS[5:]]), "证件号码"),
    "no household number": (sheet(w.AWAY[1:], CELLS[1:]), "户编号"),
    "only headings": (sheet(w.AWAY), "只有表头"),
    "codes instead of channels": (sheet(w.AWAY, replaced(就业渠道="02")), "就业渠道"),
    "not one good row": (sheet(w.AWAY, replaced(证件号码="1")), "C2"),
    "too many columns": (sheet([*w.AWAY, *[f"列{n}" for n in range(400)]], CELLS), "列"),
}


@pytest.mark.parametrize("name", BAD)
def test_list_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    make, word = BAD[name]
    path = make(tmp_path)
    with pytest.raises(AppError) as refusal:
        read_plan(path)
    assert word in refusal.value.message, refusal.value.message
    assert path.name in refusal.value.message
    assert refusal.value.remedy


def test_wide_export_in_odd_spellings(tmp_path: Path) -> None:
    headings = [
        "户编号",
        "姓名",
        "证件号码",
        "与户主关系",
        "民族",
        "户类型",
        "检测对象类别",
        "风险是否已消除",
        "风险是否已消除0",
    ]
    headings += [
        "与村主干路距离（米）",
        "人均纯收入（万元）",
        "工资性收入（元）",
        "风险消除后纯收入",
        "纯收入1",
        "健康帮扶_1",
    ]
    row = [
        w.HH_1,
        "单䶮",
        w.ZHANG,
        "本人或户主",
        "汉",
        "普通农户",
        "突发严重困难户",
        None,
        "未消除",
        "300",
        "0.9",
    ]
    row += ["1", "2", "3", "4"]
    plan = read_plan(w.write_xlsx(tmp_path / "全字段.xlsx", [headings, row]))
    household = plan.households[0].values
    assert (household["household_type"], household["monitoring_category"]) == ("2", "3")
    assert household["risk_eliminated"] is False
    assert household["distance_km"] == Decimal("0.3")
    assert household["per_capita"] == 900000
    assert plan.members[0].values["name"] == "单䶮"
    assert [c.heading for c in plan.columns_left] == [
        "工资性收入(元)",
        "风险消除后纯收入",
        "纯收入1",
        "健康帮扶_1",
    ]
    assert all(c.reason for c in plan.columns_left)
