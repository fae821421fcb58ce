"""Whether the risk of a monitored household is gone, and since when: R-MON-10 and R-MON-11."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from villageapp.domain import money
from villageapp.domain.income import below
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameter

RULE = "R-MON-10"


@dataclass(frozen=True, slots=True)
class Standing:
    """Facts of R-MON-10 on one day; None is unknown and never counts as met."""

    net: int | None
    """Fen of the whole household."""
    ref: int | None
    """Fen, 参考收入 of the whole household."""
    population: int
    guarantees_ok: bool | None
    """All of 三保障 and drinking water."""
    risks_covered: bool | None
    """R-MON-8 holds."""
    open_problems: int | None
    """Open problem items of the household."""
    all_insured: bool | None


def condition(facts: Standing, line: Parameter) -> Judgement:
    """R-MON-10: every part must hold; the reasons name each that does not. ``line``: ``income.line_of``."""
    reasons = (
        *_income("人均纯收入", "exit_per_capita", facts.net, facts.population, line),
        *_income("人均参考收入", "exit_ref_per_capita", facts.ref, facts.population, line),
        *_answer(facts.guarantees_ok, "三保障和饮水安全", "guarantees_ok", "未全部达标"),
        *_answer(facts.risks_covered, "风险与措施对应情况", "risks_covered", "有风险没有对应措施"),
        *_problems(facts.open_problems),
        *_answer(facts.all_insured, "参保情况", "all_insured", "未全部参保"),
    )
    text = "风险稳定条件全部满足。" if not reasons else f"风险稳定条件有 {len(reasons)} 项不满足。"
    return Judgement(RULE, reasons, text, (line,))


def _income(label: str, field: str, amount: int | None, population: int, line: Parameter) -> Iterable[Reason]:
    if amount is None:
        yield Reason(RULE, f"{label}未登记", missing=(field,))
    elif below(amount, population, line.value):
        shown = money.yuan(money.per_head(amount, population))
        yield Reason(RULE, f"{label} {shown} 元，低于监测标准 {money.yuan(line.value)} 元")


def _answer(value: bool | None, label: str, field: str, broken: str) -> Iterable[Reason]:
    if value is None:
        yield Reason(RULE, f"{label}未知", missing=(field,))
    elif not value:
        yield Reason(RULE, f"{label}：{broken}")


def _problems(count: int | None) -> Iterable[Reason]:
    if count is None:
        yield Reason(RULE, "未解决问题数未知", missing=("open_problems",))
    elif count > 0:
        yield Reason(RULE, f"还有 {count} 个问题未销号")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One follow-up visit of the case and whether R-MON-10 was met then; None = could not be judged."""

    on: date
    met: bool | None


def stable_since(follow_ups: Iterable[FollowUp]) -> date | None:
    """The first follow-up from which on the condition was met every time; None when the last did not meet it.

    A follow-up that could not be judged breaks the row: unknown is not met. Of several on one day all count.
    """
    since: date | None = None
    for day, met in _by_day(list(follow_ups)):
        since = (since or day) if met else None
    return since


def _by_day(follow_ups: Sequence[FollowUp]) -> list[tuple[date, bool]]:
    days: dict[date, bool] = {}
    for visit in follow_ups:
        days[visit.on] = days.get(visit.on, True) and visit.met is True
    return sorted(days.items())
