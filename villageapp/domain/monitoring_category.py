"""Which category of monitored household the figures point to (R-MON-5); the village meeting decides."""

from __future__ import annotations

from dataclasses import dataclass

from villageapp.domain import money
from villageapp.domain.codes import code_list
from villageapp.domain.household import POOR_BEFORE
from villageapp.domain.identification import EDGE, SUDDEN, UNSTABLE
from villageapp.domain.income import Income, below
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameter

RULE = "R-MON-5"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The category proposed (CL_MON_CAT), None for none; both it and the meeting's choice are stored."""

    category: str | None
    judgement: Judgement


def propose(
    household_type: str | None, income: Income, line: Parameter, *, emergency: bool = False
) -> Proposal:
    """From net and reference income, in whole fen, and an emergency or large loss that a visit ticked.

    ``line`` comes from ``income.line_of``, which refuses while it is unset.
    """
    poor = below(income.net, income.population, line.value)
    ref_poor = below(income.ref, income.population, line.value)
    text = _figures(income, line)
    if not (poor or ref_poor or emergency):
        return Proposal(
            None, Judgement(RULE, explanation=f"{text}没有低于监测标准，不建议纳入。", used=(line,))
        )
    if poor and household_type is None:
        reason = Reason(RULE, "户类型未登记，不能提出监测对象类别建议", missing=("household_type",))
        return Proposal(None, Judgement(RULE, (reason,), text, (line,)))
    if poor:
        category = UNSTABLE if household_type == POOR_BEFORE else EDGE
        why = "人均纯收入低于监测标准"
    else:
        category = SUDDEN
        why = "人均纯收入不低于标准，但" + ("人均参考收入低于标准" if ref_poor else "有突发重大支出或损失")
    label = code_list("CL_MON_CAT").label(category)
    explanation = f"{text}{why}，建议类别：{label}（以村级民主评议为准）。"
    return Proposal(category, Judgement(RULE, explanation=explanation, used=(line,)))


def _figures(income: Income, line: Parameter) -> str:
    y = money.yuan
    return (
        f"人均纯收入 {y(income.per_capita)} 元，人均参考收入 {y(income.ref_per_capita)} 元，"
        f"监测标准 {y(line.value)} 元："
    )
