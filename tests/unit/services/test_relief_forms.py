"""Applications for money and reminders of loans: filled from the records, refusals said, empty forms for a pen."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.helpers.days import on, with_line
from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from tests.unit.services.test_incomes import FAMILY, account, insured
from villageapp.domain.money import yuan
from villageapp.errors import NotFound
from villageapp.services import incomes, records
from villageapp.services.loan_slips import loan_papers
from villageapp.services.paper_files import papers_pdf, print_papers
from villageapp.services.relief_forms import (
    blank_emergency_papers,
    blank_gap_papers,
    emergency_papers,
    gap_papers,
)
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
HEAD = member_id(ZHANG, "14990119620315001X")


def test_an_emergency_application(work: Workspace, tmp_path: Path) -> None:
    on(work, "2023-03-20")
    values = {"household_id": HOME, "applied_on": "2023-03-01", "reason": "房屋失火"}
    records.record(work, "emergency_grant", {**values, "requested": "3000"})
    records.record(work, "emergency_grant", {**values, "applied_on": "2022-03-01", "reason": "旧事由"})
    report = print_papers(work, emergency_papers(work, [HOME, family_id(WANG)]), tmp_path / "a.pdf")
    assert (report.pages, report.items) == (2, 2)
    assert set(page_sizes_mm(tmp_path / "a.pdf")) == {(210, 297)}
    filled, empty = page_texts(tmp_path / "a.pdf")
    for part in ("张示范", "房屋失火", "3,000.00 元", "2023-03-01", "14990119620315001X", "乡镇意见"):
        assert part in filled
    assert "旧事由" not in filled
    assert "王测试" in empty
    assert "3,000.00" not in empty
    (blank,) = page_texts(papers_pdf(work, blank_emergency_papers(work)))
    assert "张示范" not in blank
    with pytest.raises(NotFound):
        papers_pdf(work, emergency_papers(work, ["gone"]))


def _signed(work: Workspace, amount: str) -> str:
    insured(work, ZHANG, FAMILY)
    made = account(
        work, ZHANG, [{"subject_code": "B1", "amount": amount}], basis="自然年", payments_recorded=True
    )
    incomes.set_status(work, made.id, "农户已签字")
    return str(made.id)


def test_the_reckoning_spells_out_the_formula(work: Workspace) -> None:
    with_line(on(work, "2023-12-20"))
    found = _signed(work, "20000")
    gap = incomes.page(work, found).gap
    assert gap is not None
    assert gap.amount == 7000_00 * 4 - 20000_00
    (text,) = page_texts(papers_pdf(work, gap_papers(work, [HOME], 2023, only_due=True)))
    for part in ("张示范", "28,000.00", "20,000.00", yuan(gap.amount), "4 人", "补差额", "TEST"):
        assert part in text


def test_only_households_that_lack_something_are_printed(work: Workspace) -> None:
    with_line(on(work, "2023-12-20"))
    _signed(work, "40000")
    every = [HOME, family_id(WANG)]
    (text,) = page_texts(papers_pdf(work, gap_papers(work, every, 2023, only_due=True)))
    assert "张示范" not in text, "an empty form says nothing of anybody"
    enough, without = page_texts(papers_pdf(work, gap_papers(work, every, 2023, only_due=False)))
    assert "0.00 元" in enough
    assert "王测试" in without
    assert "是否符合" in without, "nothing is known: the conditions are ticked by hand"


def test_why_there_is_no_claim(work: Workspace) -> None:
    on(work, "2023-12-20")
    account(work, ZHANG, [{"subject_code": "B1", "amount": "20000"}], basis="自然年")
    (unset,) = page_texts(papers_pdf(work, gap_papers(work, [HOME], 2023, only_due=False)))
    assert "未核定" in unset
    (refused,) = page_texts(papers_pdf(with_line(work), gap_papers(work, [HOME], 2023, only_due=False)))
    assert "尚未签字" in refused
    assert "参保情况未核实" in refused
    (blank,) = page_texts(papers_pdf(work, blank_gap_papers(work)))
    assert "张示范" not in blank
    assert "补差额" in blank


LOAN = {
    "household_id": HOME,
    "member_id": HEAD,
    "bank": "示例农商行",
    "principal": "50000",
    "outstanding": "30000",
    "start_on": "2021-03-01",
    "purpose": "养羊",
    "status": "正常",
}


def test_slips_for_loans_that_fall_due(work: Workspace, tmp_path: Path) -> None:
    on(work, "2021-03-02")
    records.record(work, "loan", {**LOAN, "due_on": "2023-03-25"})
    day = date(2023, 3, 20)
    report = print_papers(work, loan_papers(work, day), tmp_path / "a.pdf")
    assert (report.pages, report.items) == (1, 1)
    assert page_sizes_mm(tmp_path / "a.pdf") == [(148, 210)]
    (text,) = page_texts(tmp_path / "a.pdf")
    for part in ("张示范", "示例农商行", "30,000.00", "2023-03-25", "还有 5", "12317", "农户留存"):
        assert part in text
    assert "14990119620315001X" not in text
    assert ink_at_the_edges(tmp_path / "a.pdf", 7) == 0
    (late,) = page_texts(papers_pdf(work, loan_papers(work, date(2023, 4, 1))))
    assert "逾期 7" in late


def test_loans_that_are_far_off_or_paid_back(work: Workspace) -> None:
    on(work, "2021-03-02")
    made = records.record(work, "loan", {**LOAN, "due_on": "2023-03-25"}).ids[-1]
    day = date(2022, 1, 1)
    for papers in (
        loan_papers(work, day),
        loan_papers(work, date(2023, 3, 20), group="二组"),
        loan_papers(work, date(2023, 3, 20), blank=True),
        loan_papers(work, date(2023, 3, 20), household_id=family_id(WANG)),
    ):
        (text,) = page_texts(papers_pdf(work, papers))
        assert "张示范" not in text
        assert "＿" in text
    assert "张示范" in page_texts(papers_pdf(work, loan_papers(work, day, household_id=HOME)))[0]
    records.change(work, "loan", made, {"status": "结清"})
    assert "张示范" not in page_texts(papers_pdf(work, loan_papers(work, day, household_id=HOME)))[0]
