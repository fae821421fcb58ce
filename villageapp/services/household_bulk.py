"""The same change to many households, all or none, as one step that can be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from villageapp.models.records import Household
from villageapp.services.households import revise_record
from villageapp.services.references import get
from villageapp.services.results import Saved
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


def change_many(work: Workspace, household_ids: Sequence[str], values: Mapping[str, Any]) -> Saved:
    """Change the same fields of all of them. Raises NotFound and ValidationFailed; then none is changed."""
    with work.transaction() as session:
        for household_id in household_ids:
            revise_record(session, get(session, Household, household_id), values, None)
        changes = capture.touched(session)
    return Saved(tuple(household_ids), changes)
