"""Asking ``support-standards``: S9 as somebody outside asks it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from villageapp.domain.parameters import UnsetParameter, shipped
from villageapp.errors import ValidationFailed
from villageapp.services.rules.support_standards import ask

TODAY = date(2022, 11, 28)
FACTS: dict[str, Any] = {"consumption": "11400.00", "dibao": "5700", "tekun": "7410"}


def answer(**changes: Any) -> dict[str, Any]:
    return ask({**FACTS, **changes}, TODAY, shipped())


def test_s9_bounds() -> None:
    found = answer()
    assert (found["dibao_min"], found["dibao_max"], found["tekun_min"]) == ("5130.00", "6270.00", "7410.00")
    assert found["warnings"] == []
    assert "617.50 元/月" in found["explanation"]
    assert [parameter["value"] for parameter in found["parameters"]] == ["0.45", "0.55", "1.3"]


def test_s9_warnings() -> None:
    assert answer(dibao="5100", tekun=None)["warnings"] == ["低保标准 5,100.00 元低于下限 5,130.00 元"]
    assert answer(tekun="7400")["warnings"] == ["特困标准 7,400.00 元低于 7,410.00 元"]
    without = answer(dibao=None)
    assert (without["tekun_min"], without["warnings"]) == (None, ["低保标准未录入"])


def test_consumption_is_never_guessed() -> None:
    with pytest.raises(UnsetParameter, match="人均消费支出"):
        answer(consumption=None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"consumption": "0"}, "consumption"),
        ({"dibao": "-1"}, "dibao"),
        ({"tekun": "很多"}, "tekun"),
        ({"city": "太原"}, "city"),
        ({"on": "去年"}, "on"),
    ],
)
def test_wrong_facts_are_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        answer(**changes)
    assert [problem.field for problem in caught.value.problems] == [field]
