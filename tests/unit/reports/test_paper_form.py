"""Forms made of blocks: headings on every page, smaller type before a second page, a code on what is filled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from villageapp.fonts import FontSet
from villageapp.reports.font_widths import FontWidths
from villageapp.reports.paper_form import (
    Band,
    Boxes,
    Column,
    PaperForm,
    Prose,
    Room,
    Signatures,
    Table,
    Words,
    form_sheet,
    form_texts,
)
from villageapp.reports.privacy import Privacy
from villageapp.reports.sheet_rows import Measure, paginate

COLUMNS = (Column("名称", 2), Column("金额", 1, "right"))
FORM = PaperForm(
    "sample",
    "0001",
    7,
    "示例表",
    "示例表",
    "示例村",
    Privacy.P1,
    (
        Band("一、示例"),
        Boxes((("户主", "张示范"),)),
        Words("意见", "同意"),
        Prose("说明"),
        Room(),
        Signatures(("签字",)),
    ),
)


@pytest.fixture(scope="module")
def measure() -> Measure:
    return FontWidths(FontSet.load())


def test_everything_on_the_form_is_looked_through() -> None:
    table = Table(COLUMNS, (("羊", "1.00"),), totals=(("合计", "2.00"),))
    text = form_texts(replace(FORM, subtitle="（2023年）", table=table, after=(Prose("末尾"),)))
    for part in (
        "示例表",
        "2023年",
        "示例村",
        "张示范",
        "同意",
        "说明",
        "签字",
        "羊",
        "合计",
        "2.00",
        "末尾",
    ):
        assert part in text


def test_only_a_filled_form_has_a_code(measure: Measure) -> None:
    (filled,) = form_sheet(FORM, measure).repeat[:1] or form_sheet(FORM, measure).first[:1]
    blank = form_sheet(replace(FORM, uid=""), measure)
    codes = [cell.qr for row in (*blank.first, *blank.repeat, *blank.body) for cell in row.cells if cell.qr]
    assert codes == []
    (code,) = [cell.qr for cell in filled.cells if cell.qr]
    assert code.startswith("sample|0001|7|")
    assert "张示范" not in code


def test_smaller_type_saves_a_second_page(measure: Measure) -> None:
    rows = tuple((f"行{number}", "1.00") for number in range(36))
    form = replace(FORM, blocks=(Table(COLUMNS, rows, height=20),))
    assert len(paginate(form_sheet(form, measure), measure)) == 1
    assert len(paginate(form_sheet(replace(form, one_page=False), measure), measure)) == 2


def test_headings_stand_on_every_page(measure: Measure) -> None:
    rows = tuple((f"行{number}", "1.00") for number in range(200))
    pages = paginate(form_sheet(replace(FORM, table=Table(COLUMNS, rows)), measure), measure)
    assert len(pages) > 3
    for page in pages:
        assert any(cell.text == "金额" for part in page.parts for cell in part.row.cells)


def test_an_empty_table_says_so_and_a_blank_one_has_rows(measure: Measure) -> None:
    assert "没有登记" in form_texts(replace(FORM, blocks=(Table(COLUMNS),)))
    blank = form_texts(replace(FORM, blocks=(Table(COLUMNS, blanks=3),)))
    assert "没有登记" not in blank
