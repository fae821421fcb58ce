"""A monitoring case as its rules see it: the state, the recorded fields, and what is known around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.parameters import PROVINCE
from villageapp.domain.risk_measures import MeasureTaken
from villageapp.domain.stability import FollowUp


class State(StrEnum):
    """States of domain.md 3.4; codes of CL_CASE_STATE."""

    CLUE = "CLUE"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"
    VILLAGE_REVIEW = "VILLAGE_REVIEW"
    NOTICE = "NOTICE"
    TOWN_REVIEW = "TOWN_REVIEW"
    COUNTY_APPROVAL = "COUNTY_APPROVAL"
    IDENTIFIED = "IDENTIFIED"
    HELPING = "HELPING"
    STABILISING = "STABILISING"
    EXIT_VERIFY = "EXIT_VERIFY"
    EXIT_REVIEW = "EXIT_REVIEW"
    EXIT_NOTICE = "EXIT_NOTICE"
    EXIT_TOWN = "EXIT_TOWN"
    EXIT_COUNTY = "EXIT_COUNTY"
    ELIMINATED = "ELIMINATED"
    CLOSED_NATURAL = "CLOSED_NATURAL"


EXIT_STATES = frozenset(
    {State.EXIT_VERIFY, State.EXIT_REVIEW, State.EXIT_NOTICE, State.EXIT_TOWN, State.EXIT_COUNTY}
)
IDENTIFIED_STATES = EXIT_STATES | {State.IDENTIFIED, State.HELPING, State.STABILISING}
"""The household is a monitored object and its risk stands."""
CLOSED_STATES = frozenset({State.REJECTED, State.ELIMINATED, State.CLOSED_NATURAL})
OPEN_STATES = frozenset(State) - CLOSED_STATES


@dataclass(frozen=True, slots=True)
class Around:
    """What other records say about the household on ``today``; None is unknown and never counts as met."""

    today: date
    household_type: str | None = None
    consent_on: date | None = None
    """Day a consent of kind 2 was signed that has not been withdrawn."""
    measures: tuple[MeasureTaken, ...] = ()
    income_subjects: frozenset[str] = frozenset()
    """Codes of CL_INC with an amount above 0 in the current account."""
    follow_ups: tuple[FollowUp, ...] = ()
    open_problems: int | None = None
    all_insured: bool | None = None
    no_labour_whole: bool | None = None
    household_gone: bool | None = None
    """The whole household died or moved out."""
    region: str = PROVINCE


@dataclass(frozen=True, slots=True)
class Case:
    """A case with clean values under the names of the form MONITORING_CASE."""

    state: State
    values: Mapping[str, Any]
    around: Around

    def get(self, name: str) -> Any:
        """The value of a field, None when it is not recorded."""
        return self.values.get(name)


def require(rule: str, case: Case, *names: str) -> Judgement:
    """Refuses with every one of these fields that is not filled."""
    missing = tuple(name for name in names if case.get(name) in (None, "", ()))
    if not missing:
        return Judgement(rule)
    labels = "、".join(MONITORING_CASE[name].label for name in missing)
    return Judgement(rule, (Reason(rule, f"还缺：{labels}", missing=missing),))


def refuse(rule: str, message: str, *missing: str, earliest: date | None = None) -> Judgement:
    """A refusal with one reason."""
    return Judgement(rule, (Reason(rule, message, earliest, missing),))


def not_in_future(rule: str, case: Case, *names: str) -> Judgement:
    """A step is recorded when it has happened: its date is not after today."""
    late = [name for name in names if isinstance(day := case.get(name), date) and day > case.around.today]
    return Judgement(
        rule,
        tuple(
            Reason(
                rule,
                f"{MONITORING_CASE[name].label} {case.get(name)} 晚于今天 {case.around.today}",
                case.get(name),
            )
            for name in late
        ),
    )


def in_order(rule: str, case: Case, *names: str) -> Judgement:
    """The dates of these fields do not decrease; fields without a date are left to ``require``."""
    known = [(name, case.get(name)) for name in names if case.get(name) is not None]
    reasons = [
        Reason(
            rule,
            f"{MONITORING_CASE[name].label} {day} 早于{MONITORING_CASE[before].label} {earlier}",
            earlier,
            (name,),
        )
        for (before, earlier), (name, day) in pairwise(known)
        if day < earlier
    ]
    return Judgement(rule, tuple(reasons))


def no_gaps(rule: str, case: Case, *names: str) -> Judgement:
    """None of these dates is missing in front of one that is there."""
    filled = [place for place, name in enumerate(names) if case.get(name) is not None]
    missing = tuple(name for name in names[: max(filled, default=0)] if case.get(name) is None)
    reasons = (Reason(rule, f"{MONITORING_CASE[name].label}没有登记", missing=(name,)) for name in missing)
    return Judgement(rule, tuple(reasons))
