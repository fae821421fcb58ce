"""Where the demo village lies: in the training county, so that nobody real can be meant."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from villageapp.domain.village import TRAINING_COUNTY, place_of

VILLAGE_CODE = TRAINING_COUNTY + "100201"
VILLAGE_NAME = "槐树峪村"
SETTLEMENT = "幸福里易地搬迁安置区"
COMMITTEE = f"{VILLAGE_NAME}村民委员会"


@dataclass(frozen=True, slots=True)
class Hamlet:
    """A 自然村 with its 村民小组 and its share of the households."""

    name: str
    groups: tuple[str, ...]
    share: int
    distance_km: tuple[int, int]  # tenths of a kilometre to the main road


HAMLETS = (
    Hamlet("槐树峪", ("第一村民小组", "第二村民小组"), 45, (0, 8)),
    Hamlet("前柳湾", ("第三村民小组",), 20, (6, 18)),
    Hamlet("后柳湾", ("第四村民小组",), 15, (10, 25)),
    Hamlet("石圪台", ("第五村民小组",), 12, (15, 38)),
)
OLD_HAMLET = Hamlet("上窑沟", ("第六村民小组",), 0, (20, 52))
"""Moved as a whole: only resettled families belong to it."""
GROUPS = tuple(group for hamlet in (*HAMLETS, OLD_HAMLET) for group in hamlet.groups)


def above() -> dict[str, str]:
    """County, town and village under the household form's names."""
    place = place_of(VILLAGE_CODE)
    return {"region_code": VILLAGE_CODE, "county": place.county, "town": place.town, "village": VILLAGE_NAME}


def village_values() -> dict[str, str]:
    """The village under its form's names."""
    place = place_of(VILLAGE_CODE)
    return {
        "code": VILLAGE_CODE,
        "name": VILLAGE_NAME,
        "city": place.city,
        "county": place.county,
        "town": place.town,
        "town_phone": "0300-0000110",
        "groups": "、".join(GROUPS),
    }


def address(hamlet: str, order: int) -> str:
    """Where the family with that number in its hamlet lives (from 1); those of the old hamlet in the settlement."""
    if hamlet == OLD_HAMLET.name:
        flat = order - 1
        building, stair, floor, door = 1 + flat // 36, 1 + flat // 12 % 3, 1 + flat // 2 % 6, 1 + flat % 2
        return f"示例镇{SETTLEMENT}{building}号楼{stair}单元{floor}0{door}室"
    return f"{VILLAGE_NAME}{order}号" if hamlet == HAMLETS[0].name else f"{VILLAGE_NAME}{hamlet}{order}号"


def hamlet(rng: Random) -> Hamlet:
    """One of the hamlets by its share."""
    return rng.choices(HAMLETS, [h.share for h in HAMLETS])[0]
