"""连心卡: ten on a leaf, back behind front, telephones large, policies that fit, nothing private (grade P0)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from tests.helpers.stores import SHAN, WANG, ZHANG, ZHAO, add_family, family_id, member_id
from villageapp.errors import Trouble, ValidationFailed
from villageapp.models.records import Cadre, Household, Member, Policy
from villageapp.reports.contact_card import ON_A_PAGE
from villageapp.reports.placed_sheet import turned
from villageapp.services.contact_cards import blank_contact_papers, contact_papers
from villageapp.services.paper_files import papers_pdf, print_papers
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
HEAD = member_id(ZHANG, "14990119620315001X")
PRIVATE = ("14990119620315001X", "13800000001", "149900000000000", "尿毒症", "低保")


def _assign(work: Workspace, cls: Any, record_id: str, **values: Any) -> None:
    with work.transaction() as session:
        session.get_one(cls, record_id).assign(values)


def _policy(work: Workspace, number: str, text: str, *target: dict[str, Any]) -> None:
    with work.transaction() as session:
        policy = Policy(id=f"policy-{number}")
        policy.assign(
            {
                "policy_no": number,
                "title": text,
                "level": "省",
                "category": "产业",
                "effective_from": work.today(),
                "pocket_text": text,
                "target": target,
            }
        )
        session.add(policy)


@pytest.fixture
def helped(work: Workspace) -> Workspace:
    """A household with a sick head and somebody to ring."""
    _assign(work, Cadre, work.identity.user_id, role="第一书记", phone="13900000001", unit="示例水利局")
    _assign(work, Member, HEAD, health=("4",), disease_name="尿毒症", phone="13700000001")
    return work


def test_front_and_back(helped: Workspace, tmp_path: Path) -> None:
    report = print_papers(helped, contact_papers(helped, [HOME]), tmp_path / "a.pdf")
    assert (report.pages, report.items) == (2, 1)
    assert page_sizes_mm(tmp_path / "a.pdf") == [(210, 297)] * 2
    front, back = page_texts(tmp_path / "a.pdf")
    for part in ("连心卡", "张示范", "周队员", "示例水利局", "13900000001", "12317"):
        assert part in front
    assert "政策" in back
    assert "张示范" not in back


def test_nothing_private_stands_on_it(helped: Workspace) -> None:
    text = "".join(page_texts(papers_pdf(helped, contact_papers(helped, [HOME, family_id(WANG)]))))
    for word in (*PRIVATE, "13700000001"):
        assert word not in text
    _assign(helped, Household, HOME, bank_account="6222020000000000123")
    _assign(helped, Cadre, helped.identity.user_id, unit="6222020000000000123")
    with pytest.raises(ValidationFailed, match="张示范户"):
        papers_pdf(helped, contact_papers(helped, [HOME]))


def test_a_policy_that_tells_of_an_illness_is_left_out(helped: Workspace) -> None:
    ordinary = {"subject": "household", "field": "household_type", "op": "is", "value": "1"}
    sick = {"subject": "member", "field": "health", "op": "has", "value": "4"}
    _policy(helped, "T-1", "脱贫户可申请示例贴息", ordinary)
    _policy(helped, "T-2", "大病患者可申请示例救助", ordinary, sick)
    _policy(helped, "T-3", "尿毒症患者可办示例慢病证", ordinary)
    _, back = page_texts(papers_pdf(helped, contact_papers(helped, [HOME])))
    assert "示例慢病证" not in back, "the words themselves would tell of the illness"
    assert "示例贴息" in back
    assert "示例救助" not in back


def test_eleven_households_need_two_leaves_and_backs_match_fronts(work: Workspace) -> None:
    others = [family_id(number) for number in (ZHANG, WANG, ZHAO, SHAN)]
    pages = page_texts(papers_pdf(work, contact_papers(work, (others * 3)[:11])))
    assert len(pages) == 4
    assert pages[0].count("连心卡") == ON_A_PAGE
    assert pages[2].count("连心卡") == 1
    assert [turned(place, 2) for place in range(4)] == [1, 0, 3, 2], "turned over the long edge"


def test_a_long_name_and_a_long_unit_stay_in_their_card(helped: Workspace) -> None:
    home = add_family(
        helped,
        {"national_hh_no": "1499000000000009"},
        ({"name": "阿卜杜热合曼·买买提伊明江·示范", "id_no": "149901195501010010", "relation": "户主"},),
    )
    _assign(helped, Cadre, helped.identity.user_id, unit="某某省某某市某某县人民政府办公室综合协调科" * 3)
    pdf = papers_pdf(helped, contact_papers(helped, [home.id] * ON_A_PAGE))
    assert len(page_texts(pdf)) == 2
    assert ink_at_the_edges(pdf, 4) == 0
    assert "买买提" in page_texts(pdf)[0]


def test_blank_cards_and_nobody(work: Workspace) -> None:
    front, back = page_texts(papers_pdf(work, blank_contact_papers(work)))
    assert front.count("户主") == ON_A_PAGE
    assert "12317" in front
    assert "张示范" not in front + back
    with pytest.raises(Trouble, match="没有要打印的内容"):
        papers_pdf(work, contact_papers(work, []))
