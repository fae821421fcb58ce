"""``gap``: who gets 防贫险补差 and how much (R-INC-8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from villageapp.domain import money
from villageapp.domain.fields import Field, Kind
from villageapp.domain.gap import RULE, Claimant, Gap, claim
from villageapp.domain.income_account import MOST_FEN
from villageapp.domain.judgement import stamped
from villageapp.domain.parameters import Parameters, UnsetParameter
from villageapp.services.rules.facts import read
from villageapp.services.rules.line import LINE_FACT, line_for

FACTS = (
    Field("household_type", "户类型", Kind.CODE, choices="CL_HH_TYPE"),
    Field("monitored", "当年有监测案卷", Kind.YES_NO),
    Field("all_insured", "全部参保", Kind.YES_NO),
    Field("population", "年度家庭人口数", Kind.INTEGER, required=True, minimum=1, maximum=30, unit="人"),
    Field(
        "net",
        "家庭纯收入（不含已付补差）",
        Kind.MONEY,
        required=True,
        minimum=-MOST_FEN,
        maximum=MOST_FEN,
        unit="元",
    ),
    LINE_FACT,
    Field("year", "年度", Kind.INTEGER, minimum=2014, maximum=2100),
    Field("status", "收支账状态", Kind.CODE, choices="CL_INC_STATUS"),
    Field("payments_recorded", "当年政策补贴已全部登记", Kind.YES_NO),
)
_WHEN_NOT_ASKED = {"status": "农户已签字", "payments_recorded": True}


def ask(facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """``eligible``, ``gap`` and ``per_person`` (yuan text, None without a claim sheet), ``reason``.

    ``status`` and ``payments_recorded`` are taken as fulfilled when the question leaves them out, and are
    then named in ``not_judged``; given as null they are unknown and refuse. Without a line, given or
    confirmed for the year, there is no claim: 监测标准未核定. Raises ValidationFailed.
    """
    known = read(FACTS, facts)
    not_judged = [name for name in _WHEN_NOT_ASKED if name not in facts]
    known |= {name: _WHEN_NOT_ASKED[name] for name in not_judged}
    day = date(known.pop("year") or today.year, 12, 31)
    fen = known.pop("line")
    try:
        found = claim(Claimant(**known), line_for(fen, day, parameters))
    except UnsetParameter as unset:
        return {**_nothing(unset), "not_judged": not_judged}
    return {**_result(found), "not_judged": not_judged}


def _nothing(unset: UnsetParameter) -> dict[str, Any]:
    return {
        "eligible": False,
        "gap": None,
        "per_person": None,
        "reason": unset.message,
        "rule": RULE,
        "explanation": unset.line(),
        "parameters": [],
    }


def _result(found: Gap) -> dict[str, Any]:
    judged = found.judgement
    return {
        "eligible": judged.allowed,
        "gap": None if found.amount is None else money.digits(found.amount),
        "per_person": None if found.per_person is None else money.digits(found.per_person),
        "reason": "；".join(reason.message for reason in judged.reasons) or None,
        "rule": judged.rule,
        "explanation": judged.explanation,
        "parameters": stamped(judged.used),
    }
