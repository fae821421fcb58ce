"""What an assistance scheme is, and who is entitled to one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from villageapp.services.demo_village.homes import is_poor_before_or_monitored

Values = dict[str, Any]
ForHousehold = Callable[[Values, Sequence[Values]], bool]
ForMember = Callable[[Values, Values], bool]

YEAR, TERM, ONCE, LOAN, HISTORY = "year", "term", "once", "loan", "history"
AGRICULTURE, LABOUR_BUREAU, HEALTH_INSURANCE = (
    "示范县农业农村局",
    "示范县人力资源和社会保障局",
    "示范县医疗保障局",
)
EDUCATION, CIVIL_AFFAIRS, DISABLED_FEDERATION = "示范县教育局", "示范县民政局", "示范县残疾人联合会"
HOUSING, WATER, FORESTRY = "示范县住房和城乡建设管理局", "示范县水利局", "示范县林业局"
TOWN, HOSPITAL, BANK = "示例镇人民政府", "示例镇卫生院", "示范县农村商业银行"


@dataclass(frozen=True, slots=True)
class Scheme:
    """One kind of assistance. Amounts in yuan, from ``low`` to ``high`` in steps of ``step``; 0 means none."""

    item: str  # CL_MEASURE_ITEM
    title: str
    department: str
    period: str
    low: int = 0
    high: int = 0
    step: int = 100
    household: ForHousehold | None = None
    member: ForMember | None = None  # then a person enjoys it
    risks: tuple[str, ...] = ()
    quantity: tuple[int, int, str] | None = None  # least, most, unit
    weight: int = 10
    essential: bool = False
    month: int = 0  # of a ONCE scheme: the month in which it is always paid


def poor(h: Values) -> bool:
    """脱贫户 or monitored: those whom the assistance policies name."""
    return is_poor_before_or_monitored(h)


def poor_household(h: Values, _: Sequence[Values]) -> bool:
    """The same, as a household's entitlement."""
    return poor(h)


def farms(h: Values, members: Sequence[Values]) -> bool:
    """Has land to till and somebody to till it."""
    tilled = not h["relocated"] and h["land_farm"] >= 4
    return poor(h) and tilled and any(m["labour"] in ("1", "2", "3") for m in members)


def new_privy(h: Values, _: Sequence[Values]) -> bool:
    """Had its privy rebuilt."""
    return poor(h) and h["toilet_type"] in ("双瓮", "三格")


def resettled(h: Values, _: Sequence[Values]) -> bool:
    """Lives in the settlement."""
    return bool(h["relocated"])


def on_dibao(h: Values, _: Sequence[Values]) -> bool:
    """Receives 农村低保."""
    return "dibao_category" in h


def hit_suddenly(h: Values, _: Sequence[Values]) -> bool:
    """Is a 突发严重困难户."""
    return bool(h["monitoring_category"] == "3")


def works(h: Values, m: Values, *places: str) -> bool:
    """Works at one of these places (CL_WORKING)."""
    return poor(h) and m.get("working") in places


def able(h: Values, m: Values) -> bool:
    """Could take a post in the village."""
    return poor(h) and m["labour"] in ("2", "3") and m.get("working") == "其他"
