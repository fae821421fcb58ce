"""What the visit form needs, read on a worker thread in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from villageapp.domain.policy_match import Match
from villageapp.services import cadres, policies, visits
from villageapp.services.visits import VisitOpening
from villageapp.ui.widgets.field_inputs import Choice

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FormStart:
    """One household's form before anything is typed."""

    opening: VisitOpening
    visitors: tuple[Choice, ...]
    """Cadres to choose from: the person at this laptop first."""
    today: date
    matches: tuple[Match, ...] = ()
    """Policies that fit this household and are not used yet."""


def read_start(work: Workspace, household_id: str) -> FormStart:
    """Everything the form of a household opens with. Raises NotFound."""
    opening = visits.opening(work, household_id)
    me = work.identity.user_id
    known = sorted(cadres.list_cadres(work), key=lambda cadre: cadre["id"] != me)
    choices = tuple((cadre["id"], cadre["name"] or "") for cadre in known)
    return FormStart(opening, choices, work.today(), tuple(policies.match_household(work, household_id)))
