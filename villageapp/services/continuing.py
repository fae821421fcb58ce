"""Which measures of a household go on when its risk is gone (domain.md 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from villageapp.domain.codes import code_list
from villageapp.domain.continuing import AT_WORK, Continuation, Ends, continuation
from villageapp.models.records import Loan, Measure, Member, PublicPost

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_measure, _member = Measure.__table__.c, Member.__table__.c
_loan, _post = Loan.__table__.c, PublicPost.__table__.c


@dataclass(frozen=True, slots=True)
class Continuing:
    """One measure with what was found of it."""

    measure_id: str
    text: str
    """Item and person, in Chinese."""
    found: Continuation


def of_household(work: Workspace, session: Session, household_id: str, day: date) -> tuple[Continuing, ...]:
    """The measures that run and go on, or about which a fact is missing. Raises UnsetParameter."""
    return tuple(
        Continuing(row["id"], _text(row), found)
        for row in session.execute(_running(household_id)).mappings()
        if (found := of_row(work, dict(row), day)).goes_on is not False
    )


def of_row(work: Workspace, row: dict[str, Any], day: date) -> Continuation:
    """Of one measure with ``contract_on`` and ``student_status`` beside its fields. Raises UnsetParameter."""
    ends = Ends(row["contract_on"], row["student_status"])
    return continuation(row["item"], row["status"], ends, day, work.parameters)


def contract_on() -> ColumnElement[date | None]:
    """A column for a select over measures: the day on which the last contract or agreement of each ends."""
    loans = select(func.max(_loan.due_on)).where(_loan.measure_id == _measure.id, _loan.deleted.is_(False))
    posts = select(func.max(_post.agreement_end)).where(
        _post.measure_id == _measure.id, _post.deleted.is_(False)
    )
    return func.coalesce(loans.scalar_subquery(), posts.scalar_subquery())


def _running(household_id: str) -> Any:
    return (
        select(
            _measure.id,
            _measure.item,
            _measure.status,
            _member.name,
            _member.student_status,
            contract_on().label("contract_on"),
        )
        .join(Member.__table__, _member.id == _measure.member_id, isouter=True)
        .where(
            _measure.household_id == household_id,
            _measure.deleted.is_(False),
            _measure.status.in_(sorted(AT_WORK)),
        )
        .order_by(_measure.item, _member.name, _measure.id)
    )


def _text(row: Any) -> str:
    item = code_list("CL_MEASURE_ITEM").label(row["item"])
    return f"{item}（{row['name']}）" if row["name"] else item
