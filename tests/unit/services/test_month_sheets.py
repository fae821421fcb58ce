"""The month sheet on paper has the figures and the open items of the month sheet on screen."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.helpers.days import on
from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from tests.helpers.stores import ZHANG, family_id
from villageapp.reports.month_sheet import FIGURES
from villageapp.services import problem_courses, problems
from villageapp.services.month_sheets import month_papers
from villageapp.services.paper_files import papers_pdf, print_papers
from villageapp.services.workspace import Workspace


def test_figures_and_open_items(work: Workspace, tmp_path: Path) -> None:
    on(work, "2023-03-20")
    values = {"category": "住房安全", "title": "房顶漏雨", "reported_on": "2023-03-01", "grade": "I"}
    opened = problems.add_problem(work, {**values, "household_id": family_id(ZHANG)}).detail
    problems.add_problem(work, {**values, "scope": "村", "title": "村道积水", "reported_on": "2023-03-19"})
    report = print_papers(work, month_papers(work, date(2023, 3, 15)), tmp_path / "a.pdf")
    assert (report.pages, report.items) == (1, 2)
    assert page_sizes_mm(tmp_path / "a.pdf") == [(210, 297)]
    (text,) = page_texts(tmp_path / "a.pdf")
    counts = problem_courses.month_sheet(work, date(2023, 3, 1)).counts()
    assert (counts["added"], counts["overdue"], counts["open"]) == (2, 1, 2)
    for part in ("2023年3月", "截至 2023-03-20", "房顶漏雨", "村道积水", "张示范", str(opened.due_solve)):
        assert part in text
    assert text.index("房顶漏雨") < text.index("村道积水"), "longest overdue first"


def test_an_empty_sheet_for_a_pen(work: Workspace, tmp_path: Path) -> None:
    on(work, "2023-03-20")
    values = {"category": "住房安全", "title": "房顶漏雨", "reported_on": "2023-03-01", "grade": "I"}
    problems.add_problem(work, {**values, "household_id": family_id(ZHANG)})
    report = print_papers(work, month_papers(work, date(2023, 3, 1), blank=True), tmp_path / "a.pdf")
    assert (report.pages, report.items) == (1, 1)
    (text,) = page_texts(tmp_path / "a.pdf")
    for _, label in FIGURES:
        assert label in text
    for filled in ("房顶漏雨", "2023年3月", "截至 2023", "没有未销号的问题"):
        assert filled not in text
    assert "示例村" in text
    assert ink_at_the_edges(tmp_path / "a.pdf", 9) == 0


def test_a_month_without_problems(work: Workspace) -> None:
    papers = month_papers(on(work, "2023-03-20"), date(2023, 1, 1))
    (text,) = page_texts(papers_pdf(work, papers))
    assert "没有未销号的问题" in text
    assert "截至 2023-01-31" in text
