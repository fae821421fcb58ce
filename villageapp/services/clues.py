"""Clues that a household may fall back: reported, found on a visit or in an account, checked, decided (domain.md 2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.clue import CLUE, NOT_TAKEN, TRUE, due_verify
from villageapp.domain.monitoring_case import RISKS
from villageapp.errors import AlreadyDone, NotAllowed, Problem, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Clue, Visit
from villageapp.services import cases
from villageapp.services.reading import reading_session
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.visit_rules import source_of
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

TAKEN_UP = "纳入程序"
FOUND_BY_CADRES = "20"
"""CL_SOURCE 干部走访排查: the default."""
BROKE_AWAY = "骤减"
"""CL_TREND: the income of the household broke away."""
RISK_OF_EXPENSE: Mapping[str, str] = {"医疗": "01", "教育": "02", "灾害": "04", "事故": "05"}
"""CL_RISK that a large expense (CL_EXPENSE) of a visit points to."""
_COMPUTED = ("due_verify", "decision", "verified_on", "verify_result", "decision_reason", "decision_told_on")
_clue, _summary = Clue.__table__.c, HouseholdSummary.__table__.c


@dataclass(frozen=True, slots=True)
class OpenedClue:
    """A clue as the person who caused it sees it at once."""

    clue_id: str
    due_verify: date
    existing: bool = False
    """An open clue of that household was there already; none was added."""


def report(work: Workspace, values: Mapping[str, Any]) -> Saved:
    """Record a clue; its house check is due by SELF_REPORT_VERIFY. ``detail`` is an OpenedClue.

    ``reported_on`` defaults to today, ``source`` to 干部走访排查. Raises ValidationFailed, UnsetParameter.
    """
    given = {name: value for name, value in values.items() if value is not None}
    computed = [name for name in _COMPUTED if name in given]
    if computed:
        raise ValidationFailed(Problem(n, f"{CLUE[n].label}由核实和处理步骤登记，不能填写") for n in computed)
    with work.transaction() as session:
        made = add(work, session, given)
        changes = capture.touched(session)
    return Saved((made.clue_id,), changes, (), made)


def add(work: Workspace, session: Session, values: Mapping[str, Any]) -> OpenedClue:
    """Add a clue to a transaction; one that stands open for the household is kept instead of a second.

    Raises ValidationFailed, also for a day that has not come, and UnsetParameter.
    """
    given = {"reported_on": work.today(), "source": FOUND_BY_CADRES, "household_id": None, **values}
    clean = CLUE.check(given)
    _refuse_future(work, clean, "reported_on")
    refuse_missing(session, CLUE, clean)
    standing = _standing_of(session, clean["household_id"])
    if standing is not None:
        return OpenedClue(standing.id, standing.due_verify, existing=True)
    due = due_verify(clean["reported_on"], work.parameters)
    clue = Clue(id=new_id())
    clue.assign({**clean, "due_verify": due})
    session.add(clue)
    return OpenedClue(clue.id, due)


def _refuse_future(work: Workspace, clean: Mapping[str, Any], name: str) -> None:
    if clean[name] > work.today():
        raise ValidationFailed([Problem(name, f"{CLUE[name].label}晚于今天")])


def _standing_of(session: Session, household_id: str | None) -> Clue | None:
    if household_id is None:
        return None
    session.flush()
    return session.scalars(
        select(Clue)
        .where(_clue.household_id == household_id, _clue.decision.is_(None), _clue.deleted.is_(False))
        .order_by(_clue.reported_on, _clue.id)
        .limit(1)
    ).first()


def from_visit(
    work: Workspace, session: Session, visit: Visit, clean: Mapping[str, Any]
) -> OpenedClue | None:
    """The clue of a visit that answered 收入骤减, in the visit's transaction; None for other answers."""
    if clean.get("income_trend") != BROKE_AWAY:
        return None
    risk = RISK_OF_EXPENSE.get(clean.get("expense_kind") or "") if clean.get("big_expense") else None
    told = "\n".join(text for text in (clean.get("difficulty"), clean.get("demand")) if text)
    values = {
        "household_id": visit.household_id,
        "visit_id": visit.id,
        "source": source_of(clean),
        "reported_on": min(dates.local_day(clean["started_at"]), work.today()),
        "reporter": clean.get("interviewee"),
        "description": f"走访反映收入骤减。{told}"[: CLUE["description"].max_length],
        "risk_codes": (risk,) if risk else None,
    }
    session.flush()
    return add(work, session, values)


def verify(work: Workspace, clue_id: str, values: Mapping[str, Any]) -> Saved:
    """Record the house check: ``verify_result``, ``verified_on`` (default today), ``risk_codes``, ``note``.

    ``detail`` counts the days the check is late (0 in time). Raises ValidationFailed, NotFound, AlreadyDone.
    """
    _refuse_others(values, "verify_result", "verified_on", "risk_codes", "note")
    clean = CLUE.check({"verified_on": work.today(), **values}, complete=False)
    if not clean.get("verify_result"):
        raise ValidationFailed([Problem("verify_result", f"{CLUE['verify_result'].label}：必须填写")])
    _refuse_future(work, clean, "verified_on")
    with work.transaction() as session:
        clue = _undecided(session, clue_id)
        CLUE.check({**clue.values(), **clean})
        clue.assign(clean)
        changes = capture.touched(session)
        late = dates.overdue_days(clue.due_verify, clean["verified_on"])
    return Saved((clue_id,), changes, (), late)


