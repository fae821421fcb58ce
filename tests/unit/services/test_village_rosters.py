"""Registers from house to house: every household a line, in pages with headings, none for a pen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.days import on
from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from tests.helpers.stores import SHAN, WANG, ZHANG, ZHAO, family_id, member_id
from villageapp.models.records import Household, Member
from villageapp.services import household_lists, post_sheets, records
from villageapp.services.gap_lists import gap_list_papers
from villageapp.services.paper_files import Papers, papers_pdf, print_papers
from villageapp.services.village_rosters import guarantee_papers, receipt_papers, toilet_papers
from villageapp.services.workspace import Workspace

NAMES = ("张示范", "王测试", "赵演示")
ROSTERS = (partial(receipt_papers, month=date(2023, 3, 1)), guarantee_papers, toilet_papers)


@pytest.mark.parametrize("make", ROSTERS)
def test_a_line_for_every_household(work: Workspace, make: Callable[..., Papers], tmp_path: Path) -> None:
    ids = household_lists.list_ids(work)
    report = print_papers(work, make(work, ids), tmp_path / "a.pdf")
    assert report.pages == 1
    assert page_sizes_mm(tmp_path / "a.pdf") == [(297, 210)]
    (text,) = page_texts(tmp_path / "a.pdf")
    for name in NAMES:
        assert text.count(name) == 1
    assert text.index("张示范") < text.index("王测试"), "by villagers' group"
    for private in ("14990119620315001X", "13800000001", "149900000000000"):
        assert private not in text


@pytest.mark.parametrize("make", ROSTERS)
def test_blank_and_long(work: Workspace, make: Callable[..., Papers]) -> None:
    (text,) = page_texts(papers_pdf(work, make(work, household_lists.list_ids(work), blank=True)))
    assert "张示范" not in text
    many = household_lists.list_ids(work) * 80
    pdf = papers_pdf(work, make(work, many))
    pages = page_texts(pdf)
    assert sum(page.count("王测试") for page in pages) == 80, "more than one page of the list can be printed"
    assert all("户主" in page for page in pages[:-1]), "headings on every page"
    assert "320" in "".join(pages)
    assert ink_at_the_edges(papers_pdf(work, make(work, many[:40])), 9) == 0


def test_the_latest_toilet_survey_is_filled_in(work: Workspace) -> None:
    values = {"household_id": family_id(ZHANG), "toilet_present": True, "usable": True}
    records.record(work, "toilet_survey", {**values, "surveyed_on": "2023-03-01", "problem_text": "旧问题"})
    newest = {"surveyed_on": "2023-05-01", "usable": False, "problem_text": "化粪池破损"}
    records.record(work, "toilet_survey", {**values, **newest})
    (text,) = page_texts(papers_pdf(work, toilet_papers(work, [family_id(ZHANG), family_id(WANG)])))
    assert "化粪池破损" in text
    assert "旧问题" not in text
    assert "□是" in text, "the other household is asked"


def test_coupons_of_the_month_are_filled_in(work: Workspace) -> None:
    son = member_id(ZHANG, "149901198801010016")
    signed = {
        "household_id": family_id(ZHANG),
        "round": 2,
        "received_on": "2023-03-10",
        "signed_on_paper": True,
    }
    records.record(work, "coupon", {**signed, "face_value": "100"})
    records.record(work, "coupon", {**signed, "face_value": "1200.50", "member_id": son})
    later = {"household_id": family_id(ZHANG), "round": 3, "received_on": "2023-03-15"}
    records.record(work, "coupon", {**later, "face_value": "50"})
    records.record(work, "coupon", {**later, "face_value": "77", "received_on": "2023-04-01"})
    ids = [family_id(ZHANG), family_id(WANG)]
    (text,) = page_texts(papers_pdf(work, receipt_papers(work, ids, date(2023, 3, 31))))
    told = "".join(text.split())
    for part in ("第2轮（张小样）", "1,300.50元（2张）", "已在纸上签字", "2023-03-10", "第3轮", "50.00元"):
        assert part in told
    assert told.count("张示范") == 2, "a line for each round"
    assert told.count("已在纸上签字") == 1
    assert told.count("王测试") == 1, "the other household has an empty line"
    assert "77.00" not in told
    for other in (
        receipt_papers(work, ids, date(2023, 2, 1)),
        receipt_papers(work, ids, date(2023, 3, 1), blank=True),
    ):
        assert "轮（" not in page_texts(papers_pdf(work, other))[0]
        assert "50.00" not in page_texts(papers_pdf(work, other))[0]


def test_public_posts_of_a_month(work: Workspace, tmp_path: Path) -> None:
    on(work, "2023-03-20")
    head = member_id(ZHANG, "14990119620315001X")
    post = {
        "household_id": family_id(ZHANG),
        "member_id": head,
        "post_kind": "M0401",
        "fund_source": "光伏收益",
        "agreement_start": "2023-01-01",
        "agreement_end": "2023-06-30",
        "month_pay": "800",
        "attended": ({"month": "2023-03", "days": 22, "paid": 80000},),
    }
    records.record(work, "public_post", post)
    made = post_sheets.post_papers(work, date(2023, 3, 15))
    assert print_papers(work, made, tmp_path / "a.pdf").pages == 1
    (text,) = page_texts(tmp_path / "a.pdf")
    for part in ("2023年3月", "张示范", "光伏收益", "22", "800.00", "领取人签字"):
        assert part in text
    assert text.count("800.00") == 3, "agreed, paid, in all"
    (february,) = page_texts(papers_pdf(work, post_sheets.post_papers(work, date(2023, 2, 1))))
    assert february.count("800.00") == 1, "nothing was recorded for that month"
    for papers in (
        post_sheets.post_papers(work, date(2023, 7, 1)),
        post_sheets.post_papers(work, date(2023, 3, 1), group="二组"),
        post_sheets.post_papers(work, date(2023, 3, 1), blank=True),
    ):
        assert "张示范" not in page_texts(papers_pdf(work, papers))[0]


def test_who_is_without_insurance_school_or_work(work: Workspace) -> None:
    on(work, "2023-10-20")
    child = member_id(ZHANG, "149901201009160023")
    old = member_id(ZHAO, "149901195310010042")
    with work.transaction() as session:
        session.get_one(Member, child).assign({"student_status": "00"})
        session.get_one(Member, old).assign(
            {"med_insurance_resident": False, "med_insurance_employee": False}
        )
        session.get_one(Household, family_id(SHAN)).assign({"relocated": True})
    pages = page_texts(papers_pdf(work, gap_list_papers(work, date(2023, 10, 20))))
    assert len(pages) == 3
    assert "赵演示" in pages[0]
    assert "张小例" in pages[1]
    assert "张小例" not in pages[0]
    assert all("2023-10-20" in page for page in pages)
    others = page_texts(papers_pdf(work, gap_list_papers(work, date(2023, 10, 20), group="一组")))
    assert "赵演示" not in others[0]
    assert "张小例" in others[1]
    blank = page_texts(papers_pdf(work, gap_list_papers(work, date(2023, 10, 20), blank=True)))
    assert "张小例" not in "".join(blank)
