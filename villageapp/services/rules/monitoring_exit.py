"""``monitoring-exit``: whether a monitored household may be marked 风险消除 (R-MON-9 … R-MON-12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from villageapp.domain import dates, monitoring_exit
from villageapp.domain.fields import Field, Kind
from villageapp.domain.income_account import MOST_FEN
from villageapp.domain.judgement import Judgement, Reason, stamped, together
from villageapp.domain.monitoring_exit import HELPED, NATURAL, ExitFacts, Moment, parse_moment
from villageapp.domain.parameters import Parameter, Parameters, UnsetParameter
from villageapp.domain.stability import Standing, condition
from villageapp.errors import Problem, ValidationFailed
from villageapp.services.rules.facts import read
from villageapp.services.rules.line import LINE_FACT, line_for

_MOMENTS = {"identified": "识别监测时间", "attempt": "消除核实时间", "stable_since": "风险稳定起始日"}
_ANSWERS = {
    "guarantees_ok": "三保障和饮水安全达标",
    "risks_covered": "各项风险都有对应措施",
    "all_insured": "全部参保",
    "no_labour_whole": "整户无劳动能力",
}
_PER_HEAD = {"per_capita": "人均纯收入", "ref_per_capita": "人均参考收入"}
FACTS = (
    *(Field(name, label, required=name != "stable_since", max_length=20) for name, label in _MOMENTS.items()),
    *(
        Field(name, label, Kind.MONEY, minimum=-MOST_FEN, maximum=MOST_FEN, unit="元")
        for name, label in _PER_HEAD.items()
    ),
    LINE_FACT,
    *(Field(name, label, Kind.YES_NO) for name, label in _ANSWERS.items()),
    Field("open_problems", "未销号问题数", Kind.INTEGER, minimum=0, maximum=10_000),
    Field("exit_mode", "风险消除方式", Kind.CODE, choices="CL_EXIT_MODE"),
    Field("natural_reason", "自然消除原因", max_length=200),
    Field("proof", "自然消除佐证", Kind.YES_NO),
    Field("household_gone", "整户死亡或迁出", Kind.YES_NO),
)
_WHEN_NOT_ASKED: Mapping[str, Any] = {
    "guarantees_ok": True,
    "risks_covered": True,
    "all_insured": True,
    "no_labour_whole": False,
    "open_problems": 0,
    "exit_mode": HELPED,
}
_NATURAL_WHEN_NOT_ASKED: Mapping[str, Any] = {
    "natural_reason": "原因须另行登记",
    "proof": True,
    "household_gone": True,
}


def ask(facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """``allowed``, ``earliest`` (when both waits are over), ``reasons``.

    Days or months (``2023-03``, ``202303``) may be given. A fact left out is not judged and named in
    ``not_judged``; one given as null is unknown and refuses. Raises ValidationFailed and UnsetParameter.
    """
    known = read(FACTS, _counted(facts))
    moments = {name: _moment(name, known[name]) for name in _MOMENTS}
    asked = frozenset(facts)
    known |= {name: value for name, value in _WHEN_NOT_ASKED.items() if name not in asked}
    if known["exit_mode"] == NATURAL:
        known |= {name: value for name, value in _NATURAL_WHEN_NOT_ASKED.items() if name not in asked}
    exiting = _exit_facts(known, moments)
    day = _day(moments["attempt"], today)
    judged = _judged(exiting, known, asked, day, parameters)
    return {
        "allowed": judged.allowed,
        "earliest": monitoring_exit.earliest(exiting, day, parameters),
        "reasons": [str(reason) for reason in judged.reasons],
        "not_judged": _not_judged(asked, known["exit_mode"]),
        "rule": judged.rule,
        "explanation": judged.refusal() or f"可以{known['exit_mode']}。{judged.explanation}",
        "parameters": stamped(judged.used),
    }


def _not_judged(asked: frozenset[str], mode: str | None) -> list[str]:
    beside = frozenset() if mode == NATURAL else frozenset(_NATURAL_WHEN_NOT_ASKED)
    return [f.name for f in FACTS if f.name not in asked and f.name not in beside]


def _counted(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether there are open problems may be answered with yes and no as well as with their number."""
    given = facts.get("open_problems")
    return {**facts, "open_problems": int(given)} if isinstance(given, bool) else facts


