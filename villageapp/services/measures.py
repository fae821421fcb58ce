"""Assistance measures (domain.md 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from villageapp.domain.measure import MEASURE
from villageapp.errors import Problem, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Cadre, Household, Measure, Member
from villageapp.services.continuing import contract_on
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_measure, _household = Measure.__table__.c, Household.__table__.c
_summary, _member, _cadre = HouseholdSummary.__table__.c, Member.__table__.c, Cadre.__table__.c


def record_measure(work: Workspace, household_id: str, values: Mapping[str, Any]) -> Saved:
    """Record a measure of a household. The group follows from the item, the year from its dates or today.

    Raises NotFound and ValidationFailed.
    """
    clean = MEASURE.check(_with_defaults(work, household_id, values))
    with work.transaction() as session:
        get(session, Household, clean["household_id"])
        refuse_missing(session, MEASURE, clean)
        _refuse_stranger(session, clean["household_id"], clean.get("member_id"))
        measure = Measure(id=new_id())
        measure.assign(clean)
        session.add(measure)
        changes = capture.touched(session)
    return Saved((measure.id,), changes, tuple(MEASURE.warnings(clean)))


def _with_defaults(work: Workspace, household_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    given = {"member_id": None, **values, "household_id": household_id}
    partial = MEASURE.check(
        {name: given.get(name) for name in ("item", "group", "start_on", "planned_on")}, complete=False
    )
    if partial["item"] and not partial["group"]:
        given["group"] = partial["item"][:3]
    if given.get("year") in (None, ""):
        given["year"] = (partial["start_on"] or partial["planned_on"] or work.today()).year
    return given


def change_measure(
    work: Workspace, measure_id: str, values: Mapping[str, Any], *, seen: Mapping[str, Any] | None = None
) -> Saved:
    """Change some fields of a measure; see ``households.change``."""
    with work.transaction() as session:
        measure = get(session, Measure, measure_id)
        revision = revise(MEASURE, measure.values(), values, seen)
        refuse_missing(session, MEASURE, revision.values)
        merged = {**measure.values(), **revision.values}
        _refuse_stranger(session, merged["household_id"], merged["member_id"])
        capture.mark_unseen(session, measure, revision.unseen)
        measure.assign(revision.values)
        changes = capture.touched(session)
    return Saved((measure.id,), changes, revision.warnings, tuple(revision.values))


def _refuse_stranger(session: Session, household_id: str, member_id: str | None) -> None:
    if member_id is not None and get(session, Member, member_id).household_id != household_id:
        raise ValidationFailed([Problem("member_id", f"{MEASURE['member_id'].label}：不是这一户的成员")])


_LIST = (
    select(
        Measure.__table__,
        _summary.head_name,
        _summary.group_name.label("household_group"),
        _household.national_hh_no.label("household_no"),
        _member.name.label("member_name"),
        _member.student_status,
        contract_on().label("contract_on"),
        _cadre.name.label("responsible_name"),
    )
    .join_from(Measure.__table__, Household.__table__, _household.id == _measure.household_id)
    .join(HouseholdSummary.__table__, _summary.household_id == _measure.household_id, isouter=True)
    .join(Member.__table__, _member.id == _measure.member_id, isouter=True)
    .join(Cadre.__table__, _cadre.id == _measure.responsible_id, isouter=True)
    .where(_measure.deleted.is_(False), _household.deleted.is_(False))
    .order_by(_measure.year.desc(), _summary.group_name, _summary.head_key, _measure.group, _measure.id)
)
_LIST_OF_ONE = _LIST.where(_measure.household_id == bindparam("household"))
_COUNT = select(func.count()).select_from(Measure.__table__).where(_measure.deleted.is_(False))


def list_measures(work: Workspace, household_id: str | None = None) -> list[dict[str, Any]]:
    """Measures, the newest year first, with head_name, household_group, household_no, member_name,
    responsible_name, student_status of the member and contract_on (``continuing``) beside the form's fields.
    """
    values = {} if household_id is None else {"household": household_id}
    with work.reading() as connection:
        statement = _LIST if household_id is None else _LIST_OF_ONE
        return [dict(row) for row in connection.execute(statement, values).mappings()]


def count_measures(work: Workspace) -> int:
    """How many measures this store holds."""
    with work.reading() as connection:
        return connection.execute(_COUNT).scalar_one()
