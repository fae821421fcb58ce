"""The income account: S1 and S2 to the fen; sums that never lose a fen; subject versions; odd accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import income_subjects, money
from villageapp.domain.codes import code_list
from villageapp.domain.income import Income, Line, add_up, below, explain, line_of, period
from villageapp.domain.income_account import INCOME_ACCOUNT, INCOME_LINE, income_of
from villageapp.domain.income_subjects import Counting, Group, Role
from villageapp.domain.income_warnings import AccountCheck, warnings
from villageapp.domain.monitoring_category import propose
from villageapp.domain.parameters import Parameter, UnsetParameter, shipped
from villageapp.errors import ValidationFailed

DAY = date(2022, 9, 30)
SUBJECTS = income_subjects.shipped().on(DAY)
LINE = Parameter("MON_LINE", 7000_00, date(2022, 1, 1), title="监测标准指导线", source="TEST")
FAMILY = (
    Line("A1", 18_000_00),
    Line("A2", 300_00 * 12),
    Line("B1", 6_200_00),
    Line("B2", 5_400_00),
    Line("E1", 2_350_00),
    Line("E2", 1_900_00),
    Line("C1", 600_00),
    Line("C2", 800_00),
    Line("D04", 120_00 * 12),
    Line("D05", 360_00),
    Line("D06", 335_00),
    Line("X01", 3_000_00),
)


def test_s1_per_capita_net_income_of_a_family_of_four() -> None:
    income = add_up(FAMILY, 4, SUBJECTS)
    assert (income.wage, income.production, income.production_cost) == (21_600_00, 11_600_00, 4_250_00)
    assert (income.property_income, income.transfer) == (1_400_00, 2_135_00)
    assert money.digits(income.gross) == "36735.00"
    assert money.digits(income.net) == "32485.00"
    assert money.digits(income.per_capita) == "8121.25"
    assert income.not_counted == 3_000_00
    assert "另有 3,000.00 元不计入纯收入" in explain(income)


def test_s1_with_education_aid_counted_by_a_newer_version_of_the_subject_table() -> None:
    table = income_subjects.shipped().with_changes([Counting("X01", True, date(2022, 7, 1), "TEST")])
    after = add_up(FAMILY, 4, table.on(DAY))
    assert (money.digits(after.net), money.digits(after.per_capita)) == ("35485.00", "8871.25")
    assert after.not_counted == 0
    before = add_up(FAMILY, 4, table.on(date(2022, 6, 30)))
    assert money.digits(before.net) == "32485.00"


def test_s1_with_education_aid_counted_on_the_line_itself() -> None:
    lines = [*FAMILY[:-1], Line("X01", 3_000_00, counts=True)]
    assert money.digits(add_up(lines, 4, SUBJECTS).net) == "35485.00"


def test_s2_reference_income_catches_the_illness() -> None:
    income = add_up(FAMILY, 4, SUBJECTS, claim_income=1_500_00, compliant_oop=9_200_00)
    assert (money.digits(income.ref), money.digits(income.ref_per_capita)) == ("24785.00", "6196.25")
    found = propose("1", income, LINE)
    assert found.category == "3"
    assert "突发严重困难户" in found.judgement.explanation
    assert found.judgement.used == (LINE,)


@pytest.mark.parametrize(
    ("household_type", "net", "ref", "emergency", "category"),
    [
        ("1", 6_999_99, 9_000_00, False, "1"),
        ("2", 6_999_99, 6_000_00, True, "2"),
        ("1", 7_000_00, 7_000_00, False, None),
        ("2", 7_000_00, 7_000_00, True, "3"),
        (None, 7_000_00, 6_999_99, False, "3"),
        (None, 6_999_99, 6_999_99, False, None),
    ],
)
def test_the_category_follows_from_both_figures(
    household_type: str | None, net: int, ref: int, emergency: bool, category: str | None
) -> None:
    income = Income(1, transfer=net, claim_income=max(0, ref - net), compliant_oop=max(0, net - ref))
    found = propose(household_type, income, LINE, emergency=emergency)
    assert found.category == category
    unknown_type = household_type is None and net < LINE.value
    assert found.judgement.missing == (("household_type",) if unknown_type else ())


def test_an_unset_line_refuses_to_judge() -> None:
    with pytest.raises(UnsetParameter) as caught:
        line_of(2023, shipped())
    assert caught.value.message.startswith("监测标准未核定（2023 年）")
    assert line_of(2021, shipped()).value == 6000_00
    assert line_of(2022, shipped().with_changes([LINE])) == LINE


def test_offset_lowers_the_cost_but_never_below_nothing() -> None:
    income = add_up([Line("B1", 100), Line("E1", 300), Line("E9", 500)], 1, SUBJECTS)
    assert (income.production_cost, income.net, income.offset_unused) == (0, 100, 200)


@pytest.mark.parametrize(
    ("lines", "population", "word"),
    [
        ([Line("Z9", 1)], 1, "没有收支科目“Z9”"),
        ([Line("A1", -1)], 1, "不能为负数"),
        ([], 0, "至少为 1"),
    ],
)
def test_what_cannot_be_added_up_is_named(lines: list[Line], population: int, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        add_up(lines, population, SUBJECTS)


def test_every_subject_of_the_list_has_a_rule_and_the_other_way_round() -> None:
    assert set(SUBJECTS) == set(code_list("CL_INC").labels)
    assert all(subject.counting for subject in SUBJECTS.values())
    assert SUBJECTS["D12"].counts
    assert not income_subjects.shipped().on(date(2019, 12, 31))["D12"].counts
    assert [code for code, subject in SUBJECTS.items() if subject.left_out_of_gap] == ["D11"]


def test_a_version_of_an_unknown_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="没有收支科目“Q1”"):
        income_subjects.shipped().with_changes([Counting("Q1", True, DAY)])


accounts = st.lists(
    st.builds(
        Line,
        st.sampled_from(sorted(SUBJECTS)),
        st.integers(0, 10**12),
        st.none() | st.booleans(),
    ),
    max_size=40,
)


@given(accounts, st.integers(1, 30))
def test_no_fen_is_lost_or_found(lines: list[Line], population: int) -> None:
    income = add_up(lines, population, SUBJECTS)
    counted = [x for x in lines if (SUBJECTS[x.subject].counts if x.counts is None else x.counts)]
    offset = sum(x.amount for x in counted if SUBJECTS[x.subject].role is Role.OFFSET)
    spent = sum(x.amount for x in counted if SUBJECTS[x.subject].role is Role.EXPENSE)
    earned = sum(x.amount for x in counted if SUBJECTS[x.subject].role is Role.INCOME)
    assert income.gross == earned
    assert income.net == earned - max(0, spent - offset)
    assert income.gross + spent + offset + income.not_counted == sum(x.amount for x in lines)
    assert income.production_cost >= 0
    assert income.production_cost - income.offset_unused == spent - offset
    assert add_up(reversed(lines), population, SUBJECTS) == income


@given(st.integers(-(10**12), 10**12), st.integers(1, 30), st.integers(1, 10**8))
def test_below_is_exact_where_the_rounded_figure_is_not(net: int, population: int, line: int) -> None:
    assert below(net, population, line) == (net < line * population)
    rounded = money.per_head(net, population)
    assert abs(rounded * population - net) * 2 <= population
    if rounded < line:
        assert below(net, population, line)


def test_the_rounded_figure_would_decide_wrongly() -> None:
    income = Income(3, transfer=20_999_99)
    assert money.digits(income.per_capita) == "7000.00"
    assert below(income.net, income.population, LINE.value)


def test_income_periods() -> None:
    assert period(2022, "survey", shipped()) == (date(2021, 10, 1), date(2022, 9, 30))
    assert period(2022, "calendar", shipped()) == (date(2022, 1, 1), date(2022, 12, 31))


def warned(check: AccountCheck) -> list[str]:
    return [warning.message for warning in warnings(check, shipped()).warnings]


@pytest.mark.parametrize(
    ("check", "word"),
    [
        (AccountCheck(Income(2, production_cost=1), DAY), "家庭纯收入为负（-0.01 元）"),
        (AccountCheck(Income(1, wage=99_99), DAY, wage_lines=(99_99,)), "工资性收入 99.99 元过小"),
        (AccountCheck(Income(1, wage=20_000_01), DAY, identified_on=date(2023, 1, 1)), "达 20,000.01 元"),
        (AccountCheck(Income(1, wage=1), DAY, receives_support=True), "转移性收入为 0"),
        (AccountCheck(Income(1, wage=1), DAY, risks=("01",)), "合规自付支出为 0"),
        (AccountCheck(Income(1, wage=90_00), DAY, last_per_capita=100_00), "变化较大"),
        (AccountCheck(Income(1, wage=150_00), DAY, last_per_capita=100_00), "变化较大"),
        (AccountCheck(Income(1, wage=1), DAY, has_employment=False), "没有务工登记"),
        (AccountCheck(Income(1, transfer=1), DAY, has_employment=True), "没有工资性收入"),
    ],
)
def test_each_oddity_is_named_and_none_forbids(check: AccountCheck, word: str) -> None:
    assert any(word in message for message in warned(check))
    assert warnings(check, shipped()).allowed


def test_what_lies_at_the_limits_is_not_odd() -> None:
    usual = AccountCheck(
        Income(1, wage=100_00, transfer=1, compliant_oop=1),
        DAY,
        wage_lines=(0, 100_00),
        identified_on=date(2022, 12, 31),
        risks=("01",),
        receives_support=True,
        has_employment=True,
        last_per_capita=100_00,
    )
    assert warned(usual) == []
    assert warned(replace(usual, identified_on=None, last_per_capita=None, has_employment=None)) == []


def test_the_forms_take_an_account_and_its_lines() -> None:
    household = "0190f000-0000-7000-8000-000000000001"
    account = INCOME_ACCOUNT.check(
        {
            "household_id": household,
            "income_year": "2022",
            "basis": "采集周期",
            "period_start": "2021-10-01",
            "period_end": "2022-09-30",
            "population": "4",
            "claim_income": "1500",
            "compliant_oop": "9200.00",
            "status": "草稿",
        }
    )
    line = {
        "account_id": household,
        "household_id": household,
        "subject_code": "土地流转收入",
        "evidence": "自述",
        "amount": "800",
    }
    lines = [INCOME_LINE.check(line)]
    assert lines[0]["subject_code"] == "C2"
    assert income_of(account, lines, income_subjects.shipped()).ref == 800_00 + 1_500_00 - 9_200_00


def test_the_forms_refuse_what_cannot_be() -> None:
    with pytest.raises(ValidationFailed, match="核算截止日应晚于起始日"):
        INCOME_ACCOUNT.check({"period_start": "2022-10-01", "period_end": "2022-10-01"}, complete=False)
    with pytest.raises(ValidationFailed, match="须选择家庭成员"):
        INCOME_LINE.check({"subject_code": "A1", "person_id": None}, complete=False)
    with pytest.raises(ValidationFailed, match="不能小于 0"):
        INCOME_LINE.check({"amount": "-1"}, complete=False)
    odd = INCOME_LINE.warnings({"qty": 3, "unit_price": 33, "amount": 100})
    assert [p.message for p in odd] == ["金额与数量×单价（0.99 元）不一致，请核对"]


def test_groups_are_those_of_the_printed_form() -> None:
    assert {group.value for group in Group} == {code[0] for code in SUBJECTS} - {"X"}
