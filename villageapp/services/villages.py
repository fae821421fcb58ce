"""The village of this workspace."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from villageapp.domain.village import place_of
from villageapp.errors import NotFound
from villageapp.models.records import Village
from villageapp.services.households import revise_record
from villageapp.services.references import get
from villageapp.services.results import Saved

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_village = Village.__table__.c


def this_village(work: Workspace) -> dict[str, Any]:
    """Values of the village, with ``id``; empty when the store has none yet."""
    with work.reading() as connection:
        found = connection.execute(_the_village()).mappings().first()
    return dict(found) if found else {}


def _the_village() -> Select[Any]:
    """The record was named by the code that the village had when the team began; later codes leave it its name."""
    return (
        select(Village.__table__)
        .where(_village.deleted == 0)
        .order_by(_village.created_hlc, _village.id)
        .limit(1)
    )


def change_village(
    work: Workspace, values: Mapping[str, Any], *, seen: Mapping[str, Any] | None = None
) -> Saved:
    """Change some fields of the village, such as the township's telephone; see ``households.change``."""
    record_id = this_village(work).get("id", "")
    with work.transaction() as session:
        return revise_record(session, get(session, Village, record_id), values, seen)


def follow_code(work: Workspace) -> str:
    """The village has another code now (sync/receipts.py): its record says so, too. The sentence for the person.

    Every laptop of the team does the same; equal values are no conflict.
    """
    code, known = work.identity.village_code, this_village(work)
    values = {"code": code}
    with suppress(NotFound):  # a township younger than the list that came with this program
        place = place_of(code)
        values |= {"city": place.city, "county": place.county, "town": place.town}
    if known and any(known[name] != value for name, value in values.items()):
        change_village(work, values)
    return f"本村的区划代码已由省里改为 {code}，本机已照此办理，内容不变。"
