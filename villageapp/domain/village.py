"""The village that a team serves (one per workspace) and the administrative divisions above it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from villageapp import paths
from villageapp.domain.fields import Field, Form
from villageapp.domain.telephone import NO_PHONE, phone_rule
from villageapp.errors import NotFound

VILLAGE = Form(
    "village",
    "行政村",
    (
        Field("code", "区划代码", required=True, max_length=12, help="12 位统计用区划代码"),
        Field("name", "行政村", required=True, max_length=40),
        Field("city", "市", max_length=40),
        Field("county", "县(市、区)", required=True, max_length=40),
        Field("town", "乡(镇)", required=True, max_length=40),
        Field("town_phone", "乡镇电话", max_length=30, absent=NO_PHONE),
        Field("groups", "村民小组", max_length=200),
    ),
    rules=(phone_rule("town_phone"),),
)


@dataclass(frozen=True, slots=True)
class Division:
    """One row of the national division codes; ``level`` is province, city, county or township."""

    code: str
    name: str
    level: str
    parent_code: str


@cache
def divisions() -> dict[str, Division]:
    """Province to townships of Shanxi by 12-digit code, from ``resources/divisions.csv``."""
    with (paths.resources() / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: Division(**row) for row in csv.DictReader(file)}


@dataclass(frozen=True, slots=True)
class Place:
    """Names of everything above a village code."""

    city: str
    county: str
    county_code: str
    town: str


TRAINING_COUNTY = "149901"
"""Not an assigned county: demo and training villages lie here, so nobody real can be meant."""


def place_of(code: str) -> Place:
    """City, county and township of a 12-digit village code.

    Raises NotFound when the code is not one of the province's townships.
    """
    if len(code) != 12 or not code.isascii() or not code.isdigit():
        raise NotFound(f"区划代码“{code[:20]}”应为 12 位数字。", remedy="请向乡镇核对本村的区划代码。")
    if code.startswith(TRAINING_COUNTY):
        return Place("演示市", "示范县", TRAINING_COUNTY, "示例镇")
    known = divisions()
    town = known.get(code[:9] + "000")
    if town is None or town.level != "township":
        raise NotFound(
            f"区划代码“{code}”不在山西省乡镇名录里。",
            remedy="前 9 位应为乡镇代码，请向乡镇核对。",
            code="unknown_division",
        )
    county = known[town.parent_code]
    return Place(known[county.parent_code].name, county.name, county.code[:6], town.name)
