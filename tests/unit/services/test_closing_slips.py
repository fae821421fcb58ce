"""The slip that a household signs when its problem is settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.days import on
from tests.helpers.pdf_pages import page_sizes_mm, page_texts
from tests.helpers.stores import ZHANG, family_id
from villageapp.errors import NotFound, Trouble
from villageapp.services import problems
from villageapp.services.closing_slips import find_problems, problems_offered, slip_papers
from villageapp.services.paper_files import papers_pdf, print_papers
from villageapp.services.workspace import Workspace

VALUES = {"category": "住房安全", "title": "房顶漏雨", "reported_on": "2023-03-01", "grade": "I"}


def test_one_slip_for_each_item(work: Workspace, tmp_path: Path) -> None:
    on(work, "2023-03-20")
    told = {**VALUES, "household_id": family_id(ZHANG), "description": "西墙角渗水"}
    first = problems.add_problem(work, {**told, "owner_id": work.identity.user_id}).detail
    second = problems.add_problem(work, {**VALUES, "scope": "村", "reported_on": "2023-03-02"}).detail
    numbers = {row["id"]: row["ledger_no"] for row in problems.list_problems(work)}
    ids = find_problems(work, [numbers[first.problem_id], second.problem_id, first.problem_id])
    assert ids == [first.problem_id, second.problem_id]
    assert [found for found, _ in problems_offered(work)] == [second.problem_id, first.problem_id]
    report = print_papers(work, slip_papers(work, ids), tmp_path / "a.pdf")
    assert (report.pages, report.items) == (2, 2)
    assert set(page_sizes_mm(tmp_path / "a.pdf")) == {(148, 210)}
    text, other = page_texts(tmp_path / "a.pdf")
    for part in (
        numbers[first.problem_id],
        "房顶漏雨",
        "西墙角渗水",
        "一组张示范",
        "周队员",
        str(first.due_solve),
    ):
        assert part in text
    assert "农户签字" in text
    assert other.count("房顶漏雨") == 1, "a description that repeats the title stands once"


def test_unknown_or_no_items_are_refused(work: Workspace) -> None:
    with pytest.raises(NotFound, match="没有编号为"):
        find_problems(work, ["2023-1"])
    with pytest.raises(NotFound, match="没有找到这个问题"):
        papers_pdf(work, slip_papers(work, ["gone"]))
    with pytest.raises(Trouble, match="没有要打印的内容"):
        papers_pdf(work, slip_papers(work, []))
