"""The case file of a monitored household: ten papers, what is recorded on them, notices without private facts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from tests.helpers.stores import WANG, ZHANG, add_family, as_role, family_id, member_id
from villageapp.errors import NotFound, ValidationFailed
from villageapp.models.records import Household, Member, MonitoringCase
from villageapp.services import cases, measures, records, visits
from villageapp.services.case_files import NUMBERS, blank_case_papers, case_papers
from villageapp.services.paper_files import papers_pdf, print_papers
from villageapp.services.workspace import Workspace

HOME = family_id(WANG)
HEAD = member_id(WANG, "149901195512310035")
ID_NO, PHONE = "149901195512310035", "13800000002"
TITLES = (
    "申请及承诺授权书",
    "入户核实表",
    "民主评议记录",
    "公示",
    "粘贴页",
    "一户一策帮扶计划",
    "跟踪记录",
    "风险消除核实表",
    "公示",
    "告知书",
)
OPENED = {
    "reported_on": "2023-03-06",
    "verify_on": "2023-03-07",
    "category": "2",
    "risk_1": "01",
    "risk_note": "长期服药",
}


def _assign(work: Workspace, cls: Any, record_id: str, **values: Any) -> None:
    with work.transaction() as session:
        session.get_one(cls, record_id).assign(values)


@pytest.fixture
def case_id(work: Workspace) -> str:
    """A case that was verified, of a sick person."""
    as_role(on(work, "2023-03-10"))
    _assign(work, Household, HOME, phone=PHONE)
    _assign(work, Member, HEAD, health=("4",), disease_name="尿毒症")
    opened = cases.open_case(work, HOME, {"reported_on": "2023-03-06"}).id
    cases.fill_in(work, opened, OPENED)
    return opened


def test_ten_papers_in_their_order(work: Workspace, case_id: str, tmp_path: Path) -> None:
    report = print_papers(work, case_papers(work, case_id), tmp_path / "a.pdf")
    assert (report.pages, report.items) == (10, 10)
    assert set(page_sizes_mm(tmp_path / "a.pdf")) == {(210, 297)}
    pages = page_texts(tmp_path / "a.pdf")
    for text, title in zip(pages, TITLES, strict=True):
        assert title in text
    assert all("王测试" in pages[number - 1] for number in NUMBERS if number not in (4, 9))
    assert ID_NO in pages[1], "a work file names whom it is about"
    assert "长期服药" in pages[1]
    assert "监测线未核定" in pages[1]


def test_public_papers_name_nobody_before_the_review(work: Workspace, case_id: str) -> None:
    pages = page_texts(papers_pdf(work, case_papers(work, case_id, (4, 9))))
    for text in pages:
        assert "公示版" in text
        assert "王测试" not in text
        assert PHONE not in text
    cases.fill_in(work, case_id, {"village_review_on": "2023-03-09", "votes_total": 17, "votes_for": 11})
    notice, leaving, told = page_texts(papers_pdf(work, case_papers(work, case_id, (4, 9, 10))))
    assert "王测试" in notice
    assert "王测试" not in leaving
    for text in (notice, told):
        for private in (ID_NO, PHONE, "尿毒症", "因病"):
            assert private not in text.replace("遇到因病", "")


def test_a_leak_refuses_the_whole_set(work: Workspace, case_id: str, tmp_path: Path) -> None:
    cases.fill_in(work, case_id, {"village_review_on": "2023-03-09"})
    _assign(work, Member, HEAD, name=PHONE)
    with pytest.raises(ValidationFailed):
        print_papers(work, case_papers(work, case_id), tmp_path / "a.pdf")
    assert not list(tmp_path.glob("*.pdf"))


def test_plan_and_follow_ups(work: Workspace, case_id: str) -> None:
    on(work, "2023-06-20")
    _assign(
        work, MonitoringCase, case_id, county_approved_on=date(2023, 3, 30), identified_on=date(2023, 3, 30)
    )
    helping = {"item": "M0703", "title": "大病医疗救助", "status": "实施中", "start_on": "2023-04-01"}
    measures.record_measure(work, HOME, {**helping, "member_id": HEAD})
    visits.record_visit(
        work,
        HOME,
        {"kind": "01", "started_at": "2023-06-20 10:00", "result": "见到户主", "demand": "想装暖气"},
    )
    plan, follow = page_texts(papers_pdf(work, case_papers(work, case_id, (6, 7))))
    assert "大病医疗救助" in plan
    assert "2023-06-20" in follow
    assert "想装暖气" in follow


def test_children_do_not_sign_for_themselves(work: Workspace) -> None:
    as_role(on(work, "2023-03-10"))
    opened = cases.open_case(work, family_id(ZHANG), {"reported_on": "2023-03-06"}).id
    (text,) = page_texts(papers_pdf(work, case_papers(work, opened, (1,))))
    signing = text[text.index("全部成年家庭成员签字") :]
    assert "张小样" in signing
    assert "张小例" not in signing


def test_a_family_of_twelve_with_long_names(work: Workspace) -> None:
    as_role(on(work, "2023-03-10"))
    people = tuple(
        {
            "name": f"阿卜杜热合曼·买买提伊明江·示范{n}",
            "id_no": number,
            "relation": "户主" if n == 0 else "之子",
        }
        for n, number in enumerate(_numbers(12))
    )
    home = add_family(work, {"national_hh_no": "1499000000000009", "address": "很长的住址" * 20}, people)
    opened = cases.open_case(work, home.id, {"reported_on": "2023-03-06"}).id
    pdf = papers_pdf(work, case_papers(work, opened, (1, 2)))
    text = "".join(page_texts(pdf))
    assert all(person["id_no"] in text for person in people)
    assert ink_at_the_edges(pdf, 9) == 0


def _numbers(count: int) -> list[str]:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    found = []
    for n in range(count):
        body = f"149901{1960 + n}010100{1 + n % 9}"[:17].ljust(17, "1")
        rest = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
        found.append(body + "10X98765432"[rest])
    return found


def test_the_blank_set(work: Workspace) -> None:
    pages = page_texts(papers_pdf(work, blank_case_papers(work)))
    assert len(pages) == 10
    for text, title in zip(pages, TITLES, strict=True):
        assert title in text
    assert "王测试" not in "".join(pages)


def test_a_case_that_is_gone(work: Workspace) -> None:
    with pytest.raises(NotFound):
        papers_pdf(work, case_papers(work, "gone"))


def test_the_clue_and_the_consent_stand_on_the_application(work: Workspace, case_id: str) -> None:
    values = {"household_id": HOME, "kind": "2", "text_version": "2022-1", "signed_on": "2023-03-08"}
    records.record(work, "consent", {**values, "method": "按手印", "witness": "赵见证"})
    (text,) = page_texts(papers_pdf(work, case_papers(work, case_id, (1,))))
    for part in ("2023-03-06", "2023-03-08", "按手印", "赵见证", "2022-1"):
        assert part in text
