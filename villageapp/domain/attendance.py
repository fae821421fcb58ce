"""The resident team: length of a term, days in the village, who grants a leave (domain.md 2.10, 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from villageapp.domain import codes, dates
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameters
from villageapp.errors import NotAllowed

TERM_RULE, DAYS_RULE, LEAVE_RULE = "CADRE_TERM_MIN", "CADRE_DAYS", "LEAVE_LIMITS"
PRESENT = "在岗"
BACK = "销假"
"""The person is back and said so."""


def judge_term(start: date, end: date | None, parameters: Parameters) -> Judgement:
    """A cadre's term: one that is shorter than required warns with the earliest end. Raises UnsetParameter."""
    least = parameters.find("CADRE_TERM_MIN", start)
    earliest = dates.add_months(start, int(least.value))
    if end is not None and end < start:
        return Judgement(TERM_RULE, (Reason(TERM_RULE, "任期结束早于任期开始"),), "", (least,))
    if end is None or end >= earliest:
        return Judgement(TERM_RULE, explanation=f"任期至少到 {earliest}", used=(least,))
    told = f"任期 {start} 至 {end} 不足 {least.value} 个月，应到 {earliest}"
    return Judgement(TERM_RULE, (), told, (least,), (Reason(TERM_RULE, told, earliest=earliest),))


def judge_days(states: Iterable[str], month: date, parameters: Parameters) -> Judgement:
    """Days present in a month (CL_ATTENDANCE per day) against the requirement. Raises UnsetParameter."""
    least = parameters.find("CADRE_DAYS", month)
    present = sum(state == PRESENT for state in states)
    told = f"{month:%Y-%m} 在岗 {present} 天，要求 {least.value} 天"
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
    """Who grants it (CL_LEAVE_STATE), from the table of (most days, authority).

    Raises UnsetParameter while the province has not set the table, NotAllowed for a leave longer than the
    table allows, ValueError when the days are reversed.
    """
    if request.days < 1:
        raise ValueError("请假结束日期早于开始日期")
    table = sorted(parameters.find("LEAVE_LIMITS", request.from_on).value)
    for most, authority in table:
        if request.days <= most:
            return str(authority)
    raise NotAllowed(
        f"请假 {request.days} 天，超过规定的最长 {table[-1][0]} 天。",
        remedy="请缩短或分段办理。",
        code="leave_too_long",
    )


_END_OF_CHAIN = ("批准", "驳回")


def leave_states(authority: str) -> tuple[str, ...]:
    """The states (CL_LEAVE_STATE) a leave passes to be granted by that authority, before 批准 or 驳回."""
    chain = [code for code in codes.code_list("CL_LEAVE_STATE").labels if code not in (*_END_OF_CHAIN, BACK)]
    return tuple(chain[: chain.index(authority) + 1])


def next_leave_states(state: str, authority: str, back_on: date | None) -> tuple[str, ...]:
    """Where a leave may go from a state: one authority up, granted or refused by any, back only with a day.

    Only ``authority`` grants; those below it pass on or refuse. Raises ValueError for an unknown authority.
    """
    chain = leave_states(authority)
    if state == _END_OF_CHAIN[0]:
        return (BACK,) if back_on else ()
    if state not in chain:
        return ()
    place = chain.index(state)
    forward = _END_OF_CHAIN[0] if place == len(chain) - 1 else chain[place + 1]
    return (forward,) if place == 0 else (forward, _END_OF_CHAIN[1])
