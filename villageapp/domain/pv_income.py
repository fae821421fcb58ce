"""Distribution of a village's photovoltaic income, exact to the fen (R-PV of domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from villageapp.domain import money
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameter, Parameters, UnsetParameter

RULE = "R-PV"
WAGES = "公益岗工资"
"""The kind of distribution line that counts as pay for labour."""
MONTHS = 12


@dataclass(frozen=True, slots=True)
class PostBudget:
    """How many posts a year the labour share pays; fen."""

    budget: int
    posts: int
    wages: int
    remainder: int


def post_budget(net: int, share: Decimal, month_pay: int) -> PostBudget:
    """Whole posts at twelve months' pay within the labour share of the net income.

    Raises ValueError when an amount is negative, the pay is not above 0 or the share not within 0 and 1.
    """
    if net < 0 or month_pay <= 0 or not 0 <= share <= 1:
        raise ValueError("净收益不能为负，月工资应大于 0，比例应在 0 与 1 之间")
    budget = int((net * share).to_integral_value(ROUND_FLOOR))
    posts, remainder = divmod(budget, month_pay * MONTHS)
    return PostBudget(budget, posts, budget - remainder, remainder)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the distribution: kind (公益岗工资 小型公益事业 奖励 救助 村集体留存) and fen."""

    kind: str
    amount: int


def judge_total(net: int, amounts: Sequence[int]) -> tuple[Reason, ...]:
    """What is distributed (fen) of the income of any asset: never negative, never more than the net income."""
    reasons = []
    if any(amount < 0 for amount in amounts):
        reasons.append(Reason(RULE, "分配金额不能为负"))
    if (total := sum(amounts)) > net:
        told = f"分配合计 {money.yuan(total)} 元，超过净收益 {money.yuan(net)} 元"
        reasons.append(Reason(RULE, told))
    return tuple(reasons)


def judge_distribution(net: int, lines: Sequence[Line], on: date, parameters: Parameters) -> Judgement:
    """Whether the lines stay within the net income and, where a share is set, enough goes to labour."""
    amounts = [line.amount for line in lines]
    total = sum(amounts)
    labour = sum(line.amount for line in lines if line.kind == WAGES)
    reasons = [*judge_total(net, amounts)]
    share = _share(on, parameters)
    if share is not None:
        least = int((net * Decimal(share.value)).to_integral_value(ROUND_CEILING))
        if labour < least:
            told = f"公益岗工资 {money.yuan(labour)} 元，不足净收益的 {share.value}，应不少于 {money.yuan(least)} 元"
            reasons.append(Reason(RULE, told))
    explanation = f"净收益 {money.yuan(net)} 元，分配 {money.yuan(total)} 元，其中公益岗工资 {money.yuan(labour)} 元，结余 {money.yuan(net - total)} 元。"
    return Judgement(RULE, tuple(reasons), explanation, () if share is None else (share,))


def _share(on: date, parameters: Parameters) -> Parameter | None:
    """The least share of labour; where none is set there is nothing to hold against."""
    try:
        return parameters.find("PV_LABOUR_SHARE", on)
    except UnsetParameter:
        return None


def split_evenly(amount: int, heads: int) -> list[int]:
    """Fen for each of ``heads``: they sum to the amount and differ by at most one fen, the larger ones first.

    Raises ValueError when there is nobody or nothing to divide.
    """
    if heads < 1 or amount < 0:
        raise ValueError("分配人数至少为 1，金额不能为负")
    each, rest = divmod(amount, heads)
    return [each + 1] * rest + [each] * (heads - rest)
