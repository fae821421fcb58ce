"""Public notices hold name, place, category and result, and nothing that must not be public."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.pdf_pages import page_sizes_mm, page_texts
from tests.helpers.stores import WANG, as_role, family_id, member_id
from villageapp.domain import notice
from villageapp.errors import NotFound, ValidationFailed
from villageapp.models.records import Household, Member, MonitoringCase
from villageapp.services import cases
from villageapp.services.notices import notice_papers
from villageapp.services.paper_files import papers_pdf, print_papers
from villageapp.services.workspace import Workspace

HOME = family_id(WANG)
HEAD = member_id(WANG, "149901195512310035")
REVIEWED = {
    "category": "2",
    "risk_1": "01",
    "village_review_on": "2023-03-09",
    "attendees": 17,
    "votes_for": 11,
    "votes_total": 17,
}


def _assign(work: Workspace, cls: Any, record_id: str, **values: Any) -> None:
    with work.transaction() as session:
        session.get_one(cls, record_id).assign(values)


@pytest.fixture
def case_id(work: Workspace) -> str:
    """A case of a sick person with telephone and account."""
    as_role(on(work, "2023-03-10"))
    _assign(work, Household, HOME, phone="13800000002")
    _assign(work, Member, HEAD, phone="13900000003", health=("4",), disease_name="尿毒症")
    opened = cases.open_case(work, HOME, {"reported_on": "2023-03-06"}).id
    cases.fill_in(work, opened, REVIEWED)
    return opened


def test_a_notice_of_the_identification(work: Workspace, case_id: str, tmp_path: Path) -> None:
    cases.fill_in(work, case_id, {"notice_start": "2023-03-10", "notice_place": "村务公开栏"})
    report = print_papers(work, notice_papers(work, [case_id]), tmp_path / "a.pdf")
    assert (report.pages, report.items, report.missing_glyphs) == (1, 1, ())
    assert page_sizes_mm(tmp_path / "a.pdf") == [(210, 297)]
    (text,) = page_texts(tmp_path / "a.pdf")
    parts = (
        "拟纳入",
        "王测试",
        "二组",
        "边缘易致贫户",
        "2023年3月9日",
        "2023年3月10日",
        "2023年3月15日",
        "12317",
    )
    for part in parts:
        assert part in text
    for secret in (
        "149901195512310035",
        "13800000002",
        "13900000003",
        WANG,
        "尿毒症",
        "因病",
        "149901********",
    ):
        assert secret not in text
    assert notice.judge_text(text, allowed=("12317",)).allowed


def test_before_posting_the_days_are_left_for_the_pen(work: Workspace, case_id: str) -> None:
    (text,) = page_texts(papers_pdf(work, notice_papers(work, [case_id])))
    assert "公示期自" in text
    assert "2023年3月10日" not in text, "today is not the day of posting"
    assert "2023年3月15日" not in text


def test_a_notice_of_the_elimination(work: Workspace, case_id: str) -> None:
    _assign(work, MonitoringCase, case_id, state="EXIT_NOTICE", exit_notice_start=work.today())
    with pytest.raises(ValidationFailed, match="消除评议日期"):
        papers_pdf(work, notice_papers(work, [case_id]))
    _assign(work, MonitoringCase, case_id, exit_review_on=work.today())
    (text,) = page_texts(papers_pdf(work, notice_papers(work, [case_id])))
    assert "拟标注风险消除" in text
    assert "拟纳入" not in text


def test_a_secret_in_a_name_is_refused_and_nothing_written(
    work: Workspace, case_id: str, tmp_path: Path
) -> None:
    _assign(work, Household, HOME, group_name="二组13900000003")
    with pytest.raises(ValidationFailed, match="公示内容含"):
        print_papers(work, notice_papers(work, [case_id]), tmp_path / "a.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["village"]


def test_no_notice_before_the_review_or_without_a_case(work: Workspace) -> None:
    as_role(on(work, "2023-03-10"))
    bare = cases.open_case(work, HOME, {"reported_on": "2023-03-06"}).id
    with pytest.raises(ValidationFailed, match="还没有民主评议日期"):
        papers_pdf(work, notice_papers(work, [bare]))
    with pytest.raises(NotFound, match="案卷"):
        papers_pdf(work, notice_papers(work, ["nothing"]))
