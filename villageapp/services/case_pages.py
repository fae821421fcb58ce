"""Monitoring cases read: one with its ways on, all in a list, what is due on them (domain.md 2.6, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain import monitoring, monitoring_exit
from villageapp.domain import permissions as rights
from villageapp.domain.judgement import together
from villageapp.domain.monitoring import NextStep
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_duties import Duty, duties
from villageapp.domain.monitoring_exit_guards import exit_facts
from villageapp.domain.monitoring_facts import IDENTIFIED_STATES, OPEN_STATES, Case, State
from villageapp.domain.parameters import UnsetParameter
from villageapp.errors import NotFound
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import MonitoringCase
from villageapp.services import case_facts, permissions
from villageapp.services.case_facts import Surroundings, case_of
from villageapp.services.reading import reading_session
from villageapp.services.references import get

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_case = MonitoringCase.__table__.c
_NOTHING_DUE = frozenset({State.REJECTED, State.CLOSED_NATURAL})
_FIGURE_OF = {"property": "property_income", "ref_income": "ref", "ref_per_capita": "ref_per_capita"}
"""Fields of the case (without prefix) whose figure has another name in an Income."""
_IDENT, _EXIT = "ident_", "exit_"


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case, the ways on with what each still needs, and what is due."""

    case: dict[str, Any]
    next_steps: tuple[NextStep, ...]
    duties: tuple[Duty, ...]
    unset: str = ""
    """Why nothing could be said about what is due (a parameter is unset)."""
    last_follow_up: str = ""
    """What R-MON-10 said of the newest follow-up of an identified case, with its reasons."""


def page(work: Workspace, case_id: str, on: date | None = None) -> CasePage:
    """The case with its next steps and what is due, as of that day (default today)."""
    with reading_session(work) as session:
        values = get(session, MonitoringCase, case_id).values()
        seen = case_facts.read(session, values["household_id"])
    case = case_of(seen, values, on or work.today(), work.parameters)
    followed = followed_up(work, seen, values) if case.state in IDENTIFIED_STATES else ""
    found = {"id": case_id, **values}
    steps = _permitted(work, monitoring.next_steps(case, work.parameters))
    try:
        return CasePage(found, steps, duties(case, work.parameters), "", followed)
    except UnsetParameter as unset:
        return CasePage(found, steps, (), unset.line(), followed)


def _permitted(work: Workspace, steps: tuple[NextStep, ...]) -> tuple[NextStep, ...]:
    """The steps; those that the user's role may not take say so before everything else (R-MON-15)."""
    role = permissions.role_of_user(work)
    asked = ((step, rights.judge(rights.acts_of_move(step.move), role)) for step in steps)
    return tuple(
        step
        if right.allowed
        else replace(step, judgement=together(step.judgement.rule, (right, step.judgement)))
        for step, right in asked
    )


def followed_up(work: Workspace, seen: Surroundings, values: Mapping[str, Any]) -> str:
    """The newest follow-up of a case and what R-MON-10 said of it, in Chinese."""
    last = case_facts.last_follow_up(seen, values, work.parameters)
    if last is None:
        return "识别后还没有见到人的跟踪走访"
    day, judged = last
    told = "；".join(dict.fromkeys(reason.message for reason in judged.reasons))
    return f"最近一次跟踪走访 {day}：{told or '满足风险稳定条件'}"


def open_duties(work: Workspace, on: date) -> tuple[list[tuple[dict[str, Any], Duty]], tuple[str, ...]]:
    """Everything that is due on every case, with the case's row of ``list_cases``; and why something could
    not be judged (parameters that are unset), each reason once.

    Cases that were turned down or whose household is gone have nothing due.
    """
    rows = [r for r in list_cases(work, open_only=False) if State(r["state"]) not in _NOTHING_DUE]
    with reading_session(work) as session:
        seen = case_facts.read_many(session, [row["household_id"] for row in rows])
    found: list[tuple[dict[str, Any], Duty]] = []
    unset: dict[str, None] = {}
    for row in rows:
        if row["household_id"] not in seen:
            continue
        try:
            case = case_of(seen[row["household_id"]], row, on, work.parameters)
            found += [(row, duty) for duty in duties(case, work.parameters)]
        except UnsetParameter as missing:
            unset[missing.line()] = None
    return found, tuple(unset)


def earliest_exits(work: Workspace, rows: Sequence[Mapping[str, Any]]) -> dict[str, date | str | None]:
    """By case id: from when it may leave as far as waiting is concerned (R-MON-9, R-MON-11): a day, or a month
    where only the month of the identification is known. None when that is unknown or waiting is in vain.
    """
    today = work.today()
    with reading_session(work) as session:
        seen = case_facts.read_many(session, [row["household_id"] for row in rows])
    found: dict[str, date | str | None] = {}
    for row in rows:
        if State(row["state"]) in IDENTIFIED_STATES and row["household_id"] in seen:
            case = case_of(seen[row["household_id"]], row, today, work.parameters)
            found[row["id"]] = _earliest(work, case)
    return found


def _earliest(work: Workspace, case: Case) -> date | str | None:
    around = case.around
    try:
        return monitoring_exit.earliest(exit_facts(case), around.today, work.parameters, around.region)
    except UnsetParameter:
        return None


def list_cases(
    work: Workspace, *, household_id: str | None = None, open_only: bool = True
) -> list[dict[str, Any]]:
    """Cases by day of report, with head_name and household_group beside the form's fields."""
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
    if household_id is not None:
        statement = statement.where(_case.household_id == household_id)
    if open_only:
        statement = statement.where(_case.state.in_([state.value for state in OPEN_STATES]))
    with work.reading() as connection:
        return [dict(row) for row in connection.execute(statement).mappings()]


def account_figures(work: Workspace, case_id: str, *, leaving: bool = False) -> dict[str, Any]:
    """The income figures that the household's latest account gives to the case, for ``fill_in`` or ``move``.

    Of the identification, or of the exit when ``leaving``. Raises NotFound without an account.
    """
    prefix = _EXIT if leaving else _IDENT
    with reading_session(work) as session:
        case = get(session, MonitoringCase, case_id)
        seen = case_facts.read(session, case.household_id)
        summed = case_facts.income_on(seen, work.today())
    if summed is None:
        raise NotFound("该户还没有收支账，不能带入收支数。", remedy="请先登记家庭收支账。", code="no_account")
    names = [f.name.removeprefix(prefix) for f in MONITORING_CASE.fields if f.name.startswith(prefix)]
    figures = {name: getattr(summed, _FIGURE_OF.get(name, name), None) for name in names}
    return {f"{prefix}{name}": value for name, value in figures.items() if value is not None}
