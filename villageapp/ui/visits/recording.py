"""Saving a visit from the form: look it over first, then record it; both on worker threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from villageapp.domain.changes import ChangeSet
from villageapp.domain.fields import parse
from villageapp.domain.visit import VISIT
from villageapp.errors import Problem, ValidationFailed
from villageapp.services import households, routes, visit_rules, visits
from villageapp.services.results import Saved
from villageapp.services.signatures import NewSignature
from villageapp.services.staged_photos import StagedPhoto
from villageapp.services.visits import VisitSaved

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Papers:
    """Photos and signatures that are saved together with the answers."""

    photos: tuple[StagedPhoto, ...] = ()
    signed: tuple[NewSignature, ...] = ()


NO_PAPERS = Papers()
LONGEST_VISIT = timedelta(hours=12)
"""A form saved later than this after the arrival was not saved on leaving."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A saved visit, and the name of the household to go to next."""

    household_id: str
    saved: Saved
    next_name: str
    at: datetime

    @property
    def changes(self) -> ChangeSet:
        """What the save touched; the window announces it."""
        return self.saved.changes

    @property
    def outcome(self) -> VisitSaved:
        """What the visit set going."""
        found = self.saved.detail
        assert isinstance(found, VisitSaved)
        return found


def with_leaving_time(values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Who saves soon after arriving leaves now; for a visit entered later the time stays open."""
    found = dict(values)
    if found.get("ended_at"):
        return found
    try:
        started = parse(VISIT["started_at"], found.get("started_at"))
    except ValueError:  # looking the visit over says so beside the field
        return found
    if started is not None and timedelta() <= now - started < LONGEST_VISIT:
        found["ended_at"] = now
    return found


def look_over(work: Workspace, household_id: str, values: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What is odd about the values. Raises ValidationFailed with everything that is wrong."""
    problems: list[Problem] = []
    if not values.get("visitors"):
        problems.append(Problem("visitors", "走访人：请至少选一人"))
    try:
        clean = visit_rules.checked_visit({**values, "household_id": household_id})
    except ValidationFailed as refused:
        raise ValidationFailed([*problems, *refused.problems]) from refused
    if problems:
        raise ValidationFailed(problems)
    return visit_rules.visit_warnings(clean, work.now(), work.parameters)


def record(
    work: Workspace, household_id: str, values: Mapping[str, Any], papers: Papers = NO_PAPERS
) -> Recorded:
    """Save the visit with its photos and signatures. Raises what ``visits.record_visit`` raises; nothing is saved then.

    The name of the next household is read first, so that nothing can fail once the visit is in the store.
    """
    following = routes.next_household(work, household_id)
    found = households.rows(work, [following]) if following else []
    saved = visits.record_visit(work, household_id, values, photos=papers.photos, signed=papers.signed)
    return Recorded(household_id, saved, found[0].head_name if found else "", work.now())
