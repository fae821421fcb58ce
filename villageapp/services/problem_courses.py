"""Working on a problem item: its steps with their guards, what is possible next, and the month sheet (domain.md 3.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from villageapp.domain import dates, problem_clock, problem_guards, problem_report
from villageapp.domain import permissions as rights
from villageapp.domain.judgement import Judgement
from villageapp.domain.problem import PROBLEM, Standing
from villageapp.domain.problem_course import FIELD_OF_ACTION, PROBLEM_STEP, item_of, step_of
from villageapp.domain.problem_report import MonthSheet
from villageapp.domain.problem_steps import CLOSED, TRANSITIONS, Action, Item, Step, title
from villageapp.errors import Problem, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.records import ProblemItem, ProblemStep
from villageapp.services import permissions
from villageapp.services.reading import reading_session
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.true_time import require_true_time
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

ITEM_FIELDS = (
    "grade",
    "owner_id",
    "founded",
    "reporter_told_on",
    "household_ack",
    "verifier",
    "co_units",
    "target",
    "listed_supervision",
)
"""Fields of the item that may be filled in with a step."""
MOST_IN_LIST = 500
_step, _item = ProblemStep.__table__.c, ProblemItem.__table__.c


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that is possible in this state, and what it still needs."""

    action: str
    title: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Course:
    """An item with its steps, where it stands and what comes next."""

    item: dict[str, Any]
    steps: list[dict[str, Any]]
    next_steps: list[NextStep]
    due: date | None
    overdue_days: int
    idle_months: tuple[str, ...]
    """Ended months in which nothing was recorded about the open item (R-PRB-9)."""
    extended_to: date | None
    """Day of the last approved extension; the due day goes on counting beside it (R-PRB-3)."""
    standing: Standing
    """The next step with its light and the parameter it was judged by."""


def advance(work: Workspace, problem_id: str, action: str, values: Mapping[str, Any]) -> Saved:
    """Take a step. ``values`` hold fields of PROBLEM_STEP (``on`` defaults to today) and ITEM_FIELDS.

    Raises ValidationFailed (a field), NotAllowed (the role, the course or a guard, with every reason), NotFound,
    UnsetParameter. Nothing is saved then. ``detail`` is the new state.
    """
    given = dict(values)
    about_item = PROBLEM.check({n: given.pop(n) for n in ITEM_FIELDS if n in given}, complete=False)
    clean = PROBLEM_STEP.check({"on": work.today(), **given, "action": action, "problem_id": problem_id})
    acts = rights.acts_of_problem_step(Action(clean["action"]), clean.get("level"), about_item)
    permissions.require(work, acts)
    if Action(clean["action"]) in (Action.CLOSE, Action.DISMISS):
        require_true_time(work)
    with work.transaction() as session:
        found = get(session, ProblemItem, clean["problem_id"])
        refuse_missing(session, PROBLEM, about_item)
        refuse_missing(session, PROBLEM_STEP, {"proof_ids": clean.get("proof_ids")})
        before = _item_with_steps(session, found, about_item)
        after = problem_guards.take(before, step_of(clean), work.today(), work.parameters)
        found.assign({**about_item, **_shown(found, clean, after, work)})
        step = ProblemStep(id=new_id())
        step.assign({**clean, "household_id": found.household_id})
        session.add(step)
        changes = capture.touched(session)
    return Saved((step.id,), changes, (), after.state)


def _item_with_steps(session: Session, found: ProblemItem, about_item: Mapping[str, Any]) -> Item:
    rows = session.scalars(
        select(ProblemStep)
        .where(_step.problem_id == found.id, _step.deleted.is_(False))
        .order_by(_step.on, _step.created_hlc, _step.id)
    )
    return item_of({**found.values(), **about_item}, [row.values() for row in rows], found.id)


def _shown(found: ProblemItem, clean: Mapping[str, Any], after: Item, work: Workspace) -> dict[str, Any]:
    """What lists show of the item after the step."""
    action = Action(clean["action"])
    shown: dict[str, Any] = {"state": after.state}
    if action in FIELD_OF_ACTION:
        day, text = FIELD_OF_ACTION[action]
        shown |= {day: clean["on"], text: clean.get("text")}
    if action in (Action.PLAN, Action.REOPEN):
        shown |= problem_clock.due_days(after, work.parameters).as_values()
    if action is Action.REOPEN:
        shown["returned_due"] = None
    if action is Action.FAIL:
        shown["returned_due"] = clean.get("due")
    if action is Action.ESCALATE:
        shown |= {"escalated_to": clean.get("level"), "escalated_on": clean["on"]}
    if after.state == CLOSED:
        shown["closed_on"] = clean["on"]
    if action in (Action.REOPEN, Action.DISSATISFIED, Action.FAIL):
        shown |= {"solved_on": None, "closed_on": None}
    return shown


def course(work: Workspace, problem_id: str, on: date | None = None) -> Course:
    """The item with its steps, the steps that are possible next and what each needs."""
    day = on or work.today()
    with reading_session(work) as session:
        found = get(session, ProblemItem, problem_id)
        item = _item_with_steps(session, found, {})
        values = {"id": found.id, **found.values()}
    with work.reading() as connection:
        steps = _steps(connection, [problem_id]).get(problem_id, [])
    possible = [a for (state, a) in TRANSITIONS if state == item.state]
    return Course(
        values,
        steps,
        [
            NextStep(a.value, title(a), problem_guards.decide(item, Step(a, day), day, work.parameters))
            for a in possible
        ],
        problem_clock.due_now(item, work.parameters) if item.state != CLOSED else None,
        problem_clock.overdue_days(item, day, work.parameters),
        () if item.state == CLOSED else problem_clock.months_without_progress(item, day),
        problem_clock.extended_to(item),
        problem_clock.standing_of(item, day, work.parameters),
    )


def month_sheet(work: Workspace, month: date) -> MonthSheet:
    """The figures of the month in which ``month`` lies (R-PRB-7)."""
    columns = [_item.id, *(_item[f.name] for f in PROBLEM.fields)]
    with work.reading() as connection:
        rows = connection.execute(select(*columns).where(_item.deleted.is_(False))).mappings().all()
        steps = _steps(connection, [row["id"] for row in rows])
    items = [item_of(dict(row), steps.get(row["id"], []), row["id"]) for row in rows]
    return problem_report.month_sheet(items, month, work.today(), work.parameters)


def _steps(connection: Connection, problem_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    columns = [_step.id, *(_step[f.name] for f in PROBLEM_STEP.fields)]
    found: dict[str, list[dict[str, Any]]] = {}
    wanted = (
        _step.problem_id.in_(problem_ids) if len(problem_ids) <= MOST_IN_LIST else _step.deleted.is_(False)
    )
    statement = select(*columns).where(_step.deleted.is_(False), wanted)
    for row in connection.execute(statement.order_by(_step.on, _step.created_hlc, _step.id)).mappings():
        found.setdefault(row["problem_id"], []).append(dict(row))
    return found


def month_of(text: str) -> date:
    """The first day of a month written like 2023-02. Raises ValidationFailed."""
    try:
        month = dates.parse_month(text)
    except ValueError as error:
        raise ValidationFailed([Problem("month", f"月份：{error}")]) from error
    if month is None:
        raise ValidationFailed([Problem("month", "请写明月份，如 2023-02")])
    return date.fromisoformat(f"{month}-01")
