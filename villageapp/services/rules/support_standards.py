"""``support-standards``: the 低保 band and the 特困 floor of a city (S9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from villageapp.domain import money
from villageapp.domain.fields import Field, Kind
from villageapp.domain.judgement import stamped
from villageapp.domain.parameters import Parameters
from villageapp.domain.support_standards import support_standards
from villageapp.services.rules.facts import read

_MOST = 1_000_000_00
FACTS = (
    Field("consumption", "上年度农村居民人均消费支出", Kind.MONEY, minimum=1, maximum=_MOST, unit="元"),
    Field("dibao", "低保标准（年）", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("tekun", "特困供养标准（年）", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("on", "日期", Kind.DATE),
)


def ask(facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """``dibao_min``, ``dibao_max``, ``tekun_min`` (yuan text a year) and ``warnings``.

    Without ``consumption`` the recorded figure is taken. Raises ValidationFailed and UnsetParameter.
    """
    known = read(FACTS, facts)
    on = known["on"] or today
    found = support_standards(known["consumption"], known["dibao"], known["tekun"], on, parameters)
    judged = found.judgement
    return {
        "dibao_min": money.digits(found.dibao_min),
        "dibao_max": money.digits(found.dibao_max),
        "tekun_min": None if found.tekun_min is None else money.digits(found.tekun_min),
        "warnings": [warning.message for warning in judged.warnings],
        "rule": judged.rule,
        "explanation": judged.explanation,
        "parameters": stamped(judged.used),
    }
