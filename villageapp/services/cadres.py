"""Cadres and helpers of the village, and who is responsible for which household (domain.md 2.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain.cadre import CADRE
from villageapp.models.ids import cadre_id
from villageapp.models.records import Cadre
from villageapp.services.households import change, revise_record
from villageapp.services.references import get
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_cadre = Cadre.__table__.c
_LIST = select(Cadre.__table__).where(_cadre.deleted.is_(False)).order_by(_cadre.role, _cadre.name, _cadre.id)


def list_cadres(work: Workspace) -> list[dict[str, Any]]:
    """All cadres and helpers, by role and name, with ``id`` beside the form's fields."""
    with work.reading() as connection:
        return [dict(row) for row in connection.execute(_LIST).mappings()]


def record_cadre(work: Workspace, values: Mapping[str, Any]) -> Saved:
    """Record a cadre; the same name and phone again changes that cadre. Raises ValidationFailed.

    The id comes from village, name and phone, so that two laptops of the team mean the same person.
    """
    clean = CADRE.check(values)
    record_id = cadre_id(work.identity.village_code, clean["name"], clean.get("phone") or "")
    with work.transaction() as session:
        cadre = session.get(Cadre, record_id)
        if cadre is None:
            cadre = Cadre(id=record_id)
            cadre.assign(clean)
            session.add(cadre)
        else:
            if cadre.deleted:
                capture.restore(session, cadre)
            cadre.assign(revise(CADRE, cadre.values(), clean).values)
        changes = capture.touched(session)
    return Saved((record_id,), changes, tuple(CADRE.warnings(clean)))


def change_cadre(
    work: Workspace, record_id: str, values: Mapping[str, Any], *, seen: Mapping[str, Any] | None = None
) -> Saved:
    """Change some fields of a cadre; see ``households.change``."""
    with work.transaction() as session:
        return revise_record(session, get(session, Cadre, record_id), values, seen)


def assign_duty_person(work: Workspace, household_id: str, cadre: str | None) -> Saved:
    """Make a cadre the household's 结对帮扶责任人, or nobody. Raises NotFound and ValidationFailed."""
    return change(work, household_id, {"duty_person_id": cadre})
