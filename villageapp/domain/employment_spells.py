"""Spells of work and of being out of work: which run in a month, which may run beside each other (domain.md 2.9).

Months are texts ``YYYY-MM``. A spell with ``working`` False records months in which somebody had no work; one that
ended keeps ``working`` and has an end month.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

Spell = Mapping[str, Any]
POST, FARMING = "公益岗位", "务农"
"""Channels of CL_CHANNEL whose spells may run beside one of the other."""
INSIDE_COUNTY = frozenset({"乡内", "乡外县内"})
"""Codes of CL_WORK_SCOPE; the others are outside of the county."""
_OPEN = "9999-12"


def month_of(day: date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def is_work(spell: Spell) -> bool:
    """Whether it is a spell of work; nobody having said so (``working`` None) is taken as work, as in check-ups."""
    return spell.get("working") is not False


def covers(spell: Spell, month: str) -> bool:
    """Whether the month lies within the spell, of work or not."""
    start = spell.get("start_ym")
    return start is not None and start <= month <= (spell.get("end_ym") or _OPEN)


def runs(spell: Spell, month: str) -> bool:
    """Whether somebody works in that month by this spell."""
    return is_work(spell) and covers(spell, month)


def clash(one: Spell, other: Spell) -> bool:
    """Whether two spells of work of one person share a month without being 公益岗位 and 务农."""
    if not (is_work(one) and is_work(other) and one.get("start_ym") and other.get("start_ym")):
        return False
    apart = one["start_ym"] > (other.get("end_ym") or _OPEN) or other["start_ym"] > (
        one.get("end_ym") or _OPEN
    )
    return not apart and {one.get("channel"), other.get("channel")} != {POST, FARMING}


def is_confirmed(spell: Spell, month: str) -> bool:
    """Whether somebody looked at it in that month: the day of checking says so (务工月监测)."""
    checked = spell.get("checked_on")
    return checked is not None and month_of(checked) >= month


def is_idle(spell: Spell) -> bool:
    """Whether it records months without work, nothing else (imports mark ended work of theirs as 未务工 too)."""
    return not is_work(spell) and not spell.get("channel") and not spell.get("employer")
