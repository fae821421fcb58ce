"""Whose income fell, lies low or broke away: the three lists of R-INC-9, on integers in fen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from villageapp.domain import money
from villageapp.domain.income import below, line_of
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import PROVINCE, Parameters

RULE = "R-INC-9"
FELL, LOW, SHOCK = "收入下降", "人均偏低", "收入骤减"


@dataclass(frozen=True, slots=True)
class YearIncome:
    """Net income (fen) of a household and the population it is divided by."""

    net: int
    population: int = 1

    def __post_init__(self) -> None:
        if self.population < 1:
            raise ValueError("年度家庭人口数必须至少为 1")

    @property
    def per_capita(self) -> int:
        """Fen, rounded, for display only."""
        return money.per_head(self.net, self.population)


@dataclass(frozen=True, slots=True)
class Trend:
    """A household over two years and what a visit reported."""

    year: int
    now: YearIncome
    last: YearIncome | None = None
    """None when last year is unknown; a known per-capita figure alone is a YearIncome of one person."""
    shock_reported: bool = False
    """A visit of the year answered 骤减."""
    risks: tuple[str, ...] = ()
    """Codes of CL_RISK named with that visit."""


def fell(now: YearIncome, last: YearIncome) -> bool:
    """List (a): net per capita below last year's."""
    return now.net * last.population < last.net * now.population


def fell_by(now: YearIncome, last: YearIncome, percent: int) -> bool:
    """List (c): a decline of at least ``percent``; without an income last year there is no percentage."""
    if last.net <= 0:
        return False
    before, after = last.net * now.population, now.net * last.population
    return (before - after) * 100 >= percent * before


def lists(trend: Trend, parameters: Parameters, region: str = PROVINCE) -> Judgement:
    """The lists the household is on, as warnings with the list's name first.

    Raises UnsetParameter while the monitoring line of the year is unset.
    """
    day = date(trend.year, 12, 31)
    line = line_of(trend.year, parameters, region)
    share = parameters.find("INCOME_LOW_PERCENT", day, region)
    shock = parameters.find("SHOCK_PCT", day, region)
    causes = parameters.find("SHOCK_RISKS", day, region)
    found = [*_fallen(trend)]
    if below(trend.now.net, trend.now.population, line.value, share.value):
        found.append(
            Reason(RULE, f"{LOW}：{_now(trend)}，低于监测标准 {money.yuan(line.value)} 元的 {share.value}%")
        )
    found += _shocked(trend, shock.value, frozenset(causes.value))
    text = "；".join(reason.message for reason in found)
    return Judgement(
        RULE,
        explanation=f"{text}。" if found else f"{_now(trend)}，不在收入下降、偏低、骤减名单。",
        used=(line, share, shock, causes),
        warnings=tuple(found),
    )


def _now(trend: Trend) -> str:
    return f"{trend.year} 年人均纯收入 {money.yuan(trend.now.per_capita)} 元"


def _fallen(trend: Trend) -> Iterable[Reason]:
    if trend.last is not None and fell(trend.now, trend.last):
        yield Reason(RULE, f"{FELL}：{_now(trend)}，上年 {money.yuan(trend.last.per_capita)} 元")


def _shocked(trend: Trend, percent: int, causes: frozenset[str]) -> Iterable[Reason]:
    if trend.last is not None and fell_by(trend.now, trend.last, percent):
        yield Reason(RULE, f"{SHOCK}：较上年人均 {money.yuan(trend.last.per_capita)} 元下降 {percent}% 以上")
    elif trend.shock_reported and causes.intersection(trend.risks):
        yield Reason(RULE, f"{SHOCK}：走访反映因疫或因灾收入骤减")
