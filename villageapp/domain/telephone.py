"""Telephone numbers as people write them: what means that there is none, and what cannot be one (domain.md 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from villageapp.errors import Problem, Severity

NO_PHONE = frozenset({"无", "没有", "暂无", "无电话", "没有电话", "无手机", "-", "/", "0"})
"""Words for "there is none": nothing is stored."""
Rule = Callable[[Mapping[str, Any]], Iterable[Problem]]


def looks_like_phone(text: str) -> bool:
    """A mobile number or a landline with optional area code (domain.md 2.1)."""
    digits = text.replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return False
    mobile = len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789"
    return mobile or (7 <= len(digits) <= 12 and not (len(digits) == 11 and digits[0] == "1"))


def phone_rule(name: str, *, warns: bool = False) -> Rule:
    """A rule of a form: the field ``name`` is refused when it has no digit at all.

    With ``warns`` an odd number (too short, two numbers in one field) is named, and kept as it is written.
    """

    def judged(values: Mapping[str, Any]) -> Iterable[Problem]:
        phone = values.get(name)
        if not phone or looks_like_phone(phone):
            return
        if not any(character.isdigit() for character in phone):
            yield Problem(name, f"“{phone[:20]}”不是电话号码，没有电话请写“无”或留空")
        elif warns:
            yield Problem(name, f"电话“{phone}”不像手机号或固定电话", Severity.WARNING)

    return judged
