"""Members of a household: adding one, changing fields; the household's head and head count follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villageapp.domain import id_card
from villageapp.domain.member import HEAD, MEMBER
from villageapp.errors import Problem, Severity, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.records import Household, Member
from villageapp.services import duplicates
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_member, _household = Member.__table__.c, Household.__table__.c


def add_member(work: Workspace, household_id: str, values: Mapping[str, Any]) -> Saved:
    """Add a member; birth date, sex and disability follow from the ID number where not given.

    Raises NotFound and ValidationFailed (also for an ID number that another active member has).
    """
    given = {"id_type": "01", **values, "household_id": household_id}
    clean = MEMBER.check(with_id_card(given))
    twins = _twin_warnings(work, clean)
    with work.transaction() as session:
        household = get(session, Household, clean["household_id"])
        _refuse_twin(session, clean.get("id_no"), "")
        member = Member(id=new_id())
        member.assign(clean)
        _refuse_second_head(session, member)
        session.add(member)
        _settle_household(session, household, member)
        changes = capture.touched(session)
    return Saved((member.id,), changes, (*MEMBER.warnings(clean), *twins))


def change_member(
    work: Workspace, member_id: str, values: Mapping[str, Any], *, seen: Mapping[str, Any] | None = None
) -> Saved:
    """Change some fields of a member; leaving is ``left_on`` and ``left_reason``. See ``households.change``."""
    with work.transaction() as session:
        member = get(session, Member, member_id)
        revision = revise(MEMBER, member.values(), with_id_card(values), seen)
        refuse_missing(session, MEMBER, revision.values)
        if "id_no" in revision.values:
            _refuse_twin(session, revision.values["id_no"], member.id)
        capture.mark_unseen(session, member, revision.unseen)
        member.assign(revision.values)
        _refuse_second_head(session, member)
        _settle_household(session, get(session, Household, member.household_id), member)
        changes = capture.touched(session)
    return Saved((member.id,), changes, revision.warnings, tuple(revision.values))


def with_id_card(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` with what a typed ID number says: 15, 20 and 22 characters become 18, and sex, birth date
    and disability are filled in where they are not given. A wrong number is left for the form to refuse.
    """
    number = values.get("id_no")
    if not isinstance(number, str) or not number.strip() or values.get("id_type", "01") not in ("01", "09"):
        return dict(values)
    found = id_card.read(number)
    if found.problem:
        raise ValidationFailed([Problem("id_no", f"证件号码：{found.problem}")])
    known: dict[str, Any] = {"birth_date": found.birth_date, "sex": found.sex}
    if found.disability_card_no:
        known |= {
            "disability_card_no": found.disability_card_no,
            "disability_category": found.disability_category,
            "disability_level": found.disability_level,
        }
    given = {name: value for name, value in values.items() if value is not None or name not in known}
    return {**known, **given, "id_no": found.id_no}


def _twin_warnings(work: Workspace, clean: Mapping[str, Any]) -> list[Problem]:
    """R-SYNC: somebody who may be registered already is named, never refused for being alike."""
    return [
        Problem(
            "name",
            f"可能已登记：{found.second.name}（{found.second.head_name}家 {found.second.group}），{found.reason}",
            Severity.WARNING,
        )
        for found in duplicates.like(work, clean)[:3]
    ]


def _refuse_twin(session: Session, id_no: str | None, own_id: str) -> None:
    if not id_no:
        return
    twin = session.execute(
        select(_member.name, _household.national_hh_no)
        .join_from(Member, Household, _household.id == _member.household_id)
        .where(
            _member.id_no == id_no,
            _member.id != own_id,
            _member.left_on.is_(None),
            _member.deleted.is_(False),
        )
    ).first()
    if twin is not None:
        place = f"（户编号 {twin.national_hh_no}）" if twin.national_hh_no else ""
        raise ValidationFailed([Problem("id_no", f"证件号码：已登记在{twin.name}名下{place}")])


def _refuse_second_head(session: Session, member: Member) -> None:
    if member.relation != HEAD or member.left_on is not None:
        return
    with session.no_autoflush:
        other = session.scalars(
            select(_member.name).where(
                _member.household_id == member.household_id,
                _member.relation == HEAD,
                _member.id != member.id,
                _member.left_on.is_(None),
                _member.deleted.is_(False),
            )
        ).first()
    if other is not None:
        raise ValidationFailed([Problem("relation", f"与户主关系：这户已有户主 {other}")])


def _settle_household(session: Session, household: Household, member: Member) -> None:
    """registered_population is the number of active members (domain.md 2.1); a new head is the household's."""
    session.flush()
    active = session.scalar(
        select(func.count())
        .select_from(Member)
        .where(_member.household_id == household.id, _member.left_on.is_(None), _member.deleted.is_(False))
    )
    household.assign({"registered_population": active})
    if member.relation == HEAD and member.left_on is None:
        household.assign({"head_member_id": member.id})
