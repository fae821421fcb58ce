"""Rules about a family as a whole: head, relations, head count, household number, who answers for it, visits."""

from __future__ import annotations

from collections.abc import Iterable

from villageapp.domain import visit
from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.facts import HouseholdFacts, Setting
from villageapp.domain.checkup.finding import Found, Level
from villageapp.domain.fields import show
from villageapp.domain.household import HOUSEHOLD, NOT_MONITORED

_SPOUSE = "配偶"
_GENERATIONS_ABOVE = {
    **dict.fromkeys(("之父", "之母", "之岳父", "之岳母", "之公公", "之婆婆"), 1),
    **dict.fromkeys(("之祖父", "之祖母", "之外祖父", "之外祖母"), 2),
    **dict.fromkeys(("之子", "之女"), -1),
    **dict.fromkeys(("之孙子", "之孙女", "之外孙子", "之外孙女"), -2),
    **dict.fromkeys(("之曾孙子", "之曾孙女"), -3),
}
_NEEDED = ("region_code", "county", "town", "village", "household_type")
_WHEN_RELOCATED = ("reloc_mode", "reloc_settle", "reloc_place", "settlement_name", "move_in_date")
_LAND = ("land_farm", "land_forest", "land_grass", "land_water", "land_orchard", "land_returned")


def _at(facts: HouseholdFacts, field: str, message: str, mend: str = "", stable: str = "") -> Found:
    return Found(facts.id, field, message, "", mend, stable)


