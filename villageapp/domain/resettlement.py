"""Relocated households that nobody earns for: 零就业搬迁户 (R-RELOC of domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from villageapp.domain import dates
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameters
from villageapp.domain.public_post import ABLE

RULE = "R-RELOC"
_KEYS = ("STABLE_WORK_MONTHS", "STABLE_CURRENT_MONTHS", "STABLE_LOOKBACK_MONTHS")


@dataclass(frozen=True, slots=True)
class Spell:
    """One spell of work, months ``YYYY-MM``; ``end_ym`` None while it goes on."""

    start_ym: str
    end_ym: str | None = None


def is_stable(spell: Spell, on: date, parameters: Parameters) -> bool:
    """Whether the spell counts as stable work on that day: months by R-TIME-3.

    Half a year that goes on or ended not long ago, or a running one of a quarter. Raises UnsetParameter.
    """
    whole, current, lookback = (parameters.integer(key, on) for key in _KEYS)
    now = f"{on:%Y-%m}"
    if spell.start_ym > now:
        return False
    if spell.end_ym is None or spell.end_ym > now:
        return dates.months_between(spell.start_ym, now) >= min(whole, current)
    recent = dates.months_between(spell.end_ym, now) <= lookback
    return recent and dates.months_between(spell.start_ym, spell.end_ym) >= whole


def judge_employment(
    relocated: bool | None,
    labours: Iterable[str | None],
    spells: Iterable[Spell],
    on: date,
    parameters: Parameters,
) -> Judgement:
    """Whether a relocated household has stable work; a refusal puts it on the 零就业搬迁户 list.

    ``labours`` are the CL_LABOUR codes of all active members, ``spells`` those of all of them. Raises
    UnsetParameter.
    """
    if not relocated:
        return Judgement(RULE, explanation="不是易地搬迁户")
    known = list(labours)
    able = sum(code in ABLE for code in known)
    used = tuple(parameters.find(key, on) for key in _KEYS)
    if any(is_stable(spell, on, parameters) for spell in spells):
        return Judgement(RULE, explanation="有稳定就业", used=used)
    if able:
        told = f"零就业搬迁户：有 {able} 名劳动力，无人稳定就业"
        return Judgement(RULE, (Reason(RULE, told),), told, used)
    if None in known:
        unknown = Reason(RULE, "成员劳动技能未登记", missing=("labour",))
        return Judgement(RULE, (), "", used, (unknown,))
    return Judgement(RULE, explanation="无劳动力", used=used)
