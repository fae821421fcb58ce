"""What each step of an identification needs: R-MON-1 … R-MON-7 and R-MON-15 over a case.

Every guard answers with a Judgement; none asks the clock or another record by itself.
"""

from __future__ import annotations

from dataclasses import replace

from villageapp.domain import clue, dates
from villageapp.domain import identification as steps
from villageapp.domain.identification import Timeline
from villageapp.domain.judgement import Judgement, Reason, together
from villageapp.domain.monitoring_case import (
    BY_DISASTER,
    IDENT_ANSWERS,
    IDENT_TOTALS,
    OTHER_RISK,
    risks_of,
)
from villageapp.domain.monitoring_facts import Case, not_in_future, refuse, require
from villageapp.domain.parameters import Parameters
from villageapp.domain.periods import period_end
from villageapp.domain.risk_measures import WORKING


def timeline_of(case: Case) -> Timeline:
    """The dates of the case with the day of its consent."""
    return replace(Timeline.of(case.values), consent_on=case.around.consent_on)


def dates_in_order(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-2: no step is left out, none lies before the one in front of it or after today."""
    line = timeline_of(case)
    names = tuple(name for name in steps.STEPS if name != "consent_on")
    return together("R-MON-2", (steps.gaps(line), steps.order(line), not_in_future("R-MON-2", case, *names)))


def house_checked(case: Case, parameters: Parameters) -> Judgement:
    """入户核实: day, result, and enough people who went; lateness against 135 is a warning."""
    needed = require("R-MON-2", case, "reported_on", "verify_on", "verify_result", "verifiers")
    if not needed.allowed:
        return needed
    least = parameters.find("VERIFIERS_MIN", case.get("verify_on"), case.around.region)
    due = clue.due_verify(case.get("reported_on"), parameters, case.around.region)
    late = dates.overdue_days(due, case.get("verify_on"))
    flags = (Reason("R-MON-1", f"上门核实超期 {late} 天（期限 {due}）"),) if late else ()
    count = len(case.get("verifiers"))
    if count < least.value:
        text = f"入户核实须 {least.value} 人以上，现在 {count} 人"
        return Judgement("R-MON-2", (Reason("R-MON-2", text, missing=("verifiers",)),), "", (least,), flags)
    return Judgement("R-MON-2", (), f"核实期限 {due}。", (least,), flags)


def found_true(case: Case, parameters: Parameters) -> Judgement:
    """Only a clue found 属实 goes on."""
    if case.get("verify_result") == clue.TRUE:
        return Judgement("R-MON-2")
    return refuse(
        "R-MON-2", f"核实结果为“{case.get('verify_result') or '未填'}”，不能进入评议", "verify_result"
    )


def turned_down(case: Case, parameters: Parameters) -> Judgement:
    """A household that is not taken is told so, with the reason."""
    return together(
        "R-MON-2",
        (
            require("R-MON-2", case, "decision_reason", "decision_told_on"),
            not_in_future("R-MON-2", case, "decision_told_on"),
        ),
    )


def returned(case: Case, parameters: Parameters) -> Judgement:
    """A file sent back carries the reason."""
    return require("R-MON-2", case, "decision_reason")


def found_untrue(case: Case, parameters: Parameters) -> Judgement:
    """After the house check only 不属实 or 已有政策解决 ends the matter."""
    if case.get("verify_result") in (clue.FALSE, clue.SETTLED):
        return Judgement("R-MON-2")
    return refuse("R-MON-2", "核实属实的线索不能直接不纳入，须经村级评议", "verify_result")


def consented(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-4: the family signed the 授权承诺, before the review."""
    if case.around.consent_on is None:
        return refuse("R-MON-4", "农户尚未签署授权承诺，不能核查家庭经济状况和评议", "consent_id")
    return steps.consent(timeline_of(case))


def voted(case: Case, parameters: Parameters) -> Judgement:
    """The review took place, was minuted, and more than half agreed."""
    needed = require(
        "R-MON-2", case, "village_review_on", "attendees", "votes_for", "votes_total", "minutes_id"
    )
    return needed if not needed.allowed else steps.vote(timeline_of(case))


def voted_down(case: Case, parameters: Parameters) -> Judgement:
    """The review took place and did not find a majority."""
    needed = require("R-MON-2", case, "village_review_on", "votes_for", "votes_total", "minutes_id")
    if not needed.allowed:
        return needed
    if steps.vote(timeline_of(case)).allowed:
        return refuse("R-MON-2", "民主评议已过半数通过，不能按未通过办理", "votes_for")
    return Judgement("R-MON-2")


def categorised(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-5: a category that fits the household, and its risks."""
    parts = [
        steps.category(case.around.household_type, case.get("category")),
        require("R-MON-6", case, "risk_1"),
    ]
    risks = risks_of(case.values)
    if BY_DISASTER in risks:
        parts.append(require("R-MON-6", case, "natural_disaster_sub"))
    if OTHER_RISK in risks:
        parts.append(require("R-MON-6", case, "risk_note"))
    return together("R-MON-5, R-MON-6", parts)


def notice_hangs(case: Case, parameters: Parameters) -> Judgement:
    """The notice is posted in the village."""
    return require("R-MON-3", case, "notice_start", "notice_place")


def notice_over(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-3: it hung long enough and no objection stands."""
    line = replace(timeline_of(case), town_review_on=None)
    parts = [
        require("R-MON-3", case, "notice_start", "notice_photos"),
        steps.notice(line, parameters, case.around.region),
    ]
    if line.notice_start and not line.notice_end:
        least = parameters.integer("NOTICE_MIN_DAYS", line.notice_start, case.around.region)
        first = dates.add_days(line.notice_start, least)
        parts.append(refuse("R-MON-3", f"公示结束日期未填，最早 {first}", "notice_end", earliest=first))
    if case.get("objections") and case.get("objection_upheld") is not False:
        parts.append(refuse("R-MON-3", "公示期间有异议，须先核实并登记异议是否成立", "objection_upheld"))
    return together("R-MON-3", parts)


def objection_stands(case: Case, parameters: Parameters) -> Judgement:
    """An objection was raised and found right."""
    if case.get("objections") and case.get("objection_upheld") is True:
        return Judgement("R-MON-3")
    return refuse("R-MON-3", "没有登记成立的异议", "objections", "objection_upheld")


def town_passed(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-3, R-MON-15: the township's step, from the day after the notice, with its paper."""
    parts = [
        require("R-MON-15", case, "town_review_on", "town_opinion", "town_doc_no", "town_photo_id"),
        steps.notice(timeline_of(case), parameters, case.around.region),
    ]
    if case.get("town_review_on") is None and (end := case.get("notice_end")):
        first = steps.after(end)
        parts.append(
            refuse("R-MON-3", f"乡镇初审最早 {first}（公示结束次日）", "town_review_on", earliest=first)
        )
    return together("R-MON-3, R-MON-15", parts)


def county_approved(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-1, R-MON-15: the county's step with its paper; lateness is a flag."""
    return together(
        "R-MON-1, R-MON-15",
        (
            require("R-MON-15", case, "county_approved_on", "county_doc_no", "county_photo_id"),
            steps.limit(timeline_of(case), parameters, case.around.region),
        ),
    )


def complete_when_identified(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-6: risk, the four income totals, 三保障 and water."""
    return require("R-MON-6", case, "risk_1", *IDENT_TOTALS, *IDENT_ANSWERS)


def help_began(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-7: the plan is made and a first measure has started; lateness is a red flag."""
    region, identified = case.around.region, case.get("identified_on")
    parts = [require("R-MON-7", case, "plan_on", "plan"), not_in_future("R-MON-7", case, "plan_on")]
    starts = [m.start_on for m in case.around.measures if m.status in WORKING and m.start_on]
    begun = [day for day in starts if identified is None or day >= identified]
    if not begun:
        parts.append(refuse("R-MON-7", "还没有识别后开始实施的帮扶措施", "measure"))
    if identified is not None:
        plan = parameters.find("PLAN_DUE_DAYS", identified, region)
        hard = parameters.find("MEASURE_HARD_DUE", identified, region)
        flags = []
        if (made := case.get("plan_on")) and (late := (made - identified).days - plan.value) > 0:
            flags.append(Reason("R-MON-7", f"帮扶计划超期 {late} 天"))
        if begun and min(begun) > period_end(identified, hard.value, parameters, region):
            flags.append(Reason("R-MON-7", f"识别后1个月未落实帮扶措施，首项措施 {min(begun)} 开始"))
        parts.append(Judgement("R-MON-7", (), "", (plan, hard), tuple(flags)))
    return together("R-MON-7", parts)
