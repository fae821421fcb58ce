"""Cards from the store: facts, files, privacy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from tests.helpers.days import on
from tests.helpers.stores import WANG, ZHANG, ZHAO, family_id, member_id
from villageapp.errors import Cancelled, NotFound, Trouble
from villageapp.reports.card_facts import CardIncomeYear, Schooling
from villageapp.services import cadres, cards, households, incomes, measures, problems, visits
from villageapp.services.cards import Privacy
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)


class Impatient:
    """Progress of somebody who cancels after the first household."""

    def __init__(self) -> None:
        self.done = 0

    def step(self, done: int, total: int, what: str) -> None:
        self.done = done

    def check_cancelled(self) -> None:
        if self.done:
            raise Cancelled


def _text(pdf: Path | bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def _visit(work: Workspace, **answers: Any) -> None:
    visits.record_visit(work, HOME, {"kind": "01", "started_at": work.now(), "result": "见到户主", **answers})


SON = member_id(ZHANG, "149901198801010016")


def _account(work: Workspace, year: int, wages: str, **more: Any) -> None:
    lines = [
        {"subject_code": "A1", "amount": wages, "person_id": SON},
        {"subject_code": "B1", "amount": "6200.50"},
        {"subject_code": "C1", "amount": "300"},
        {"subject_code": "D02", "amount": "1000"},
        {"subject_code": "E1", "amount": "2350"},
        {"subject_code": "X01", "amount": "3000"},
    ]
    incomes.record_account(work, HOME, {"income_year": year, "population": 4, **more}, lines)


def test_the_income_block_is_that_of_the_last_full_year(work: Workspace) -> None:
    on(work, "2023-11-20")
    (bare,) = cards.card_facts(work, [HOME])
    assert (bare.income_last, bare.income_this) == (None, None), "未核算 without an account"
    _account(work, 2023, "99000", basis="calendar")
    (bare,) = cards.card_facts(work, [HOME])
    assert bare.income_this is None, "the year is not over"
    _account(work, 2022, "20000", last_year_per_capita="5800.25")
    (facts,) = cards.card_facts(work, [HOME])
    year = CardIncomeYear(2022, 20_000_00, 6_200_50, 300_00, 1_000_00, 2_350_00, 25_150_50, 6_287_63)
    assert facts.income_this == year
    assert facts.income_last == CardIncomeYear(2021, net_per_head=5_800_25), "what was recorded of it"
    _account(work, 2021, "18000")
    (facts,) = cards.card_facts(work, [HOME])
    assert facts.income_last is not None
    assert facts.income_last.wages == 18_000_00
    (changed,) = cards.card_facts(on(work, "2024-01-01"), [HOME])
    assert changed.income_this is not None
    assert changed.income_this.year == 2023


def test_both_bases_are_never_mixed_and_other_households_stay_blank(work: Workspace) -> None:
    on(work, "2023-11-20")
    _account(work, 2022, "20000", basis="calendar")
    _account(work, 2023, "21000", basis="survey")
    facts, other = cards.card_facts(work, [HOME, family_id(WANG)])
    assert facts.income_this is not None
    assert facts.income_this.year == 2023, "its period ended in September"
    assert facts.income_last is None, "the year before was kept on the other basis"
    assert (other.income_this, other.income_last) == (None, None)


def test_facts(work: Workspace) -> None:
    duty = cadres.record_cadre(work, {"name": "陈建华", "role": "责任人", "phone": "13800000020"}).id
    cadres.assign_duty_person(work, HOME, duty)
    measures.record_measure(
        work,
        HOME,
        {
            "item": "养殖业",
            "title": "母羊",
            "status": "实施中",
            "amount": "3000",
            "qty": "5",
            "qty_unit": "只",
        },
    )
    _visit(work, demand="想养羊", water_ok=False)
    (facts,) = cards.card_facts(work, [HOME])
    assert [member.name for member in facts.members] == ["张示范", "李样例", "张小样", "张小例"]
    assert (facts.household_type, facts.monitoring, facts.population, facts.labour_count) == (
        "脱贫户",
        "非监测对象",
        4,
        3,
    )
    assert {contact.role: contact.name for contact in facts.contacts}["partner"] == "陈建华"
    assert facts.measures[0].quantity == "5只"
    assert facts.guarantees.water_safe is False
    assert facts.guarantees.all_insured is None, "unknown is not no"
    assert facts.plans[0].need == "饮水安全没有保障"
    assert facts.plans[1].need == "想养羊"
    assert facts.visits[0].summary.startswith("饮水安全有保障：否")
    assert facts.facts_state == "未登记服务器"


def test_guarantees_follow_members_and_the_newest_visit(work: Workspace) -> None:
    for id_no in ("14990119620315001X", "149901196507080022", "149901198801010016"):
        households.change_member(work, member_id(ZHANG, id_no), {"med_insurance_resident": True})
    girl = member_id(ZHANG, "149901201009160023")
    none = {"med_insurance_resident": False, "med_insurance_employee": False}
    households.change_member(work, girl, none)
    _visit(work, edu_ok=False)
    (facts,) = cards.card_facts(work, [HOME])
    assert (facts.guarantees.all_insured, facts.guarantees.uninsured_count) == (False, 1)
    assert facts.guarantees.schooling is Schooling.NOT_SECURED
    (old,) = cards.card_facts(work, [family_id(WANG)])
    assert old.guarantees.schooling is Schooling.NO_SCHOOL_AGE


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (True, None, True),
        (None, True, True),
        (False, False, False),
        (False, None, None),
        (None, None, None),
    ],
)
def test_either_insurance(first: bool | None, second: bool | None, both: bool | None) -> None:
    from villageapp.services.card_guarantees import either

    assert either(first, second) is both


def test_print_all(work: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "cards.pdf"
    report = cards.print_cards(work, None, Privacy.P1, out)
    assert (report.items, report.pages, report.missing_glyphs) == (4, 8, ())
    text = _text(out)
    assert "单䶮" in text
    assert "149901********001X" in text
    assert "14990119620315001X" not in text


def test_privacy(work: Workspace, tmp_path: Path) -> None:
    """S12: the public card has no ID, phone or health."""
    head = member_id(ZHANG, "14990119620315001X")
    households.change_member(work, head, {"health": "长期慢性病", "phone": "13800000003"})
    households.change(work, HOME, {"bank_account": "6217000000000000001"})
    for grade, id_shown, health_shown in ((Privacy.P0, False, False), (Privacy.P2, True, True)):
        out = tmp_path / f"{grade}.pdf"
        cards.print_cards(work, [HOME], grade, out)
        text = _text(out)
        assert ("14990119620315001X" in text) is id_shown
        assert ("长期慢性病" in text) is health_shown
        assert "6217000000000000001" not in text
        assert ("13800000001" in text) is id_shown


def test_refusals_leave_no_file(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="没有要打印"):
        cards.print_cards(work, [], Privacy.P1, tmp_path / "none.pdf")
    with pytest.raises(Trouble, match="不存在"):
        cards.print_cards(work, None, Privacy.P1, tmp_path / "no" / "such.pdf")
    with pytest.raises(Trouble, match="是文件夹"):
        cards.print_cards(work, None, Privacy.P1, tmp_path)
    with pytest.raises(Cancelled):
        cards.print_cards(work, None, Privacy.P1, tmp_path / "stopped.pdf", Impatient())
    with pytest.raises(NotFound):
        cards.preview_cards(work, [], Privacy.P1)
    assert not list(tmp_path.glob("*.pdf"))
    assert not list(tmp_path.glob(".report-*"))


def test_a_character_without_glyph_is_named_unless_allowed(work: Workspace, tmp_path: Path) -> None:
    head = member_id(ZHAO, "149901195310010042")
    households.change_member(work, head, {"name": "赵\U0003134a"})
    out = tmp_path / "card.pdf"
    with pytest.raises(Trouble, match="U\\+3134A"):
        cards.print_cards(work, [family_id(ZHAO)], Privacy.P1, out)
    assert not out.exists()
    report = cards.print_cards(work, [family_id(ZHAO)], Privacy.P1, out, allow_missing=True)
    assert len(report.missing_glyphs) >= 1
    assert _text(cards.preview_cards(work, [family_id(ZHAO)], Privacy.P1))


def test_open_problems_come_before_wishes(work: Workspace) -> None:
    for category in ("就业", "住房安全", "饮水安全"):
        problems.add_problem(work, {"category": category, "title": category, "household_id": HOME})
    _visit(work, demand="想养羊")
    (facts,) = cards.card_facts(work, [HOME])
    assert len(facts.plans) == 2
    assert "想养羊" not in {plan.need for plan in facts.plans}


@pytest.mark.parametrize("grade", list(Privacy))
def test_an_empty_card_for_a_pen_asks_everything_and_answers_nothing(
    work: Workspace, tmp_path: Path, grade: Privacy
) -> None:
    _account(on(work, "2023-03-20"), 2022, "20000")
    given = {"item": "M0202", "title": "交通补贴", "status": "实施中", "member_id": SON}
    measures.record_measure(work, HOME, given)
    report = cards.print_blank_card(work, grade, tmp_path / "a.pdf")
    assert (report.pages, report.items, report.missing_glyphs) == (2, 1, ())
    text = _text(tmp_path / "a.pdf")
    for part in (
        "示例村",
        "2023年度",
        "与户主关系",
        "□是 □否",
        "□产业帮扶",
        "人均纯收入",
        "户主签字",
        grade.label,
    ):
        assert part in text
    for answer in ("张示范", "未知", "☑", "20,000.00", "交通补贴", "数据截至", ZHANG):
        assert answer not in text
    assert ("2022年" in text) == (grade is not Privacy.P0), "amounts are not asked on the public card"
    assert cards.blank_card_pdf(work, grade) == (tmp_path / "a.pdf").read_bytes()
