"""The rulebook answers for made-up facts."""

from __future__ import annotations

from datetime import date

import pytest

from villageapp.domain import parameters
from villageapp.domain.parameters import UnsetParameter
from villageapp.errors import NotFound, ValidationFailed
from villageapp.services.rulebook import ask

TODAY = date(2023, 2, 8)


def test_problem_deadlines() -> None:
    """S4."""
    answer = ask(
        "problem-deadlines", {"reported_on": "2023-01-31", "grade": "I"}, TODAY, parameters.shipped()
    )
    assert answer["due_solve"] == date(2023, 2, 7)
    assert answer["overdue_days"] == 1
    assert "超期 1 天" in answer["explanation"]
    assert [parameter["key"] for parameter in answer["parameters"]] == ["D135", "D710_IMMEDIATE"]
    month = ask("problem-deadlines", {"reported_on": "2024-01-31", "grade": "M"}, TODAY, parameters.shipped())
    assert month["due_solve"] == date(2024, 2, 29)
    solved = {"reported_on": "2023-01-31", "grade": "I", "today": "2023-03-01", "solved_on": "2023-02-07"}
    assert ask("problem-deadlines", solved, TODAY, parameters.shipped())["overdue_days"] == 0


@pytest.mark.parametrize(
    ("facts", "ok", "reason"),
    [
        ({"text": "14990119531001004243"}, True, None),
        ({"text": "14990119531001004283"}, False, "类别 8"),
        ({"text": "149901620315001"}, True, None),
        ({"text": "149901196203150011"}, False, "校验码"),
        ({"text": "149901196507080022", "sex": "男"}, False, "性别"),
        ({"text": "1.4990119880101E+17"}, False, "精度"),
    ],
)
def test_id_number(facts: dict[str, str], ok: bool, reason: str | None) -> None:
    """S7."""
    answer = ask("id-number", facts, TODAY, parameters.shipped())
    assert answer["ok"] is ok
    assert (answer["reason"] is None) if reason is None else reason in answer["reason"]


def test_refusals() -> None:
    with pytest.raises(NotFound, match="weather") as unknown:
        ask("weather", {}, TODAY, parameters.shipped())
    assert "problem-deadlines" in unknown.value.remedy
    with pytest.raises(ValidationFailed, match=r"colour.*不是日期|不是日期.*colour"):
        ask("problem-deadlines", {"reported_on": "gestern", "colour": 1}, TODAY, parameters.shipped())
    with pytest.raises(ValidationFailed, match="必须填写"):
        ask("problem-deadlines", {"reported_on": None}, TODAY, parameters.shipped())
    with pytest.raises(UnsetParameter, match="未核定"):
        ask("problem-deadlines", {"reported_on": "2015-01-01"}, TODAY, parameters.shipped())
