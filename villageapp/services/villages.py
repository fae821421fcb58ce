"""The village of this workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.models import ids
from villageapp.models.records import Village
from villageapp.services.households import revise_record
from villageapp.services.references import get
from villageapp.services.results import Saved

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_village = Village.__table__.c


def this_village(work: Workspace) -> dict[str, Any]:
    """Values of the village, with ``id``; empty when the store has none yet."""
    statement = select(Village.__table__).where(_village.id == ids.village_id(work.identity.village_code))
    with work.reading() as connection:
        found = connection.execute(statement).mappings().first()
    return dict(found) if found else {}


def change_village(
    work: Workspace, values: Mapping[str, Any], *, seen: Mapping[str, Any] | None = None
) -> Saved:
    """Change some fields of the village, such as the township's telephone; see ``households.change``."""
    record_id = ids.village_id(work.identity.village_code)
    with work.transaction() as session:
        return revise_record(session, get(session, Village, record_id), values, seen)
