"""From a place in a family to a member's record: health, schooling, work, insurance."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from villageapp.domain.dates import age
from villageapp.domain.household import POOR_BEFORE
from villageapp.services.demo_village import names, schooling
from villageapp.services.demo_village.families import Kin, M
from villageapp.services.demo_village.identity import Registry, birth_date
from villageapp.services.demo_village.plans import Plan

HEALTHY, CHRONIC, GRAVE, DISABLED = "1", "2", "3", "4"
_CHRONIC_ILLS = (
    "高血压",
    "糖尿病",
    "冠心病",
    "脑梗死后遗症",
    "慢性支气管炎",
    "腰椎间盘突出",
    "类风湿性关节炎",
    "肺心病",
    "尘肺病",
    "高血压、糖尿病",
)
_GRAVE_ILLS = ("肺癌", "胃癌", "尿毒症", "急性心肌梗死", "结肠癌")
_OWN_LINE = frozenset("户主 之子 之女 之孙子 之孙女 之父 之兄弟姐妹".split())
_JOBS_OF_BOTH = (
    ("县外省内务工", "长治市潞州区", "物流园"),
    ("县外省内务工", "演示市城区", "餐馆"),
    ("省外务工", "天津市滨海新区", "电子厂"),
    ("省外务工", "江苏省昆山市", "电子厂"),
    ("乡外县内务工", "示范县城", "超市"),
    ("乡外县内务工", "示范县开发区", "食品加工厂"),
    ("乡内务工", "示例镇", "就业帮扶车间"),
    ("乡内务工", "槐树峪村", "种植合作社"),
)
_JOBS_OF_MEN = (
    ("县外省内务工", "太原市小店区", "建筑工地"),
    ("县外省内务工", "晋城市", "煤矿辅助用工"),
    ("省外务工", "河北省石家庄市", "装修队"),
    ("乡外县内务工", "示范县城", "建筑工地"),
)
_JOBS_OF_WOMEN = (
    ("县外省内务工", "太原市万柏林区", "家政公司"),
    ("省外务工", "北京市丰台区", "家政公司"),
    ("乡外县内务工", "示范县开发区", "服装加工厂"),
    ("乡内务工", "示例镇", "就业帮扶车间"),
)


def members(rng: Random, registry: Registry, plan: Plan, today: date) -> list[dict[str, Any]]:
    """All members of a household, the head first, without household_id and national numbers."""
    family = plan.family(rng)
    surname = plan.surname or names.clan(rng)
    rare = iter(_rare_places(family, plan.rare))
    return [
        _member(rng, registry, plan, today, k, name)
        for k, name in _named(rng, family, surname, today, dict(rare))
    ]


def _rare_places(family: list[Kin], rare: tuple[str, ...]) -> list[tuple[int, str]]:
    """The youngest of the family's own line bear the rare names."""
    own = sorted((i for i, k in enumerate(family) if k.relation in _OWN_LINE), key=lambda i: family[i].age)
    return list(zip(own, rare, strict=False))


def _named(
    rng: Random, family: list[Kin], surname: str, today: date, rare: dict[int, str]
) -> list[tuple[Kin, str]]:
    named: list[tuple[Kin, str]] = []
    siblings: dict[str, tuple[str, ...]] = {}
    for place, k in enumerate(family):
        foreign = k.relation not in _OWN_LINE or (k.relation == "户主" and k.sex != M)
        own = names.married_in(rng, surname) if foreign else surname
        known = siblings.get(k.relation[:2], ())
        given = rare.get(place) or names.given(rng, k.sex, today.year - k.age, known)
        siblings[k.relation[:2]] = (*known, given)
        named.append((k, own + given))
    return named


def _member(rng: Random, registry: Registry, plan: Plan, today: date, k: Kin, name: str) -> dict[str, Any]:
    birth = birth_date(rng, k.age, today)
    years = age(birth, today)
    status = schooling.stage(rng, birth, today, k.state)
    values = {
        "name": name,
        "id_type": "01",
        "id_no": registry.id_number(birth, k.sex),
        "sex": k.sex,
        "birth_date": birth,
        "relation": k.relation,
        "nation": _nation(rng, k),
        "political": _political(rng, years, status),
        "education": schooling.education(rng, birth, today, status),
        "student_status": status,
        "school": schooling.school(status),
        "speaks_mandarin": None if years < 3 else years < 62 or rng.random() < 0.45,
        **_health(rng, k, years),
    }
    values |= _labour_and_work(rng, k, values, years)
    values |= _entitlements(rng, plan, values, years)
    values |= _arrival(plan, birth, years)
    if 18 <= years < 72 and (k.relation == "户主" or rng.random() < 0.8):
        values["phone"] = registry.phone()
    return values


def _nation(rng: Random, k: Kin) -> str:
    """Nearly all are Han; now and then somebody married in from afar."""
    afar = k.relation == "之儿媳" and rng.random() < 0.05
    return rng.choice(("满族", "苗族", "回族")) if afar else "汉族"


def _political(rng: Random, years: int, status: str) -> str | None:
    if years < 14:
        return None
    if status >= "06":
        return "03" if rng.random() < 0.7 else "13"
    return "01" if years > 25 and rng.random() < 0.07 else "13"


