"""The data check-up: every consistency rule over one household, as pure functions (domain.md 3.7)."""

from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.facts import HouseholdFacts, Setting
from villageapp.domain.checkup.finding import LABELS, LEVELS, Finding, Found, Level
from villageapp.domain.checkup.registry import BY_ID, CHECKS, ORDER, examine
from villageapp.domain.checkup.remembered import RememberedParameters, RememberedSubjects

__all__ = [
    "BY_ID",
    "CHECKS",
    "LABELS",
    "LEVELS",
    "ORDER",
    "Check",
    "Finding",
    "Found",
    "HouseholdFacts",
    "Level",
    "RememberedParameters",
    "RememberedSubjects",
    "Setting",
    "examine",
]
