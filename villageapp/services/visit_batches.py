"""Paper forms typed in the evening: many visits looked over and saved at once, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain import dates
from villageapp.domain.visit import VISIT
from villageapp.errors import AppError, NotFound, Problem, Severity, ValidationFailed
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Household
from villageapp.services import routes
from villageapp.services.reading import reading_session
from villageapp.services.references import get, missing
from villageapp.services.results import Saved
from villageapp.services.visit_rules import visit_warnings
from villageapp.services.visits import VisitSaved, cleaned, write_visit
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

MOST_ROWS = 300
"""Visits saved at once."""
Rows = Mapping[str, Mapping[str, Any]]
"""Raw values of one visit by household id."""
_summary = HouseholdSummary.__table__.c


@dataclass(frozen=True, slots=True)
class RowFinding:
    """What is wrong and what is odd about one row."""

    household_id: str
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchSaved:
    """What the saved rows set going, by household id."""

    visits: Mapping[str, VisitSaved] = field(default_factory=dict)

    @property
    def opened(self) -> int:
        """Problem items that did not exist before."""
        return sum(not problem.existing for one in self.visits.values() for problem in one.problems)


def look_over(work: Workspace, rows: Rows) -> list[RowFinding]:
    """Judge every row as saving would, in the order given, without writing anything."""
    return [_judged(work, household_id, values) for household_id, values in rows.items()]


def _judged(work: Workspace, household_id: str, values: Mapping[str, Any]) -> RowFinding:
    try:
        clean = cleaned(work, household_id, values)
        with reading_session(work) as session:
            get(session, Household, household_id)
            errors = tuple(missing(session, VISIT, clean))
    except ValidationFailed as refused:
        return RowFinding(household_id, refused.problems)
    except NotFound as gone:
        return RowFinding(household_id, (Problem("", gone.message),))
    warnings = [*visit_warnings(clean, work.now(), work.parameters), *_again(work, household_id, clean)]
    return RowFinding(household_id, errors, tuple(warnings))


def _again(work: Workspace, household_id: str, clean: Mapping[str, Any]) -> list[Problem]:
    """The same paper typed twice would count twice."""
    day = dates.local_day(clean["started_at"])
    if household_id not in routes.visited_on(work, day, [household_id]):
        return []
    return [Problem("started_at", f"{day.isoformat()} 已有这一户的走访记录", Severity.WARNING)]


def record_all(work: Workspace, rows: Rows) -> Saved:
    """Save all rows as visits in one transaction, each with what ``visits.record_visit`` sets going.

    ``detail`` is a BatchSaved. Raises ValidationFailed naming the household of every row that is refused, and
    NotFound; nothing is saved then.
    """
    if not 0 < len(rows) <= MOST_ROWS:
        raise ValidationFailed(
            [], f"一次可以保存 1 至 {MOST_ROWS} 户的走访，现在是 {len(rows)} 户。没有保存。"
        )
    cleans, warnings = _cleaned(work, rows)
    with work.transaction() as session:
        visits = {household_id: write_visit(work, session, clean) for household_id, clean in cleans.items()}
        session.flush()
        changes = capture.touched(session)
    ids = tuple(one.visit_id for one in visits.values())
    return Saved(ids, changes, tuple(warnings), BatchSaved(visits))


def _cleaned(work: Workspace, rows: Rows) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    cleans, refused, warnings = {}, list[Problem](), list[Problem]()
    for household_id, values in rows.items():
        try:
            cleans[household_id] = clean = cleaned(work, household_id, values)
            warnings += visit_warnings(clean, work.now(), work.parameters)
        except ValidationFailed as error:
            refused += _named(work, household_id, error)
    if refused:
        raise ValidationFailed(refused)
    return cleans, warnings


def _named(work: Workspace, household_id: str, error: AppError) -> list[Problem]:
    """The problems of a row with the name of its household."""
    statement = select(_summary.head_name).where(_summary.household_id == household_id)
    with work.reading() as connection:
        name = connection.scalar(statement) or household_id
    problems = error.problems if isinstance(error, ValidationFailed) else (Problem("", error.message),)
    return [Problem(problem.field, f"{name}：{problem.message}") for problem in problems]
