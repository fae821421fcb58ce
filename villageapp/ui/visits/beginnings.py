"""Where a visit can begin besides the list: unfinished forms, and what was recorded lately on this laptop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from villageapp.services import drafts, households, routes, visits
from villageapp.services.routes import Route
from villageapp.ui.visits.draft_keeper import FORM

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

RECENT = 10
"""Most visits shown."""
_LOOKED_AT = 200
_SHOWN_DRAFTS = households.PAGE


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A visit form that waits to be finished."""

    household_id: str
    head_name: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Beginnings:
    """What the start page shows beside the list."""

    unfinished: tuple[Unfinished, ...]
    recent: tuple[Mapping[str, Any], ...]
    """Rows of ``visits.list_visits`` recorded by the person at this laptop, the newest first."""
    groups: tuple[str, ...]
    has_households: bool
    route: Route | None = None
    """Today's, else the next planned one."""


def read_beginnings(work: Workspace) -> Beginnings:
    """Read all of it; drafts about households that are gone are left out."""
    kept = [draft for draft in drafts.all_drafts(work) if draft.form == FORM][:_SHOWN_DRAFTS]
    names = {row.id: row.head_name for row in households.rows(work, [draft.subject for draft in kept])}
    me = work.identity.user_id
    mine = [row for row in visits.list_visits(work, limit=_LOOKED_AT) if row["created_by"] == me]
    return Beginnings(
        tuple(Unfinished(d.subject, names[d.subject], d.saved_at) for d in kept if d.subject in names),
        tuple(mine[:RECENT]),
        tuple(households.groups(work)),
        households.count(work)["households"] > 0,
        routes.upcoming(work),
    )
