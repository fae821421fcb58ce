"""Recording a visit: what it opens with, and everything that one save does (domain.md 2.5, R-PRB-8, R-VIS-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.visit import VISIT, counts_as_coverage, next_visit
from villageapp.models.ids import new_id
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Household, Visit
from villageapp.services import clues, drafts, routes, signatures, staged_photos
from villageapp.services.clues import OpenedClue
from villageapp.services.problems import OpenedProblem, open_item, open_of_category, opened
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.signatures import NewSignature, ReadySignature
from villageapp.services.staged_photos import ReadyPhoto, StagedPhoto
from villageapp.services.visit_opening import VisitOpening, opening
from villageapp.services.visit_rules import (
    checked_visit,
    problems_of_answers,
    refuse_unruled_day,
    refuse_wrong_ticks,
    source_of,
    visit_warnings,
)
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = ["VisitOpening", "VisitSaved", "count_visits", "list_visits", "opening", "record_visit"]

_visit, _household = Visit.__table__.c, Household.__table__.c
_summary = HouseholdSummary.__table__.c


@dataclass(frozen=True, slots=True)
class VisitSaved:
    """What a saved visit set going."""

    visit_id: str
    problems: list[OpenedProblem] = field(default_factory=list)
    next_visit_on: date | None = None
    next_household_id: str | None = None
    """The household to offer next: the one after this in its group's list."""
    clue: OpenedClue | None = None
    """The clue of an income that broke away (收入骤减)."""


@dataclass(frozen=True, slots=True)
class _Papers:
    """Photos and signatures, checked and opened before the transaction."""

    photos: Sequence[ReadyPhoto]
    signatures: Sequence[ReadySignature]


def record_visit(
    work: Workspace,
    household_id: str,
    values: Mapping[str, Any],
    *,
    photos: Sequence[StagedPhoto] = (),
    signed: Sequence[NewSignature] = (),
) -> Saved:
    """Save a visit and, in the same transaction, its photos and signatures, the problem items that its 否
    answers open, the clue of a 收入骤减, the household's next visit, and the end of the draft. ``detail`` is a
    VisitSaved.

    ``visitors`` defaults to the person at this laptop. Raises ValidationFailed, NotFound and Trouble (a photo);
    nothing is saved then and the draft stays.
    """
    clean = cleaned(work, household_id, values)
    warnings = visit_warnings(clean, work.now(), work.parameters)
    papers = _Papers(staged_photos.ready(work, photos), signatures.ready(work, signed, clean))
    offered = routes.next_household(work, clean["household_id"])  # before saving: nothing may fail afterwards
    with work.transaction() as session:
        detail = write_visit(work, session, clean, offered)
        _write_papers(work, session, detail.visit_id, clean, papers)
        session.flush()
        changes = capture.touched(session)
    staged_photos.drop(work, photos)
    return Saved((detail.visit_id,), changes, warnings, detail)


