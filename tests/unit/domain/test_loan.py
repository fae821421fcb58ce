"""Small loans: S8 with all its cases, interest to the fen, reminders; caps that no request passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import dates
from villageapp.domain.loan import (
    Interest,
    LoanRequest,
    interest,
    judge_loan,
    judge_rate,
    reminder,
    reminders,
    subsidised_principal,
    subsidy,
)
from villageapp.domain.parameters import Parameter, UnsetParameter, shipped

ON = date(2023, 7, 1)
ASKED = LoanRequest(
    household_type="1",
    monitored=False,
    outstanding=30_000_00,
    principal=25_000_00,
    term_months=12,
    purpose="发展养羊",
    borrower_birth=date(1980, 5, 1),
    on=ON,
)


def messages(request: LoanRequest) -> list[str]:
    return [reason.message for reason in judge_loan(request, shipped()).reasons]


def test_s8_more_than_fifty_thousand_needs_a_reason() -> None:
    refused = judge_loan(ASKED, shipped())
    assert [reason.message for reason in refused.reasons] == [
        "合计 55,000.00 元，超过 50,000.00 元须说明追加理由"
    ]
    assert refused.missing == ("extra", "extra_reason")
    granted = replace(ASKED, extra_reason="扩大养殖规模")
    judged = judge_loan(granted, shipped())
    assert judged.allowed
    assert subsidised_principal(granted, shipped()) == 50_000_00
    assert judged.explanation == (
        "未还 30,000.00 元，本次 25,000.00 元，合计 55,000.00 元，贴息本金 50,000.00 元。"
    )
    assert [parameter.key for parameter in judged.used][:2] == ["LOAN_CAP", "LOAN_CAP_EXTRA"]


def test_a_blank_reason_is_none() -> None:
    assert messages(replace(ASKED, extra_reason="  "))


def test_s8_interest_of_one_year() -> None:
    owed = interest(55_000_00, 50_000_00, 365, 12)
    assert owed == Interest(on_subsidised=1_825_00, on_rest=182_50)


def test_s8_nothing_passes_one_hundred_thousand() -> None:
    more = replace(ASKED, outstanding=55_000_00, principal=50_001_00, extra_reason="扩大")
    assert messages(more) == ["合计 105,001.00 元，超过每户最高 100,000.00 元"]
    assert not messages(replace(more, principal=45_000_00))


@pytest.mark.parametrize(
    ("born", "on", "years", "allowed"),
    [
        ("1957-06-30", "2023-07-01", 66, False),
        ("1958-06-30", "2024-06-29", 65, True),
        ("1958-06-30", "2024-06-30", 66, False),
        ("2005-07-01", "2023-07-01", 18, True),
        ("2005-07-02", "2023-07-01", 17, False),
    ],
)
def test_s8_age_of_the_borrower(born: str, on: str, years: int, allowed: bool) -> None:
    day = date.fromisoformat(on)
    request = replace(ASKED, principal=10_000_00, borrower_birth=date.fromisoformat(born), on=day)
    judged = judge_loan(request, shipped())
    assert judged.allowed is allowed
    assert allowed or f"借款人 {years} 周岁" in judged.refusal()


@pytest.mark.parametrize(
    ("born", "grown"),
    [("2005-07-02", "2023-07-02"), ("2008-02-29", "2026-03-01"), ("2010-12-31", "2028-12-31")],
)
def test_a_young_borrower_is_told_from_when(born: str, grown: str) -> None:
    request = replace(ASKED, principal=1_00, borrower_birth=date.fromisoformat(born))
    judged = judge_loan(request, shipped())
    assert judged.earliest == date.fromisoformat(grown)
    assert judge_loan(replace(request, on=date.fromisoformat(grown)), shipped()).allowed
    before = date.fromisoformat(grown) - timedelta(days=1)
    assert not judge_loan(replace(request, on=before), shipped()).allowed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"term_months": 37}, "期限 37 个月，应为 1—36 个月"),
        ({"term_months": 0}, "期限 0 个月"),
        ({"purpose": "建房"}, "用途“建房”属于禁止的“建房”"),
        ({"purpose": "用于转贷他人"}, "禁止的“转贷”"),
        ({"purpose": " "}, "须写明贷款用途"),
        ({"household_type": "2"}, "只面向脱贫户和风险未消除的监测户"),
        ({"household_type": None, "monitored": None}, "只面向脱贫户"),
        ({"principal": 0}, "本金应大于 0"),
    ],
)
def test_s8_what_else_is_refused(changes: dict[str, object], message: str) -> None:
    found = messages(replace(ASKED, **{"principal": 10_000_00, **changes}))
    assert len(found) == 1
    assert message in found[0]


def test_a_monitored_household_may_borrow_for_the_longest_term() -> None:
    assert not messages(
        replace(ASKED, household_type="2", monitored=True, principal=20_000_00, term_months=36)
    )


def test_nothing_is_judged_before_the_policy() -> None:
    with pytest.raises(UnsetParameter):
        judge_loan(replace(ASKED, on=date(2020, 12, 31)), shipped())


@given(
    st.integers(0, 300_000_00),
    st.integers(-10, 300_000_00),
    st.sampled_from(["", "扩大规模"]),
    st.integers(-1, 60),
)
def test_what_is_allowed_never_exceeds_the_caps(
    outstanding: int, principal: int, extra: str, term: int
) -> None:
    request = replace(
        ASKED, outstanding=outstanding, principal=principal, extra_reason=extra, term_months=term
    )
    allowed = judge_loan(request, shipped()).allowed
    cap = 100_000_00 if extra else 50_000_00
    assert allowed == (principal > 0 and outstanding + principal <= cap and 1 <= term <= 36)
    assert subsidised_principal(request, shipped()) <= 50_000_00


@given(st.integers(0, 100_000_00), st.integers(0, 100_000_00), st.integers(0, 2400), st.integers(1, 36))
def test_both_parts_of_the_interest_add_up(total: int, subsidised: int, rate: int, months: int) -> None:
    subsidised = min(total, subsidised)
    parts = interest(total, subsidised, rate, months)
    whole = interest(total, total, rate, months).on_subsidised
    assert abs(parts.on_subsidised + parts.on_rest - whole) <= 1
    assert interest(total, subsidised, rate, 12).on_subsidised * 10_000 - subsidised * rate <= 5_000


def test_the_share_of_the_public_purse_is_not_guessed() -> None:
    owed = interest(55_000_00, 50_000_00, 365, 12)
    with pytest.raises(UnsetParameter, match="贴息比例未核定"):
        subsidy(owed, ON, shipped())
    set_by_county = shipped().with_changes([Parameter("LOAN_SUBSIDY_SHARE", "0.7", date(2023, 1, 1))])
    assert subsidy(owed, ON, set_by_county) == 1_277_50


def test_the_rate_is_held_against_the_market_rate_of_the_term() -> None:
    market = shipped().with_changes(
        [
            Parameter("LPR_1Y", 365, date(2022, 8, 22), title="一年期 LPR"),
            Parameter("LPR_5Y", 430, date(2022, 8, 22)),
        ]
    )
    assert judge_rate(365, 12, ON, market).allowed
    assert "年利率 3.66%,一年期 LPR 3.65%" in judge_rate(366, 12, ON, market).refusal()
    assert judge_rate(430, 13, ON, market).allowed
    assert not judge_rate(431, 36, ON, market).allowed
    with pytest.raises(UnsetParameter, match="未核定"):
        judge_rate(365, 12, ON, shipped())


def test_reminders_before_the_loan_falls_due() -> None:
    due = date(2024, 3, 1)
    assert reminders(due, shipped()) == (date(2023, 12, 2), date(2024, 1, 31), date(2024, 2, 23))
    expected = [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-5, 0)]
    for left, which in expected:
        assert reminder(due, dates.add_days(due, -left), shipped()) == which
