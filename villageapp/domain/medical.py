"""Basic medical insurance of every member, and who may have the premium paid (R-MED of domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameters

RULE = "R-MED"
CATEGORY = "03"
"""CL_PROBLEM_CAT of the problem item that a refusal opens."""


def is_insured(resident: bool | None, employee: bool | None) -> bool | None:
    """Whether one of the two basic insurances is held; None while an answer that matters is unknown."""
    if resident or employee:
        return True
    return None if resident is None or employee is None else False


def judge_insurance(resident: bool | None, employee: bool | None) -> Judgement:
    """R-MED for one living member who is here; an unknown answer warns."""
    insured = is_insured(resident, employee)
    missing = ("med_insurance_resident", "med_insurance_employee")
    if insured is None:
        return Judgement(RULE, warnings=(Reason(RULE, "基本医保参保情况未登记", missing=missing),))
    return Judgement(RULE, () if insured else (Reason(RULE, "未参加基本医疗保险"),))


def all_insured(answers: Iterable[tuple[bool | None, bool | None]]) -> bool | None:
    """Whether everybody is; one uninsured decides, then one unknown. Nobody at all is unknown."""
    known = [is_insured(resident, employee) for resident, employee in answers]
    if False in known:
        return False
    return True if known and None not in known else None


def judge_premium_aid(identified_ym: str, year: int, parameters: Parameters) -> Judgement:
    """Whether a case identified in that month may have the premium of ``year`` paid (M0701).

    The cut-off (``YYYY-MM``) is recorded per year, in force from its 1 January to its 31 December. Raises
    UnsetParameter when that of the year is not.
    """
    cutoff = parameters.find("MED_AID_CUTOFF", date(year, 12, 31))
    told = f"{year} 年参保资助截止 {cutoff.value}，识别于 {identified_ym}"
    late = identified_ym > str(cutoff.value)
    return Judgement(RULE, (Reason(RULE, told),) if late else (), told, (cutoff,))
