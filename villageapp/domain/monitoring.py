"""The monitoring case as a state machine: domain.md 3.4.

A move is only possible through ``advance``; it asks every guard of the move (``monitoring_moves``) and
changes nothing itself: the caller stores ``changes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from villageapp.domain.codes import code_list
from villageapp.domain.household import NOT_MONITORED
from villageapp.domain.judgement import Judgement, Reason, together
from villageapp.domain.monitoring_facts import IDENTIFIED_STATES, Case, State
from villageapp.domain.monitoring_moves import Move, Transition, moves_from
from villageapp.domain.parameters import Parameters, UnsetParameter
from villageapp.domain.stability import stable_since

RULE = "R-MON"


@dataclass(frozen=True, slots=True)
class Advance:
    """The answer to a move: the state after it (the same when refused) and the fields it sets or clears."""

    judgement: Judgement
    state: State
    changes: Mapping[str, Any]


def advance(case: Case, move: Move, parameters: Parameters) -> Advance:
    """Judge one move on a case whose fields for the step are filled in.

    A move that is not in the table is refused; an allowed one names the new state and what changes with
    it. Raises UnsetParameter (e.g. 监测标准未核定).
    """
    arrow = next((found for found in moves_from(case.state) if found.move is move), None)
    if arrow is None:
        label = code_list("CL_CASE_STATE").label(case.state)
        return Advance(Judgement(RULE, (Reason(RULE, f"案卷现为“{label}”，不能进行这一步"),)), case.state, {})
    judgement = _judged(arrow, case, parameters)
    if not judgement.allowed:
        return Advance(judgement, case.state, {})
    changes: dict[str, Any] = {"state": arrow.end.value, **dict.fromkeys(arrow.clears)}
    return Advance(judgement, arrow.end, {**changes, **_set_by(arrow.move, case)})


def _judged(arrow: Transition, case: Case, parameters: Parameters) -> Judgement:
    parts = [guard(case, parameters) for guard in arrow.guards]
    joined = together(", ".join(dict.fromkeys(part.rule for part in parts)), parts)
    return Judgement(
        joined.rule,
        tuple(dict.fromkeys(joined.reasons)),
        joined.explanation or f"可以{arrow.label}。",
        joined.used,
        tuple(dict.fromkeys(joined.warnings)),
    )


def _set_by(move: Move, case: Case) -> Mapping[str, Any]:
    """Fields that follow from the move itself (domain.md 2.6)."""
    if move is Move.APPROVE:
        approved = case.get("county_approved_on")
        return {"identified_on": approved, "identified_ym": f"{approved:%Y-%m}"}
    if move is Move.MARK_STABLE:
        return {"stable_since": stable_since(case.around.follow_ups)}
    if move is Move.ELIMINATE:
        return {"eliminated_ym": f"{case.get('exit_county_on'):%Y-%m}"}
    return {}


@dataclass(frozen=True, slots=True)
class NextStep:
    """One way on: what the move is called, where it leads, and what it still needs."""

    move: Move
    label: str
    end: State
    judgement: Judgement


def next_steps(case: Case, parameters: Parameters) -> tuple[NextStep, ...]:
    """All moves from the case's state, each with its refusals, missing fields and earliest day.

    A step whose parameter is unset is listed as refused with that reason.
    """
    return tuple(
        NextStep(arrow.move, arrow.label, arrow.end, _judged_or_unset(arrow, case, parameters))
        for arrow in moves_from(case.state)
    )


def _judged_or_unset(arrow: Transition, case: Case, parameters: Parameters) -> Judgement:
    try:
        return _judged(arrow, case, parameters)
    except UnsetParameter as unset:
        return Judgement(RULE, (Reason(RULE, unset.line()),), unset.message)


def reopened(case: Case, case_id: str, reported_on: date) -> Mapping[str, Any]:
    """First fields of the new case of a household whose risk came back (domain.md 3.4).

    Raises ValueError unless the old case is ELIMINATED: an open one goes on, others start from a new clue.
    """
    if case.state is not State.ELIMINATED:
        raise ValueError("只有风险已消除的案卷可以再次纳入")
    return {
        "household_id": case.get("household_id"),
        "reopened_from": case_id,
        "reported_on": reported_on,
        "state": State.CLUE.value,
    }


def household_marks(state: State, category: str | None) -> Mapping[str, Any]:
    """``monitoring_category`` and ``risk_eliminated`` of the household, which follow from its latest case."""
    if state in IDENTIFIED_STATES:
        return {"monitoring_category": category, "risk_eliminated": False}
    if state is State.ELIMINATED:
        return {"monitoring_category": category, "risk_eliminated": True}
    return {"monitoring_category": NOT_MONITORED, "risk_eliminated": None}
