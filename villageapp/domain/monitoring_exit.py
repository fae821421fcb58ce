"""When a monitored household may be marked 风险消除: R-MON-9 … R-MON-13, with full dates or with months only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from villageapp.domain import dates, money
from villageapp.domain.income import line_of
from villageapp.domain.judgement import Judgement, Reason, latest, together
from villageapp.domain.parameters import PROVINCE, Parameter, Parameters
from villageapp.domain.stability import Standing, condition

HELPED, NATURAL = "帮扶消除", "自然消除"
NO_LABOUR = "整户无劳动能力，暂不标注风险消除，继续监测和兜底保障"

EXIT_FIELDS: Mapping[str, str] = {
    "exit_edu_dropout": "义务教育失学辍学",
    "exit_house_damaged": "住房损毁",
    "exit_med_uninsured": "未参加医保",
    "exit_water_damaged": "饮水设施损毁",
    "exit_wage": "工资性收入",
    "exit_property": "财产性收入",
    "exit_transfer": "转移性收入",
    "exit_production": "生产经营性收入",
    "exit_production_cost": "生产经营性支出",
    "exit_net": "家庭纯收入",
    "exit_per_capita": "人均纯收入",
    "exit_claim_income": "理赔收入",
    "exit_compliant_oop": "合规自付支出",
}
"""The 13 figures after the exit that the national system wants (R-MON-13), labels without 风险消除后."""

Moment = date | str
"""A day, or a month ``YYYY-MM`` where the national export holds no day (R-TIME-3)."""


@dataclass(frozen=True, slots=True)
class ExitFacts:
    """What an exit is judged by; None is unknown and never counts as met."""

    identified: Moment | None
    attempt: Moment | None
    """Day of the exit's house check; None asks from when it could be."""
    exit_mode: str | None
    stable_since: Moment | None
    standing: Standing
    no_labour_whole: bool | None
    household_gone: bool | None = None
    """Whether the whole household died or moved out."""
    natural_reason: str | None = None
    has_proof: bool | None = None
    """Of a natural exit."""


def may_exit(
    facts: ExitFacts, on: date, line: Parameter, parameters: Parameters, region: str = PROVINCE
) -> Judgement:
    """R-MON-9 … R-MON-12 together; ``on`` picks the parameters, ``line`` comes from ``income.line_of``.

    Raises UnsetParameter while a wait is unset.
    """
    rule = "R-MON-9, R-MON-10, R-MON-11, R-MON-12"
    if facts.exit_mode == NATURAL:
        parts = [natural(facts, on, parameters, region)]
        if facts.household_gone is not True:
            parts += [condition(facts.standing, line), stability(facts, on, parameters, region)]
        return together(rule, parts)
    if facts.exit_mode != HELPED:
        reason = Reason("R-MON-9", "未选风险消除方式（帮扶消除或自然消除）", missing=("exit_mode",))
        return Judgement(rule, (reason,))
    return together(
        rule,
        (
            half_year(facts, on, parameters, region),
            condition(facts.standing, line),
            stability(facts, on, parameters, region),
            labour(facts.no_labour_whole),
        ),
    )


def half_year(facts: ExitFacts, on: date, parameters: Parameters, region: str = PROVINCE) -> Judgement:
    """R-MON-9: EXIT_MIN_MONTHS from the identification to the exit's house check."""
    return _wait(
        "R-MON-9", "识别", "identified_on", "EXIT_MIN_MONTHS", facts.identified, facts, on, parameters, region
    )


def stability(facts: ExitFacts, on: date, parameters: Parameters, region: str = PROVINCE) -> Judgement:
    """R-MON-11: STABLE_MIN_MONTHS from the day the risk was found stable."""
    return _wait(
        "R-MON-11",
        "风险稳定",
        "stable_since",
        "STABLE_MIN_MONTHS",
        facts.stable_since,
        facts,
        on,
        parameters,
        region,
    )


def _wait(
    rule: str,
    what: str,
    field: str,
    key: str,
    start: Moment | None,
    facts: ExitFacts,
    on: date,
    parameters: Parameters,
    region: str,
) -> Judgement:
    least = parameters.find(key, on, region)
    if start is None:
        return Judgement(rule, (Reason(rule, f"{what}起始日没有登记", missing=(field,)),), "", (least,))
    first = months_later(start, int(least.value))
    text = f"{what}自 {start} 起满 {least.value} 个月，最早 {first}。"
    if facts.attempt is None:
        return Judgement(
            rule,
            (Reason(rule, f"消除核实日期未填，最早 {first}", first, ("exit_verify_on",)),),
            text,
            (least,),
        )
    if reached(facts.attempt, first):
        return Judgement(rule, (), text, (least,))
    message = f"{what}自 {start} 到 {facts.attempt} 不满 {least.value} 个月，最早 {first}"
    return Judgement(rule, (Reason(rule, message, first),), text, (least,))


