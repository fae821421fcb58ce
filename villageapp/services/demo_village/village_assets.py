"""The demo village's projects, the assets they left, and what these brought in (domain.md 2.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from villageapp.services import asset_incomes, records
from villageapp.services.demo_village import place

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_FEN = 100
"""In one yuan."""
_MONTHS = 6
_LABOUR_SHARE = 85
"""Percent of the photovoltaic income that goes to posts here; the rule asks for less."""
_FLOOR = 20_000_00
"""Fen: the income of half a year even where nobody has a post."""


@dataclass(frozen=True, slots=True)
class _Project:
    """One project; money in yuan."""

    name: str
    kind: str
    year: int
    funds: tuple[tuple[str, str, str, str], ...]  # level, document, planned, paid
    link: str
    supervised: bool = True


@dataclass(frozen=True, slots=True)
class _Asset:
    """One asset. ``project`` is a place in ``_PROJECTS``, ``checked`` days ago, ``ends`` days from now."""

    name: str
    commercial: bool
    project: int
    place: str
    value: int  # yuan
    status: str = "正常"
    checked: int | None = None
    ends: int | None = None
    rent: int = 0  # yuan a year


_PROJECTS = (
    _Project(
        "槐树峪村光伏电站",
        "光伏",
        2019,
        (("中央", "示范财农〔2019〕12号", "720000", "720000"),),
        "收益优先用于公益岗位工资",
    ),
    _Project(
        "肉牛养殖园区",
        "产业",
        2021,
        (
            ("省", "示范财农〔2021〕8号", "800000", "760000"),
            ("县", "示范财农〔2021〕31号", "200000", "150000"),
        ),
        "租金收益分红，优先用工",
    ),
    _Project(
        "村组道路硬化",
        "基础设施",
        2020,
        (("县", "示范交〔2020〕5号", "450000", "450000"),),
        "",
        supervised=False,
    ),
)
_ASSETS = (
    _Asset("村级光伏电站（100千瓦）", True, 0, "村东坡", 720_000, checked=100),
    _Asset("肉牛养殖棚舍", True, 1, "前柳湾", 560_000, "闲置", checked=400, ends=-10, rent=30_000),
    _Asset("冷藏库", True, 1, "村委会东侧", 180_000, checked=60, ends=25, rent=12_000),
    _Asset("村组道路三公里", False, 2, "槐树峪至石圪台", 450_000, checked=500),
    _Asset(
        "饮水蓄水池及配套管网（第二村民小组至第五村民小组）",
        False,
        2,
        "后柳湾北山",
        90_000,
        "损坏",
        checked=20,
    ),
)


def record_assets(work: Workspace, today: date) -> None:
    """Projects, assets and two incomes; posts paid from sunlight must be there already."""
    projects = [records.record(work, "project", _project(n, one)).id for n, one in enumerate(_PROJECTS, 1)]
    assets = [
        records.record(work, "asset", _asset(n, one, projects, today)).id for n, one in enumerate(_ASSETS, 1)
    ]
    _record_sunlight(work, assets[0], today)
    rent = _ASSETS[2].rent * _FEN
    paid = {"asset_id": assets[2], "period": f"{today.year}年租金", "gross": rent, "cost": 0, "net": rent}
    kept = [{"kind": "村集体留存", "amount": rent // 3}]
    records.record(
        work, "asset_income", {**paid, "received_on": today - timedelta(days=20), "distribution": kept}
    )


def _project(number: int, one: _Project) -> dict[str, Any]:
    return {
        "name": one.name,
        "project_lib_no": f"XM-{one.year}-{number:03d}",
        "kind": one.kind,
        "funds": [
            {"level": level, "doc_no": document, "amount": amount, "paid": paid}
            for level, document, amount, paid in one.funds
        ],
        "planned_on": date(one.year, 3, 1),
        "started_on": date(one.year, 5, 6),
        "finished_on": date(one.year, 9, 20),
        "accepted_on": date(one.year, 11, 1),
        "implementer": place.COMMITTEE,
        "legal_person_system": True,
        "bidding_system": True,
        "supervision_system": one.supervised,
        "contract_system": True,
        "beneficiary_households": 60,
        "beneficiary_persons": 180,
        "link_mechanism": one.link or None,
    }


def _asset(number: int, one: _Asset, projects: Sequence[str], today: date) -> dict[str, Any]:
    values: dict[str, Any] = {
        "asset_no": f"HSY-{number:03d}",
        "name": one.name,
        "asset_class": "2" if one.commercial else "1",
        "asset_form": "固定资产",
        "project_id": projects[one.project],
        "fund_level": _PROJECTS[one.project].funds[0][0],
        "built_year": _PROJECTS[one.project].year,
        "place": one.place,
        "original_value": one.value * _FEN,
        "net_value": one.value * _FEN * 7 // 10,
        "owner_level": "村集体",
        "owner": f"{place.VILLAGE_NAME}股份经济合作社",
        "custodian": "郭福明",
        "custody_phone": "0300-0000112",
        "supervisor": "申丽芳",
        "status": one.status,
        "last_check_on": today - timedelta(days=one.checked) if one.checked is not None else None,
    }
    if one.commercial:
        values["operator"] = "示范养殖专业合作社" if one.rent else f"{place.VILLAGE_NAME}股份经济合作社"
    if one.ends is not None:
        end = today + timedelta(days=one.ends)
        values |= {
            "contract_start": end - timedelta(days=1095),
            "contract_end": end,
            "rent_year": one.rent * _FEN,
        }
    return values


def _record_sunlight(work: Workspace, asset_id: str, today: date) -> None:
    """Half a year of the photovoltaic station: wages first, then something for the whole village."""
    wages = [_half_year(line) for line in asset_incomes.start(work, photovoltaic=True).wages]
    paid = sum(line["amount"] for line in wages)
    net = max(paid * 100 // _LABOUR_SHARE, _FLOOR) if not wages else paid * 100 // _LABOUR_SHARE
    shared = [{"kind": "小型公益事业", "amount": net - paid}] if wages else []
    cost = 1_500_00
    records.record(
        work,
        "asset_income",
        {
            "asset_id": asset_id,
            "period": f"{today.year}年上半年" if today.month > _MONTHS else f"{today.year - 1}年下半年",
            "gross": net + cost,
            "cost": cost,
            "net": net,
            "received_on": today - timedelta(days=35),
            "distribution": [*wages, *shared],
        },
    )


def _half_year(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**line, "amount": line["amount"] * _MONTHS}
