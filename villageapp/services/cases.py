"""Monitoring cases: from a clue to the elimination of the risk, every step guarded (domain.md 2.6, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import monitoring
from villageapp.domain.clue import CLUE, due_verify
from villageapp.domain.judgement import Judgement
from villageapp.domain.monitoring import NextStep
from villageapp.domain.monitoring_case import MONITORING_CASE, risks_of
from villageapp.domain.monitoring_duties import Duty, duties
from villageapp.domain.monitoring_facts import IDENTIFIED_STATES, OPEN_STATES, Case, State
from villageapp.domain.monitoring_moves import Move
from villageapp.errors import AlreadyDone, NotAllowed, Problem, Severity, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Clue, Household, MonitoringCase
from villageapp.services import case_facts
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_case = MonitoringCase.__table__.c
_SET_BY_MOVES = frozenset({"state", "identified_on", "identified_ym", "stable_since", "eliminated_ym"})
"""Fields that nobody types: they follow from the moves."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case, the ways on with what each still needs, and what is due."""

    case: dict[str, Any]
    next_steps: tuple[NextStep, ...]
    duties: tuple[Duty, ...]


def report_clue(work: Workspace, values: Mapping[str, Any]) -> Saved:
    """Record a clue; its house check is due by SELF_REPORT_VERIFY. ``detail`` is that day.

    Raises ValidationFailed, UnsetParameter.
    """
    with work.transaction() as session:
        clue = add_clue(work, session, values)
        changes = capture.touched(session)
    return Saved((clue.id,), changes, (), clue.due_verify)


def add_clue(work: Workspace, session: Session, values: Mapping[str, Any]) -> Clue:
    """Add a clue to a transaction; one that stands open for the household is kept instead of a second."""
    clean = CLUE.check({"reported_on": work.today(), "source": "20", **values})
    refuse_missing(session, CLUE, clean)
    standing = _open_clue(session, clean.get("household_id"))
    if standing is not None:
        return standing
    clue = Clue(id=new_id())
    clue.assign({**clean, "due_verify": due_verify(clean["reported_on"], work.parameters)})
    session.add(clue)
    return clue


def _open_clue(session: Session, household_id: str | None) -> Clue | None:
    columns = Clue.__table__.c
    if household_id is None:
        return None
    return session.scalars(
        select(Clue).where(
            columns.household_id == household_id, columns.decision.is_(None), columns.deleted.is_(False)
        )
    ).first()


def open_case(work: Workspace, household_id: str, values: Mapping[str, Any]) -> Saved:
    """Open a case for a household (at most one open case each). Raises AlreadyDone, ValidationFailed, NotFound."""
    clean = MONITORING_CASE.check(
        {
            **_typed(values),
            "household_id": household_id,
            "state": State.CLUE.value,
            "reported_on": values.get("reported_on") or work.today(),
        }
    )
    with work.transaction() as session:
        get(session, Household, clean["household_id"])
        standing = _open_case(session, clean["household_id"])
        if standing is not None:
            raise AlreadyDone(
                "该户已有未结案的监测案卷,没有新建。", remedy="请在原案卷上继续办理。", code="case_open"
            )
        refuse_missing(session, MONITORING_CASE, clean)
        case = MonitoringCase(id=new_id())
        case.assign(clean)
        session.add(case)
        changes = capture.touched(session)
    return Saved((case.id,), changes)


def _open_case(session: Session, household_id: str) -> MonitoringCase | None:
    return session.scalars(
        select(MonitoringCase).where(
            _case.household_id == household_id,
            _case.state.in_([state.value for state in OPEN_STATES]),
            _case.deleted.is_(False),
        )
    ).first()


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    computed = [name for name in values if name in _SET_BY_MOVES]
    if computed:
        raise ValidationFailed(
            Problem(n, f"{MONITORING_CASE[n].label}由办理步骤决定,不能填写") for n in computed
        )
    return dict(values)


