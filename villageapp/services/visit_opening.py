"""What the visit form opens with: the household, last time's answers in grey, the draft, sensible defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from villageapp.domain.problem import CATEGORY_OF_ANSWER, OPEN_STATES
from villageapp.domain.visit import counts_as_coverage
from villageapp.services import drafts, routes
from villageapp.services.drafts import SavedDraft
from villageapp.services.household_pages import page

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_DAILY = "01"
_ENDED = frozenset({"已完成", "终止"})


@dataclass(frozen=True, slots=True)
class VisitOpening:
    """Everything the form of one household needs, read in one go."""

    household_id: str
    household: dict[str, Any]
    """Clean values of the household's fields."""
    head_name: str
    members: list[dict[str, Any]]
    """Active members, the head first, as on the household page."""
    measures: list[dict[str, Any]]
    """Measures that still run, for the ticks 落实/未落实/变化."""
    previous: dict[str, Any] | None
    """The newest visit that met somebody: its answers stand in grey beside each question."""
    draft: SavedDraft | None
    defaults: dict[str, Any]
    """Clean values to start with: kind, started_at (now, UTC), visitors (the person at this laptop)."""
    cadres: dict[str, str]
    """Names by id, to choose visitors from."""
    open_categories: frozenset[str]
    """Problem categories that already have an open item: another 否 opens none (R-PRB-8)."""
    next_household_id: str | None


def opening(work: Workspace, household_id: str, started_at: datetime | None = None) -> VisitOpening:
    """What the form of a household opens with. Raises NotFound."""
    shown = page(work, household_id)
    started = started_at or work.now()
    met = (visit for visit in shown.visits if counts_as_coverage(visit["result"]))
    questions = set(CATEGORY_OF_ANSWER.values())
    return VisitOpening(
        household_id=household_id,
        household=shown.values,
        head_name=shown.head_name,
        members=[member for member in shown.members if member["active"]],
        measures=[measure for measure in shown.measures if measure["status"] not in _ENDED],
        previous=next(met, None),
        draft=drafts.load(work, "visit", household_id),
        defaults={"kind": _DAILY, "started_at": started, "visitors": (work.identity.user_id,)},
        cadres=shown.cadres,
        open_categories=frozenset(
            item["category"]
            for item in shown.problems
            if item["state"] in OPEN_STATES and item["category"] in questions
        ),
        next_household_id=routes.next_household(work, household_id),
    )
