"""Asking ``loan``: S8 as somebody outside asks it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from villageapp.domain.parameters import UnsetParameter, shipped
from villageapp.errors import ValidationFailed
from villageapp.services.rules.loan import ask

TODAY = date(2023, 7, 1)
FACTS: dict[str, Any] = {
    "household_type": "脱贫户",
    "monitored": False,
    "outstanding": "30000.00",
    "principal": "25000.00",
    "extra": False,
    "term_months": "12",
    "purpose": "发展养羊",
    "borrower_birth": "1980-05-01",
    "on": "2023-07-01",
}


def answer(**changes: Any) -> dict[str, Any]:
    return ask({**FACTS, **changes}, TODAY, shipped())


def test_the_answer_has_the_promised_keys() -> None:
    found = answer()
    assert set(found) == {
        "allowed",
        "subsidised_principal",
        "total",
        "reasons",
        "rule",
        "explanation",
        "parameters",
    }
    assert found["rule"] == "R-LOAN"
    cap = found["parameters"][0]
    assert (cap["key"], cap["value"], cap["effective_from"]) == ("LOAN_CAP", 50_000_00, date(2021, 1, 1))
    assert cap["source"]


def test_s8_blocked_until_extra_is_asked_for() -> None:
    refused = answer()
    assert (refused["allowed"], refused["subsidised_principal"]) == (False, None)
    assert refused["reasons"] == ["R-LOAN:合计 55,000.00 元，超过 50,000.00 元须说明追加理由"]
    granted = answer(extra=True)
    assert (granted["allowed"], granted["subsidised_principal"], granted["reasons"]) == (True, "50000.00", [])
    assert answer(extra="是", extra_reason="扩大养殖")["allowed"]
    assert not answer(extra_reason="扩大养殖")["allowed"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outstanding": "55000", "principal": "50001", "extra": True}, "合计 105,001.00 元"),
        ({"principal": "1000", "borrower_birth": "1957-06-30"}, "借款人 66 周岁，超过 65 周岁"),
        ({"principal": "1000", "borrower_birth": "1958-06-30", "on": "2024-06-30"}, "借款人 66 周岁"),
        ({"principal": "1000", "term_months": "37"}, "期限 37 个月"),
        ({"principal": "1000", "purpose": "建房"}, "用途“建房”"),
        ({"principal": "1000", "household_type": "一般农户"}, "只面向脱贫户"),
    ],
)
def test_s8_refusals(changes: dict[str, Any], reason: str) -> None:
    found = answer(**changes)
    assert not found["allowed"]
    assert len(found["reasons"]) == 1
    assert reason in found["reasons"][0]
    assert found["reasons"][0].removeprefix("R-LOAN:") in found["explanation"]


def test_s8_sixty_five_is_young_enough() -> None:
    assert answer(principal="1000", borrower_birth="1958-06-30", on="2024-06-29")["allowed"]
    assert answer(principal="1000", household_type="2", monitored=True)["subsidised_principal"] == "31000.00"


def test_without_a_day_today_is_meant() -> None:
    asked = {name: fact for name, fact in FACTS.items() if name != "on"}
    born = {"principal": "1000", "borrower_birth": "1958-06-30"}
    assert ask({**asked, **born}, date(2024, 6, 29), shipped())["allowed"]
    assert not ask({**asked, **born}, date(2024, 6, 30), shipped())["allowed"]
    with pytest.raises(UnsetParameter):
        ask({**asked, **born}, date(2020, 1, 1), shipped())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"principal": None}, "principal"),
        ({"principal": "0"}, "principal"),
        ({"principal": "1e30"}, "principal"),
        ({"principal": "12.345"}, "principal"),
        ({"outstanding": "-1"}, "outstanding"),
        ({"term_months": "一年"}, "term_months"),
        ({"household_type": "贫困户"}, "household_type"),
        ({"borrower_birth": "1980-02-30"}, "borrower_birth"),
        ({"purpose": ["养羊"]}, "purpose"),
        ({"purpose": "养" * 61}, "purpose"),
        ({"monitored": "也许"}, "monitored"),
        ({"bank": "农商行"}, "bank"),
    ],
)
def test_wrong_facts_are_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        answer(**changes)
    assert [problem.field for problem in caught.value.problems] == [field]
