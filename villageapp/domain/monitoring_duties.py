"""What is due on a monitoring case and by when: R-MON-1, R-MON-7, R-MON-14 and the monthly follow-up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from villageapp.domain import clue, dates, identification
from villageapp.domain.monitoring_facts import IDENTIFIED_STATES, Case, State
from villageapp.domain.parameters import Parameters
from villageapp.domain.periods import period_end
from villageapp.domain.risk_measures import WORKING

_BEFORE_IDENTIFIED = frozenset(
    {
        State.CLUE,
        State.VERIFIED,
        State.VILLAGE_REVIEW,
        State.NOTICE,
        State.TOWN_REVIEW,
        State.COUNTY_APPROVAL,
    }
)


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do by ``due``; ``overdue`` counts the days past it. Lateness never blocks a step."""

    rule: str
    text: str
    due: date
    overdue: int


def duties(case: Case, parameters: Parameters) -> tuple[Duty, ...]:
    """All that is due on the case, the earliest first. Raises UnsetParameter."""
    found = [*_identify(case, parameters), *_help(case, parameters), *_follow(case, parameters)]
    found += _after_exit(case, parameters)
    today = case.around.today
    made = (Duty(rule, text, due, dates.overdue_days(due, today)) for rule, text, due in found)
    return tuple(sorted(made, key=lambda duty: (duty.due, duty.rule)))


_Due = tuple[str, str, date]


def _identify(case: Case, parameters: Parameters) -> Iterable[_Due]:
    reported = case.get("reported_on")
    if reported is None or case.state not in _BEFORE_IDENTIFIED:
        return
    if case.state is State.CLUE:
        yield "R-MON-1", "上门核实", clue.due_verify(reported, parameters, case.around.region)
    yield (
        "R-MON-1",
        "完成识别认定",
        identification.identification_due(reported, parameters, case.around.region)[1],
    )


def _help(case: Case, parameters: Parameters) -> Iterable[_Due]:
    identified, region = case.get("identified_on"), case.around.region
    if identified is None or case.state not in IDENTIFIED_STATES:
        return
    if case.get("plan_on") is None:
        days = parameters.integer("PLAN_DUE_DAYS", identified, region)
        yield "R-MON-7", "制定一户一策帮扶计划", dates.add_days(identified, days)
    if not any(
        m.status in WORKING and (m.start_on or identified) >= identified for m in case.around.measures
    ):
        period = parameters.text("MEASURE_HARD_DUE", identified, region)
        due = period_end(identified, period, parameters, region)
        text = "落实首项帮扶措施"
        if case.around.today > due:
            text = "识别后1个月未落实帮扶措施"
        yield "R-MON-7", text, due


def _follow(case: Case, parameters: Parameters) -> Iterable[_Due]:
    if case.state not in IDENTIFIED_STATES:
        return
    last = max((visit.on for visit in case.around.follow_ups), default=_identified(case))
    if last is not None:
        days = parameters.integer("VISIT_NEXT_MONITORED", last, case.around.region)
        yield "R-VIS-1", "跟踪走访", dates.add_days(last, days)


def _identified(case: Case) -> date | None:
    """The day of the identification; where only its month is known (R-TIME-3), the last day of that month."""
    day: date | None = case.get("identified_on")
    month: str | None = case.get("identified_ym")
    if day is not None or month is None:
        return day
    return dates.add_days(dates.add_months(date.fromisoformat(f"{month}-01"), 1), -1)


def _after_exit(case: Case, parameters: Parameters) -> Iterable[_Due]:
    """R-MON-14: looked after for some months, refreshed every year until the transition period ends."""
    left = case.get("exit_county_on")
    if case.state is not State.ELIMINATED or left is None:
        return
    region, today = case.around.region, case.around.today
    until = dates.add_months(left, parameters.integer("REMIND_AFTER_EXIT", left, region))
    last = max((visit.on for visit in case.around.follow_ups), default=left)
    due = dates.add_days(max(last, left), parameters.integer("VISIT_NEXT_MONITORED", left, region))
    if due <= until:
        yield "R-MON-14", "风险消除后回访", due
    end = parameters.find("TRANSITION_END", left, region).value
    refresh = date(today.year, 12, 31)
    if left < refresh <= end:
        yield "R-MON-14", f"{today.year} 年度信息更新", refresh
