"""How a household becomes a monitored one: the order, waits and votes of R-MON-1 … R-MON-6."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from villageapp.domain import dates
from villageapp.domain.codes import code_list
from villageapp.domain.household import ORDINARY, POOR_BEFORE
from villageapp.domain.judgement import Judgement, Reason, latest, together
from villageapp.domain.parameters import PROVINCE, Parameter, Parameters
from villageapp.domain.periods import period_end, period_text

UNSTABLE, EDGE, SUDDEN = "1", "2", "3"
"""脱贫不稳定户, 边缘易致贫户, 突发严重困难户 (CL_MON_CAT)."""
TYPE_OF_CATEGORY: Mapping[str, str] = {UNSTABLE: POOR_BEFORE, EDGE: ORDINARY}

STEPS: Mapping[str, str] = {
    "reported_on": "申报（发现）",
    "verify_on": "入户核实",
    "consent_on": "授权承诺",
    "village_review_on": "民主评议",
    "notice_start": "公示开始",
    "notice_end": "公示结束",
    "town_review_on": "乡镇初审",
    "county_approved_on": "县级审定",
}
"""The dated steps in their order; consent may be signed on any day up to the review."""
_ORDER = tuple(name for name in STEPS if name != "consent_on")


@dataclass(frozen=True, slots=True)
class Timeline:
    """The dates of one identification, under the names of domain.md 2.6; None while a step is to come."""

    reported_on: date | None = None
    verify_on: date | None = None
    consent_on: date | None = None
    village_review_on: date | None = None
    votes_for: int | None = None
    votes_total: int | None = None
    notice_start: date | None = None
    notice_end: date | None = None
    town_review_on: date | None = None
    county_approved_on: date | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Timeline:
        """From values under those names; others are left aside."""
        return cls(**{f.name: values.get(f.name) for f in fields(cls)})

    def dated(self) -> list[tuple[str, date]]:
        """The steps that have a date, in their order."""
        found = ((name, getattr(self, name)) for name in _ORDER)
        return [(name, on) for name, on in found if on is not None]


def timeline(line: Timeline, parameters: Parameters, region: str = PROVINCE) -> Judgement:
    """R-MON-1 … R-MON-4 over all dates given so far. Raises UnsetParameter."""
    parts = [gaps(line), order(line), consent(line), vote(line), notice(line, parameters, region)]
    return together("R-MON-1, R-MON-2, R-MON-3, R-MON-4", [*parts, limit(line, parameters, region)])


def order(line: Timeline) -> Judgement:
    """R-MON-2: the dates of the steps do not decrease."""
    known = line.dated()
    reasons = tuple(
        Reason("R-MON-2", f"{STEPS[later]} {day} 早于{STEPS[name]} {earlier}", earlier, (later,))
        for (name, earlier), (later, day) in pairwise(known)
        if day < earlier and not _judged_by_notice(line, later)
    )
    return Judgement("R-MON-2", reasons, "" if reasons else "各步骤日期先后有序。")


def _judged_by_notice(line: Timeline, name: str) -> bool:
    """The end of the notice and what follows it are refused by R-MON-3 with its own earliest day."""
    return name == "notice_end" or (name == "town_review_on" and line.notice_start is not None)


def gaps(line: Timeline, asked: Container[str] = STEPS) -> Judgement:
    """R-MON-2: no step is left out; ``asked`` are the steps that must have a date before later ones."""
    known = line.dated()
    last = _ORDER.index(known[-1][0]) if known else 0
    left_out = [name for name in _ORDER[:last] if name in asked and getattr(line, name) is None]
    reasons = tuple(
        Reason("R-MON-2", f"{STEPS[name]}没有登记，不能登记{STEPS[_ORDER[last]]}", missing=(name,))
        for name in left_out
    )
    return Judgement("R-MON-2", reasons)


def consent(line: Timeline) -> Judgement:
    """R-MON-4: no review before the family signed the 授权承诺."""
    review, signed = line.village_review_on, line.consent_on
    if review is None or (signed is not None and signed <= review):
        return Judgement("R-MON-4")
    if signed is None:
        reason = Reason("R-MON-4", "农户尚未签署授权承诺，不能评议", missing=("consent_on",))
    else:
        reason = Reason("R-MON-4", f"授权承诺 {signed} 签署，晚于民主评议 {review}", signed, ("consent_on",))
    return Judgement("R-MON-4", (reason,))


def vote(line: Timeline) -> Judgement:
    """The review passes with more than half of all votes (domain.md 2.6, votes_for)."""
    agree, total = line.votes_for, line.votes_total
    if agree is None or total is None:
        if line.notice_start is None:
            return Judgement("R-MON-2")
        reason = Reason("R-MON-2", "公示前须有民主评议票数", missing=("votes_for", "votes_total"))
        return Judgement("R-MON-2", (reason,))
    if not 0 <= agree <= total:
        return Judgement("R-MON-2", (Reason("R-MON-2", f"同意 {agree} 票与总票数 {total} 不符"),))
    text = f"民主评议 {agree}/{total} 票同意"
    if agree * 2 <= total:
        return Judgement("R-MON-2", (Reason("R-MON-2", f"{text}，未过半数，评议未通过"),))
    return Judgement("R-MON-2", explanation=f"{text}，过半数通过。")


def notice(
    line: Timeline,
    parameters: Parameters,
    region: str = PROVINCE,
    names: tuple[str, str, str] = ("notice_start", "notice_end", "town_review_on"),
) -> Judgement:
    """R-MON-3: posted at least NOTICE_MIN_DAYS, the next step from the day after it ends.

    ``line`` holds the three days under its own names; ``names`` are the fields the reasons point at, so
    that the notice of an exit is judged by the same rule. Raises UnsetParameter.
    """
    if line.notice_start is None:
        return Judgement("R-MON-3")
    least = parameters.find("NOTICE_MIN_DAYS", line.notice_start, region)
    first_end = dates.add_days(line.notice_start, int(least.value))
    reasons = tuple(_notice_reasons(line, first_end, least, names))
    text = f"公示 {line.notice_start} 张贴，最早 {first_end} 结束（不少于 {least.value} 天，张贴当日不计）。"
    return Judgement("R-MON-3", reasons, text, (least,))


def _notice_reasons(
    line: Timeline, first_end: date, least: Parameter, names: tuple[str, str, str]
) -> Iterable[Reason]:
    start, end, town = line.notice_start, line.notice_end, line.town_review_on
    assert start is not None
    if end is not None and end < first_end:
        shown = (
            f"公示 {start} 至 {end} 只有 {(end - start).days} 天，不少于 {least.value} 天，最早 {first_end}"
        )
        yield Reason("R-MON-3", shown, first_end, (names[1],))
    if town is None:
        return
    if end is None:
        yield Reason("R-MON-3", "公示尚未结束，不能进入乡镇审核", after(first_end), (names[1],))
    elif town <= end:
        first = after(max(end, first_end))
        yield Reason("R-MON-3", f"公示 {end} 结束，乡镇审核 {town} 过早，最早 {first}", first, (names[2],))


def after(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)


def limit(line: Timeline, parameters: Parameters, region: str = PROVINCE) -> Judgement:
    """R-MON-1: lateness against IDENT_MAX_DAYS is a red flag, not a refusal: the approval is not ours."""
    if line.reported_on is None:
        return Judgement("R-MON-1")
    most, due = identification_due(line.reported_on, parameters, region)
    late = overdue_days(line, due)
    text = f"{line.reported_on} 起 {period_text(most.value)}内应完成识别，期限 {due}。"
    if not late:
        return Judgement("R-MON-1", (), text, (most,))
    flag = Reason("R-MON-1", f"识别超期 {late} 天（期限 {due}，县级审定 {line.county_approved_on}）")
    return Judgement("R-MON-1", (), f"{text}识别超期 {late} 天，须说明原因。", (most,), (flag,))


def overdue_days(line: Timeline, due: date) -> int:
    """Days by which the county's approval came after the limit; 0 while it is to come."""
    return 0 if line.county_approved_on is None else dates.overdue_days(due, line.county_approved_on)


