"""``loan``: whether a small loan may be recorded (R-LOAN)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from villageapp.domain import money
from villageapp.domain.fields import Field, Kind
from villageapp.domain.judgement import stamped
from villageapp.domain.loan import LoanRequest, judge_loan, subsidised_principal
from villageapp.domain.parameters import Parameters
from villageapp.services.rules.facts import read

_MOST = 1_000_000_00
_STATED = "理由已说明"
FACTS = (
    Field("household_type", "户类型", Kind.CODE, required=True, choices="CL_HH_TYPE"),
    Field("monitored", "风险未消除的监测户", Kind.YES_NO),
    Field("outstanding", "未还本金", Kind.MONEY, required=True, minimum=0, maximum=_MOST, unit="元"),
    Field("principal", "本次本金", Kind.MONEY, required=True, minimum=1, maximum=_MOST, unit="元"),
    Field("extra", "申请追加并已说明理由", Kind.YES_NO),
    Field("extra_reason", "追加理由", max_length=200),
    Field("term_months", "期限（月）", Kind.INTEGER, required=True, minimum=1, maximum=600),
    Field("purpose", "用途", required=True, max_length=60),
    Field("borrower_birth", "借款人出生日期", Kind.DATE, required=True),
    Field("on", "申请日期", Kind.DATE),
)


def ask(facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """R-LOAN: ``allowed``, ``subsidised_principal`` (yuan text, None when refused), ``reasons``.

    ``extra`` true says that a reason was given; ``extra_reason`` may name it. Raises ValidationFailed and
    UnsetParameter.
    """
    request = _request(read(FACTS, facts), today)
    judged = judge_loan(request, parameters)
    subsidised = money.digits(subsidised_principal(request, parameters)) if judged.allowed else None
    return {
        "allowed": judged.allowed,
        "subsidised_principal": subsidised,
        "total": money.digits(request.total),
        "reasons": [str(reason) for reason in judged.reasons],
        "rule": judged.rule,
        "explanation": judged.explanation,
        "parameters": stamped(judged.used),
    }


def _request(known: dict[str, Any], today: date) -> LoanRequest:
    extra, reason = known.pop("extra"), known.pop("extra_reason")
    return LoanRequest(
        **{
            **known,
            "on": known["on"] or today,
            "extra_reason": (reason or _STATED) if extra else "",
        }
    )
