"""The rulebook asked about income, gap, identification and exit: S1, S2, S3, S5, S6 as questions; hostile facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.parameters import shipped
from villageapp.errors import AppError, ValidationFailed
from villageapp.services.rules import gap, identification, income, monitoring_exit

TODAY = date(2023, 12, 1)
Facts = Mapping[str, Any]
Ask = Callable[..., dict[str, Any]]

AMOUNTS = (
    *(("A1", "18000.00"), ("A2", "3600"), ("种植业收入", "6200"), ("B2", "5,400元"), ("E1", "2350")),
    *(("E2", "1900"), ("C1", "600"), ("C2", "800"), ("D04", "1440"), ("D05", "360"), ("D06", "335")),
    ("雨露计划", "3000"),
)
FAMILY = {"lines": [{"subject": s, "amount": a} for s, a in AMOUNTS], "population": "4"}
CLAIM = {
    "household_type": "脱贫户",
    "monitored": False,
    "all_insured": True,
    "population": "3",
    "net": "18300.00",
    "line": "7000",
}
STEPS = {
    "reported_on": "2023-03-06",
    "verify_on": "2023-03-07",
    "consent_on": "2023-03-07",
    "village_review_on": "2023-03-09",
    "votes_for": "11",
    "votes_total": "17",
    "notice_start": "2023-03-10",
}
EXIT = {
    "identified": "2023-03-20",
    "attempt": "2023-11-10",
    "stable_since": "2023-05-10",
    "per_capita": "7000.00",
    "ref_per_capita": "7000.00",
    "line": "7000.00",
    "guarantees_ok": True,
    "risks_covered": True,
    "open_problems": "0",
    "all_insured": True,
    "no_labour_whole": False,
    "exit_mode": "帮扶消除",
}


def ask_exit(**changes: Any) -> dict[str, Any]:
    return monitoring_exit.ask({**EXIT, **changes}, TODAY, shipped())


def test_s1_income() -> None:
    answer = income.ask(FAMILY, TODAY, shipped())
    assert {name: answer[name] for name in ("gross", "net", "per_capita", "not_counted")} == {
        "gross": "36735.00",
        "net": "32485.00",
        "per_capita": "8121.25",
        "not_counted": "3000.00",
    }
    assert answer["not_counted_lines"] == [{"subject": "X01", "label": "教育资助", "amount": "3000.00"}]
    stamps = {stamp["key"]: stamp for stamp in answer["parameters"]}
    assert stamps["CL_INC.X01"]["value"] is False
    assert stamps["CL_INC.X01"]["effective_from"] == date(2014, 1, 1)
    lines = [*FAMILY["lines"][:-1], {"subject": "X01", "amount": "3000", "counts": True}]
    counted = income.ask({**FAMILY, "lines": lines}, TODAY, shipped())
    assert (counted["net"], counted["per_capita"]) == ("35485.00", "8871.25")


def test_s2_reference_income() -> None:
    facts = {**FAMILY, "claim_income": "1500", "compliant_oop": "9200", "line": "7000", "household_type": "1"}
    answer = income.ask(facts, TODAY, shipped())
    assert (answer["ref"], answer["ref_per_capita"]) == ("24785.00", "6196.25")
    assert (answer["below_line"], answer["ref_below_line"], answer["category"]) == (False, True, "3")


@pytest.mark.parametrize(
    ("change", "eligible", "amount", "reason"),
    [
        ({}, True, "2700.00", None),
        ({"net": "20000.00"}, True, "1000.00", None),
        ({"all_insured": False}, False, None, "未全部参保"),
        ({"household_type": "一般农户"}, False, None, "不是脱贫户，当年也没有监测案卷"),
        ({"status": "草稿"}, False, None, "收支账状态为“草稿”，农户尚未签字"),
        ({"payments_recorded": None}, False, None, "当年政策补贴尚未全部登记"),
    ],
)
def test_s3_gap(change: Facts, eligible: bool, amount: str | None, reason: str | None) -> None:
    answer = gap.ask({**CLAIM, **change}, TODAY, shipped())
    assert (answer["eligible"], answer["gap"], answer["reason"]) == (eligible, amount, reason)
    assert answer["rule"] == "R-INC-8"


def test_s3_without_a_line_there_is_no_figure_at_all() -> None:
    answer = gap.ask({**CLAIM, "line": None, "year": "2022"}, TODAY, shipped())
    assert (answer["eligible"], answer["gap"], answer["per_person"]) == (False, None, None)
    assert answer["reason"].startswith("监测标准未核定（2022 年）")
    assert answer["parameters"] == []
    confirmed = gap.ask({**CLAIM, "line": None, "year": "2021"}, TODAY, shipped())
    assert (confirmed["eligible"], confirmed["gap"]) == (True, "0.00")
    assert confirmed["parameters"][0]["source"] == "国家扶贫标准的1.5倍"


@pytest.mark.parametrize(
    ("change", "allowed", "overdue", "said"),
    [
        ({}, True, 0, "11/17 票同意"),
        ({"votes_for": "8"}, False, 0, "未过半数"),
        ({"notice_end": "2023-03-14"}, False, 0, "只有 4 天"),
        ({"notice_end": "2023-03-15"}, True, 0, "期限 2023-03-21"),
        ({"notice_end": "2023-03-15", "town_review_on": "2023-03-15"}, False, 0, "最早 2023-03-16"),
        ({"notice_end": "2023-03-15", "town_review_on": "2023-03-16"}, True, 0, "期限 2023-03-21"),
        (
            {"notice_end": "2023-03-15", "town_review_on": "2023-03-16", "county_approved_on": "2023-03-24"},
            True,
            3,
            "识别超期 3 天",
        ),
        ({"household_type": "脱贫户", "category": "边缘易致贫户"}, False, 0, "须为一般农户"),
        ({"household_type": "脱贫户", "category": "脱贫不稳定户"}, True, 0, "可定为脱贫不稳定户"),
        ({"consent_on": None}, False, 0, "授权承诺"),
        ({"verify_on": None}, False, 0, "入户核实没有登记"),
        ({"today": "2023-03-23"}, True, 2, "期限 2023-03-21"),
    ],
)
def test_s5_identification(change: Facts, allowed: bool, overdue: int, said: str) -> None:
    answer = identification.ask({**STEPS, **change}, TODAY, shipped())
    assert (answer["allowed"], answer["overdue_days"]) == (allowed, overdue)
    assert said in answer["explanation"]
    assert bool(answer["reasons"]) is not allowed


def test_only_what_was_asked_is_judged() -> None:
    answer = identification.ask(
        {"village_review_on": "2023-03-09", "votes_for": "9", "votes_total": "17"}, TODAY, shipped()
    )
    assert answer["allowed"]
    assert "consent_on" in answer["not_judged"]
    assert answer["due"] is None


def test_s6_exit() -> None:
    early = ask_exit(attempt="2023-08-20", stable_since="2023-02-20")
    assert (early["allowed"], early["earliest"]) == (False, date(2023, 9, 20))
    both = ask_exit(attempt="2023-08-20")
    assert both["earliest"] == date(2023, 11, 10)
    assert any("2023-09-20" in reason for reason in both["reasons"])
    steady = ask_exit(attempt="2023-09-25")
    assert [reason[:8] for reason in steady["reasons"]] == ["R-MON-11"]
    assert ask_exit()["allowed"]
    assert "整户无劳动能力，暂不标注" in ask_exit(no_labour_whole=True)["explanation"]
    assert not ask_exit(per_capita="6999.99")["allowed"]
    assert ask_exit(attempt="2023-08-20", exit_mode="自然消除")["allowed"]


@pytest.mark.parametrize(
    ("attempt", "allowed"), [("202308", False), ("202309", True), ("2023年9月", True), ("2023-09-01", True)]
)
def test_s6_with_months_only(attempt: str, allowed: bool) -> None:
    answer = ask_exit(identified="202303", stable_since="2023-03", attempt=attempt)
    assert (answer["allowed"], answer["earliest"]) == (allowed, "2023-09")


@pytest.mark.parametrize(
    "change",
    [
        {"stable_since": None},
        {"guarantees_ok": None},
        {"open_problems": True},
        {"open_problems": "1"},
        {"exit_mode": None},
        {"line": None},
        {"exit_mode": "自然消除", "natural_reason": ""},
        {"exit_mode": "自然消除", "proof": False},
        {"exit_mode": "自然消除", "household_gone": False, "all_insured": False},
    ],
)
def test_what_is_unknown_or_not_met_refuses(change: Facts) -> None:
    answer = ask_exit(**change)
    assert not answer["allowed"]
    assert answer["reasons"]


def test_facts_left_out_are_named() -> None:
    answer = monitoring_exit.ask({"identified": "2023-03-20", "attempt": "2023-09-20"}, TODAY, shipped())
    assert answer["allowed"]
    assert {"line", "stable_since", "no_labour_whole"} <= set(answer["not_judged"])
    assert ask_exit(line=None)["reasons"][0].startswith("R-MON-10:监测标准未核定（2023 年）")


@pytest.mark.parametrize(
    ("ask", "facts", "said"),
    [
        (income.ask, {**FAMILY, "population": "0"}, "不能小于 1"),
        (income.ask, {**FAMILY, "population": "4.5"}, "应为整数"),
        (income.ask, {**FAMILY, "lines": "A1"}, "应为若干行"),
        (income.ask, {**FAMILY, "lines": []}, "必须填写"),
        (income.ask, {**FAMILY, "lines": [{"subject": "A1"}]}, "第 1 行：金额"),
        (income.ask, {**FAMILY, "lines": [{"subject": "Q1", "amount": "1"}]}, "不在“收支科目”的选项里"),
        (income.ask, {**FAMILY, "lines": [{"subject": "A1", "amount": "-1"}]}, "不能小于 0"),
        (income.ask, {**FAMILY, "lines": [{"subject": "A1", "amount": "1", "who": "x"}]}, "“who”"),
        (income.ask, {**FAMILY, "lines": [{"subject": "A1", "amount": "0.001"}]}, "两位小数"),
        (gap.ask, {**CLAIM, "netto": "1"}, "“netto”"),
        (gap.ask, {**CLAIM, "net": "1e99"}, "超出范围"),
        (identification.ask, {**STEPS, "notice_start": "2023-02-30"}, "不是真实的日期"),
        (monitoring_exit.ask, {**EXIT, "attempt": "2023-13"}, "不是真实的日期"),
        (monitoring_exit.ask, {"attempt": "2023-09"}, "必须填写"),
    ],
)
def test_wrong_facts_are_named(ask: Ask, facts: Facts, said: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        ask(facts, TODAY, shipped())
    assert said in caught.value.message


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["2023-03", "2023-03-10", "7000", "脱贫户", "自然消除", "A1", "-0", "NaN", "Infinity"])
)
junk = st.recursive(
    leaves, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=6), x, max_size=3)
)


@pytest.mark.parametrize(
    ("module", "fair"), [(income, FAMILY), (gap, CLAIM), (identification, STEPS), (monitoring_exit, EXIT)]
)
@given(drawn=st.data())
def test_hostile_facts_are_refused_or_answered(module: Any, fair: Facts, drawn: st.DataObject) -> None:
    names = st.sampled_from([field.name for field in module.FACTS]) | st.text(max_size=5)
    facts = {**fair, **drawn.draw(st.dictionaries(names, junk, max_size=4))}
    try:
        answer = module.ask(facts, TODAY, shipped())
    except AppError as refused:
        assert refused.message
    else:
        assert {"rule", "explanation", "parameters"} <= set(answer)
