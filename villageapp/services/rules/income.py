"""``income``: net, per-capita and reference income of a household (R-INC-1 … R-INC-6, R-MON-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from villageapp.domain import income_subjects, money
from villageapp.domain.fields import Field, Kind
from villageapp.domain.income import Income, Line, add_up, below, explain
from villageapp.domain.income_account import MOST_FEN
from villageapp.domain.income_subjects import Subject
from villageapp.domain.judgement import stamped
from villageapp.domain.monitoring_category import propose
from villageapp.domain.parameters import Parameters
from villageapp.errors import Problem, ValidationFailed
from villageapp.services.rules.facts import read
from villageapp.services.rules.line import LINE_FACT, given_line

FACTS = (
    Field("lines", "收支明细", Kind.ROWS, required=True),
    Field("population", "年度家庭人口数", Kind.INTEGER, required=True, minimum=1, maximum=30, unit="人"),
    Field("claim_income", "理赔收入", Kind.MONEY, minimum=0, maximum=MOST_FEN, unit="元"),
    Field("compliant_oop", "合规自付支出", Kind.MONEY, minimum=0, maximum=MOST_FEN, unit="元"),
    Field("on", "按哪一天的科目表", Kind.DATE),
    LINE_FACT,
    Field("household_type", "户类型", Kind.CODE, choices="CL_HH_TYPE"),
    Field("emergency", "突发重大支出或损失", Kind.YES_NO),
)
LINE_FACTS = (
    Field("subject", "收支科目", Kind.CODE, required=True, choices=income_subjects.LIST),
    Field("amount", "金额", Kind.MONEY, required=True, minimum=0, maximum=MOST_FEN, unit="元"),
    Field("counts", "计入纯收入", Kind.YES_NO),
)


def ask(facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """``gross``, ``net``, ``per_capita``, ``ref``, ``ref_per_capita``, ``not_counted`` as yuan text.

    A line may carry ``counts`` to overrule the subject table. With ``line`` the result also says whether
    the household is below it and which category the figures point to. Raises ValidationFailed.
    """
    known = read(FACTS, facts)
    day = known["on"] or today
    subjects = income_subjects.shipped().on(day)
    lines = [_line(place, row) for place, row in enumerate(known["lines"], start=1)]
    income = add_up(
        lines, known["population"], subjects, known["claim_income"] or 0, known["compliant_oop"] or 0
    )
    return {
        **_amounts(income),
        "not_counted_lines": list(_not_counted(lines, subjects)),
        **_against_line(known, income, day),
        "rule": "R-INC-1, R-INC-2, R-INC-3, R-INC-4, R-INC-5, R-INC-6",
        "parameters": [*_versions(lines, subjects), *_line_stamp(known, day)],
    }


def _line(place: int, row: Mapping[str, Any]) -> Line:
    try:
        known = read(LINE_FACTS, row)
    except ValidationFailed as error:
        problems = [
            Problem(f"lines[{place}].{p.field}", f"第 {place} 行：{p.message}") for p in error.problems
        ]
        raise ValidationFailed(problems) from error
    return Line(known["subject"], known["amount"], known["counts"])


def _amounts(income: Income) -> dict[str, str]:
    amounts = {
        "wage": income.wage,
        "production": income.production,
        "property": income.property_income,
        "transfer": income.transfer,
        "production_cost": income.production_cost,
        "gross": income.gross,
        "net": income.net,
        "per_capita": income.per_capita,
        "ref": income.ref,
        "ref_per_capita": income.ref_per_capita,
        "not_counted": income.not_counted,
    }
    return {name: money.digits(amount) for name, amount in amounts.items()}


def _not_counted(lines: Iterable[Line], subjects: Mapping[str, Subject]) -> Iterable[dict[str, str]]:
    for line in lines:
        subject = subjects[line.subject]
        if not (subject.counts if line.counts is None else line.counts):
            yield {"subject": line.subject, "label": subject.label, "amount": money.digits(line.amount)}


def _against_line(known: Mapping[str, Any], income: Income, day: date) -> dict[str, Any]:
    text = explain(income)
    if known["line"] is None:
        return {"explanation": text}
    line = given_line(known["line"], day)
    found = propose(known["household_type"], income, line, emergency=known["emergency"] is True)
    return {
        "below_line": below(income.net, income.population, line.value),
        "ref_below_line": below(income.ref, income.population, line.value),
        "category": found.category,
        "reasons": [str(reason) for reason in found.judgement.reasons],
        "explanation": text + found.judgement.explanation,
    }


def _line_stamp(known: Mapping[str, Any], day: date) -> list[Mapping[str, Any]]:
    return [] if known["line"] is None else stamped((given_line(known["line"], day),))


def _versions(lines: Iterable[Line], subjects: Mapping[str, Subject]) -> Iterable[dict[str, Any]]:
    """Which version of the subject table decided about each subject used."""
    for code in dict.fromkeys(line.subject for line in lines):
        subject = subjects[code]
        version = subject.counting
        yield {
            "key": f"{income_subjects.LIST}.{code}",
            "title": f"{subject.label}计入纯收入",
            "value": subject.counts,
            "effective_from": version.effective_from if version else None,
            "source": version.source if version else "",
        }