def fill_in(
    work: Workspace, case_id: str, values: Mapping[str, Any], *, seen: Mapping[str, Any] | None = None
) -> Saved:
    """Fill in fields of the case (papers, dates, figures); the state moves by ``move`` alone."""
    with work.transaction() as session:
        case = get(session, MonitoringCase, case_id)
        revision = revise(MONITORING_CASE, case.values(), _typed(values), seen)
        refuse_missing(session, MONITORING_CASE, revision.values)
        capture.mark_unseen(session, case, revision.unseen)
        case.assign(revision.values)
        changes = capture.touched(session)
    return Saved((case_id,), changes, revision.warnings)


def move(work: Workspace, case_id: str, name: str, values: Mapping[str, Any] | None = None) -> Saved:
    """Take a step of the case, filling in ``values`` first. ``detail`` is the new state.

    Raises NotAllowed with every reason and the earliest day, ValidationFailed, UnsetParameter; nothing is
    saved then.
    """
    wanted = _move_named(name)
    with work.transaction() as session:
        case = get(session, MonitoringCase, case_id)
        revision = revise(MONITORING_CASE, case.values(), _typed(values or {}))
        refuse_missing(session, MONITORING_CASE, revision.values)
        merged = {**case.values(), **revision.values}
        judged = monitoring.advance(_as_case(work, session, merged), wanted, work.parameters)
        if not judged.judgement.allowed:
            raise NotAllowed(
                f"这一步还不能办:{judged.judgement.refusal()}。没有保存任何内容。", code="step_refused"
            )
        case.assign({**revision.values, **judged.changes})
        _mark_household(session, case.values())
        changes = capture.touched(session)
    return Saved((case_id,), changes, _warned(judged.judgement), judged.state.value)


def _move_named(name: str) -> Move:
    try:
        return Move(name)
    except ValueError as error:
        raise ValidationFailed([Problem("move", f"没有“{name[:30]}”这一步")]) from error


def _warned(judgement: Judgement) -> tuple[Problem, ...]:
    return tuple(Problem("", str(reason), Severity.WARNING) for reason in judgement.warnings)


def _as_case(work: Workspace, session: Session, values: Mapping[str, Any]) -> Case:
    surroundings = case_facts.read(session, values["household_id"])
    around = case_facts.around(surroundings, values, work.today(), work.parameters)
    return Case(State(values["state"]), values, around)


def _mark_household(session: Session, values: Mapping[str, Any]) -> None:
    """The household's category, risk and months are those of its case (domain.md 2.1)."""
    state = State(values["state"])
    household = session.get_one(Household, values["household_id"])
    if state in IDENTIFIED_STATES:
        household.assign(
            {
                "monitoring_category": values["category"],
                "risk_eliminated": False,
                "identified_ym": values["identified_ym"],
                "eliminated_ym": None,
                "risks": tuple(sorted(risks_of(values))) or None,
            }
        )
    elif state in (State.ELIMINATED, State.CLOSED_NATURAL) and values.get("identified_ym"):
        household.assign({"risk_eliminated": True, "eliminated_ym": values.get("eliminated_ym")})


def page(work: Workspace, case_id: str) -> CasePage:
    """The case with its next steps and what is due."""
    with work.transaction() as session:
        values = get(session, MonitoringCase, case_id).values()
        case = _as_case(work, session, values)
    return CasePage(
        {"id": case_id, **values}, monitoring.next_steps(case, work.parameters), duties(case, work.parameters)
    )


def list_cases(work: Workspace, *, open_only: bool = True) -> list[dict[str, Any]]:
    """Cases by state and day of report, with head_name and household_group."""
    summary = HouseholdSummary.__table__.c
    statement = (
        select(MonitoringCase.__table__, summary.head_name, summary.group_name.label("household_group"))
        .join_from(
            MonitoringCase.__table__,
            HouseholdSummary.__table__,
            summary.household_id == _case.household_id,
            isouter=True,
        )
        .where(_case.deleted.is_(False))
        .order_by(_case.reported_on, _case.id)
    )
    if open_only:
        statement = statement.where(_case.state.in_([state.value for state in OPEN_STATES]))
    with work.reading() as connection:
        return [dict(row) for row in connection.execute(statement).mappings()]
