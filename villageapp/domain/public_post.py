"""Public posts: who may have one, one per household, pay only with attendance (R-POST of domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from villageapp.domain import money
from villageapp.domain.household import POOR_BEFORE
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameters

RULE = "R-POST"
ABLE = frozenset({"1", "2", "3"})
"""Codes of CL_LABOUR that can work."""
NOT_STUDENT = "00"


@dataclass(frozen=True, slots=True)
class Labourer:
    """What R-POST asks about one member; None is unknown."""

    labour: str | None
    """CL_LABOUR."""
    student_status: str | None
    """CL_STUDENT."""
    employed: bool | None
    """Whether an employment spell or another post runs."""

    @property
    def free(self) -> bool:
        """Known to be able to work, not at school, without work."""
        return self.labour in ABLE and self.student_status == NOT_STUDENT and self.employed is False

    @property
    def unclear(self) -> bool:
        """Might be free, but something is not recorded."""
        able = self.labour is None or self.labour in ABLE
        leisure = self.student_status in (None, NOT_STUDENT) and not self.employed
        return able and leisure and not self.free


@dataclass(frozen=True, slots=True)
class PostHousehold:
    """A household as R-POST sees it."""

    household_id: str
    household_type: str | None
    open_case: bool
    """Whether it is monitored and the risk not eliminated."""
    labourers: tuple[Labourer, ...]
    per_capita: int | None
    """Fen; None when there is no income account."""
    active_posts: int = 0


def judge_candidate(household: PostHousehold, on: date, parameters: Parameters) -> Judgement:
    """Whether the household stands on the candidate list. Raises UnsetParameter."""
    per_household = parameters.find("POSTS_PER_HH", on)
    reasons = []
    if household.household_type != POOR_BEFORE and not household.open_case:
        reasons.append(Reason(RULE, "不是脱贫户或风险未消除的监测户"))
    if not any(person.free for person in household.labourers):
        unclear = any(person.unclear for person in household.labourers)
        missing = ("labour", "student_status", "working") if unclear else ()
        told = "劳动力、在校或务工情况未登记" if unclear else "没有未就业的劳动力"
        reasons.append(Reason(RULE, told, missing=missing))
    if household.active_posts >= int(per_household.value):
        reasons.append(Reason(RULE, f"已有 {household.active_posts} 个在岗公益岗位"))
    return Judgement(RULE, tuple(reasons), "" if reasons else "可列入公益岗候选户", (per_household,))


def candidates(households: Iterable[PostHousehold], on: date, parameters: Parameters) -> list[PostHousehold]:
    """Candidate households, the poorest first; those without an income account come last."""
    found = [h for h in households if judge_candidate(h, on, parameters).allowed]
    return sorted(found, key=lambda h: (h.per_capita is None, h.per_capita or 0, h.household_id))


def judge_agreement(
    active_posts: int, start: date | None, end: date | None, override_reason: str, parameters: Parameters
) -> Judgement:
    """Whether a new post of a household with so many active posts may be recorded.

    One more than allowed is refused until a reason is written, then permitted with a warning. Raises
    UnsetParameter.
    """
    reasons = [*_term(start, end)]
    if start is None:
        return Judgement(RULE, tuple(reasons))
    per_household = parameters.find("POSTS_PER_HH", start)
    warnings: tuple[Reason, ...] = ()
    if active_posts >= int(per_household.value):
        told = f"一户一公岗：该户已有 {active_posts} 个在岗公益岗位"
        if override_reason.strip():
            warnings = (Reason(RULE, f"{told}，理由：{override_reason.strip()}"),)
        else:
            reasons.append(Reason(RULE, f"{told}，确需增加请写明理由", missing=("override_reason",)))
    return Judgement(RULE, tuple(reasons), "", (per_household,), warnings)


def _term(start: date | None, end: date | None) -> Iterator[Reason]:
    if start is None:
        yield Reason(RULE, "须填写协议开始日期", missing=("agreement_start",))
    if end is None:
        yield Reason(RULE, "须填写协议结束日期", missing=("agreement_end",))
    elif start is not None and end < start:
        yield Reason(RULE, f"协议结束日期 {end} 早于开始日期 {start}")


def judge_pay(month_pay: int, months: int, attended_months: int, amount: int) -> Judgement:
    """Whether ``amount`` fen may be paid for so many months of the agreement.

    Pay is for attended months only: no attendance, no pay.
    """
    earned = month_pay * min(months, attended_months)
    told = f"约定 {months} 个月，出勤 {attended_months} 个月，应发 {money.yuan(earned)} 元。"
    if amount <= earned:
        return Judgement(RULE, (), told)
    short = "没有出勤记录，不能发放" if attended_months < 1 else f"发放 {money.yuan(amount)} 元超过应发数"
    return Judgement(RULE, (Reason(RULE, short, missing=("attended",)),), told)
