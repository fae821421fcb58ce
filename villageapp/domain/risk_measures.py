"""Every risk of a monitored household needs a measure that answers it: R-MON-8.

Which measures answer which risk is data (parameter RISK_MEASURES).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from villageapp.domain.codes import code_list
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import PROVINCE, Parameter, Parameters

RULE = "R-MON-8"
WORKING = frozenset({"实施中", "已完成"})
"""States of a measure that count as answering a risk (R-MON-10)."""
UNSTABLE_WORK, LACKS_LABOUR = "07", "08"
ABLE = frozenset({"1", "2", "3"})
"""Codes of CL_LABOUR with labour (domain.md 2.0)."""


@dataclass(frozen=True, slots=True)
class MeasureTaken:
    """What matters of a measure here: its item (M0703 …), state, start, and the risk it names."""

    item: str
    status: str
    start_on: date | None = None
    risk_code: str | None = None


@dataclass(frozen=True, slots=True)
class Workforce:
    """Labour of the active members (codes of CL_LABOUR, None unknown) and whether employment is recorded."""

    labours: tuple[str | None, ...]
    has_employment: bool | None = None


def matching(
    risks: Iterable[str],
    measures: Iterable[MeasureTaken],
    counted_subjects: frozenset[str],
    on: date,
    parameters: Parameters,
    region: str = PROVINCE,
) -> Judgement:
    """Whether each risk has a measure 实施中 or 已完成 that answers it, or an income subject that does.

    ``counted_subjects`` are the codes of CL_INC with an amount above 0 in the current account. The
    reasons name each risk that is not answered. Raises UnsetParameter.
    """
    table = parameters.find("RISK_MEASURES", on, region)
    answers = {entry["risk"]: entry for entry in table.value}
    working = [measure for measure in measures if measure.status in WORKING]
    wanted = tuple(dict.fromkeys(risks))
    open_risks = [
        risk for risk in wanted if not _answered(risk, answers.get(risk), working, counted_subjects)
    ]
    reasons = tuple(_unanswered(risk, answers.get(risk)) for risk in open_risks)
    if not wanted:
        reasons = (Reason(RULE, "尚未登记致贫返贫风险", missing=("risk_1",)),)
    text = f"共 {len(wanted)} 项风险，{len(wanted) - len(open_risks)} 项有对应措施。"
    return Judgement(RULE, reasons, text, (table,))


def _answered(
    risk: str,
    entry: Mapping[str, Any] | None,
    measures: Iterable[MeasureTaken],
    counted_subjects: frozenset[str],
) -> bool:
    if entry is None:
        return any(measure.risk_code == risk for measure in measures)
    if counted_subjects.intersection(entry.get("subjects", ())):
        return True
    fitting = tuple(entry["measures"])
    return any(measure.item.startswith(fitting) for measure in measures)


def _unanswered(risk: str, entry: Mapping[str, Any] | None) -> Reason:
    label = code_list("CL_RISK").label(risk)
    if entry is None:
        return Reason(RULE, f"风险“{label}”没有登记对应的措施", missing=("measure",))
    names = [_name(code) for code in entry["measures"]]
    names += [code_list("CL_INC").label(code) for code in entry.get("subjects", ())]
    return Reason(
        RULE, f"风险“{label}”没有实施中或已完成的措施，应有：{'、'.join(names)}", missing=("measure",)
    )


def _name(code: str) -> str:
    return code_list("CL_MEASURE_GROUP" if len(code) == 3 else "CL_MEASURE_ITEM").label(code)


def consistency(
    risks: Iterable[str], workforce: Workforce, on: date, parameters: Parameters, region: str = PROVINCE
) -> Judgement:
    """Risks that do not fit the family: reminders only. Raises UnsetParameter."""
    limit = parameters.find("LABOUR_SHARE_ODD", on, region)
    wanted = frozenset(risks)
    found = [
        *(_lacking(workforce, limit) if LACKS_LABOUR in wanted else ()),
        *(_unstable(workforce) if UNSTABLE_WORK in wanted else ()),
    ]
    text = "；".join(found)
    return Judgement(
        RULE,
        explanation=f"{text}。" if found else "风险与家庭劳动力情况相符。",
        used=(limit,),
        warnings=tuple(Reason(RULE, message) for message in found),
    )


def _lacking(workforce: Workforce, limit: Parameter) -> Iterable[str]:
    known = [labour for labour in workforce.labours if labour is not None]
    able = sum(labour in ABLE for labour in known)
    if not known or len(known) < len(workforce.labours):
        return
    if able == len(known):
        yield "风险为缺劳动力，但没有成员登记为丧失或无劳动力"
    elif able * 100 > limit.value * len(known):
        yield f"风险为缺劳动力，但 {len(known)} 人中 {able} 人有劳动力，超过 {limit.value}%"


def _unstable(workforce: Workforce) -> Iterable[str]:
    labours = workforce.labours
    if labours and None not in labours and not ABLE.intersection(filter(None, labours)):
        yield "风险为务工就业不稳，但全家没有劳动力"
    if workforce.has_employment is False:
        yield "风险为务工就业不稳，但没有任何务工登记"
