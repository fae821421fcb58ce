"""The list of everything that can be printed: each entry works, asks for what it uses and refuses in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.days import on
from tests.helpers.pdf_pages import page_sizes_mm, page_texts
from tests.helpers.stores import WANG, ZHANG, as_role, family_id
from villageapp.errors import NotFound
from villageapp.services import cases, ledgers, outputs, problems, visits
from villageapp.services.cards import Privacy
from villageapp.services.outputs import Ask, Choice
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
_SLIPS = {"closing", "leave", "loan-slip"}
"""Of A5."""
_MM = {("A4", False): (210, 297), ("A4", True): (297, 210), ("A3", True): (420, 297)}


@pytest.fixture
def filled(work: Workspace) -> tuple[Workspace, Choice]:
    """A store with something of each, and a choice of it."""
    as_role(on(work, "2023-03-20"))
    values = {"kind": "01", "started_at": "2023-03-05 10:00", "result": "见到户主"}
    visit = visits.record_visit(work, HOME, values).id
    told = {"category": "住房安全", "title": "房顶漏雨", "reported_on": "2023-03-01", "household_id": HOME}
    problem = problems.add_problem(work, told).id
    case = cases.open_case(work, family_id(WANG), {"reported_on": "2023-03-06"}).id
    cases.fill_in(work, case, {"category": "2", "risk_1": "01", "village_review_on": "2023-03-09"})
    return work, Choice(visit_id=visit, problem_id=problem, case_id=case, copies=2)


def test_every_output_is_saved_on_its_paper(filled: tuple[Workspace, Choice], tmp_path: Path) -> None:
    work, choice = filled
    known = outputs.outputs()
    assert len({output.key for output in known}) == len(known)
    assert {output.ledger for output in known if output.ledger} == set(ledgers.kinds())
    for output in known:
        report = outputs.save_pdf(work, output, choice, tmp_path / "a.pdf")
        sizes = page_sizes_mm(tmp_path / "a.pdf")
        assert report.pages == len(sizes), output.key
        expected = (148, 210) if output.key in _SLIPS else _MM[output.paper(choice), output.landscape]
        assert set(sizes) == {expected}, output.key
        assert outputs.preview(work, output, choice).startswith(b"%PDF")
    with pytest.raises(NotFound, match="没有"):
        outputs.output_of("weather")


def test_one_household_a_group_a_grade(filled: tuple[Workspace, Choice], tmp_path: Path) -> None:
    work, _ = filled
    card, short = outputs.output_of("card"), outputs.output_of("visit-short")
    outputs.save_pdf(work, card, Choice(household_id=HOME, grade=Privacy.P0), tmp_path / "a.pdf")
    assert "公示版" in page_texts(tmp_path / "a.pdf")[0]
    assert outputs.save_pdf(work, short, Choice(group="二组"), tmp_path / "b.pdf").items == 2
    (page,) = page_texts(tmp_path / "b.pdf")
    assert "王测试" in page
    assert "赵演示" in page
    assert not outputs.is_sample(work, card, Choice(group="二组"))
    assert outputs.is_sample(work, card, Choice())
    assert len(page_texts(outputs.preview(work, short, Choice()))) == 2
    assert outputs.save_pdf(work, short, Choice(), tmp_path / "b.pdf").items == 4


@pytest.mark.parametrize("key", ["visit-recorded", "notice", "closing"])
def test_nothing_chosen_says_what_to_do(work: Workspace, key: str) -> None:
    output = outputs.output_of(key)
    assert {Ask.VISIT, Ask.CASE, Ask.PROBLEM}.intersection(output.asks)
    with pytest.raises(NotFound) as refused:
        outputs.whole_pdf(work, output, Choice())
    assert refused.value.remedy


def test_empty_forms_for_a_pen(filled: tuple[Workspace, Choice], tmp_path: Path) -> None:
    work, choice = filled
    empty = replace(choice, blank=True)
    for output in outputs.outputs():
        if Ask.BLANK not in output.asks:
            continue
        report = outputs.save_pdf(work, output, empty, tmp_path / "a.pdf")
        pages = page_texts(tmp_path / "a.pdf")
        assert report.pages == len(pages) <= 10, output.key
        assert not any(name in "".join(pages) for name in ("张示范", "王测试", "房顶漏雨")), output.key
        assert not outputs.is_sample(work, output, empty)
    for ledger in ledgers.kinds():
        outputs.save_pdf(work, outputs.output_of(f"ledger-{ledger}"), empty, tmp_path / "b.pdf")
        assert len(page_texts(tmp_path / "b.pdf")) == 1, ledger
