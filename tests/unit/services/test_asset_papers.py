"""Public papers of the village: photovoltaic income, project boards, plates, boards of points, the pocket book."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from villageapp.errors import NotFound, ValidationFailed
from villageapp.models.records import Member
from villageapp.reports.asset_plate import ON_A_PAGE
from villageapp.reports.pocket_book import PocketBook, PocketPage, book_sheet
from villageapp.services import policies, records
from villageapp.services.asset_papers import board_papers, pv_papers
from villageapp.services.asset_plates import plate_papers
from villageapp.services.paper_files import papers_pdf, print_papers
from villageapp.services.pocket_books import pocket_papers
from villageapp.services.standing_boards import board_papers as point_papers
from villageapp.services.workspace import Workspace

DAY = date(2023, 6, 20)
HEAD = member_id(ZHANG, "14990119620315001X")
PHONE = "13800000001"
"""Of the household."""


def _asset(work: Workspace, **values: Any) -> str:
    known = {
        "asset_no": "ZC-001",
        "name": "村级光伏电站",
        "asset_class": "2",
        "asset_form": "固定资产",
        "fund_level": "中央",
        "built_year": 2020,
        "place": "村东",
        "original_value": "600000",
        "owner_level": "村集体",
        "operator": "合作社",
        "custodian": "张示范",
        "status": "正常",
    }
    return str(records.record(work, "asset", {**known, **values}).ids[-1])


def _income(work: Workspace, asset: str, **values: Any) -> None:
    lines = (
        {"kind": "公益岗工资", "household_id": family_id(ZHANG), "member_id": HEAD, "amount": 600000},
        {"kind": "小型公益事业", "amount": 100000},
    )
    given = {
        "asset_id": asset,
        "period": "2023年上半年",
        "gross": "8000",
        "net": "7500",
        "received_on": "2023-06-10",
    }
    records.record(work, "asset_income", {**given, "distribution": lines, **values})


def test_notice_and_list_to_sign(work: Workspace, tmp_path: Path) -> None:
    on(work, str(DAY))
    _income(work, _asset(work))
    assert print_papers(work, pv_papers(work, DAY), tmp_path / "a.pdf").pages == 2
    assert set(page_sizes_mm(tmp_path / "a.pdf")) == {(210, 297)}
    notice, signed = page_texts(tmp_path / "a.pdf")
    for part in ("公示版", "村级光伏电站", "张示范", "6,000.00", "7,500.00", "500.00", "10 天", "12317"):
        assert part in notice
    assert "签字" in signed
    assert "7,000.00" in signed
    for text in (notice, signed):
        assert PHONE not in text
        assert "14990119620315001X" not in text
    assert "张示范" not in "".join(page_texts(papers_pdf(work, pv_papers(work, date(2022, 6, 1)))))
    assert "张示范" not in "".join(page_texts(papers_pdf(work, pv_papers(work, DAY, blank=True))))


def test_what_is_private_is_refused(work: Workspace, tmp_path: Path) -> None:
    on(work, str(DAY))
    _income(work, _asset(work), period=f"上半年 {PHONE}")
    with pytest.raises(ValidationFailed, match="公示"):
        print_papers(work, pv_papers(work, DAY), tmp_path / "a.pdf")
    with work.transaction() as session:
        session.get_one(Member, HEAD).assign({"disease_name": "尿毒症"})
    records.record(work, "project", {"name": "尿毒症救助项目", "kind": "其他"})
    with pytest.raises(ValidationFailed, match="健康"):
        papers_pdf(work, board_papers(work))
    _asset(work, asset_no="ZC-002", custodian=f"张 {PHONE}")
    with pytest.raises(ValidationFailed, match="资产"):
        papers_pdf(work, plate_papers(work))
    assert not list(tmp_path.glob("*.pdf"))


def test_a_board_for_each_project(work: Workspace) -> None:
    on(work, str(DAY))
    funds = ({"level": "中央", "doc_no": "示财〔2023〕1号", "amount": 45000000},)
    values = {"name": "村道硬化", "kind": "基础设施", "implementer": "示例村委会", "funds": funds}
    records.record(work, "project", {**values, "planned_on": "2023-03-01", "beneficiary_households": 60})
    records.record(work, "project", {"name": "长" * 100, "kind": "产业"})
    pages = page_texts(papers_pdf(work, board_papers(work)))
    assert len(pages) == 2
    text = next(page for page in pages if "村道硬化" in page)
    for part in ("450,000.00", "示财", "60 户", "示例村委会", "公示期自", "10 天"):
        assert part in text
    (blank,) = page_texts(papers_pdf(work, board_papers(work, blank=True)))
    assert "村道硬化" not in blank
    assert ink_at_the_edges(papers_pdf(work, board_papers(work)), 9) == 0


def test_plates(work: Workspace) -> None:
    on(work, str(DAY))
    for number in range(ON_A_PAGE + 1):
        _asset(work, asset_no=f"ZC-{number:03}", name="很长的资产名称" * 8, supervisor="周监督")
    _asset(work, asset_no="ZC-900", name="已处置的冷库", status="处置", disposal_reason="报废")
    pdf = papers_pdf(work, plate_papers(work))
    first, second = page_texts(pdf)
    assert (first.count("ZC-"), second.count("ZC-")) == (ON_A_PAGE, 1)
    assert "已处置的冷库" not in first + second
    assert "周监督" in first
    assert ink_at_the_edges(pdf, 4) == 0
    (blank,) = page_texts(papers_pdf(work, plate_papers(work, blank=True)))
    assert blank.count("管护") == ON_A_PAGE


def test_boards_of_points(work: Workspace) -> None:
    on(work, str(DAY))
    for number, points in ((ZHANG, 30), (WANG, 30)):
        values = {"subject": "农户", "household_id": family_id(number), "day": "2023-05-01", "reason": "卫生"}
        records.record(work, "points", {**values, "points": points})
    party = {"subject": "党员", "member_id": HEAD, "day": "2023-05-02", "reason": "义务劳动", "points": 12}
    records.record(work, "points", party)
    records.record(work, "points", {**party, "day": "2022-05-02", "points": 99})
    members, families = page_texts(papers_pdf(work, point_papers(work, DAY)))
    assert "12" in members
    assert "111" not in members
    assert "公示版" in members
    assert families.index("张示范") < families.index("王测试")
    assert PHONE not in members + families
    blank = page_texts(papers_pdf(work, point_papers(work, DAY, blank=True)))
    assert "张示范" not in "".join(blank)


def test_the_pocket_book_holds_every_policy_in_force_once(work: Workspace, tmp_path: Path) -> None:
    in_force = [row for row in policies.search(work, on=DAY) if row["in_force"]]
    report = print_papers(work, pocket_papers(work, DAY), tmp_path / "a.pdf")
    assert report.items == len(in_force)
    assert report.pages % 2 == 0
    assert set(page_sizes_mm(tmp_path / "a.pdf")) == {(210, 297)}
    text = "".join(page_texts(tmp_path / "a.pdf"))
    assert text.count("政策口袋书") == 1
    for policy in in_force:
        assert policy["title"] in text
    with pytest.raises(NotFound, match="没有有效的政策"):
        pocket_papers(work, date(1990, 1, 1))


def test_the_stacks_make_a_book() -> None:
    pages = tuple(PocketPage(f"政策{number}", (("标准", "长" * 900),)) for number in range(1, 20))
    sides = book_sheet(PocketBook("示例村", (), pages)).pages
    leaves = len(sides) // 2
    assert leaves == 3
    titles: list[str] = []
    for stack in range(4):
        for leaf in range(leaves):
            titles += _title_at(sides[2 * leaf], stack) + _title_at(sides[2 * leaf + 1], stack ^ 1)
    assert titles == ["政策口袋书", *(page.title for page in pages)]


def _title_at(side: Any, place: int) -> list[str]:
    """The heading in the cell at that place, counted row by row."""
    cell = side.frames[place]
    inside = [
        mark
        for mark in side.marks
        if cell.x <= mark.box.x < cell.x + cell.width and cell.y <= mark.box.y < cell.y + cell.height
    ]
    return [mark.text for mark in inside if mark.style.bold and mark.text.startswith("政策")]
