"""Where somebody stands at school on a day, and what education that gives (CL_STUDENT, CL_EDU)."""

from __future__ import annotations

from datetime import date
from random import Random

from villageapp.domain.dates import age

NOT_A_STUDENT = "00"
COMPULSORY = frozenset({"02", "03", "04", "05"})
RAIN_DEW = frozenset({"09", "10", "11", "12", "13", "14"})
"""Vocational stages that the 雨露计划 supports (domain.md 2.0)."""
_SCHOOLS = (
    ("01", "示例镇中心幼儿园"),
    ("02", "示例镇中心小学"),
    ("05", "示例镇初级中学"),
    ("08", "示范县第一中学"),
    ("11", "示范县职业技术学校"),
    ("14", "演示市职业技术学院"),
    ("15", "演示工商学院"),
    ("17", "演示大学"),
)


def stage(rng: Random, birth: date, today: date, state: frozenset[str]) -> str:
    """The code of CL_STUDENT; a school year begins on 1 September."""
    start = date(today.year if today.month >= 9 else today.year - 1, 8, 31)
    years = age(birth, start)
    if "college" in state:
        return f"{12 + min(2, max(0, years - 18))}"
    if "trade" in state:
        return f"{9 + min(2, max(0, years - 15)):02d}"
    if age(birth, today) < 16:
        return _child(rng, max(years, 6) if age(birth, today) >= 6 else years)
    return _youth(rng, years) if "worker" not in state else NOT_A_STUDENT


def _child(rng: Random, years: int) -> str:
    if years < 3:
        return NOT_A_STUDENT
    if years < 6:
        return "01" if years > 3 or rng.random() < 0.7 else NOT_A_STUDENT
    return "02" if years < 12 else f"{3 + min(years, 14) - 12:02d}"


def _youth(rng: Random, years: int) -> str:
    draw = rng.random()
    if years < 18:
        grade = max(0, years - 15)
        return f"{6 + grade:02d}" if draw < 0.6 else f"{9 + grade:02d}"
    if years <= 20:
        return "15" if draw < 0.3 else f"{12 + years - 18}" if draw < 0.62 else NOT_A_STUDENT
    if years <= 24:
        return "15" if years == 21 and draw < 0.35 else "17" if years > 21 and draw < 0.05 else NOT_A_STUDENT
    return NOT_A_STUDENT


def school(status: str) -> str | None:
    """The name of a school of that stage, or None for those who are not at school."""
    return None if status == NOT_A_STUDENT else next(name for last, name in _SCHOOLS if status <= last)


def education(rng: Random, birth: date, today: date, status: str) -> str:
    """The code of CL_EDU."""
    if status != NOT_A_STUDENT:
        return _of_student(status)
    if age(birth, today) < 6:
        return "07"
    if age(birth, today) < 22:
        return rng.choice(("03", "04", "04"))
    for before, shares in (
        (1952, (("01", 45), ("02", 45), ("03", 10))),
        (1966, (("01", 9), ("02", 44), ("03", 41), ("04", 6))),
        (1986, (("02", 19), ("03", 66), ("04", 12), ("05", 3))),
        (9999, (("03", 48), ("04", 30), ("05", 16), ("06", 6))),
    ):
        if birth.year < before:
            return rng.choices([code for code, _ in shares], [share for _, share in shares])[0]
    raise AssertionError("unreachable: the last row holds for every year")


def _of_student(status: str) -> str:
    for last, code in (("01", "07"), ("02", "02"), ("05", "03"), ("11", "04"), ("14", "05")):
        if status <= last:
            return code
    return "06"
