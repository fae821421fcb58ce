"""家庭收入核算表: the account in the order of the form, sums as the account has them, what does not count apart."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.helpers.days import on, with_line
from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from tests.helpers.stores import WANG, ZHANG, add_family, family_id
from tests.unit.services.test_incomes import SON, account, s1_lines
from villageapp.domain.money import yuan
from villageapp.errors import NotFound, Trouble
from villageapp.services import incomes, records
from villageapp.services.income_sheets import blank_income_papers, income_papers
from villageapp.services.paper_files import papers_pdf, print_papers
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
SECTIONS = (
    "一、生产经营性收入",
    "二、生产经营性支出",
    "三、工资性收入",
    "四、财产性收入",
    "五、转移性收入",
    "六、总收入",
    "七、纯收入",
    "八、人均纯收入",
    "九、不计入收入项目",
    "十、",
)


@pytest.fixture
def filled(work: Workspace) -> Workspace:
    """The account of scenario S1, the son's trade, a claim and what the family paid itself."""
    on(work, "2023-12-20")
    values = {"household_id": HOME, "member_id": SON, "working": True, "start_ym": "2023-03"}
    records.record(work, "employment", {**values, "job": "钢筋工", "employer": "示例建筑公司"})
    account(work, ZHANG, s1_lines(), claim_income="500", compliant_oop="2600")
    return work


def test_sections_stand_in_the_order_of_the_form(filled: Workspace, tmp_path: Path) -> None:
    report = print_papers(filled, income_papers(filled, [HOME], 2023), tmp_path / "a.pdf")
    assert (report.pages, report.items) == (1, 1)
    assert page_sizes_mm(tmp_path / "a.pdf") == [(210, 297)]
    (text,) = page_texts(tmp_path / "a.pdf")
    places = [text.index(section) for section in SECTIONS]
    assert places == sorted(places)
    for part in ("2023年度", "张示范", "4 人", "钢筋工", "示例建筑公司", "户主签字", "采集人签字"):
        assert part in text
    assert text.count("钢筋工") == 1, "the trade stands beside the wages, not beside the public post"


def test_sums_are_those_of_the_account(filled: Workspace) -> None:
    (listed,) = incomes.list_accounts(filled, HOME)
    figures = incomes.page(filled, listed["id"]).income
    (text,) = page_texts(papers_pdf(filled, income_papers(filled, [HOME], 2023)))
    for amount in (
        figures.gross,
        figures.net,
        figures.per_capita,
        figures.ref,
        figures.ref_per_capita,
        figures.not_counted,
    ):
        assert yuan(amount) in text
    left_out = text[text.index(SECTIONS[8]) : text.index("十、纳入")]
    assert yuan(figures.not_counted) in left_out
    assert "教育资助" in left_out


def test_the_line_is_named_or_said_to_be_unset(filled: Workspace) -> None:
    assert "监测线未核定" in page_texts(papers_pdf(filled, income_papers(filled, [HOME], 2023)))[0]
    (text,) = page_texts(papers_pdf(with_line(filled), income_papers(filled, [HOME], 2023)))
    assert "7,000.00" in text
    assert "TEST" in text
    assert "监测线未核定" not in text
    assert "不低于监测线" in text or "低于监测线" in text


def test_neither_number_nor_account_of_people_stands_on_the_family_copy(filled: Workspace) -> None:
    text = "".join(page_texts(papers_pdf(filled, income_papers(filled, [HOME], 2023))))
    for private in ("14990119620315001X", "149901198801010016", "13800000001"):
        assert private not in text
    assert "农户留存" in text


def test_months_stand_in_their_columns(work: Workspace, tmp_path: Path) -> None:
    on(work, "2023-12-20")
    lines = [{"subject_code": "A1", "amount": "2000", "person_id": SON, "month": m} for m in (1, 2)]
    account(work, ZHANG, [*lines, {"subject_code": "B1", "amount": "700"}])
    report = print_papers(work, income_papers(work, [HOME], 2023, by_month=True), tmp_path / "a.pdf")
    assert report.pages == 1
    assert page_sizes_mm(tmp_path / "a.pdf") == [(420, 297)]
    (text,) = page_texts(tmp_path / "a.pdf")
    assert text.count("2,000.00") == 2
    assert "4,000.00" in text, "the sum of the line"
    assert "12月" in text


def test_a_household_without_account_gets_its_name_on_a_form(filled: Workspace) -> None:
    one, other = page_texts(papers_pdf(filled, income_papers(filled, [HOME, family_id(WANG)], 2023)))
    assert "张示范" in one
    assert "王测试" in other
    assert "养老金" in other, "the subjects to be asked"
    (earlier,) = page_texts(papers_pdf(filled, income_papers(filled, [HOME], 2022)))
    assert "18,000.00" not in earlier, "an account of a later year is not that year's"


@pytest.mark.parametrize("by_month", [False, True])
def test_blank_forms(work: Workspace, by_month: bool) -> None:
    pages = page_texts(papers_pdf(work, blank_income_papers(work, 2, by_month=by_month)))
    assert len(pages) == 2
    assert "务工收入" in pages[0] or "工种" in pages[0]
    assert "张示范" not in pages[0]


def test_long_names_and_many_lines_stay_on_the_paper(work: Workspace) -> None:
    on(work, "2023-12-20")
    home = add_family(
        work,
        {"national_hh_no": "1499000000000009", "group_name": "第一百二十三村民小组" * 3},
        ({"name": "阿卜杜热合曼·买买提伊明江·示范", "id_no": "149901195501010010", "relation": "户主"},),
    )
    (person,) = home.members.values()
    lines = [
        {
            "subject_code": "A1",
            "amount": "100000",
            "person_id": person,
            "month": 1 + n % 12,
            "note": "长" * 60,
        }
        for n in range(40)
    ]
    incomes.record_account(work, home.id, {"income_year": 2023, "population": 12}, lines)
    pdf = papers_pdf(work, income_papers(work, [home.id], 2023))
    pages = page_texts(pdf)
    assert len(pages) > 1
    assert "第 1 页 共" in pages[0]
    assert ink_at_the_edges(pdf, 9) == 0


def test_refusals(work: Workspace) -> None:
    with pytest.raises(NotFound):
        papers_pdf(work, income_papers(work, ["gone"], date.today().year))
    with pytest.raises(Trouble, match="没有要打印的内容"):
        papers_pdf(work, income_papers(work, [], 2023))