def cleaned(work: Workspace, household_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Clean values of a visit at a household. Raises ValidationFailed."""
    given = {**values, "household_id": household_id}
    if not given.get("visitors"):
        given["visitors"] = [work.identity.user_id]
    clean = checked_visit(given)
    refuse_unruled_day(clean, work.parameters)
    return clean


def write_visit(
    work: Workspace, session: Session, clean: dict[str, Any], offered: str | None = None
) -> VisitSaved:
    """Everything one visit sets going, within the caller's transaction. ``clean`` comes from ``cleaned``.

    Raises NotFound and ValidationFailed.
    """
    household = get(session, Household, clean["household_id"])
    refuse_missing(session, VISIT, clean)
    refuse_wrong_ticks(session, household.id, clean.get("measures_checked"))
    visit = Visit(id=new_id())
    following = _plan_next(work, session, household, clean)
    visit.assign(clean)
    session.add(visit)
    problems = _open_problems(work, session, visit, clean)
    clue = clues.from_visit(work, session, visit, clean)
    drafts.forget(session, "visit", household.id)
    return VisitSaved(visit.id, problems, following, offered, clue)


def _write_papers(
    work: Workspace, session: Session, visit_id: str, clean: Mapping[str, Any], papers: _Papers
) -> None:
    """Attachments and signatures of the visit that this transaction makes."""
    visit = get(session, Visit, visit_id)
    signer = clean.get("interviewee") or signatures.FARMER
    for photo in papers.photos:
        attachment = staged_photos.attach(work, session, "visit", visit_id, photo)
        if photo.photo.caption == signatures.PAPER:
            signatures.write_paper(work, session, visit, attachment, signer)
    signatures.write(work, session, visit, papers.signatures)


def _plan_next(work: Workspace, session: Session, household: Household, clean: dict[str, Any]) -> date | None:
    """Plan the next visit on this one: the day given, else R-VIS-1 from a visit that counts.

    The plan of the latest visit holds (``models.summaries``); a visit entered late plans nothing. A day that
    was set by hand on the household is done with once a visit plans.
    """
    planned: date | None = clean.get("next_visit_on")
    visited_on = dates.local_day(clean["started_at"])
    if planned is None and counts_as_coverage(clean["result"]) and not _has_newer(session, household, clean):
        planned = next_visit(
            household.household_type,
            household.monitoring_category,
            household.risk_eliminated,
            visited_on,
            work.parameters,
        )
    if planned is not None:
        clean["next_visit_on"] = planned
        household.assign({"next_visit_on": None})
        return planned
    by_hand: date | None = household.next_visit_on
    return by_hand or _planned_before(session, household)


def _planned_before(session: Session, household: Household) -> date | None:
    return session.scalar(
        select(_visit.next_visit_on)
        .where(
            _visit.household_id == household.id,
            _visit.next_visit_on.is_not(None),
            _visit.deleted.is_(False),
        )
        .order_by(_visit.started_at.desc())
        .limit(1)
    )


def _has_newer(session: Session, household: Household, clean: Mapping[str, Any]) -> bool:
    results = session.scalars(
        select(_visit.result).where(
            _visit.household_id == household.id,
            _visit.started_at > clean["started_at"],
            _visit.deleted.is_(False),
        )
    )
    return any(counts_as_coverage(result) for result in results)


def _open_problems(
    work: Workspace, session: Session, visit: Visit, clean: Mapping[str, Any]
) -> list[OpenedProblem]:
    found = []
    for category, (title, text) in problems_of_answers(clean).items():
        standing_item = open_of_category(session, visit.household_id, category)
        if standing_item is not None:
            found.append(opened(standing_item, existing=True))
            continue
        values = {
            "scope": "户",
            "household_id": visit.household_id,
            "visit_id": visit.id,
            "source": source_of(clean),
            "category": category,
            "title": title,
            "description": text,
            "reported_on": dates.local_day(clean["started_at"]),
            "reporter": clean.get("interviewee"),
        }
        found.append(opened(open_item(work, session, values)))
    return found


_LIST = (
    select(
        Visit.__table__,
        _summary.head_name,
        _summary.group_name.label("household_group"),
        _household.national_hh_no.label("household_no"),
    )
    .join_from(Visit.__table__, Household.__table__, _household.id == _visit.household_id)
    .join(HouseholdSummary.__table__, _summary.household_id == _visit.household_id, isouter=True)
    .where(_visit.deleted.is_(False), _household.deleted.is_(False))
    .order_by(_visit.started_at.desc(), _visit.id.desc())
    .limit(bindparam("most"))
)
_LIST_OF_ONE = _LIST.where(_visit.household_id == bindparam("household"))
_COUNT = select(func.count()).select_from(Visit.__table__).where(_visit.deleted.is_(False))


def list_visits(work: Workspace, household_id: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
    """Visits, the newest first, with head_name, household_group and household_no beside the form's fields."""
    statement = _LIST if household_id is None else _LIST_OF_ONE
    values = {"most": limit} if household_id is None else {"most": limit, "household": household_id}
    with work.reading() as connection:
        return [dict(row) for row in connection.execute(statement, values).mappings()]


def count_visits(work: Workspace) -> int:
    """How many visits this store holds."""
    with work.reading() as connection:
        return connection.execute(_COUNT).scalar_one()
