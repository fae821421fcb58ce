"""A rule of the data check-up: what it is called, where it comes from, what mends what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from villageapp.domain.checkup.facts import HouseholdFacts, Setting
from villageapp.domain.checkup.finding import Found, Level

Run = Callable[[HouseholdFacts, Setting], Iterable[Found]]
"""May raise UnsetParameter: then the household counts as not checked by this rule."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule. ``id`` is that of the public rule set (1_12_002) or of domain.md (R-MED, D-… for its section 2)."""

    id: str
    source: str
    severity: Level
    title: str
    mend: str
    run: Run
