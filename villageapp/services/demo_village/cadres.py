"""The team and those who help: fictitious names, units and telephones."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from villageapp.services.demo_village import names, place
from villageapp.services.demo_village.identity import Registry

FIRST_SECRETARY, TEAM_MEMBER, DUTY, PARTY_SECRETARY = (
    "第一书记",
    "工作队员",
    "结对帮扶责任人",
    "村党支部书记/村主任",
)
GRID, DOCTOR = "村防返贫网格员(信息员)", "签约医生"
HOUSEHOLDS_PER_DUTY_PERSON = 45
DUTY_PERSONS_OF_A_VILLAGE = 3

_TEAM = (
    ("赵志远", FIRST_SECRETARY, "演示市水利局", "一级主任科员", "1", "01"),
    ("李晓雯", TEAM_MEMBER, "演示市水利局", "四级主任科员", "2", "01"),
    ("王浩宇", TEAM_MEMBER, "示范县农业农村局", "科员", "1", "13"),
    ("陈建华", DUTY, "示例镇人民政府", "副镇长", "1", "01"),
    ("刘秀芳", DUTY, "示例镇中心小学", "教师", "2", "13"),
    ("高文斌", DUTY, "示范县自然资源局示例所", "所长", "1", "01"),
    ("郭福明", PARTY_SECRETARY, place.COMMITTEE, "支部书记、村委会主任", "1", "01"),
    ("申丽芳", GRID, place.COMMITTEE, "网格员", "2", "13"),
    ("原瑞芳", DOCTOR, "示例镇卫生院", "全科医生", "2", "13"),
)


def cadres(rng: Random, registry: Registry, households: int, today: date) -> list[dict[str, Any]]:
    """All cadres; a larger village has more 结对帮扶责任人. Names are unique."""
    rows = list(_TEAM)
    known = {row[0] for row in rows}
    while sum(row[1] == DUTY for row in rows) * HOUSEHOLDS_PER_DUTY_PERSON < households:
        sex = rng.choice("12")
        name = names.married_in(rng, "") + names.given(rng, sex, rng.randint(1965, 1990))
        if name not in known:
            known.add(name)
            rows.append((name, DUTY, "示例镇人民政府", "干部", sex, "13"))
    return [_cadre(registry, row, today) for row in rows]


def _cadre(registry: Registry, row: tuple[str, ...], today: date) -> dict[str, Any]:
    name, role, unit, duty, sex, political = row
    values: dict[str, Any] = {
        "name": name,
        "role": role,
        "unit": unit,
        "duty": duty,
        "sex": sex,
        "political": political,
    }
    if role in (FIRST_SECRETARY, TEAM_MEMBER):
        values["term_start"] = date(today.year - 1, 6, 8)
    return values | {"phone": registry.phone()}


def named(rows: list[dict[str, Any]], role: str) -> list[str]:
    """Names of those with that role."""
    return [row["name"] for row in rows if row["role"] == role]
