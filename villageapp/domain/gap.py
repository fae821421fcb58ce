"""防贫险补差: who may claim and how much, to the fen (R-INC-8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from villageapp.domain import money
from villageapp.domain.household import POOR_BEFORE
from villageapp.domain.income_account import SIGNED_STATES
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameter

RULE = "R-INC-8"


@dataclass(frozen=True, slots=True)
class Claimant:
    """A household in the year of the claim; None is unknown and is never taken for yes."""

    household_type: str | None
    monitored: bool | None
    """Whether it has an open monitoring case, or one closed in that year."""
    all_insured: bool | None
    """Whether every covered person has the basic insurance (参保)."""
    status: str | None
    """Of the income account, CL_INC_STATUS."""
    payments_recorded: bool | None
    """Whether all policy payments of the year are ticked as recorded."""
    population: int
    net: int
    """Fen, household net income of the calendar year without a 补差 already paid."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The claim: ``amount`` in fen is None when there is no claim sheet."""

    judgement: Judgement
    amount: int | None = None
    per_person: int | None = None
    """Fen, for display only; never multiplied back."""


def shortfall(net: int, population: int, line: int) -> int:
    """The least amount (fen) that lifts the household to the line: whole household, no rounding."""
    return max(0, line * population - net)


def claim(household: Claimant, line: Parameter) -> Gap:
    """Whether a claim sheet may be printed, and its amount.

    ``line`` comes from ``income.line_of``, which refuses while the line of the year is unset. Raises
    ValueError for a population below 1.
    """
    if household.population < 1:
        raise ValueError("年度家庭人口数必须至少为 1")
    reasons = tuple(_reasons(household))
    if reasons:
        text = "不能出具补差申请表：" + "；".join(reason.message for reason in reasons) + "。"
        return Gap(Judgement(RULE, reasons, text, (line,)))
    amount = shortfall(household.net, household.population, line.value)
    each = money.per_head(amount, household.population)
    return Gap(Judgement(RULE, (), _explain(household, line, amount, each), (line,)), amount, each)


def _reasons(household: Claimant) -> Iterable[Reason]:
    if household.household_type != POOR_BEFORE and not household.monitored:
        kind = ("household_type",) if household.household_type is None else ()
        known = ("monitored",) if household.monitored is None else ()
        yield Reason(RULE, "不是脱贫户，当年也没有监测案卷", missing=(*kind, *known))
    if household.all_insured is not True:
        unknown = household.all_insured is None
        yield Reason(
            RULE, "参保情况未核实" if unknown else "未全部参保", missing=("all_insured",) if unknown else ()
        )
    if household.status not in SIGNED_STATES:
        yield Reason(
            RULE, f"收支账状态为“{household.status or '未知'}”，农户尚未签字", missing=("signed_id",)
        )
    if household.payments_recorded is not True:
        yield Reason(RULE, "当年政策补贴尚未全部登记", missing=("payments_recorded",))


def _explain(household: Claimant, line: Parameter, amount: int, each: int) -> str:
    y = money.yuan
    target = line.value * household.population
    sums = (
        f"监测标准 {y(line.value)} 元×{household.population} 人={y(target)} 元，纯收入 {y(household.net)} 元"
    )
    if amount == 0:
        return f"{sums}，不低于标准，差额为 0.00 元，无需补差。"
    return f"{sums}，差额 {y(amount)} 元（人均 {y(each)} 元仅供参考，以户差额为准）。"
