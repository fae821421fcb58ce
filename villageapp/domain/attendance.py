"""The resident team: length of a term, days in the village, who grants a leave (domain.md 2.10, 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from villageapp.domain import dates
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameters

TERM_RULE, DAYS_RULE, LEAVE_RULE = "CADRE_TERM_MIN", "CADRE_DAYS", "LEAVE_LIMITS"
PRESENT = "在岗"


def judge_term(start: date, end: date | None, parameters: Parameters) -> Judgement:
    """A cadre's term: one that is shorter than required warns with the earliest end. Raises UnsetParameter."""
    least = parameters.find("CADRE_TERM_MIN", start)
    earliest = dates.add_months(start, int(least.value))
    if end is not None and end < start:
        return Judgement(TERM_RULE, (Reason(TERM_RULE, "任期结束早于任期开始"),), "", (least,))
    if end is None or end >= earliest:
        return Judgement(TERM_RULE, explanation=f"任期至少到 {earliest}", used=(least,))
    told = f"任期 {start} 至 {end} 不足 {least.value} 个月,应到 {earliest}"
    return Judgement(TERM_RULE, (), told, (least,), (Reason(TERM_RULE, told, earliest=earliest),))


def judge_days(states: Iterable[str], month: date, parameters: Parameters) -> Judgement:
    """Days present in a month (CL_ATTENDANCE per day) against the requirement. Raises UnsetParameter."""
    least = parameters.find("CADRE_DAYS", month)
    present = sum(state == PRESENT for state in states)
    told = f"{month:%Y-%m} 在岗 {present} 天,要求 {least.value} 天"
    short = (Reason(DAYS_RULE, told),) if present < int(least.value) else ()
    return Judgement(DAYS_RULE, (), told, (least,), short)


@dataclass(frozen=True, slots=True)
class LeaveRequest:
    """A leave from its first to its last day, both included."""

    from_on: date
    to_on: date
    back_on: date | None = None

    @property
    def days(self) -> int:
        """Calendar days away."""
        return (self.to_on - self.from_on).days + 1

    def late_by(self, today: date) -> int:
        """Days after the last day of leave without being back; somebody is expected the day after it."""
        expected = dates.add_days(self.to_on, 1)
        return dates.overdue_days(expected, self.back_on or today)


def approver(request: LeaveRequest, parameters: Parameters) -> str:
    """Who grants it, from the table of (most days, authority), the last line being for any longer leave.

    Raises UnsetParameter while the province has not set the table, ValueError when the days are reversed.
    """
    if request.days < 1:
        raise ValueError("请假结束日期早于开始日期")
    table = sorted(parameters.find("LEAVE_LIMITS", request.from_on).value)
    fits = (str(authority) for most, authority in table if request.days <= most)
    return next(fits, str(table[-1][1]))
