"""``posts``: how many public posts a village's photovoltaic income pays (R-PV, S10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from villageapp.domain import money
from villageapp.domain.fields import Field, Kind
from villageapp.domain.judgement import stamped
from villageapp.domain.parameters import Parameter, Parameters
from villageapp.domain.pv_income import MONTHS, RULE, post_budget
from villageapp.errors import Problem, ValidationFailed
from villageapp.services.rules.facts import read

_MOST = 100_000_000_00
FACTS = (
    Field("pv_net", "光伏净收益", Kind.MONEY, required=True, minimum=0, maximum=_MOST, unit="元"),
    Field("labour_share", "用于公益岗的比例", max_length=20),
    Field("monthly_pay", "月工资", Kind.MONEY, required=True, minimum=1, maximum=1_000_000_00, unit="元"),
    Field("on", "日期", Kind.DATE),
)


def ask(facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """``posts``, ``wages`` and ``remainder`` (yuan text) of one year.

    ``labour_share`` is written 0.8 or 80%; without it the share in force is taken. Raises
    ValidationFailed and UnsetParameter.
    """
    known = read(FACTS, facts)
    used: tuple[Parameter, ...] = ()
    if known["labour_share"] is None:
        used = (parameters.find("PV_LABOUR_SHARE", known["on"] or today),)
        share = Decimal(used[0].value)
    else:
        share = _share(known["labour_share"])
    net, pay = known["pv_net"], known["monthly_pay"]
    found = post_budget(net, share, pay)
    return {
        "posts": found.posts,
        "wages": money.digits(found.wages),
        "remainder": money.digits(found.remainder),
        "rule": RULE,
        "explanation": f"净收益 {money.yuan(net)} 元 × {share} = {money.yuan(found.budget)} 元；"
        f"每岗每年 {money.yuan(pay)} × {MONTHS} = {money.yuan(pay * MONTHS)} 元，可设 {found.posts} 个岗，"
        f"工资 {money.yuan(found.wages)} 元，余 {money.yuan(found.remainder)} 元。",
        "parameters": stamped(used),
    }


def _share(text: str) -> Decimal:
    """A ratio of at most six places, so that nothing is rounded unseen."""
    digits = text.removesuffix("%")
    try:
        share = Decimal(digits) / (1 if digits == text else 100)
    except InvalidOperation as error:
        raise _wrong(f"“{text}”不是比例") from error
    if not share.is_finite() or not 0 <= share <= 1 or share != share.quantize(Decimal("0.000001")):
        raise _wrong("应在 0 与 1 之间，最多六位小数，如 0.80 或 80%")
    return share


def _wrong(reason: str) -> ValidationFailed:
    return ValidationFailed([Problem("labour_share", f"用于公益岗的比例（labour_share）：{reason}")])