def turn_down(work: Workspace, clue_id: str, values: Mapping[str, Any]) -> Saved:
    """Decide 不纳入: needs ``decision_reason`` and ``decision_told_on`` (the family was told).

    A clue found 属实 goes to the village review instead. Raises NotAllowed, ValidationFailed, AlreadyDone.
    """
    _refuse_others(values, "decision_reason", "decision_told_on", "note")
    clean = CLUE.check({**values, "decision": NOT_TAKEN}, complete=False)
    with work.transaction() as session:
        clue = _undecided(session, clue_id)
        if clue.verify_result is None:
            raise NotAllowed("线索还没有上门核实，不能作出决定。没有保存。", remedy="请先登记核实结果。")
        if clue.verify_result == TRUE:
            raise NotAllowed(
                "核实属实的线索不能直接不纳入，须经村级评议。没有保存。", remedy="请转为监测案卷。"
            )
        CLUE.check({**clue.values(), **clean})
        _refuse_future(work, clean, "decision_told_on")
        clue.assign(clean)
        changes = capture.touched(session)
    return Saved((clue_id,), changes, (), NOT_TAKEN)


def take_up(work: Workspace, clue_id: str, values: Mapping[str, Any] | None = None) -> Saved:
    """Open the monitoring case of a clue, with what the clue already knows; ``ids`` is the case.

    ``values`` are more fields of the case. Raises NotAllowed (found untrue, household not recorded yet),
    AlreadyDone (decided, or a case is open), ValidationFailed.
    """
    with work.transaction() as session:
        clue = _undecided(session, clue_id)
        if clue.verify_result not in (None, TRUE):
            raise NotAllowed(f"核实结果为“{clue.verify_result}”，不能转为监测案卷。没有保存。")
        if clue.household_id is None:
            raise NotAllowed(
                f"“{clue.household_name}”还没有登记为农户，没有新建案卷。",
                remedy="请先登记农户，再填写线索的涉及户。",
            )
        case = cases.add_case(work, session, clue.household_id, {**_known(clue), **(values or {})})
        clue.assign({"decision": TAKEN_UP})
        changes = capture.touched(session)
    return Saved((case.id,), changes)


def _known(clue: Clue) -> dict[str, Any]:
    """Fields of the case that the clue fills."""
    risks = dict(zip(RISKS, clue.risk_codes or (), strict=False))
    found = {
        "clue_id": clue.id,
        "reported_on": clue.reported_on,
        "verify_on": clue.verified_on,
        "verify_result": clue.verify_result,
        **risks,
    }
    return {name: value for name, value in found.items() if value is not None}


def change(work: Workspace, clue_id: str, values: Mapping[str, Any]) -> Saved:
    """Correct a clue that is not decided yet, e.g. name its household; the due day follows its day."""
    computed = [name for name in _COMPUTED if name in values]
    if computed:
        raise ValidationFailed(Problem(n, f"{CLUE[n].label}由核实和处理步骤登记，不能填写") for n in computed)
    clean = CLUE.check(values, complete=False)
    with work.transaction() as session:
        clue = _undecided(session, clue_id)
        merged = CLUE.check({**clue.values(), **clean})
        _refuse_future(work, merged, "reported_on")
        refuse_missing(session, CLUE, clean)
        clue.assign({**clean, "due_verify": due_verify(merged["reported_on"], work.parameters)})
        changes = capture.touched(session)
    return Saved((clue_id,), changes)


def _undecided(session: Session, clue_id: str) -> Clue:
    clue = get(session, Clue, clue_id)
    if clue.decision is not None:
        raise AlreadyDone(f"这条线索已决定“{clue.decision}”，没有改动。", code="clue_decided")
    return clue


def _refuse_others(values: Mapping[str, Any], *allowed: str) -> None:
    other = [name for name in values if name not in allowed]
    if other:
        names = "、".join(CLUE[name].label for name in allowed)
        raise ValidationFailed(Problem(name, f"这一步不能填写“{name[:40]}”，只填：{names}") for name in other)


def list_clues(
    work: Workspace, *, household_id: str | None = None, open_only: bool = True, on: date | None = None
) -> list[dict[str, Any]]:
    """Clues, the first due first, with head_name, household_group, ``overdue_days`` on that day and
    ``monitored`` (1: the household is a monitored object already).

    A clue counts as open until it is decided; its house check stops the clock.
    """
    day = on or work.today()
    statement = (
        select(
            Clue.__table__,
            func.coalesce(_summary.head_name, _clue.household_name).label("head_name"),
            _summary.group_name.label("household_group"),
            func.coalesce(_summary.monitored, 0).label("monitored"),
        )
        .join_from(
            Clue.__table__,
            HouseholdSummary.__table__,
            _summary.household_id == _clue.household_id,
            isouter=True,
        )
        .where(_clue.deleted.is_(False))
        .order_by(_clue.due_verify, _clue.id)
    )
    if household_id is not None:
        statement = statement.where(_clue.household_id == household_id)
    if open_only:
        statement = statement.where(_clue.decision.is_(None))
    with work.reading() as connection:
        rows = [dict(row) for row in connection.execute(statement).mappings()]
    return [{**row, "overdue_days": _late(row, day)} for row in rows]


def _late(row: Mapping[str, Any], day: date) -> int:
    due = row["due_verify"]
    return 0 if due is None else dates.overdue_days(due, row["verified_on"] or day)


def one(work: Workspace, clue_id: str) -> dict[str, Any]:
    """A clue's clean values with its id. Raises NotFound."""
    with reading_session(work) as session:
        return {"id": clue_id, **get(session, Clue, clue_id).values()}