def _health(rng: Random, k: Kin, years: int) -> dict[str, Any]:
    chronic_share = (
        0.55 if years >= 70 else 0.34 if years >= 60 else 0.14 if years >= 45 else 0.02 if years >= 30 else 0
    )
    disabled = _disability(rng, k, years)
    grave = "grave" in k.state or (years > 40 and not k.state and rng.random() < 0.012)
    chronic = not grave and ("chronic" in k.state or (not k.state and rng.random() < chronic_share))
    found = [code for code, so in ((CHRONIC, chronic), (GRAVE, grave), (DISABLED, bool(disabled))) if so]
    ill = (
        rng.choice(_GRAVE_ILLS)
        if grave
        else rng.choice(_CHRONIC_ILLS[: 10 if k.sex == M else 8])
        if chronic
        else None
    )
    if "injured" in k.state:
        found, ill = [GRAVE], "交通事故致骨盆、股骨骨折"
    return {
        "health": tuple(found) or (HEALTHY,),
        "disease_name": ill,
        "has_chronic_card": rng.random() < 0.75 if chronic else None,
        **disabled,
    }


def _disability(rng: Random, k: Kin, years: int) -> dict[str, str]:
    """Category and level; the card number is set when the ID number is known (see ``with_card``)."""
    if "mind" in k.state:
        return {"disability_category": "5", "disability_level": "2"}
    if "limb" in k.state:
        return {"disability_category": "4", "disability_level": "2"}
    share = 0.09 if years >= 60 else 0.05 if years >= 35 else 0.008
    if k.state or rng.random() >= share:
        return {}
    category = rng.choices("1234567", (12, 18, 2, 48, 8, 9, 3))[0]
    return {"disability_category": category, "disability_level": rng.choices("1234", (8, 20, 34, 38))[0]}


def _labour_and_work(rng: Random, k: Kin, values: dict[str, Any], years: int) -> dict[str, Any]:
    labour = _labour(rng, k, values, years)
    card = {}
    if values.get("disability_category"):
        reissued = "B1" if rng.random() < 0.12 else ""
        number = values["id_no"] + values["disability_category"] + values["disability_level"] + reissued
        card = {"disability_card_no": number}
    return {"labour": labour, **card, **_work(rng, k, labour, years)}


def _labour(rng: Random, k: Kin, values: dict[str, Any], years: int) -> str:
    """CL_LABOUR: under 16 and at school 无, gravely disabled 丧失, the old 弱 or 无."""
    if years < 16 or values["student_status"] != schooling.NOT_A_STUDENT:
        return "5"
    severe = values.get("disability_level") in ("1", "2")
    if severe or "injured" in k.state or "grave" in k.state:
        return "4"
    if "idle" in k.state or years >= 73:
        return "5"
    if "weak" in k.state or years >= 60 or values.get("disability_level") or CHRONIC in values["health"]:
        return "3"
    return "1" if rng.random() < 0.16 else "2"


def _work(rng: Random, k: Kin, labour: str, years: int) -> dict[str, Any]:
    if labour not in ("1", "2", "3") or years > 68:
        return {}
    away = "worker" in k.state or (labour != "3" and rng.random() < (0.68 if k.sex == M else 0.42))
    if "local" in k.state:
        return {"working": "乡内务工", "work_months": 10, "work_place": "示例镇", "employer": "就业帮扶车间"}
    if not away:
        return {"working": "其他"}
    own = _JOBS_OF_MEN if k.sex == M else _JOBS_OF_WOMEN
    kind, place, employer = (
        _JOBS_OF_MEN[0] if "worker" in k.state else rng.choice((*own, *own, *_JOBS_OF_BOTH))
    )
    return {"working": kind, "work_months": rng.randint(5, 12), "work_place": place, "employer": employer}


def _entitlements(rng: Random, plan: Plan, values: dict[str, Any], years: int) -> dict[str, Any]:
    employee = values.get("working") in ("省外务工", "县外省内务工") and rng.random() < 0.12
    grown = years >= 16 and values["student_status"] == schooling.NOT_A_STUDENT
    cared_for = (
        plan.household_type == POOR_BEFORE
        or plan.case is not None
        or values["health"] != (HEALTHY,)
        or years >= 65
    )
    return {
        "med_insurance_resident": not employee and not (18 <= years < 45 and rng.random() < 0.02),
        "med_insurance_employee": employee,
        "critical_illness_ins": True,
        "pension_resident": (not employee and (years >= 60 or rng.random() < 0.88)) if grown else None,
        "pension_employee": employee if grown else None,
        "family_doctor": cared_for,
        "is_dibao": "dibao" in plan.traits,
        "is_tekun": "tekun" in plan.traits,
        "is_relocated": "resettled" in plan.traits,
    }


def _arrival(plan: Plan, birth: date, years: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if years < 1:
        values |= {"joined_on": birth + timedelta(days=15), "join_reason": "新生儿"}
    if plan.household_type == POOR_BEFORE:
        values["identified_ym"] = max("2016-03", f"{birth:%Y-%m}")
    return values
