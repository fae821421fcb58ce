"""Monitoring cases: from a clue to the elimination of the risk, every step guarded (domain.md 2.6, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import income, monitoring, monitoring_category
from villageapp.domain import permissions as rights
from villageapp.domain.household import is_monitored
from villageapp.domain.identification import STEPS
from villageapp.domain.judgement import Judgement
from villageapp.domain.monitoring_case import MONITORING_CASE, RISKS, risks_of
from villageapp.domain.monitoring_facts import CLOSED_STATES, IDENTIFIED_STATES, OPEN_STATES, Case, State
from villageapp.domain.monitoring_moves import Move
from villageapp.domain.parameters import UnsetParameter
from villageapp.errors import AlreadyDone, NotAllowed, Problem, Severity, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.records import Household, MonitoringCase
from villageapp.services import case_facts, permissions
from villageapp.services.case_facts import case_of
from villageapp.services.case_pages import (
    CasePage,
    account_figures,
    earliest_exits,
    followed_up,
    list_cases,
    open_duties,
    page,
)
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.services.true_time import require_true_time
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = [
    "CasePage",
    "account_figures",
    "add_case",
    "earliest_exits",
    "fill_in",
    "list_cases",
    "move",
    "open_case",
    "open_case_of",
    "open_duties",
    "page",
    "reopen",
    "take_over",
]

_case = MonitoringCase.__table__.c
_SET_BY_MOVES = frozenset(
    {"state", "identified_on", "identified_ym", "stable_since", "eliminated_ym", "category_proposed"}
)
"""Fields that nobody types: they follow from the moves and from the income account."""
_AFTER_CLOSING = frozenset({"closed_note"})
_JUDGED_ENTERING = frozenset({*STEPS, "verify_result", "category", "votes_for", "votes_total"})
"""What the identification was decided on; a correction afterwards is judged again."""


def open_case(work: Workspace, household_id: str, values: Mapping[str, Any] | None = None) -> Saved:
    """Open a case for a household (at most one open case each). Raises AlreadyDone, ValidationFailed, NotFound."""
    with work.transaction() as session:
        case = add_case(work, session, household_id, values or {})
        changes = capture.touched(session)
    return Saved((case.id,), changes)


def add_case(
    work: Workspace, session: Session, household_id: str, values: Mapping[str, Any]
) -> MonitoringCase:
    """Add a case to a transaction; see ``open_case``. The category that the account points to is stored."""
    permissions.require(work, rights.acts_of_fields(n for n, value in values.items() if value is not None))
    given = {**_typed(values), "household_id": household_id, "state": State.CLUE.value}
    given.setdefault("reported_on", work.today())
    clean = MONITORING_CASE.check(given)
    if clean["reported_on"] > work.today():
        raise ValidationFailed([Problem("reported_on", "申报（发现）日期晚于今天")])
    get(session, Household, clean["household_id"])
    if _open_case(session, clean["household_id"]) is not None:
        raise AlreadyDone(
            "该户已有未结案的监测案卷，没有新建。", remedy="请在原案卷上继续办理。", code="case_open"
        )
    refuse_missing(session, MONITORING_CASE, clean)
    case = MonitoringCase(id=new_id())
    case.assign({**clean, "category_proposed": _proposed(work, session, clean["household_id"])})
    session.add(case)
    return case


def reopen(work: Workspace, case_id: str, values: Mapping[str, Any] | None = None) -> Saved:
    """A new case of a household whose risk came back after its elimination (domain.md 3.4); ``ids`` is the new one.

    Raises NotAllowed unless the old case is 风险已消除, AlreadyDone, ValidationFailed.
    """
    with work.transaction() as session:
        old = get(session, MonitoringCase, case_id)
        day = MONITORING_CASE.check({"reported_on": (values or {}).get("reported_on")}, complete=False)
        case = Case(State(old.state), old.values(), case_facts.nothing_known(work.today()))
        try:
            first = monitoring.reopened(case, case_id, day["reported_on"] or work.today())
        except ValueError as error:
            raise NotAllowed(f"{error}，没有新建。", code="case_not_eliminated") from error
        kept = {name: value for name, value in first.items() if name not in _SET_BY_MOVES}
        made = add_case(work, session, old.household_id, {**(values or {}), **kept})
        changes = capture.touched(session)
    return Saved((made.id,), changes)


def take_over(work: Workspace, household_id: str) -> Saved:
    """The case of a household that the national list names as monitored: it starts in 帮扶中 with the month
    of the list, because its identification happened before this program.

    Raises NotAllowed (the role, the household is not monitored or has no month), AlreadyDone, NotFound.
    """
    permissions.require(work, (rights.Act.CASE_AFTER_NOTICE,))
    with work.transaction() as session:
        household = get(session, Household, household_id)
        if not is_monitored(household.monitoring_category, household.risk_eliminated):
            raise NotAllowed("该户不是风险未消除的监测对象，没有新建案卷。", remedy="新的线索请按线索办理。")
        if not household.identified_ym:
            raise NotAllowed("该户没有识别监测时间，没有新建案卷。", remedy="请先补填识别监测时间。")
        first = {
            "reported_on": date.fromisoformat(f"{household.identified_ym}-01"),
            "category": household.monitoring_category,
            **dict(zip(RISKS, household.risks or (), strict=False)),
        }
        case = add_case(work, session, household.id, first)
        case.assign({"state": State.HELPING.value, "identified_ym": household.identified_ym})
        changes = capture.touched(session)
    return Saved((case.id,), changes)


def open_case_of(session: Session, household_id: str) -> MonitoringCase | None:
    """The case of the household that is not closed, if any."""
    return _open_case(session, household_id)


def _open_case(session: Session, household_id: str) -> MonitoringCase | None:
    session.flush()
    return session.scalars(
        select(MonitoringCase)
        .where(
            _case.household_id == household_id,
            _case.state.in_([state.value for state in OPEN_STATES]),
            _case.deleted.is_(False),
        )
        .order_by(_case.reported_on, _case.id)
        .limit(1)
    ).first()


def _proposed(work: Workspace, session: Session, household_id: str) -> str | None:
    """The category the latest income account points to (R-MON-5); None without account, line or need."""
    seen = case_facts.read(session, household_id)
    summed = case_facts.income_on(seen, work.today())
    if summed is None:
        return None
    region = seen.household["region_code"] or ""
    try:
        line = income.line_of(work.today().year, work.parameters, region)
    except UnsetParameter:
        return None
    return monitoring_category.propose(seen.household["household_type"], summed, line).category


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    computed = [name for name in values if name in _SET_BY_MOVES]
    if computed:
        raise ValidationFailed(
            Problem(n, f"{MONITORING_CASE[n].label}由办理步骤决定，不能填写") for n in computed
        )
    return dict(values)


def fill_in(
    work: Workspace, case_id: str, values: Mapping[str, Any], *, seen: Mapping[str, Any] | None = None
) -> Saved:
    """Fill in fields of the case (papers, dates, figures); the state moves by ``move`` alone.

    What the identification was decided on is judged again when it is corrected later; a closed case takes
    a closing note only. Raises ValidationFailed, NotAllowed (also by role), NotFound.
    """
    with work.transaction() as session:
        case = get(session, MonitoringCase, case_id)
        revision = revise(MONITORING_CASE, case.values(), _typed(values), seen)
        permissions.require(work, rights.acts_of_fields(revision.values))
        _refuse_household(case, revision.values)
        _refuse_closed(case, revision.values)
        refuse_missing(session, MONITORING_CASE, revision.values)
        follows = _judged_again(work, session, case, revision.values)
        capture.mark_unseen(session, case, revision.unseen)
        case.assign({**revision.values, **follows})
        _mark_household(session, case.values())
        changes = capture.touched(session)
    return Saved((case_id,), changes, revision.warnings, tuple(revision.values))


def _refuse_household(case: MonitoringCase, changed: Mapping[str, Any]) -> None:
    if "household_id" in changed:
        raise ValidationFailed([Problem("household_id", "案卷不能改到另一户，请为那一户另建案卷")])


def _refuse_closed(case: MonitoringCase, changed: Mapping[str, Any]) -> None:
    if State(case.state) in CLOSED_STATES and not _AFTER_CLOSING.issuperset(changed):
        raise NotAllowed("案卷已结案，只能填写结案说明。没有保存。", code="case_closed")


def _judged_again(
    work: Workspace, session: Session, case: MonitoringCase, changed: Mapping[str, Any]
) -> dict[str, Any]:
    """What follows from correcting an identification that was approved. Raises NotAllowed."""
    if State(case.state) not in IDENTIFIED_STATES or _JUDGED_ENTERING.isdisjoint(changed):
        return {}
    before = replace(_as_case(work, session, case.values()), state=State.COUNTY_APPROVAL)
    after = replace(before, values={**before.values, **changed})
    old, new = (monitoring.advance(c, Move.APPROVE, work.parameters) for c in (before, after))
    fresh = [reason for reason in new.judgement.reasons if reason not in old.judgement.reasons]
    if fresh:
        told = "；".join(str(reason) for reason in fresh)
        raise NotAllowed(f"已识别案卷的更正不符合规则：{told}。没有保存任何内容。", code="step_refused")
    return {name: value for name, value in new.changes.items() if name != "state"}


def move(work: Workspace, case_id: str, name: str, values: Mapping[str, Any] | None = None) -> Saved:
    """Take a step of the case, filling in ``values`` first. ``detail`` is the new state.

    Raises NotAllowed (the user's role, or every reason with the earliest day), ValidationFailed,
    UnsetParameter; nothing is saved then.
    """
    wanted = _move_named(name)
    if wanted in (Move.ELIMINATE, Move.CLOSE_NATURAL):
        require_true_time(work)
    with work.transaction() as session:
        case = get(session, MonitoringCase, case_id)
        revision = revise(MONITORING_CASE, case.values(), _typed(values or {}))
        permissions.require(work, (*rights.acts_of_move(wanted), *rights.acts_of_fields(revision.values)))
        _refuse_household(case, revision.values)
        refuse_missing(session, MONITORING_CASE, revision.values)
        merged = {**case.values(), **revision.values}
        seen = case_facts.read(session, merged["household_id"])
        judged = monitoring.advance(
            case_of(seen, merged, work.today(), work.parameters), wanted, work.parameters
        )
        if not judged.judgement.allowed:
            told = judged.judgement.refusal()
            if wanted is Move.MARK_STABLE:
                told += f"（{followed_up(work, seen, merged)}）"
            raise NotAllowed(f"这一步还不能办：{told}。没有保存任何内容。", code="step_refused")
        case.assign({**revision.values, **judged.changes})
        _mark_household(session, case.values())
        changes = capture.touched(session)
    return Saved((case_id,), changes, (*revision.warnings, *_warned(judged.judgement)), judged.state.value)


def _move_named(name: str) -> Move:
    try:
        return Move(name)
    except ValueError as error:
        raise ValidationFailed([Problem("move", f"没有“{name[:30]}”这一步")]) from error


def _warned(judgement: Judgement) -> tuple[Problem, ...]:
    return tuple(Problem("", str(reason), Severity.WARNING) for reason in judgement.warnings)


def _as_case(work: Workspace, session: Session, values: Mapping[str, Any]) -> Case:
    seen = case_facts.read(session, values["household_id"])
    return case_of(seen, values, work.today(), work.parameters)


def _mark_household(session: Session, values: Mapping[str, Any]) -> None:
    """The household's category, risk and months are those of its case (domain.md 2.1).

    A case that was never identified leaves the household as it was: it may have been monitored before.
    """
    state = State(values["state"])
    if not values.get("identified_ym"):
        return
    marks = dict(monitoring.household_marks(state, values["category"]))
    if state in IDENTIFIED_STATES:
        risks = tuple(sorted(risks_of(values))) or None
        marks |= {"identified_ym": values["identified_ym"], "eliminated_ym": None, "risks": risks}
    elif state is State.ELIMINATED:
        marks["eliminated_ym"] = values["eliminated_ym"]
    session.get_one(Household, values["household_id"]).assign(marks)