def identification_due(
    reported_on: date, parameters: Parameters, region: str = PROVINCE
) -> tuple[Parameter, date]:
    """The parameter and the last day of the identification. Raises UnsetParameter."""
    most = parameters.find("IDENT_MAX_DAYS", reported_on, region)
    return most, period_end(reported_on, str(most.value), parameters, region)


def category(household_type: str | None, chosen: str | None) -> Judgement:
    """R-MON-5: 脱贫不稳定户 only of a 脱贫户, 边缘易致贫户 only of a 一般农户, 突发严重困难户 of either."""
    if chosen not in (UNSTABLE, EDGE, SUDDEN):
        return Judgement("R-MON-5", (Reason("R-MON-5", "未选监测对象类别", missing=("category",)),))
    label = code_list("CL_MON_CAT").label(chosen)
    wanted = TYPE_OF_CATEGORY.get(chosen)
    if wanted is None:
        return Judgement("R-MON-5", explanation=f"{label}不限户类型。")
    if household_type is None:
        reason = Reason("R-MON-5", f"户类型未登记，不能定为{label}", missing=("household_type",))
        return Judgement("R-MON-5", (reason,))
    types = code_list("CL_HH_TYPE")
    if household_type == wanted:
        return Judgement("R-MON-5", explanation=f"{types.label(household_type)}可定为{label}。")
    text = f"{types.label(household_type)}不能定为{label}，{label}须为{types.label(wanted)}"
    return Judgement("R-MON-5", (Reason("R-MON-5", text, missing=("category",)),))


def earliest_county(line: Timeline, parameters: Parameters, region: str = PROVINCE) -> date | None:
    """The first day the county's step could bear, by the steps known so far; None before the notice hangs."""
    if line.notice_start is None:
        return None
    least = parameters.integer("NOTICE_MIN_DAYS", line.notice_start, region)
    end = max(dates.add_days(line.notice_start, least), line.notice_end or line.notice_start)
    found = latest((after(end), line.town_review_on))
    assert isinstance(found, date)
    return found
