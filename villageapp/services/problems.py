"""The problem ledger with its 135/710 dates (domain.md 2.7, 3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.problem import OPEN_STATES, PROBLEM, Light, Standing, deadlines, solve_due, standing
from villageapp.errors import Problem, Severity, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Household, ProblemItem
from villageapp.services.references import refuse_missing
from villageapp.services.results import Saved
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_problem, _household = ProblemItem.__table__.c, Household.__table__.c
_summary = HouseholdSummary.__table__.c
_COMPUTED = ("due_verify", "due_opinion", "due_plan", "due_solve", "ledger_no", "state")
"""Fields that nobody types."""


@dataclass(frozen=True, slots=True)
class OpenedProblem:
    """A problem item as the person who reported it sees it at once."""

    problem_id: str
    category: str
    title: str
    due_verify: date | None
    due_opinion: date | None
    due_plan: date | None
    due_solve: date | None
    existing: bool = False
    """An open item of that household and category was there already; none was added (R-PRB-8)."""


def add_problem(work: Workspace, values: Mapping[str, Any]) -> Saved:
    """Open a problem item; ledger number and due days are computed. ``detail`` is its OpenedProblem.

    ``values`` uses the form's names; reported_on defaults to today, scope to 户 when a household is given,
    source to 干部走访排查. Raises ValidationFailed.
    """
    clean = _checked(work, values)
    with work.transaction() as session:
        refuse_missing(session, PROBLEM, clean)
        warnings = _twin_warning(session, clean)
        item = open_item(work, session, clean)
        session.flush()
        changes = capture.touched(session)
    return Saved((item.id,), changes, warnings, opened(item))


def _checked(work: Workspace, values: Mapping[str, Any]) -> dict[str, Any]:
    computed = [name for name in _COMPUTED if values.get(name) is not None]
    if computed:
        raise ValidationFailed(
            Problem(name, f"{PROBLEM[name].label}由系统计算，不能填写") for name in computed
        )
    given = {name: value for name, value in values.items() if value is not None}
    defaults: dict[str, Any] = {"reported_on": work.today(), "source": "20", "household_id": None}
    if given.get("household_id"):
        defaults["scope"] = "户"
    if given.get("title") and not given.get("description"):
        defaults["description"] = given["title"]
    clean = PROBLEM.check({**defaults, **given, "state": "REPORTED"})
    if clean["reported_on"] > work.today():
        raise ValidationFailed([Problem("reported_on", "发现（反映）日期晚于今天")])
    return clean


def open_item(work: Workspace, session: Session, values: Mapping[str, Any]) -> ProblemItem:
    """Add an item with its ledger number and due days to a transaction. ``values`` are clean."""
    due = deadlines(values["reported_on"], values.get("grade"), work.parameters)
    item = ProblemItem(id=new_id())
    item.assign({**values, **due.as_values(), "state": "REPORTED"})
    item.ledger_no = _next_ledger_no(work, session, values["reported_on"].year)
    session.add(item)
    return item


def opened(item: ProblemItem, *, existing: bool = False) -> OpenedProblem:
    """What is told about an item right after it was opened (or found open)."""
    return OpenedProblem(
        item.id,
        item.category,
        item.title,
        item.due_verify,
        item.due_opinion,
        item.due_plan,
        item.due_solve,
        existing,
    )


def open_of_category(session: Session, household_id: str, category: str) -> ProblemItem | None:
    """The oldest open item of that household and category, if any (R-PRB-8)."""
    statement = (
        select(ProblemItem)
        .where(
            _problem.household_id == household_id,
            _problem.category == category,
            _problem.state.in_(OPEN_STATES),
            _problem.deleted.is_(False),
        )
        .order_by(_problem.reported_on, _problem.id)
        .limit(1)
    )
    return session.scalars(statement).first()


def _twin_warning(session: Session, clean: Mapping[str, Any]) -> tuple[Problem, ...]:
    household = clean.get("household_id")
    twin = open_of_category(session, household, clean["category"]) if household else None
    if twin is None:
        return ()
    return (Problem("category", f"该户已有同类未销号问题 {twin.ledger_no or twin.title}", Severity.WARNING),)


def _next_ledger_no(work: Workspace, session: Session, year: int) -> str:
    """Village code, year, running number; four characters of the laptop keep two offline laptops apart.

    Numbers are never used again (R-LEDGER): deleted items count.
    """
    mark = work.identity.replica_id.replace("-", "")[-4:].upper()
    prefix = f"{work.identity.village_code}-{year}-{mark}"
    session.flush()
    last = session.scalar(select(func.max(_problem.ledger_no)).where(_problem.ledger_no.like(f"{prefix}%")))
    return f"{prefix}{int(last[len(prefix) :]) + 1 if last else 1:04d}"


_LIST = (
    select(
        ProblemItem.__table__,
        _summary.head_name,
        _summary.group_name.label("household_group"),
        _household.national_hh_no.label("household_no"),
    )
    .join_from(
        ProblemItem.__table__, Household.__table__, _household.id == _problem.household_id, isouter=True
    )
    .join(HouseholdSummary.__table__, _summary.household_id == _problem.household_id, isouter=True)
    .where(_problem.deleted.is_(False))
    .order_by(_problem.due_solve, _problem.reported_on, _problem.id)
)
_LIST_OPEN = _LIST.where(_problem.state.in_(bindparam("states", list(OPEN_STATES), expanding=True)))


def list_problems(
    work: Workspace, *, overdue: bool = False, on: date | None = None, open_only: bool = True
) -> list[dict[str, Any]]:
    """Problem items by due day, each with where it stands ``on`` that day (default today).

    A row has the form's fields, id, head_name, household_group, household_no, ``standing`` (Standing) and
    ``overdue_days`` (days past the day of solving, R-PRB-3). ``overdue`` keeps those with any step overdue.
    """
    day = on or work.today()
    with work.reading() as connection:
        found = connection.execute(_LIST_OPEN if open_only else _LIST).mappings().all()
    rows = [_with_standing(work, dict(row), day) for row in found]
    return list(filter(is_overdue, rows)) if overdue else rows


def is_overdue(row: Mapping[str, Any]) -> bool:
    """Whether any step of a row of ``list_problems`` is overdue."""
    return row["standing"].light is Light.RED or row["overdue_days"] > 0


def _with_standing(work: Workspace, row: dict[str, Any], day: date) -> dict[str, Any]:
    where: Standing = standing(row, day, work.parameters)
    row["standing"] = where
    row["overdue_days"] = overdue_days(row, day)
    return row


def overdue_days(values: Mapping[str, Any], day: date) -> int:
    """Days past the day of solving, counted until it was solved; extensions do not reset it (R-PRB-3)."""
    due = solve_due(values)
    return 0 if due is None else dates.overdue_days(due, min(day, values.get("solved_on") or day))
