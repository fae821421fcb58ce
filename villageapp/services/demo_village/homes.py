"""The household's own record: address, type, monitoring, income, house, water, land, resettlement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from villageapp.domain.dates import add_months
from villageapp.domain.household import NOT_MONITORED, POOR_BEFORE
from villageapp.services.demo_village import place
from villageapp.services.demo_village.identity import Registry, account_number
from villageapp.services.demo_village.plans import Plan

_CAUSES = (("01", 28), ("02", 14), ("03", 8), ("07", 22), ("08", 12), ("09", 10), ("05", 4), ("10", 2))
_DIBAO_PER_HEAD = {"A": 560_00, "B": 430_00, "C": 330_00}
"""Fen a month; invented, as every amount here."""


def household(
    rng: Random, registry: Registry, plan: Plan, members: Sequence[dict[str, Any]], today: date
) -> dict[str, Any]:
    """The values of a household without number, address and references."""
    moved = "resettled" in plan.traits
    hamlet = place.OLD_HAMLET if moved else place.hamlet(rng)
    values = {
        **place.above(),
        "natural_village": hamlet.name,
        "group_name": rng.choice(hamlet.groups),
        "phone": _phone(registry, members),
        "household_type": plan.household_type,
        "monitoring_category": plan.category,
        "registered_population": len(members),
        "income_year_population": len(members),
        "per_capita": _per_capita(rng, plan),
        "is_martyr_family": False,
        "status": "在册",
    }
    values |= _history(rng, plan, today) | _support(rng, plan, len(members))
    values |= _house(rng, plan, members, moved, today) | _surroundings(rng, hamlet, moved)
    return values | (_move(rng) if moved else {"relocated": False})


def _phone(registry: Registry, members: Sequence[dict[str, Any]]) -> str:
    known = [m["phone"] for m in members if m.get("phone")]
    return (
        str(known[0]) if known else registry.phone()
    )  # an old couple's telephone is often a neighbour's or a son's


def _per_capita(rng: Random, plan: Plan) -> int:
    """Fen a year."""
    if plan.case is not None:
        low, high = 6_100_00, 6_900_00
    elif plan.household_type == POOR_BEFORE:
        low, high = 9_200_00, 17_500_00
    else:
        low, high = 12_500_00, 27_000_00
    return rng.randrange(low, high, 25)


def _history(rng: Random, plan: Plan, today: date) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if plan.household_type == POOR_BEFORE:
        causes = rng.choices(
            [code for code, _ in _CAUSES], [share for _, share in _CAUSES], k=rng.choice((1, 1, 2))
        )
        values |= {
            "policy_entitled": rng.random() < 0.95,
            "first_identified_ym": rng.choice(("2013-12", "2014-01", "2014-12", "2016-03")),
            "out_of_poverty_year": rng.choice((2016, 2017, 2017, 2018, 2018, 2018, 2019)),
            "poverty_causes": tuple(sorted({*causes})),
        }
    if plan.case is not None:
        values |= {
            "identified_ym": f"{add_months(today, -plan.case.months_ago):%Y-%m}",
            "risk_eliminated": False,
            "risks": plan.case.risks,
        }
    return values


def _support(rng: Random, plan: Plan, persons: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "dibao" in plan.traits:
        category = rng.choice("AABBC") if plan.case is None else "B"
        amount = _DIBAO_PER_HEAD[category] * persons
        values = {"dibao_category": category, "dibao_persons": persons, "dibao_month_amount": amount}
    if plan.household_type == POOR_BEFORE or plan.case is not None or plan.traits:
        values |= {"bank_name": "示范县农村商业银行示例支行", "bank_account": account_number(rng)}
    return values


def _house(
    rng: Random, plan: Plan, members: Sequence[dict[str, Any]], moved: bool, today: date
) -> dict[str, Any]:
    if moved:
        area = Decimal(25 * len(members)).quantize(Decimal("0.01"))
        return _built("砖混", area, "A", "易地搬迁", 2018)
    old = members[0]["birth_date"].year < today.year - 60
    structure = rng.choices(("窑洞", "砖木", "土木", "砖混"), (38, 32, 8, 22) if old else (18, 32, 2, 48))[0]
    area = Decimal(rng.randrange(48, 160)) + Decimal(rng.choice((0, 0, 50))) / 100
    if plan.household_type == POOR_BEFORE and rng.random() < 0.3:
        return _built("砖木", Decimal(rng.randrange(40, 75)), "A", "危房改造", rng.randint(2016, 2019))
    year = rng.randint(1972, 1996) if structure in ("窑洞", "土木") else rng.randint(1990, 2018)
    level = "B" if structure in ("窑洞", "土木") or rng.random() < 0.3 else "A"
    return _built(structure, area, level, "自有安全房", year)


def _built(structure: str, area: Decimal, level: str, route: str, year: int) -> dict[str, Any]:
    return {
        "house_structure": structure,
        "house_area_m2": area.quantize(Decimal("0.01")),
        "house_level": level,
        "house_route": route,
        "house_built_year": year,
        "is_dangerous_house": False,
    }


def _surroundings(rng: Random, hamlet: place.Hamlet, moved: bool) -> dict[str, Any]:
    if moved:
        water, toilet, road, fuel, distance = "1", "水冲", "沥青路", "清洁能源", Decimal("0.10")
    else:
        water = rng.choices(("1", "2", "4"), (88, 8, 4))[0]
        toilet = rng.choices(("旱厕", "双瓮", "三格", "水冲"), (44, 32, 14, 10))[0]
        road = rng.choices(("水泥路", "砖石路", "砂石路"), (82, 12, 6))[0]
        fuel = rng.choices(("煤炭", "清洁能源", "柴草"), (42, 46, 12))[0]
        distance = Decimal(rng.randint(*hamlet.distance_km)) / 10
    return {
        "water_source": water,
        "water_safe": True,
        "toilet_present": toilet != "旱厕",
        "toilet_type": toilet,
        "road_type": road,
        "fuel": fuel,
        "distance_km": distance.quantize(Decimal("0.01")),
        "land_farm": (Decimal(rng.randrange(20, 210)) / 10).quantize(Decimal("0.01")),
        "land_forest": (Decimal(rng.randrange(0, 120)) / 10).quantize(Decimal("0.01")),
    }


def _move(rng: Random) -> dict[str, Any]:
    return {
        "relocated": True,
        "reloc_mode": "自然村整体搬迁",
        "reloc_settle": "集中",
        "reloc_place": "乡镇",
        "settlement_name": place.SETTLEMENT,
        "move_in_date": date(2018, rng.choice((9, 10, 11)), rng.randint(5, 25)),
    }


def is_poor_before_or_monitored(values: dict[str, Any]) -> bool:
    """Whether a 结对帮扶责任人 is needed (domain.md 2.1)."""
    return bool(values["household_type"] == POOR_BEFORE or values["monitoring_category"] != NOT_MONITORED)