def parse_moment(text: str) -> Moment | None:
    """A day where one is written, else the month. Raises ValueError with a Chinese reason."""
    month = dates.parse_month(text)
    try:
        return dates.parse_date(text)
    except ValueError:
        return month  # a real month was read, so only the day is missing


def months_later(moment: Moment, months: int) -> Moment:
    """R-TIME-2 for a day, R-TIME-3 for a month."""
    if isinstance(moment, date):
        return dates.add_months(moment, months)
    return f"{dates.add_months(date.fromisoformat(f'{moment}-01'), months):%Y-%m}"


def reached(moment: Moment, first: Moment) -> bool:
    """Whether ``moment`` is not before ``first``; by months as soon as one of them has no day."""
    if isinstance(moment, date) and isinstance(first, date):
        return moment >= first
    return _month(moment) >= _month(first)


def _month(moment: Moment) -> str:
    return f"{moment:%Y-%m}" if isinstance(moment, date) else moment


def labour(no_labour_whole: bool | None) -> Judgement:
    """R-MON-12: a household wholly without labour stays monitored."""
    if no_labour_whole is None:
        reason = Reason("R-MON-12", "家庭成员劳动能力未登记齐全", missing=("labour",))
        return Judgement("R-MON-12", (reason,))
    if no_labour_whole:
        return Judgement("R-MON-12", (Reason("R-MON-12", NO_LABOUR),), "整户无劳动能力。")
    return Judgement("R-MON-12")


def natural(facts: ExitFacts, on: date, parameters: Parameters, region: str = PROVINCE) -> Judgement:
    """自然消除: no half-year wait (EXIT_NATURAL_EXEMPT), but a reason and a proof."""
    exempt = parameters.find("EXIT_NATURAL_EXEMPT", on, region)
    reasons: list[Reason] = []
    if not facts.natural_reason:
        reasons.append(Reason("R-MON-9", "自然消除须登记原因", missing=("natural_reason",)))
    if facts.has_proof is not True:
        reasons.append(Reason("R-MON-9", "自然消除须附佐证", missing=("natural_proof",)))
    waited = () if exempt.value else half_year(facts, on, parameters, region).reasons
    text = f"自然消除（{facts.natural_reason or '原因未登记'}），不受最短月数限制。"
    return Judgement("R-MON-9", (*reasons, *waited), text if exempt.value else "", (exempt,))


def earliest(facts: ExitFacts, on: date, parameters: Parameters, region: str = PROVINCE) -> Moment | None:
    """When both waits are over; None when a start is unknown, for a natural exit, or when waiting is in vain."""
    if facts.exit_mode == NATURAL or facts.no_labour_whole or facts.identified is None:
        return None
    first = months_later(facts.identified, parameters.integer("EXIT_MIN_MONTHS", on, region))
    if facts.stable_since is None:
        return first
    steady = months_later(facts.stable_since, parameters.integer("STABLE_MIN_MONTHS", on, region))
    return latest((first, steady))


def snapshot(values: Mapping[str, Any]) -> Judgement:
    """R-MON-13: all 13 figures are filled and nobody dropped out; warns when they disagree with each other.

    ``values`` hold EXIT_FIELDS and ``exit_population``, the divisor. That the income is not below the line
    is judged by R-MON-10 on the same figures, in whole fen.
    """
    wanted = {**EXIT_FIELDS, "exit_population": "年度家庭人口数"}
    missing = tuple(name for name in wanted if values.get(name) is None)
    reasons: list[Reason] = []
    if missing:
        names = "、".join(wanted[name] for name in missing)
        reasons.append(Reason("R-MON-13", f"风险消除后指标未填：{names}", missing=missing))
    if values.get("exit_edu_dropout"):
        reasons.append(Reason("R-MON-13", "风险消除后仍有义务教育失学辍学"))
    return Judgement("R-MON-13", tuple(reasons), "", (), tuple(_figures_disagree(values, missing)))


def _figures_disagree(values: Mapping[str, Any], missing: tuple[str, ...]) -> list[Reason]:
    if missing:
        return []
    found = []
    parts = sum(values[f"exit_{name}"] for name in ("wage", "property", "transfer", "production"))
    net = parts - values["exit_production_cost"]
    if net != values["exit_net"]:
        text = f"各项收入减支出为 {money.yuan(net)} 元，与家庭纯收入 {money.yuan(values['exit_net'])} 元不符"
        found.append(Reason("R-MON-13", text, missing=("exit_net",)))
    each = money.per_head(values["exit_net"], values["exit_population"])
    if each != values["exit_per_capita"]:
        text = f"家庭纯收入÷人口为 {money.yuan(each)} 元，与人均纯收入不符"
        found.append(Reason("R-MON-13", text, missing=("exit_per_capita",)))
    return found


def line_at(moment: Moment, parameters: Parameters, region: str = PROVINCE) -> Parameter:
    """The line of the year of the exit. Raises UnsetParameter (监测标准未核定)."""
    return line_of(int(_month(moment)[:4]), parameters, region)
