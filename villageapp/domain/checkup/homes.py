"""Rules about the house, the water and work after resettlement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from villageapp.domain import dates, housing, resettlement
from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.facts import NO_WORK, HouseholdFacts, Setting
from villageapp.domain.checkup.finding import Found, Level
from villageapp.domain.fields import show
from villageapp.domain.household import HOUSEHOLD

_WATER = ("water_quantity_ok", "water_quality_ok", "water_convenience_ok", "water_reliability_ok")


def _at(facts: HouseholdFacts, field: str, message: str, mend: str = "") -> Found:
    return Found(facts.id, field, message, mend=mend)


def _known(facts: HouseholdFacts, category: str) -> str:
    problem = facts.open_problem(category)
    return f"已列入问题台账（{problem['title']}），请按期解决" if problem else ""


def _house(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    level, route = facts.get("house_level"), facts.get("house_route")
    mend = _known(facts, housing.HOUSE_CATEGORY)
    found = False
    for reason in housing.judge_house(level, route).reasons:
        found = True
        yield _at(facts, "house_level", reason.message, mend)
    if facts.get("is_dangerous_house") and not found and route not in housing.SAFE_ELSEWHERE:
        told = f"登记为危房户（房屋等级 {level or '未登记'}，保障方式 {route or '未登记'}）"
        yield _at(facts, "is_dangerous_house", told, mend)


def _house_agrees(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    level, said = facts.get("house_level"), facts.get("is_dangerous_house")
    if said is None or level in (None, housing.UNEXAMINED):
        return
    if said != (level in housing.DANGEROUS):
        told = f"房屋等级 {level} 级，是否危房户登记为“{'是' if said else '否'}”"
        yield _at(facts, "is_dangerous_house", told)


def _house_unknown(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if facts.get("is_dangerous_house") is not None:
        return
    for warning in housing.judge_house(facts.get("house_level"), facts.get("house_route")).warnings:
        yield _at(facts, "house_level", warning.message)


def _tests(facts: HouseholdFacts) -> housing.Water:
    return housing.Water(*(facts.get(name) for name in _WATER))


def _water(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    mend = _known(facts, housing.WATER_CATEGORY)
    reasons = housing.judge_water(_tests(facts)).reasons
    if reasons:
        field = next(name for name in _WATER if facts.get(name) is False)
        yield _at(facts, field, "；".join(reason.message for reason in reasons), mend)
    elif facts.get("water_safe") is False:
        yield _at(facts, "water_safe", "饮水安全登记为“否”", mend)


def _water_agrees(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    computed, said = _tests(facts).safe, facts.get("water_safe")
    if computed is None or said is None or computed == said:
        return
    told = "、".join(f"{HOUSEHOLD[name].label}：{show(HOUSEHOLD[name], facts.get(name))}" for name in _WATER)
    yield _at(facts, "water_safe", f"是否解决安全饮用水登记为“{'是' if said else '否'}”，而{told}")


def _water_unknown(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if facts.get("water_safe") is not None:
        return
    warnings = housing.judge_water(_tests(facts)).warnings
    if warnings:
        which = "；".join(w.message for w in warnings) if len(warnings) < len(_WATER) else "四项都未核实"
        yield _at(facts, "water_safe", f"饮水安全未登记（{which}）")


def _spells(facts: HouseholdFacts, on: date) -> Iterator[resettlement.Spell]:
    """Recorded spells and public posts; for a member without one what the national export says: months up to now."""
    recorded = set()
    for spell in facts.employment:
        recorded.add(spell["member_id"])
        if spell.get("working") is not False and spell.get("start_ym"):
            yield resettlement.Spell(spell["start_ym"], spell.get("end_ym"))
    held = [(post.get("agreement_start"), post.get("agreement_end")) for post in facts.posts]
    held += [(measure.get("start_on"), measure.get("end_on")) for measure in facts.post_measures]
    for start, end in held:
        if start is not None:
            yield resettlement.Spell(f"{start:%Y-%m}", None if end is None else f"{end:%Y-%m}")
    for member in facts.members:
        months = member.get("work_months")
        if member["id"] not in recorded and months and member.get("working") != NO_WORK:
            yield resettlement.Spell(f"{dates.add_months(on, -months):%Y-%m}")


def _work_after_relocation(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    judged = resettlement.judge_employment(
        facts.get("relocated"), facts.labours, _spells(facts, setting.on), setting.on, setting.parameters
    )
    for reason in judged.reasons:
        yield _at(facts, "relocated", reason.message)


def _relocated_members(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if facts.get("relocated") is not False:
        return
    names = sorted(m["name"] for m in facts.members if m.get("is_relocated"))
    if names:
        yield _at(facts, "relocated", f"户上登记不是易地搬迁户，而 {'、'.join(names)} 登记为易地搬迁人口")


CHECKS = (
    Check("R-HOUSE", "R-HOUSE", Level.ERROR, "住房安全", "登记问题并落实危房改造、租借安全房或搬迁", _house),
    Check(
        "D-HOUSE", "数据字典 2.1", Level.WARNING, "房屋等级与危房标识", "以鉴定报告为准改正", _house_agrees
    ),
    Check(
        "D-HOUSE-UNKNOWN",
        "R-HOUSE",
        Level.NOTICE,
        "住房安全未登记",
        "查看鉴定报告后登记房屋等级",
        _house_unknown,
    ),
    Check("R-WATER", "R-WATER", Level.ERROR, "饮水安全", "登记问题并落实饮水措施", _water),
    Check(
        "D-WATER",
        "R-WATER",
        Level.WARNING,
        "饮水四项与结论不符",
        "四项中有一项不达标，结论应为“否”，请核对",
        _water_agrees,
    ),
    Check(
        "D-WATER-UNKNOWN",
        "R-WATER",
        Level.NOTICE,
        "饮水安全未登记",
        "入户核实水量、水质、方便程度和保证率后登记",
        _water_unknown,
    ),
    Check(
        "R-RELOC",
        "R-RELOC",
        Level.WARNING,
        "零就业搬迁户",
        "列入零就业搬迁户，落实至少一人稳定就业；已就业的补登记务工",
        _work_after_relocation,
    ),
    Check("D-RELOC", "数据字典 2.1", Level.WARNING, "搬迁户与搬迁人口", "核对搬迁标识", _relocated_members),
)
