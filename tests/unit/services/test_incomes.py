"""Income accounts in a real store: S1, S2, S3 of domain.md, the clue that follows, signed accounts, R-INC-9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.days import on, with_line
from tests.helpers.stores import SHAN, WANG, ZHANG, ZHAO, family_id, member_id
from villageapp.errors import NotAllowed, ValidationFailed
from villageapp.services import clues, households, incomes, members, records, visits
from villageapp.services.workspace import Workspace

SON = member_id(ZHANG, "149901198801010016")
FAMILY = (
    "14990119620315001X",
    "149901196507080022",
    "149901198801010016",
    "149901201009160023",
)


def s1_lines() -> list[dict[str, Any]]:
    """Scenario S1, amounts as people write them."""
    wages = [("A1", "18000"), ("A2", "3600")]
    others = [
        ("B1", "6200"),
        ("B2", "5400"),
        ("E1", "2350"),
        ("E2", "1900"),
        ("C1", "600"),
        ("C2", "800"),
        ("D04", "1440"),
        ("D05", "360"),
        ("D06", "335"),
        ("X01", "3000"),
    ]
    return [{"subject_code": s, "amount": a, "person_id": SON} for s, a in wages] + [
        {"subject_code": s, "amount": a} for s, a in others
    ]


def account(work: Workspace, number: str, lines: list[dict[str, Any]], **values: Any) -> Any:
    given = {"income_year": 2023, "population": 4, **values}
    return incomes.record_account(work, family_id(number), given, lines)


def plain_account(work: Workspace, number: str, net: str, **values: Any) -> str:
    """An account whose whole income is one line of the household."""
    made: str = account(work, number, [{"subject_code": "B1", "amount": net}], population=1, **values).id
    return made


def insured(work: Workspace, number: str, ids: tuple[str, ...], *, but: str = "") -> None:
    for id_no in ids:
        known = {"med_insurance_resident": id_no != but, "med_insurance_employee": False}
        members.change_member(work, member_id(number, id_no), known)


def test_s1_sums_and_the_switch_of_one_subject(work: Workspace) -> None:
    saved = account(work, ZHANG, s1_lines())
    found = incomes.page(work, saved.id)
    assert (found.income.gross, found.income.net) == (36_735_00, 32_485_00)
    assert found.income.per_capita == 8_121_25
    assert found.income.not_counted == 3_000_00
    assert found.account["period_start"].isoformat() == "2023-01-01"
    assert "监测标准未核定" in found.unset
    assert (found.gap, found.proposal) == (None, None)
    counted = [{**line, "counts": True} for line in s1_lines()]
    changed = incomes.change_account(work, saved.id, {}, counted).detail.income
    assert (changed.net, changed.per_capita) == (35_485_00, 8_871_25)
    assert len(incomes.page(work, saved.id).lines) == 12, "lines are replaced, not added"


def test_s2_an_illness_opens_a_clue_due_the_next_day(work: Workspace) -> None:
    with_line(on(work, "2023-03-06"))
    saved = account(work, ZHANG, s1_lines(), claim_income="1500", compliant_oop="9200").detail
    assert (saved.income.ref, saved.income.ref_per_capita) == (24_785_00, 6_196_25)
    assert saved.proposal.category == "3", "突发严重困难户， not 脱贫不稳定户"
    (clue,) = clues.list_clues(work)
    assert clue["id"] == saved.clue.clue_id
    assert clue["due_verify"].isoformat() == "2023-03-07"
    assert clue["risk_codes"] == ("01",)
    assert "突发严重困难户" in clue["description"]
    again = incomes.change_account(work, incomes.list_accounts(work)[0]["id"], {"compliant_oop": "9300"})
    assert again.detail.clue.existing
    assert len(clues.list_clues(work)) == 1


def test_no_clue_for_a_monitored_household_or_an_account_of_long_ago(work: Workspace) -> None:
    with_line(on(work, "2023-03-06"), first=2020)
    assert account(work, WANG, [], population=1).detail.clue is None
    assert account(work, ZHANG, [], income_year=2020).detail.clue is None
    assert clues.list_clues(work) == []


def gap_page(work: Workspace, number: str, net: str, population: int, *, sign: bool = True) -> Any:
    line = {"subject_code": "B1", "amount": net}
    saved = account(work, number, [line], population=population, payments_recorded=True)
    if sign:
        incomes.set_status(work, saved.id, "农户已签字")
    return incomes.page(work, saved.id)


@pytest.mark.parametrize(
    ("net", "amount", "each"), [("18300", 2_700_00, 900_00), ("20000", 1_000_00, 333_33)]
)
def test_s3_the_gap_is_the_households_to_the_fen(work: Workspace, net: str, amount: int, each: int) -> None:
    with_line(work)
    insured(work, ZHANG, FAMILY)
    sheet = gap_page(work, ZHANG, net, 3).gap
    assert (sheet.amount, sheet.per_person) == (amount, each)


def test_s3_reasons_against_a_sheet(work: Workspace) -> None:
    with_line(work)
    insured(work, ZHANG, FAMILY, but="149901196507080022")
    sheet = gap_page(work, ZHANG, "18300", 3).gap
    assert sheet.amount is None
    assert "未全部参保" in sheet.judgement.explanation
    insured(work, SHAN, ("14990119480612003X",))
    ordinary = gap_page(work, SHAN, "100", 1).gap
    assert "不是脱贫户" in ordinary.judgement.explanation
    insured(work, ZHAO, ("149901195310010042",))
    unsigned = gap_page(work, ZHAO, "100", 1, sign=False).gap
    assert "农户尚未签字" in unsigned.judgement.explanation


def test_s3_without_a_line_nothing_is_said(work: Workspace) -> None:
    insured(work, ZHANG, FAMILY)
    page = gap_page(work, ZHANG, "18300", 3)
    assert page.gap is None
    assert "监测标准未核定" in page.unset


def test_the_survey_period_gives_no_sheet(work: Workspace) -> None:
    with_line(work)
    found = incomes.page(work, plain_account(work, ZHAO, "100", basis="survey"))
    assert found.account["period_start"].isoformat() == "2022-10-01"
    assert found.gap is None
    assert "自然年" in found.unset


def test_wrong_lines_are_named_and_nothing_is_saved(work: Workspace) -> None:
    stranger = member_id(WANG, "149901195512310035")
    lines = [
        {"subject_code": "A1", "amount": "100"},
        {"subject_code": "B1", "amount": "-5"},
        {"subject_code": "Z9", "amount": "5"},
        {"subject_code": "A1", "amount": "100", "person_id": stranger},
    ]
    with pytest.raises(ValidationFailed) as refused:
        account(work, ZHANG, lines)
    text = refused.value.message
    for words in ("第 1 行", "第 2 行", "第 3 行", "第 4 行：所选家庭成员不是这一户的"):
        assert words in text
    assert incomes.list_accounts(work) == []
    assert records.count(work, "income_line") == 0


def test_one_account_a_year_and_basis(work: Workspace) -> None:
    plain_account(work, ZHAO, "100")
    with pytest.raises(ValidationFailed, match="已有收支账"):
        plain_account(work, ZHAO, "200")
    plain_account(work, ZHAO, "200", basis="survey")
    with pytest.raises(ValidationFailed, match="年度家庭人口数"):
        incomes.record_account(work, family_id(WANG), {"income_year": 2023}, [])
    households.change(work, family_id(WANG), {"income_year_population": 1})
    saved = incomes.record_account(work, family_id(WANG), {"income_year": "2023"}, [])
    assert incomes.page(work, saved.id).income.population == 1


def test_a_signed_account_is_not_changed(work: Workspace) -> None:
    made = plain_account(work, ZHAO, "100")
    (line,) = incomes.page(work, made).lines
    incomes.set_status(work, made, "农户已签字")
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: incomes.change_account(work, made, {"claim_income": "5"}),
        lambda: incomes.set_status(work, made, "草稿"),
        lambda: records.change(work, "income_line", line["id"], {"amount": "5"}),
        lambda: records.remove(work, "income_line", line["id"]),
        lambda: records.change(work, "income_account", made, {"claim_income": "5"}),
    )
    for attempt in attempts:
        with pytest.raises((NotAllowed, ValidationFailed)):
            attempt()
    assert incomes.page(work, made).income.net == 100_00
    empty = account(work, WANG, [], population=1).id
    with pytest.raises(NotAllowed, match="没有任何明细"):
        incomes.set_status(work, empty, "农户已签字")


def test_oddities_are_told(work: Workspace) -> None:
    members.change_member(work, SON, {"is_dibao": True})
    saved = account(work, ZHANG, [{"subject_code": "A1", "amount": "36", "person_id": SON}])
    text = ";".join(problem.message for problem in saved.warnings)
    for words in ("是否误以万元", "转移性收入为 0", "没有务工登记"):
        assert words in text


def test_decline_lists(work: Workspace) -> None:
    """R-INC-9: fell, low and broke away, also as a visit reported it; without a line 人均偏低 stays open."""
    on(work, "2023-12-31")
    plain_account(work, ZHANG, "10000", income_year=2022)
    plain_account(work, ZHANG, "9999.99")
    plain_account(work, WANG, "10000", last_year_per_capita="14285.72")
    plain_account(work, ZHAO, "6999.99")
    visits.record_visit(
        work,
        family_id(SHAN),
        {
            "kind": "01",
            "started_at": "2023-07-20 10:00",
            "result": "见到户主",
            "income_trend": "骤减",
            "big_expense": True,
            "expense_kind": "灾害",
        },
    )
    unset = incomes.decline_lists(work, 2023)
    assert "监测标准未核定" in unset.unset
    found = {row.head_name: row for row in unset.rows}
    assert set(found) == {"张示范", "王测试", "单䶮"}
    assert (found["张示范"].fell, found["张示范"].low, found["张示范"].shock) == (True, None, False)
    assert found["王测试"].shock, "down by 30 % of what was recorded for last year"
    assert (found["单䶮"].shock, found["单䶮"].per_capita) == (True, None)
    with_line(work)
    judged = incomes.decline_lists(work, 2023)
    assert (judged.unset, judged.judged) == ("", 3)
    assert [row.head_name for row in judged.rows if row.low] == ["赵演示"]
    assert incomes.decline_lists(work, 2021).rows == ()
