"""Asking ``posts``: S10 as somebody outside asks it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from villageapp.domain.parameters import UnsetParameter, shipped
from villageapp.errors import ValidationFailed
from villageapp.services.rules.posts import ask

TODAY = date(2022, 11, 28)
FACTS: dict[str, Any] = {"pv_net": "86400.00", "labour_share": "0.80", "monthly_pay": "300.00"}


def answer(**changes: Any) -> dict[str, Any]:
    return ask({**FACTS, **changes}, TODAY, shipped())


@pytest.mark.parametrize("share", ["0.8", "0.80", "80%", "８０％", 0.8])
def test_s10_nineteen_posts(share: Any) -> None:
    found = answer(labour_share=share)
    assert (found["posts"], found["wages"], found["remainder"]) == (19, "68400.00", "720.00")
    assert found["rule"] == "R-PV"
    assert "69,120.00 元" in found["explanation"]
    assert found["parameters"] == []


def test_the_share_in_force_is_taken_and_stamped() -> None:
    found = answer(labour_share=None, on="2020-06-30")
    assert found["posts"] == 19
    assert [parameter["key"] for parameter in found["parameters"]] == ["PV_LABOUR_SHARE"]
    with pytest.raises(UnsetParameter, match="最低比例未核定"):
        answer(labour_share=None)


def test_nothing_pays_no_post() -> None:
    found = answer(pv_net="0")
    assert (found["posts"], found["wages"], found["remainder"]) == (0, "0.00", "0.00")


@pytest.mark.parametrize(
    "share", ["1.01", "-0.1", "八成", "80.5.1", "NaN", "sNaN%", "Infinity", "0.12345678", "101%", "1e-999999"]
)
def test_a_share_lies_between_nothing_and_all(share: str) -> None:
    with pytest.raises(ValidationFailed, match="labour_share"):
        answer(labour_share=share)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pv_net": None}, "pv_net"),
        ({"pv_net": "-0.01"}, "pv_net"),
        ({"monthly_pay": "0"}, "monthly_pay"),
        ({"monthly_pay": True}, "monthly_pay"),
        ({"posts": 3}, "posts"),
    ],
)
def test_wrong_facts_are_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        answer(**changes)
    assert [problem.field for problem in caught.value.problems] == [field]
