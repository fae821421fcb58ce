"""People entered a second time by mistake, and newcomers who merely look like somebody: for tests of duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from stdnum.cn import ric

from villageapp.domain.village import TRAINING_COUNTY
from villageapp.services.demo_village import DemoVillage, build

OF_EACH_KIND = 12
HOMOPHONE, DIGIT, LENGTH, MAIDEN, SWAPPED = "homophone", "digit", "length", "maiden", "swapped"
KINDS = (HOMOPHONE, DIGIT, LENGTH, MAIDEN, SWAPPED)
_SAME_SOUND = (
    "张章 李黎 申沈 原袁 靳晋 赵兆 武伍 刘留 郑政 侯后 秦琴 宋送 贾甲 卫魏 程成 路陆 建健 国果 庆沁 志智 军君 保宝 平萍 明鸣 "
    "文闻 红洪 兵冰 贵桂 书舒 新鑫 英瑛 兰蓝 花华 爱艾 秀绣 玉钰 素苏 香湘 秋邱 梅美 丽莉 艳燕 晓小 慧惠 芳方 瑞睿 伟纬 "
    "勇永 峰锋 斌彬 浩昊 磊雷 宇雨 家佳 泽则 轩宣 辰晨 锦瑾 铭明 欣心 诗施 语雨 桐同 乐岳"
).split()
"""A character of the village's names and another that a clerk hears for it."""
_DIALECT_SOUND = (
    "英音 明民 玲林 新星 生森 珍增 郑振 程陈 庆沁 根庚 金京 志自 书苏 山三 峰芬 林凌 晋敬 平贫 民明".split()
)
"""The same where the dialects of Shanxi make no difference: in and ing, en and eng, zh and z."""
_DIALECT_SHARE = 4
"""Of the homophones so many differ as the dialect does."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Somebody who is registered as ``of`` (an ID number) already. ``values`` is what the clerk types."""

    kind: str
    of: str
    values: Mapping[str, Any]


def doubles(village: DemoVillage, rng: Random) -> list[Planted]:
    """Twelve of each kind; nobody is doubled twice."""
    people = [dict(member) for home in village.households for member in home.members]
    rng.shuffle(people)
    waiting = iter(people)
    return [
        Planted(kind, person["id_no"], values)
        for kind in KINDS
        for number in range(OF_EACH_KIND)
        for person, values in [_next(kind, number, waiting, rng)]
    ]


def _next(
    kind: str, number: int, waiting: Iterator[dict[str, Any]], rng: Random
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The next person to whom this mistake can happen."""
    make = {
        HOMOPHONE: _homophone,
        DIGIT: _one_digit,
        LENGTH: _fifteen,
        MAIDEN: _at_her_parents,
        SWAPPED: _swapped,
    }
    for person in waiting:
        values = make[kind](person, number, rng)
        if values is not None:
            return person, {"relation": "其他", **values}
    raise LookupError(kind)


def _without_number(person: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Told by mouth: three times the birth date, once only the telephone number."""
    values: dict[str, Any] = {"id_type": "99", "sex": person["sex"], "name": person["name"]}
    if number % 4 == 3 and person.get("phone"):
        return {**values, "phone": person["phone"]}
    return {**values, "birth_date": person["birth_date"]}


def _homophone(person: Mapping[str, Any], number: int, rng: Random) -> dict[str, Any] | None:
    table = _DIALECT_SOUND if number < _DIALECT_SHARE else _SAME_SOUND
    for pair in table:
        if pair[0] in person["name"]:
            return {**_without_number(person, number), "name": person["name"].replace(pair[0], pair[1], 1)}
    return None


def _one_digit(person: Mapping[str, Any], number: int, rng: Random) -> dict[str, Any] | None:
    """A wrong digit within a number that is valid all the same, as on a wrong paper; also of the birth date."""
    place = 8 + number % 9  # behind the century
    body = person["id_no"][:17]
    for digit in rng.sample("0123456789", 10):
        wrong = body[:place] + digit + body[place + 1 :]
        if digit != body[place] and _birth(wrong) is not None:
            return {"name": person["name"], "id_no": wrong + str(ric.calc_check_digit(wrong + "0"))}
    return None


def _birth(body: str) -> date | None:
    try:
        found = date(int(body[6:10]), int(body[10:12]), int(body[12:14]))
    except ValueError:
        return None
    return found if date(1900, 1, 1) <= found <= date(2026, 11, 1) else None


def _fifteen(person: Mapping[str, Any], number: int, rng: Random) -> dict[str, Any] | None:
    """The first generation's number, which has no century and no check digit."""
    full = person["id_no"]
    return {"name": person["name"], "id_no": full[:6] + full[8:17]} if full[6:8] == "19" else None


def _at_her_parents(person: Mapping[str, Any], number: int, rng: Random) -> dict[str, Any] | None:
    """A married woman in her parents' household: with her number, by mouth, or with a second number from there."""
    if person["relation"] not in ("配偶", "之儿媳") or person["sex"] != "2":
        return None
    if number % 3 == 0:
        return {"name": person["name"], "id_no": person["id_no"], "relation": "之女"}
    if number % 3 == 1:
        return {**_without_number(person, 0), "relation": "之女"}
    body = f"{TRAINING_COUNTY}{person['birth_date']:%Y%m%d}{rng.randrange(400, 500) * 2:03d}"
    return {
        "name": person["name"],
        "id_no": body + str(ric.calc_check_digit(body + "0")),
        "relation": "之女",
    }


def _swapped(person: Mapping[str, Any], number: int, rng: Random) -> dict[str, Any] | None:
    """Given name first, or the two characters of the given name the wrong way round."""
    name = person["name"]
    if len(name) < 3 or len(set(name)) < 3:
        return None
    turned = name[1:] + name[0] if number % 2 else name[0] + name[:0:-1]
    return {**_without_number(person, number), "name": turned}


def newcomers(village: DemoVillage, count: int, rng: Random) -> list[dict[str, Any]]:
    """People who are new: of the same clans and generations as the village; brothers, twins, of one birthday."""
    taken = {member["id_no"] for home in village.households for member in home.members}
    far = build(count, seed=rng.randrange(1000, 9999), today=village.today)
    strangers = [dict(m) for home in far.households for m in home.members if m["id_no"] not in taken]
    rng.shuffle(strangers)
    locals_ = [member for home in village.households for member in home.members]
    return [
        _newcomer(number, stranger, rng.choice(locals_), strangers)
        for number, stranger in enumerate(strangers[:count])
    ]


def _newcomer(
    number: int, stranger: dict[str, Any], local: Mapping[str, Any], strangers: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    values = {name: stranger[name] for name in ("name", "sex", "birth_date")}
    values |= {"relation": "其他", "id_type": "99"}
    match number % 5:
        case 0 | 1:  # with a number of their own
            return {"name": values["name"], "relation": "其他", "id_no": stranger["id_no"]}
        case 2:  # told by mouth
            return values
        case 3:  # named like somebody here, another birthday, the telephone of another family
            return {**values, "name": local["name"], "sex": local["sex"], "phone": stranger.get("phone")}
        case _:  # born on the same day as somebody of the same clan, even a brother of the same generation
            return {**values, "name": _brother(local["name"], values["name"]), **_of(local)}


def _brother(name: str, other: str) -> str:
    """The surname and first character of one, the last character of another."""
    return name[:2] + other[-1] if len(name) > 2 and other[-1] != name[-1] else name[0] + "新生"


def _of(local: Mapping[str, Any]) -> dict[str, Any]:
    return {name: local[name] for name in ("birth_date", "sex", "phone") if local.get(name)}