def _moment(name: str, text: str | None) -> Moment | None:
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError as error:
        raise ValidationFailed([Problem(name, f"{_MOMENTS[name]}（{name}）：{error}")]) from error


def _day(moment: Moment | None, today: date) -> date:
    """The day whose parameters apply: the day itself, or the last of a month."""
    if moment is None:
        return today
    if isinstance(moment, date):
        return moment
    first = date.fromisoformat(f"{moment}-01")
    return dates.add_days(dates.add_months(first, 1), -1)


def _exit_facts(known: Mapping[str, Any], moments: Mapping[str, Moment | None]) -> ExitFacts:
    standing = Standing(
        known["per_capita"],
        known["ref_per_capita"],
        1,
        known["guarantees_ok"],
        known["risks_covered"],
        known["open_problems"],
        known["all_insured"],
    )
    return ExitFacts(
        moments["identified"],
        moments["attempt"],
        known["exit_mode"],
        moments["stable_since"],
        standing,
        known["no_labour_whole"],
        known["household_gone"],
        known["natural_reason"],
        known["proof"],
    )


def _judged(
    exiting: ExitFacts, known: Mapping[str, Any], asked: frozenset[str], day: date, parameters: Parameters
) -> Judgement:
    rule = "R-MON-9, R-MON-10, R-MON-11, R-MON-12"
    natural = exiting.exit_mode == NATURAL
    if natural and exiting.household_gone:
        return together("R-MON-9", (monitoring_exit.natural(exiting, day, parameters),))
    parts = [_standing(exiting.standing, known["line"], asked, day, parameters)]
    if natural:
        parts.insert(0, monitoring_exit.natural(exiting, day, parameters))
    else:
        parts.insert(0, monitoring_exit.half_year(exiting, day, parameters))
        parts.append(monitoring_exit.labour(exiting.no_labour_whole))
        if exiting.exit_mode is None:
            parts.append(Judgement(rule, (Reason("R-MON-9", "风险消除方式未知", missing=("exit_mode",)),)))
    if "stable_since" in asked:
        parts.append(monitoring_exit.stability(exiting, day, parameters))
    return together(rule, parts)


def _standing(
    facts: Standing, fen: int | None, asked: frozenset[str], day: date, parameters: Parameters
) -> Judgement:
    """R-MON-10 over the facts asked about; an unset line refuses, it is no reason to pass."""
    line: Parameter | None = None
    if asked & {"line", *_PER_HEAD}:
        try:
            line = line_for(fen, day, parameters)
        except UnsetParameter as unset:
            reason = Reason("R-MON-10", unset.message, missing=("line",))
            return together("R-MON-10", (Judgement("R-MON-10", (reason,)), _without_income(facts, day)))
    if line is None:
        return _without_income(facts, day)
    net = facts.net if "per_capita" in asked else line.value
    ref = facts.ref if "ref_per_capita" in asked else line.value
    return condition(_with(facts, net, ref), line)


def _without_income(facts: Standing, day: date) -> Judgement:
    """The parts of R-MON-10 that need no line."""
    judged = condition(_with(facts, 0, 0), Parameter("MON_LINE", 0, day))
    return Judgement(judged.rule, judged.reasons, judged.explanation)


def _with(facts: Standing, net: int | None, ref: int | None) -> Standing:
    return Standing(
        net,
        ref,
        facts.population,
        facts.guarantees_ok,
        facts.risks_covered,
        facts.open_problems,
        facts.all_insured,
    )
