"""Households and their members: the list, one household's page, finding one, changing fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, func, or_, select
from sqlalchemy.orm import Session

from villageapp.domain.fields import tidy
from villageapp.domain.household import HOUSEHOLD
from villageapp.errors import AppError, NotFound, Problem, ValidationFailed
from villageapp.models import ids
from villageapp.models.base import Synced
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Household, Member, Village
from villageapp.services.household_lists import (
    EVERY_HOUSEHOLD,
    PAGE,
    HouseholdFilter,
    HouseholdRow,
    groups,
    list_ids,
    next_in_group,
    rows,
)
from villageapp.services.household_pages import HouseholdPage, TimelineEntry, page, visit_text
from villageapp.services.members import add_member, change_member
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = [
    "EVERY_HOUSEHOLD",
    "PAGE",
    "HouseholdFilter",
    "HouseholdPage",
    "HouseholdRow",
    "TimelineEntry",
    "add_household",
    "add_member",
    "change",
    "change_member",
    "count",
    "find_one",
    "groups",
    "list_ids",
    "next_in_group",
    "page",
    "rows",
    "visit_text",
]

_household, _member = Household.__table__.c, Member.__table__.c
_summary = HouseholdSummary.__table__.c
_SHOWN_CHOICES = 5
_CHOICES = (
    select(_household.id, _household.national_hh_no, _summary.head_name, _summary.group_name)
    .join_from(
        Household.__table__, HouseholdSummary.__table__, _summary.household_id == _household.id, isouter=True
    )
    .where(_household.deleted.is_(False))
    .order_by(_summary.group_name, _household.id)
    .limit(_SHOWN_CHOICES + 1)
)
_BY_KEY = _CHOICES.where(
    or_(_household.id == bindparam("lower"), _household.national_hh_no == bindparam("text"))
)
_BY_HEAD = _CHOICES.where(_summary.head_name == bindparam("text"))
_COUNTS = {
    "households": select(func.count()).select_from(Household.__table__).where(_household.deleted.is_(False)),
    "members": select(func.count()).select_from(Member.__table__).where(_member.deleted.is_(False)),
}


def find_one(work: Workspace, text: str) -> str:
    """The id of the household with that id, household number or head's name.

    Raises NotFound, and AppError (code ``ambiguous``) naming the choices when several fit.
    """
    wanted = tidy(text)[:100]
    with work.reading() as connection:
        for statement in (_BY_KEY, _BY_HEAD):
            found = _choices(connection, statement, wanted)
            if len(found) == 1:
                return str(found[0].id)
            if found:
                raise _ambiguous(wanted, found)
    raise NotFound(
        f"没有找到农户“{wanted}”。", remedy="请用户编号、户主姓名或内部编号，或先用 villageapp find 查找。"
    )


def _choices(connection: Connection, statement: Any, wanted: str) -> Sequence[Any]:
    return connection.execute(statement, {"text": wanted, "lower": wanted.lower()}).all()


def _ambiguous(wanted: str, found: Sequence[Any]) -> AppError:
    shown = "、".join(
        f"{row.head_name or '(无户主)'}（{row.group_name or '未分组'}，{row.national_hh_no or row.id}）"
        for row in found[:_SHOWN_CHOICES]
    )
    more = " 等" if len(found) > _SHOWN_CHOICES else ""
    return AppError(
        f"“{wanted}”对应多户：{shown}{more}。", remedy="请改用户编号或内部编号。", code="ambiguous"
    )


def add_household(work: Workspace, values: Mapping[str, Any]) -> Saved:
    """Record a household by hand; place, status and category default to this village, 在册, 非监测对象.

    Its id comes from the household number when there is one, so that a later import means the same
    household. Raises ValidationFailed, also when that number is taken.
    """
    with work.transaction() as session:
        clean = HOUSEHOLD.check({**_place(session), "status": "在册", "monitoring_category": "0", **values})
        refuse_missing(session, HOUSEHOLD, clean)
        number = clean.get("national_hh_no")
        _refuse_twin(session, number)
        household = Household(id=ids.household_id(number) if number else ids.new_id())
        household.assign(clean)
        session.add(household)
        changes = capture.touched(session)
    return Saved((household.id,), changes, tuple(HOUSEHOLD.warnings(clean)))


def _place(session: Session) -> dict[str, Any]:
    village = session.scalars(select(Village).where(Village.deleted.is_(False))).first()
    if village is None:
        return {}
    found = village.values()
    names = ("county", "town")
    return {"region_code": found["code"], "village": found["name"], **{name: found[name] for name in names}}


def _refuse_twin(session: Session, number: str | None) -> None:
    if number and session.scalar(select(func.count()).where(_household.national_hh_no == number)):
        raise ValidationFailed(
            [Problem("national_hh_no", f"{HOUSEHOLD['national_hh_no'].label}：{number} 已登记")]
        )


def change(
    work: Workspace, household_id: str, values: Mapping[str, Any], *, seen: Mapping[str, Any] | None = None
) -> Saved:
    """Change some fields of a household.

    ``seen`` holds the values that the person saw; a field that was changed meanwhile keeps both values and
    warns. ``detail`` is the tuple of names that changed. Raises NotFound and ValidationFailed.
    """
    with work.transaction() as session:
        found = get(session, Household, household_id)
        return revise_record(session, found, values, seen)


def revise_record(
    session: Session, record: Synced, values: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> Saved:
    """Apply a checked change of some fields to a record within a transaction."""
    revision = revise(record.form, record.values(), values, seen)
    refuse_missing(session, record.form, revision.values)
    capture.mark_unseen(session, record, revision.unseen)
    record.assign(revision.values)
    changes = capture.touched(session)
    return Saved((record.id,), changes, revision.warnings, tuple(revision.values))


def count(work: Workspace) -> dict[str, int]:
    """How many households and members this store holds, left and removed ones included."""
    with work.reading() as connection:
        return {name: connection.execute(statement).scalar_one() for name, statement in _COUNTS.items()}


def label(name: str) -> str:
    """The Chinese label of a household field. Raises NotFound for a name that no field has."""
    field = HOUSEHOLD.by_name.get(name)
    if field is None:
        raise NotFound(f"农户没有“{name[:40]}”这个字段。", code="unknown_field")
    return field.label
