"""Rules about households that are monitored now: category, risks and the measures that answer them, duties."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from villageapp.domain import identification, medical, monitoring_guards
from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.facts import HouseholdFacts, Record, Setting
from villageapp.domain.checkup.finding import Found, Level
from villageapp.domain.fields import show
from villageapp.domain.household import HOUSEHOLD, NOT_MONITORED
from villageapp.domain.judgement import Reason
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_duties import Duty, duties
from villageapp.domain.monitoring_exit import Moment
from villageapp.domain.monitoring_facts import Case, State
from villageapp.domain.risk_measures import LACKS_LABOUR, UNSTABLE_WORK, Workforce, consistency, matching
from villageapp.domain.stability import FollowUp

SCHOOLING, WATER = "02", "10"
PREMIUM_AID, RELOCATION = "M0701", "M1201"
_RULE_OF_RISK = {SCHOOLING: "3_11_004", WATER: "5_18_006"}
"""Public ids of two cases of R-MON-8."""


def _category(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for rule in HOUSEHOLD.rules:
        for problem in rule(facts.household):
            if problem.field == "monitoring_category":
                shown = show(HOUSEHOLD["household_type"], facts.get("household_type"))
                kind = show(HOUSEHOLD["monitoring_category"], facts.category)
                yield Found(facts.id, problem.field, f"{problem.message}（现为 {shown}、{kind}）")
    for case in facts.open_cases:
        if case.get("category"):
            for reason in identification.category(facts.get("household_type"), case["category"]).reasons:
                yield Found(case["id"], "category", reason.message)


def _file(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    """The file and the household say the same."""
    if len(facts.open_cases) > 1:
        yield Found(facts.id, "state", f"有 {len(facts.open_cases)} 份未结案的监测案卷，只应有一份")
    case = facts.identified_case
    if case is None:
        return
    if facts.category != case.get("category"):
        told = show(HOUSEHOLD["monitoring_category"], facts.category)
        own = show(MONITORING_CASE["category"], case.get("category"))
        yield Found(facts.id, "monitoring_category", f"户上监测对象类别为 {told}，案卷为 {own or '未填'}")
    if facts.get("risk_eliminated") is True:
        yield Found(facts.id, "risk_eliminated", "户上登记风险已消除，监测案卷尚未消除")


def _figures(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    """What a monitored household must show even without a file of its own."""
    if facts.category == NOT_MONITORED:
        return
    names = [] if facts.identified or facts.cases else ["identified_ym"]
    if facts.monitored and not facts.risks:
        names.append("risks")
    if facts.get("risk_eliminated") is None:
        names.append("risk_eliminated")
    if names:
        labels = "、".join(HOUSEHOLD[name].label for name in names)
        yield Found(facts.id, names[0], f"监测对象未登记：{labels}")


def _not_monitored(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if facts.category != NOT_MONITORED or facts.identified_case is not None:
        return
    if facts.get("identified_ym") or facts.get("risks"):
        field = "identified_ym" if facts.get("identified_ym") else "risks"
        shown = show(HOUSEHOLD[field], facts.get(field))
        yield Found(facts.id, field, f"非监测对象，却登记了{HOUSEHOLD[field].label}（{shown}）")


def _complete(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    case = facts.identified_case
    if case is not None:
        judged = monitoring_guards.complete_when_identified(facts.case_of(case, setting), setting.parameters)
        for reason in judged.reasons:
            yield Found(case["id"], reason.missing[0], f"识别时指标{reason.message}")


def _disaster(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for case in facts.cases:
        for rule in MONITORING_CASE.rules:
            for problem in rule(case):
                if problem.field == "natural_disaster_sub":
                    yield Found(case["id"], problem.field, problem.message)


def _contact(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    case = facts.identified_case
    if case is not None:
        if not case.get("contact_phone"):
            yield Found(case["id"], "contact_phone", "监测联系人电话未填")
    elif facts.monitored and not (facts.get("phone") or any(m.get("phone") for m in facts.members)):
        yield Found(facts.id, "phone", "监测户没有任何联系电话")


def _unanswered(facts: HouseholdFacts, setting: Setting, risk: str) -> Iterable[Reason]:
    lines = facts.account["lines"] if facts.account else ()
    paid = frozenset(line["subject_code"] for line in lines if line["amount"] > 0)
    asked = (facts.taken, paid, setting.on, setting.parameters, setting.region)
    return matching((risk,), *asked).reasons


def _answered_by(rule: str, facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for risk in facts.risks:
        if _RULE_OF_RISK.get(risk, "R-MON-8") == rule:
            for reason in _unanswered(facts, setting, risk):
                yield Found(facts.id, "risks", reason.message, facts=f"{rule} {risk}")


def _schooling(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _answered_by("3_11_004", facts, setting)


def _water(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _answered_by("5_18_006", facts, setting)


def _risks(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _answered_by("R-MON-8", facts, setting)


def _fits(facts: HouseholdFacts, setting: Setting, risk: str, force: Workforce) -> Iterable[Found]:
    if risk in facts.risks:
        for reason in consistency((risk,), force, setting.on, setting.parameters, setting.region).warnings:
            yield Found(facts.id, "risks", reason.message)


def _lacking_labour(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _fits(facts, setting, LACKS_LABOUR, Workforce(facts.labours))


def _no_labour(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _fits(facts, setting, UNSTABLE_WORK, Workforce(facts.labours))


def _no_employment(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _fits(facts, setting, UNSTABLE_WORK, Workforce((), facts.has_employment))


def _exported_case(facts: HouseholdFacts, setting: Setting) -> Case | None:
    """A monitored household of the national export as a file identified on the last day of its month."""
    month = facts.get("identified_ym")
    if not facts.monitored or not month or facts.cases:
        return None
    year, number = int(month[:4]), int(month[5:7])
    last = date(year, number, calendar.monthrange(year, number)[1])
    values: Record = {"state": State.HELPING.value, "identified_on": last, "plan_on": last}
    case = facts.case_of(values, setting)
    began = tuple(
        replace(m, start_on=None) if m.start_on and f"{m.start_on:%Y-%m}" >= month else m
        for m in case.around.measures
    )
    followed = (FollowUp(setting.on, None),)  # visits have their own rule
    return replace(case, around=replace(case.around, measures=began, follow_ups=followed))


def _late(facts: HouseholdFacts, setting: Setting) -> Iterable[tuple[str, Duty]]:
    """Duties past their day, with the record they stand in."""
    exported = _exported_case(facts, setting)
    if exported is not None:
        yield from ((facts.id, d) for d in duties(exported, setting.parameters) if d.overdue)
    for values in facts.cases:
        found = duties(facts.case_of(values, setting), setting.parameters)
        yield from ((values["id"], duty) for duty in found if duty.overdue)


_PLAN, _MEASURE = "帮扶计划", "帮扶措施"


def _overdue(facts: HouseholdFacts, setting: Setting, rule: str, word: str) -> Iterable[Found]:
    if facts.category == NOT_MONITORED and not facts.cases:
        return
    for record_id, duty in _late(facts, setting):
        if duty.rule == rule and word in duty.text:
            told = f"{duty.text}，期限 {duty.due}，已超期 {duty.overdue} 天"
            field = {_PLAN: "plan_on", _MEASURE: "measure"}.get(word, "state")
            yield Found(record_id, field, told, facts=f"{duty.rule} {word} {duty.due}")


def _first_measure(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _overdue(facts, setting, "R-MON-7", _MEASURE)


def _plan(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _overdue(facts, setting, "R-MON-7", _PLAN)


def _identification(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    yield from _overdue(facts, setting, "R-MON-1", "")
    for case in facts.cases:
        line = monitoring_guards.timeline_of(facts.case_of(case, setting))
        for flag in identification.limit(line, setting.parameters, setting.region).warnings:
            yield Found(case["id"], "county_approved_on", flag.message)


def _after_exit(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _overdue(facts, setting, "R-MON-14", "")


def _order(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for case in facts.cases:
        line = monitoring_guards.timeline_of(facts.case_of(case, setting))
        for judged in (
            identification.gaps(line),
            identification.order(line),
            *((identification.vote(line),) if line.notice_start else ()),
        ):
            for reason in judged.reasons:
                yield Found(case["id"], (reason.missing or ("votes_for",))[0], reason.message)


def _notice(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for case in facts.cases:
        line = monitoring_guards.timeline_of(facts.case_of(case, setting))
        for reason in identification.notice(line, setting.parameters, setting.region).reasons:
            yield Found(case["id"], reason.missing[0], reason.message)


def _consent(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for case in facts.cases:
        line = monitoring_guards.timeline_of(facts.case_of(case, setting))
        for reason in identification.consent(line).reasons:
            yield Found(case["id"], "consent_id", reason.message)


def _month(moment: Moment | None) -> str | None:
    return f"{moment:%Y-%m}" if isinstance(moment, date) else moment


def _relocation(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    identified = _month(facts.identified)
    if facts.category == NOT_MONITORED or identified is None:
        return
    first = str(setting.parameters.find("RELOC_MEASURE_END", setting.on, setting.region).value)
    for measure in facts.measures:
        if measure.get("item") == RELOCATION and identified >= first:
            told = f"{identified} 识别的监测对象登记了易地扶贫搬迁措施（{measure['year']} 年）"
            yield Found(measure["id"], "item", told)


def _premium_aid(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    identified = _month(facts.identified)
    if not facts.monitored or identified is None or facts.is_poor_before:
        return
    for measure in facts.measures:
        if measure.get("item") == PREMIUM_AID and measure.get("year"):
            judged = medical.judge_premium_aid(identified, measure["year"], setting.parameters)
            for reason in judged.reasons:
                told = f"{reason.message}，晚于截止月份"
                yield Found(measure["id"], "item", told, measure.get("member_id") or "")


_F11 = "全国防返贫监测信息系统数据核查规则"
CHECKS = (
    Check("R-MON-5", "R-MON-5", Level.ERROR, "监测对象类别与户类型", "核对户类型和监测对象类别", _category),
    Check("D-CASE", "数据字典 2.6", Level.ERROR, "案卷与户信息不一致", "核对监测案卷和户上的监测信息", _file),
    Check("D-MONITORED", "数据字典 2.1", Level.WARNING, "监测信息不全", "按国家系统补登记", _figures),
    Check(
        "D-NOT-MONITORED",
        "数据字典 2.1",
        Level.WARNING,
        "非监测对象有监测信息",
        "核对监测对象类别",
        _not_monitored,
    ),
    Check("R-MON-6", "R-MON-6", Level.ERROR, "识别时指标", "按识别时收支和三保障情况补填", _complete),
    Check("2_11_005", _F11, Level.ERROR, "因自然灾害无子项", "选择灾害子项", _disaster),
    Check("1_11_011", _F11, Level.ERROR, "监测联系人电话", "补填监测联系人和电话", _contact),
    Check(
        "3_11_004",
        _F11,
        Level.ERROR,
        "因学无教育措施",
        "落实并登记义务教育、其他教育或社会帮扶措施",
        _schooling,
    ),
    Check("5_18_006", _F11, Level.ERROR, "因饮水无饮水措施", "落实并登记饮水安全保障措施", _water),
    Check("R-MON-8", "R-MON-8", Level.ERROR, "风险没有对应措施", "落实并登记对应措施，或核对风险", _risks),
    Check("4_11_009", _F11, Level.WARNING, "缺劳动力而有劳动力", "核对风险和各成员劳动技能", _lacking_labour),
    Check("5_15_013", _F11, Level.ERROR, "务工不稳而无劳动力", "核对风险和各成员劳动技能", _no_labour),
    Check(
        "5_15_014", _F11, Level.ERROR, "务工不稳而无务工登记", "补登记务工情况，或核对风险", _no_employment
    ),
    Check("1_11_010", _F11, Level.ERROR, "识别后1个月未落实措施", "立即落实并登记帮扶措施", _first_measure),
    Check("R-MON-7", "R-MON-7", Level.WARNING, "一户一策帮扶计划", "制定并登记帮扶计划", _plan),
    Check("R-MON-1", "R-MON-1", Level.WARNING, "识别认定期限", "抓紧办理；超期的写明原因", _identification),
    Check("R-MON-2", "R-MON-2", Level.ERROR, "识别步骤先后", "对照纸质材料改正日期和票数", _order),
    Check("R-MON-3", "R-MON-3", Level.ERROR, "村内公示", "对照公示照片改正日期；公示不足的重新公示", _notice),
    Check("R-MON-4", "R-MON-4", Level.ERROR, "授权承诺", "补登记授权承诺书", _consent),
    Check("R-MON-14", "R-MON-14", Level.WARNING, "风险消除后的跟踪", "回访并更新年度信息", _after_exit),
    Check(
        "1111_4",
        _F11,
        Level.ERROR,
        "2021 年后识别登记搬迁措施",
        "删去易地扶贫搬迁措施，或核对识别时间",
        _relocation,
    ),
    Check("1111_13", _F11, Level.ERROR, "参保资助晚于截止月份", "核对识别时间和参保资助年度", _premium_aid),
)
