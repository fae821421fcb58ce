"""Safe housing and safe drinking water of a household (R-HOUSE, R-WATER of domain.md 3.6)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from villageapp.domain import codes
from villageapp.domain.judgement import Judgement, Reason

HOUSE_RULE, HOUSE_CATEGORY = "R-HOUSE", "04"
WATER_RULE, WATER_CATEGORY = "R-WATER", "05"
"""Rule and CL_PROBLEM_CAT of the problem item that a refusal opens."""
DANGEROUS = frozenset({"C", "D"})
UNEXAMINED = "未鉴定"
SAFE_ELSEWHERE = frozenset({"易地搬迁", "租住/借住安全房", "公租房", "敬老院集中供养"})
"""Routes of CL_HOUSE_ROUTE by which a family lives safely outside its own dangerous house."""


def judge_house(level: str | None, route: str | None) -> Judgement:
    """Whether the family lives safely, by CL_HOUSE_LVL and CL_HOUSE_ROUTE; unknown or unexamined warns."""
    if route in SAFE_ELSEWHERE:
        return Judgement(HOUSE_RULE, explanation=f"住房保障方式：{route}")
    if level in DANGEROUS:
        where = route or "未登记"
        return Judgement(
            HOUSE_RULE, (Reason(HOUSE_RULE, f"房屋 {level} 级，无其他安全住处（保障方式：{where}）"),)
        )
    if level is None or level == UNEXAMINED:
        told = "房屋未鉴定" if level else "房屋安全等级未登记"
        return Judgement(HOUSE_RULE, warnings=(Reason(HOUSE_RULE, told, missing=("house_level",)),))
    return Judgement(HOUSE_RULE, explanation=f"房屋安全等级 {codes.code_list('CL_HOUSE_LVL').label(level)}")


@dataclass(frozen=True, slots=True)
class Water:
    """The four tests of drinking water; None is unknown."""

    water_quantity_ok: bool | None
    water_quality_ok: bool | None
    water_convenience_ok: bool | None
    water_reliability_ok: bool | None

    @property
    def safe(self) -> bool | None:
        """All four met; one failed decides, then one unknown."""
        answers = [getattr(self, test.name) for test in fields(self)]
        if False in answers:
            return False
        return None if None in answers else True


_TESTS = {
    "water_quantity_ok": "水量",
    "water_quality_ok": "水质",
    "water_convenience_ok": "用水方便程度",
    "water_reliability_ok": "供水保证率",
}


def judge_water(water: Water) -> Judgement:
    """Whether drinking water is safe; each failed test is a reason, each unknown one a warning."""
    failed = tuple(
        Reason(WATER_RULE, f"{label}不达标")
        for name, label in _TESTS.items()
        if getattr(water, name) is False
    )
    unknown = tuple(
        Reason(WATER_RULE, f"{label}未登记", missing=(name,))
        for name, label in _TESTS.items()
        if getattr(water, name) is None
    )
    return Judgement(WATER_RULE, failed, "" if failed or unknown else "饮水四项达标", (), unknown)
