"""Asking the rulebook about made-up facts: for training, and to explain a date on screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from villageapp.domain import codes, id_card
from villageapp.domain.fields import Field, Kind
from villageapp.domain.parameters import Parameter, Parameters
from villageapp.domain.problem import COMPLEX, deadlines
from villageapp.errors import NotFound
from villageapp.services.problems import overdue_days
from villageapp.services.rules import (
    gap,
    identification,
    income,
    loan,
    monitoring_exit,
    posts,
    support_standards,
)
from villageapp.services.rules.facts import read

_DEADLINE_FACTS = (
    Field("reported_on", "发现（反映）日期", Kind.DATE, required=True),
    Field("grade", "分级", Kind.CODE, choices="CL_PROBLEM_GRADE"),
    Field("today", "今天", Kind.DATE),
    Field("solved_on", "解决日期", Kind.DATE),
)
_ID_FACTS = (
    Field("text", "证件号码", Kind.NOTE, required=True, max_length=60),
    Field("sex", "性别", Kind.CODE, choices="CL_SEX"),
)


def ask(rule: str, facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """The rule's result with ``rule`` (domain.md id), ``explanation`` (Chinese) and ``parameters`` used.

    Raises NotFound for a rule that this version does not know, ValidationFailed for wrong facts, and
    UnsetParameter.
    """
    answer = _RULES.get(rule)
    if answer is None:
        known = "、".join(_RULES)
        raise NotFound(f"没有名为“{rule[:40]}”的规则。", remedy=f"本版本可查：{known}。", code="unknown_rule")
    return answer(facts, today, parameters)


def _problem_deadlines(facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """R-PRB-1 … R-PRB-3."""
    known = read(_DEADLINE_FACTS, facts)
    reported, grade, day = known["reported_on"], known["grade"], known["today"] or today
    due = deadlines(reported, grade, parameters)
    late = overdue_days({"due_solve": due.solve, "solved_on": known["solved_on"]}, day)
    complex_key = "D710_COMPLEX" if grade == COMPLEX else "D710_IMMEDIATE"
    used = [parameters.find(key, reported) for key in ("D135", complex_key)]
    kind = codes.code_list("CL_PROBLEM_GRADE").label(grade) if grade else "未分级（暂按立行立改）"
    state = f"到 {day} 已超期 {late} 天" if late else f"到 {day} 未超期"
    return {
        **due.as_values(),
        "overdue_days": late,
        "rule": "R-PRB-1, R-PRB-2, R-PRB-3",
        "explanation": f"{reported} 发现，{kind}：{due.verify} 前上门核查，{due.opinion} 前提出意见，"
        f"{due.plan} 前确定方案，{due.solve} 前解决；{state}。按自然日计算，当日不计，遇周末不顺延。",
        "parameters": [_shown(parameter) for parameter in used],
    }


def _id_number(facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """R-ID."""
    known = read(_ID_FACTS, facts)
    found = id_card.read(known["text"])
    reason = found.problem
    if not reason and known["sex"] and known["sex"] != found.sex:
        reason = "性别与证件号码第 17 位不符"
    return {
        "ok": not reason,
        "id_no": found.id_no or None,
        "birth_date": found.birth_date,
        "sex": found.sex or None,
        "sex_label": codes.code_list("CL_SEX").label(found.sex) if found.sex else None,
        "disability_category": found.disability_category or None,
        "disability_level": found.disability_level or None,
        "reason": reason or None,
        "rule": "R-ID",
        "explanation": reason or f"号码有效：{found.birth_date} 出生。校验码按 GB 11643 计算。",
        "parameters": [],
    }


def _shown(parameter: Parameter) -> dict[str, Any]:
    return {
        "key": parameter.key,
        "title": parameter.title,
        "value": parameter.value,
        "effective_from": parameter.effective_from,
        "source": parameter.source,
    }


_RULES: Mapping[str, Callable[[Mapping[str, Any], date, Parameters], dict[str, Any]]] = {
    "problem-deadlines": _problem_deadlines,
    "id-number": _id_number,
    "income": income.ask,
    "gap": gap.ask,
    "identification": identification.ask,
    "monitoring-exit": monitoring_exit.ask,
    "loan": loan.ask,
    "support-standards": support_standards.ask,
    "posts": posts.ask,
}
