"""A household that breaks a rule and one that nearly does; ways to spoil a household."""

from __future__ import annotations

from dataclasses import dataclass

from tests.unit.domain.checkup.homes import with_
from villageapp.domain.checkup import HouseholdFacts


@dataclass(frozen=True)
class Case:
    """``broken`` is found by ``rule`` with ``words``; ``fine`` is not, though it differs from it in little."""

    rule: str
    broken: HouseholdFacts
    fine: HouseholdFacts
    words: str


def member(facts: HouseholdFacts, key: str, **values: object) -> HouseholdFacts:
    return with_(facts, members={key: values})


def records(facts: HouseholdFacts, **found: object) -> HouseholdFacts:
    return with_(facts, records=found)


def identified(facts: HouseholdFacts, month: str, **values: object) -> HouseholdFacts:
    return with_(facts, identified_ym=month, **values)
