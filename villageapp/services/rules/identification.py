"""``identification``: the steps that make a household a monitored one (R-MON-1 … R-MON-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from villageapp.domain import identification as steps
from villageapp.domain.fields import Field, Kind
from villageapp.domain.identification import Timeline
from villageapp.domain.judgement import Judgement, stamped, together
from villageapp.domain.parameters import Parameters
from villageapp.services.rules.facts import read

FACTS = (
    *(Field(name, label, Kind.DATE) for name, label in steps.STEPS.items()),
    Field("votes_for", "同意票数", Kind.INTEGER, minimum=0, maximum=1000, unit="票"),
    Field("votes_total", "总票数", Kind.INTEGER, minimum=0, maximum=1000, unit="票"),
    Field("household_type", "户类型", Kind.CODE, choices="CL_HH_TYPE"),
    Field("category", "监测对象类别", Kind.CODE, choices="CL_MON_CAT"),
    Field("today", "今天", Kind.DATE),
)
OTHER_NAMES: Mapping[str, str] = {"verified_on": "verify_on", "identified_on": "county_approved_on"}
"""The same day under its name in the clue, or as the case's identification (domain.md 2.6)."""


def ask(facts: Mapping[str, Any], today: date, parameters: Parameters) -> dict[str, Any]:
    """``allowed``, ``overdue_days`` of the whole identification, ``reasons``, ``due``, ``earliest``.

    Only the facts of the question are judged; a fact given as null is a step that has not been done, one
    left out is not asked about (``not_judged``). Lateness is a warning: the approval is not the village's.
    Raises ValidationFailed and UnsetParameter.
    """
    facts = {**{OTHER_NAMES.get(name, name): value for name, value in facts.items()}, **_own(facts)}
    known = read(FACTS, facts)
    line = Timeline.of(known)
    judged = together("R-MON-1, R-MON-2, R-MON-3, R-MON-4, R-MON-5", _parts(line, facts, known, parameters))
    due = None
    if line.reported_on:
        due = steps.identification_due(line.reported_on, parameters)[1]
    until = line if line.county_approved_on else replace(line, county_approved_on=known["today"])
    return {
        "allowed": judged.allowed,
        "overdue_days": steps.overdue_days(until, due) if due else 0,
        "due": due,
        "earliest": judged.earliest,
        "reasons": [str(reason) for reason in judged.reasons],
        "warnings": [str(warning) for warning in judged.warnings],
        "not_judged": [f.name for f in FACTS if f.name not in facts and f.name != "today"],
        "rule": judged.rule,
        "explanation": judged.refusal() or judged.explanation or "没有给出可以判断的步骤。",
        "parameters": stamped(judged.used),
    }


def _own(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts under the case's own names, which count before the other names."""
    return {name: value for name, value in facts.items() if name not in OTHER_NAMES}


def _parts(
    line: Timeline, facts: Mapping[str, Any], known: Mapping[str, Any], parameters: Parameters
) -> Iterable[Judgement]:
    yield steps.gaps(line, frozenset(facts))
    yield steps.order(line)
    if "consent_on" in facts:
        yield steps.consent(line)
    if "votes_for" in facts or "votes_total" in facts:
        yield steps.vote(line)
    yield steps.notice(line, parameters)
    yield steps.limit(line, parameters)
    if "category" in facts:
        yield steps.category(known["household_type"], known["category"])