def _head(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    names = [head["name"] for head in facts.heads]
    if not facts.members:
        yield _at(facts, "status", "户内没有在册成员", "补登记成员；整户死亡或迁出的，户状态改为整户减少")
    elif not names:
        yield _at(facts, "head_member_id", "没有成员的与户主关系为户主", "原户主已减少的，请确定新户主")
    elif len(names) > 1:
        yield _at(facts, "head_member_id", f"有 {len(names)} 名户主：{'、'.join(sorted(names))}")
    elif facts.get("head_member_id") != facts.heads[0]["id"]:
        other = facts.by_member.get(facts.get("head_member_id") or "")
        told = f"户主登记为 {other['name']}" if other else "户主未登记或已减少"
        yield _at(facts, "head_member_id", f"{told}，与户主关系为户主的是 {names[0]}")


def _spouse(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    names = sorted(m["name"] for m in facts.members if m.get("relation") == _SPOUSE)
    if len(names) > 1:
        yield _at(facts, "relation", f"有 {len(names)} 名户主配偶：{'、'.join(names)}")


def _generations(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if len(facts.heads) != 1 or (born := facts.heads[0].get("birth_date")) is None:
        return
    gap = setting.parameters.integer("GENERATION_GAP", setting.on, setting.region)
    for member in facts.members:
        above = _GENERATIONS_ABOVE.get(member.get("relation") or "", 0)
        own = member.get("birth_date")
        if not above or own is None:
            continue
        years = (born.year - own.year) * (1 if above > 0 else -1)
        if years < gap * abs(above):
            who = f"{member['relation']} {member['name']} {own:%Y} 年生，户主 {born:%Y} 年生"
            yield Found(member["id"], "relation", f"{who}，年龄差不足 {gap * abs(above)} 岁", member["id"])


def _population(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    said = facts.get("registered_population")
    if said is not None and said != len(facts.members):
        yield _at(
            facts,
            "registered_population",
            f"当前家庭人口数登记为 {said} 人，在册成员 {len(facts.members)} 人",
        )


def _no_labour(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    said, computed = facts.get("no_labour_flag"), facts.no_labour_whole
    if said is None or computed is None or said == computed:
        return
    able = sum(labour in ("1", "2", "3") for labour in facts.labours)
    told = f"系统标识为{'是' if said else '否'}，{len(facts.members)} 名成员中 {able} 人有劳动力"
    yield _at(facts, "no_labour_flag", told)


def _dibao(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    persons = facts.get("dibao_persons")
    named = sum(member.get("is_dibao") is True for member in facts.members)
    if persons is None:
        return
    if persons > len(facts.members):
        yield _at(facts, "dibao_persons", f"低保 {persons} 人，在册成员只有 {len(facts.members)} 人")
    elif persons != named:
        yield _at(facts, "dibao_persons", f"户上登记低保 {persons} 人，成员中享受低保 {named} 人")


def _number(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for rule in HOUSEHOLD.rules:
        for problem in rule(facts.household):
            if problem.field == "national_hh_no":
                yield _at(facts, problem.field, problem.message)


def _number_unique(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if facts.same_number:
        told = f"户编号 {facts.get('national_hh_no')} 另有 {facts.same_number} 户使用"
        yield _at(facts, "national_hh_no", told)


def _phone(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for rule in HOUSEHOLD.rules:
        for problem in rule(facts.household):
            if problem.field == "phone":
                yield _at(facts, problem.field, problem.message)


def _missing(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    names = [name for name in _NEEDED if not facts.get(name)]
    if facts.get("relocated"):
        names += [name for name in _WHEN_RELOCATED if not facts.get(name)]
    if facts.is_poor_before and facts.get("out_of_poverty_year") is None:
        names.append("out_of_poverty_year")
    if names:
        labels = "、".join(HOUSEHOLD[name].label for name in names)
        yield _at(facts, names[0], f"必填项未登记：{labels}")


def _incomplete(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for record_id, field, told in facts.incomplete:
        yield Found(record_id, field, told)


def _not_poor_before(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if facts.get("household_type") is None or facts.is_poor_before:
        return
    for name in ("out_of_poverty_year", "policy_entitled"):
        if facts.get(name):
            told = f"户类型为 {show(HOUSEHOLD['household_type'], facts.get('household_type'))}"
            shown = show(HOUSEHOLD[name], facts.get(name))
            yield _at(facts, name, f"{told}，却登记了{HOUSEHOLD[name].label}（{shown}）")


def _land(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    total = sum(facts.get(name) or 0 for name in _LAND)
    limit = setting.parameters.integer("LAND_SUM_ODD", setting.on, setting.region)
    if total > limit:
        yield _at(facts, "land_farm", f"各类土地合计 {total} 亩，超过 {limit} 亩")


def _duty(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if not (facts.is_poor_before or facts.category != NOT_MONITORED):
        return
    person = facts.get("duty_person_id")
    cadre = setting.cadres.get(person or "")
    if not person:
        yield _at(facts, "duty_person_id", "没有结对帮扶责任人")
    elif cadre is None:
        yield _at(facts, "duty_person_id", "结对帮扶责任人已不在干部名册")
    elif (end := cadre.get("term_end")) is not None and end < setting.on:
        yield _at(facts, "duty_person_id", f"结对帮扶责任人 {cadre['name']} 任期已于 {end} 结束")


def _visits(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    last = facts.last_visit_on
    if last is None:
        yield _at(facts, "next_visit_on", "还没有有效的走访记录", "安排入户走访")
        return
    who = facts.get("household_type"), facts.get("monitoring_category"), facts.get("risk_eliminated")
    due = visit.next_visit(*who, last, setting.parameters)
    if due < setting.on:
        late = (setting.on - due).days
        told = f"上次有效走访 {last}，应于 {due} 前再访，已超 {late} 天"
        yield _at(facts, "next_visit_on", told, stable=f"{last} {due}")


_F11 = "全国防返贫监测信息系统数据核查规则"
CHECKS = (
    Check("D-HEAD", "数据字典 2.1", Level.ERROR, "户主", "每户须有且只有一名户主，请改正与户主关系", _head),
    Check("D-SPOUSE", "数据字典 2.2", Level.ERROR, "户主配偶", "户主配偶最多一名，请改正与户主关系", _spouse),
    Check("D-AGES", "数据字典 2.2", Level.WARNING, "与户主年龄差", "核对与户主关系和出生日期", _generations),
    Check(
        "D-POPULATION",
        "数据字典 2.1",
        Level.WARNING,
        "家庭人口数",
        "核对成员增减；人口数以在册成员为准改正",
        _population,
    ),
    Check(
        "1111_07",
        _F11,
        Level.WARNING,
        "整户无劳动能力标识",
        "核对各成员劳动技能，或在系统中改正标识",
        _no_labour,
    ),
    Check("D-DIBAO", "数据字典 2.1", Level.WARNING, "低保人数", "与民政低保名册核对", _dibao),
    Check("D-HH-NO", "数据字典 2.1", Level.WARNING, "户编号格式", "按国家系统的 16 位户编号改正", _number),
    Check(
        "D-HH-NO-UNIQUE",
        "数据字典 2.1",
        Level.ERROR,
        "户编号重复",
        "按国家系统核对两户的户编号",
        _number_unique,
    ),
    Check("D-HH-PHONE", "数据字典 2.1", Level.NOTICE, "户联系电话", "核对电话号码", _phone),
    Check("D-HOUSEHOLD", "数据字典 2.1", Level.NOTICE, "农户必填项", "问清后补登记", _missing),
    Check(
        "D-RECORD", "数据字典 2", Level.ERROR, "记录缺少必填项", "打开该记录补填；误登记的删除", _incomplete
    ),
    Check(
        "D-TYPE",
        "数据字典 2.1",
        Level.WARNING,
        "户类型与脱贫信息",
        "核对户类型；一般农户删去脱贫信息",
        _not_poor_before,
    ),
    Check("D-LAND", "数据字典 2.1", Level.WARNING, "土地面积过大", "核对面积和单位（亩）", _land),
    Check("D-DUTY", "数据字典 2.1", Level.WARNING, "结对帮扶责任人", "为该户明确结对帮扶责任人", _duty),
    Check("R-VIS-1", "R-VIS-1", Level.NOTICE, "走访超期", "尽快入户走访", _visits),
)
