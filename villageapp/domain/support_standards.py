"""The band of the minimum living standard (低保) and the floor of 特困 support (domain.md 3.1, S9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from villageapp.domain import money
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameters

BAND_RULE, TEKUN_RULE = "DIBAO_RATIO", "TEKUN_RATIO"


@dataclass(frozen=True, slots=True)
class SupportStandards:
    """Yearly amounts in fen; bounds are the smallest and largest amounts that still meet the ratio."""

    dibao_min: int
    dibao_max: int
    tekun_min: int | None
    """None while the city's 低保 standard is not known."""
    judgement: Judgement
    """Only warnings: the standards are the city's, not ours to refuse."""


def support_standards(
    consumption: int | None,
    dibao: int | None,
    tekun: int | None,
    on: date,
    parameters: Parameters,
    region: str = "14",
) -> SupportStandards:
    """Bounds for a city and what is out of them; all amounts fen a year.

    ``consumption`` is last year's rural per-capita spending; None takes the recorded one. Raises
    UnsetParameter when nobody recorded it.
    """
    used = [parameters.find(key, on, region) for key in ("DIBAO_RATIO_MIN", "DIBAO_RATIO_MAX", "TEKUN_RATIO")]
    if consumption is None:
        used.append(parameters.find("RURAL_CONSUMPTION", on, region))
        consumption = int(used[-1].value)
    low, high, times = (Decimal(parameter.value) for parameter in used[:3])
    lowest, highest = _up(consumption * low), _down(consumption * high)
    floor = None if dibao is None else _up(dibao * times)
    warnings = (*_out_of_band(dibao, lowest, highest), *_too_little(tekun, floor))
    told = f"上年度人均消费支出 {money.yuan(consumption)} 元，低保标准应在 {money.yuan(lowest)}—{money.yuan(highest)} 元/年"
    if floor is not None:
        told += f"；特困标准不低于 {money.yuan(floor)} 元/年（{money.yuan(_up(Decimal(floor) / 12))} 元/月）"
    rule = f"{BAND_RULE}， {TEKUN_RULE}"
    return SupportStandards(
        lowest, highest, floor, Judgement(rule, (), f"{told}。", tuple(used), tuple(warnings))
    )


def _out_of_band(dibao: int | None, lowest: int, highest: int) -> list[Reason]:
    if dibao is None:
        return [Reason(BAND_RULE, "低保标准未录入", missing=("dibao",))]
    if dibao < lowest:
        return [Reason(BAND_RULE, f"低保标准 {money.yuan(dibao)} 元低于下限 {money.yuan(lowest)} 元")]
    if dibao > highest:
        return [Reason(BAND_RULE, f"低保标准 {money.yuan(dibao)} 元高于上限 {money.yuan(highest)} 元")]
    return []


def _too_little(tekun: int | None, floor: int | None) -> list[Reason]:
    if tekun is None or floor is None or tekun >= floor:
        return []
    return [Reason(TEKUN_RULE, f"特困标准 {money.yuan(tekun)} 元低于 {money.yuan(floor)} 元")]


def _up(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_CEILING))


def _down(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_FLOOR))
