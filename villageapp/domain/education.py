"""Compulsory education of a child (R-EDU of domain.md 3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from villageapp.domain import codes, dates
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameters

RULE = "R-EDU"
CATEGORY = "02"
"""CL_PROBLEM_CAT of the problem item that a refusal opens."""
_NOT_YET, _NOT_AT_SCHOOL = "01", "00"


@dataclass(frozen=True, slots=True)
class Child:
    """What R-EDU asks about a member; None is unknown."""

    birth_date: date | None
    student_status: str | None
    """CL_STUDENT."""
    dropout_reason: str | None = None
    """CL_DROPOUT."""
    has_paper: bool | None = None
    """Whether the reason is proved on paper."""


def school_year_start(on: date) -> date:
    """1 September of the school year in which the day lies."""
    first = date(on.year, 9, 1)
    return first if on >= first else date(on.year - 1, 9, 1)


def is_of_age(birth: date, on: date, parameters: Parameters) -> bool:
    """Whether a child is of compulsory school age in the school year of that day. Raises UnsetParameter."""
    start = school_year_start(on)
    youngest, grown = parameters.integers("EDU_AGES", start)
    return youngest <= dates.age(birth, start) < grown


def judge_schooling(child: Child, on: date, parameters: Parameters) -> Judgement:
    """Whether compulsory education is safe for this child; a refusal opens a problem of category 02.

    Unknown facts warn, they are not a 否. Raises UnsetParameter.
    """
    if child.birth_date is None:
        return Judgement(RULE, warnings=(Reason(RULE, "出生日期未登记", missing=("birth_date",)),))
    if not is_of_age(child.birth_date, on, parameters):
        return Judgement(RULE, explanation="不在义务教育年龄")
    start = school_year_start(on)
    excuses = parameters.find("EDU_EXCUSES", start)
    used = (parameters.find("EDU_AGES", start), excuses)
    if child.student_status is None:
        unknown = Reason(RULE, "义务教育年龄，在校生状况未登记", missing=("student_status",))
        return Judgement(RULE, (), "", used, (unknown,))
    if child.student_status not in (_NOT_YET, _NOT_AT_SCHOOL):
        return Judgement(RULE, explanation="在校", used=used)
    reasons = _away(child, tuple(excuses.value), dates.age(child.birth_date, start))
    return Judgement(RULE, reasons, "" if reasons else f"未在校，原因：{child.dropout_reason}，有证明", used)


def _away(child: Child, excuses: tuple[str, ...], years: int) -> tuple[Reason, ...]:
    told = f"9 月 1 日 {years} 周岁，未在义务教育学校"
    if not child.dropout_reason:
        return (Reason(RULE, f"{told}，原因未登记", missing=("dropout_reason",)),)
    reason = codes.code_list("CL_DROPOUT").label(child.dropout_reason)
    if child.dropout_reason not in excuses:
        return (Reason(RULE, f"{told}，原因：{reason}"),)
    if not child.has_paper:
        return (Reason(RULE, f"{told}，原因“{reason}”须有证明材料", missing=("proof",)),)
    return ()
