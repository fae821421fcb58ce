"""Safe house and safe water; unknown is never no."""

from __future__ import annotations

from itertools import product

import pytest

from villageapp.domain import codes
from villageapp.domain.housing import SAFE_ELSEWHERE, Water, judge_house, judge_water


@pytest.mark.parametrize("level", ["C", "D"])
@pytest.mark.parametrize("route", [*codes.code_list("CL_HOUSE_ROUTE").labels, None])
def test_a_dangerous_house_needs_a_safe_place_elsewhere(level: str, route: str | None) -> None:
    judged = judge_house(level, route)
    assert judged.allowed is (route in SAFE_ELSEWHERE)
    assert judged.allowed or f"房屋 {level} 级" in judged.refusal()


def test_a_safe_house_is_safe_and_an_unexamined_one_is_asked_about() -> None:
    for level in ("A", "B"):
        assert judge_house(level, "自有安全房") == judge_house(level, None)
        assert not judge_house(level, None).warnings
    assert judge_house("未鉴定", None).warnings[0].message == "房屋未鉴定"
    assert judge_house(None, None).warnings[0].missing == ("house_level",)
    assert not judge_house(None, "公租房").warnings


def test_the_routes_are_those_of_the_list() -> None:
    assert set(codes.code_list("CL_HOUSE_ROUTE").labels) > SAFE_ELSEWHERE


@pytest.mark.parametrize("answers", [*product([True, False, None], repeat=4)])
def test_one_failed_test_makes_water_unsafe(answers: tuple[bool | None, ...]) -> None:
    water = Water(*answers)
    judged = judge_water(water)
    assert len(judged.reasons) == answers.count(False)
    assert len(judged.warnings) == answers.count(None)
    assert water.safe is (False if False in answers else None if None in answers else True)
    assert judged.allowed is (False not in answers)
