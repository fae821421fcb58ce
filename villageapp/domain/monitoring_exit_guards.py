"""What helping, watching and ending a monitoring case needs: R-MON-8 … R-MON-15 over a case."""

from __future__ import annotations

from datetime import date

from villageapp.domain import identification, monitoring_exit
from villageapp.domain.identification import Timeline
from villageapp.domain.judgement import Judgement, together
from villageapp.domain.monitoring_case import risks_of
from villageapp.domain.monitoring_exit import NATURAL, ExitFacts, line_at
from villageapp.domain.monitoring_facts import Case, in_order, no_gaps, not_in_future, refuse, require
from villageapp.domain.parameters import Parameters
from villageapp.domain.risk_measures import matching
from villageapp.domain.stability import Standing, stable_since

EXIT_DATES = (
    "exit_verify_on",
    "exit_review_on",
    "exit_notice_start",
    "exit_notice_end",
    "exit_town_on",
    "exit_county_on",
    "exit_announce_on",
)


def steady_since(case: Case) -> date | None:
    """R-MON-11: the recorded start while every later follow-up met the condition, else the computed one."""
    recorded, visits = case.get("stable_since"), case.around.follow_ups
    broken = any(visit.met is not True for visit in visits if recorded and visit.on >= recorded)
    if isinstance(recorded, date) and not broken:
        return recorded
    return stable_since(visits)


def became_stable(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-10 was met at the last follow-up."""
    since = stable_since(case.around.follow_ups)
    if since is None:
        return refuse("R-MON-10", "最近一次跟踪走访没有满足风险稳定条件", "follow_ups")
    return Judgement("R-MON-10", explanation=f"自 {since} 起历次跟踪均满足风险稳定条件。")


def no_longer_stable(case: Case, parameters: Parameters) -> Judgement:
    """The last follow-up did not meet R-MON-10: a start is not taken back without such a fact."""
    if case.around.follow_ups and stable_since(case.around.follow_ups) is None:
        return Judgement("R-MON-11", explanation="最近一次跟踪走访不满足风险稳定条件，重新观察。")
    return refuse("R-MON-11", "最近一次跟踪走访仍满足风险稳定条件", "follow_ups")


def exit_facts(case: Case) -> ExitFacts:
    """What R-MON-9 … R-MON-12 look at, from the case's own figures after the exit."""
    return ExitFacts(
        case.get("identified_on") or case.get("identified_ym"),
        case.get("exit_verify_on"),
        case.get("exit_mode"),
        steady_since(case),
        _standing(case),
        case.around.no_labour_whole,
        case.around.household_gone,
        case.get("natural_reason"),
        case.get("natural_proof") is not None,
    )


def _standing(case: Case) -> Standing:
    net, claim, paid = case.get("exit_net"), case.get("exit_claim_income"), case.get("exit_compliant_oop")
    heads = case.get("exit_population")
    known = net is not None and heads is not None
    return Standing(
        net if known else None,
        net + claim - paid if known and claim is not None and paid is not None else None,
        heads or 1,
        _guarantees(case),
        True,  # R-MON-8 is judged beside it, with the names of the risks
        case.around.open_problems,
        case.around.all_insured,
    )


def _guarantees(case: Case) -> bool | None:
    answers = [
        case.get(f"exit_{name}")
        for name in ("edu_dropout", "house_damaged", "water_damaged", "med_uninsured")
    ]
    if True in answers:
        return False
    return None if None in answers else True


def _covered(case: Case, parameters: Parameters) -> Judgement:
    day = case.get("exit_verify_on") or case.around.today
    around = case.around
    return matching(
        risks_of(case.values), around.measures, around.income_subjects, day, parameters, around.region
    )


def may_leave(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-9 … R-MON-13: what must hold when the exit's house check is recorded.

    Raises UnsetParameter, also while the line of the year is unset (监测标准未核定).
    """
    day, region = case.get("exit_verify_on") or case.around.today, case.around.region
    facts = exit_facts(case)
    dated = (
        require("R-MON-13", case, "exit_verify_on"),
        not_in_future("R-MON-2", case, "exit_verify_on"),
    )
    if facts.exit_mode == NATURAL and facts.household_gone:
        return together("R-MON-9", (*dated, monitoring_exit.natural(facts, day, parameters, region)))
    parts = [
        *dated,
        monitoring_exit.may_exit(facts, day, line_at(day, parameters, region), parameters, region),
        monitoring_exit.snapshot(case.values),
        _covered(case, parameters),
    ]
    return together("R-MON-8, R-MON-9, R-MON-10, R-MON-11, R-MON-12, R-MON-13", parts)


def exit_in_order(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-2 for the exit: no step is left out, dates do not decrease and lie not after today."""
    rule = "R-MON-2"
    checks = (no_gaps, in_order, not_in_future)
    return together(rule, (check(rule, case, *EXIT_DATES) for check in checks))


def exit_reviewed(case: Case, parameters: Parameters) -> Judgement:
    """The village meeting agreed."""
    return require("R-MON-2", case, "exit_verify_on", "exit_review_on")


def exit_notice_hangs(case: Case, parameters: Parameters) -> Judgement:
    """The notice of the exit is posted."""
    return require("R-MON-3", case, "exit_review_on", "exit_notice_start")


def _exit_notice(case: Case, parameters: Parameters, *, with_town: bool) -> Judgement:
    line = Timeline(
        notice_start=case.get("exit_notice_start"),
        notice_end=case.get("exit_notice_end"),
        town_review_on=case.get("exit_town_on") if with_town else None,
    )
    names = ("exit_notice_start", "exit_notice_end", "exit_town_on")
    return identification.notice(line, parameters, case.around.region, names)


def exit_notice_over(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-3 for the notice of the exit."""
    return together(
        "R-MON-3",
        (
            require("R-MON-3", case, "exit_notice_start", "exit_notice_end"),
            _exit_notice(case, parameters, with_town=False),
        ),
    )


def exit_town_passed(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-3, R-MON-15: the township's step of the exit with its paper."""
    return together(
        "R-MON-3, R-MON-15",
        (
            require("R-MON-15", case, "exit_town_on", "exit_town_doc_no", "exit_town_photo_id"),
            _exit_notice(case, parameters, with_town=True),
        ),
    )


def exit_county_passed(case: Case, parameters: Parameters) -> Judgement:
    """R-MON-15: the county's decision and announcement with their paper."""
    return require(
        "R-MON-15", case, "exit_county_on", "exit_county_doc_no", "exit_county_photo_id", "exit_announce_on"
    )


def exit_failed(case: Case, parameters: Parameters) -> Judgement:
    """A failed exit says why."""
    return require("R-MON-2", case, "exit_failed_reason")


def household_gone(case: Case, parameters: Parameters) -> Judgement:
    """整户减少: every member died or moved out, with reason and proof."""
    parts = [require("R-MON-9", case, "natural_reason", "natural_proof")]
    if case.around.household_gone is not True:
        parts.append(refuse("R-MON-9", "该户还有在册成员，不能按整户减少结案", "household_status"))
    return together("R-MON-9", parts)
