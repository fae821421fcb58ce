"""The 低保 band and the 特困 floor: S9, and bounds that are right to the fen."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.parameters import Parameter, UnsetParameter, shipped
from villageapp.domain.support_standards import support_standards

ON = date(2022, 11, 28)
CITY = 11_400_00


def warnings(dibao: int | None, tekun: int | None) -> list[str]:
    found = support_standards(CITY, dibao, tekun, ON, shipped())
    return [warning.message for warning in found.judgement.warnings]


def test_s9_bounds() -> None:
    found = support_standards(CITY, 5_700_00, 7_410_00, ON, shipped())
    assert (found.dibao_min, found.dibao_max, found.tekun_min) == (5_130_00, 6_270_00, 7_410_00)
    assert not found.judgement.warnings
    assert found.judgement.allowed
    assert "617.50 元/月" in found.judgement.explanation
    assert [parameter.key for parameter in found.judgement.used] == [
        "DIBAO_RATIO_MIN",
        "DIBAO_RATIO_MAX",
        "TEKUN_RATIO",
    ]


@pytest.mark.parametrize(
    ("dibao", "tekun", "message"),
    [
        (5_100_00, None, "低保标准 5,100.00 元低于下限 5,130.00 元"),
        (6_270_01, None, "低保标准 6,270.01 元高于上限 6,270.00 元"),
        (5_700_00, 7_400_00, "特困标准 7,400.00 元低于 7,410.00 元"),
        (None, 7_400_00, "低保标准未录入"),
    ],
)
def test_s9_warnings(dibao: int | None, tekun: int | None, message: str) -> None:
    assert warnings(dibao, tekun) == [message]


def test_the_bounds_themselves_are_within() -> None:
    assert warnings(5_130_00, 6_669_00) == []
    assert warnings(6_270_00, 8_151_00) == []


def test_consumption_of_the_city_is_never_guessed() -> None:
    with pytest.raises(UnsetParameter, match="人均消费支出"):
        support_standards(None, 5_700_00, None, ON, shipped())
    recorded = shipped().with_changes([Parameter("RURAL_CONSUMPTION", CITY, date(2022, 1, 1), region="1401")])
    found = support_standards(None, 5_700_00, None, ON, recorded, region="140105")
    assert found.dibao_min == 5_130_00
    assert found.judgement.used[-1].key == "RURAL_CONSUMPTION"
    with pytest.raises(UnsetParameter):
        support_standards(None, 5_700_00, None, ON, recorded, region="140200")


@given(st.integers(1, 100_000_00), st.integers(0, 100_000_00))
def test_bounds_are_the_first_and_last_amounts_that_keep_the_ratio(consumption: int, dibao: int) -> None:
    found = support_standards(consumption, dibao, None, ON, shipped())
    within = 45 * consumption <= 100 * dibao <= 55 * consumption
    assert within == (found.dibao_min <= dibao <= found.dibao_max)
    assert within == (not found.judgement.warnings)
    assert found.tekun_min is not None
    assert 10 * found.tekun_min >= 13 * dibao > 10 * (found.tekun_min - 1)
