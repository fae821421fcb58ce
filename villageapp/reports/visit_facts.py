"""What stands on the record sheet of a visit (入户走访记录表, domain.md 4.3); empty where a pen is to write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with its answer; None leaves all boxes empty."""

    label: str
    yes: bool | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CheckedMeasure:
    """A measure of the household; ``state`` of measures_checked, empty where it is still to be ticked."""

    title: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """A problem item with its days of the 135/710 clock."""

    ledger_no: str
    title: str
    due_verify: date | None = None
    due_opinion: date | None = None
    due_plan: date | None = None
    due_solve: date | None = None


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """One sheet. Codes are those of the form 走访; texts are as people read them."""

    uid: str
    """Of the visit, else of the household, empty on an entirely blank sheet."""
    version: int
    village: str
    recorded: bool
    """A visit that took place: what it does not say stays empty but asks for no pen."""
    changes: tuple[Answer, ...]
    needs: tuple[Answer, ...]
    """两不愁、三保障 and drinking water."""
    head_name: str = ""
    group_name: str = ""
    household_no: str = ""
    household_type: str = ""
    address: str = ""
    members: str = ""
    kind: str = ""
    sweep_type: str = ""
    started_at: str = ""
    """As text: 2023-03-05 10:00."""
    ended_at: str = ""
    result: str = ""
    visitors: tuple[str, ...] = ()
    interviewee: str = ""
    income_trend: str = ""
    big_expense: bool | None = None
    expense_kind: str = ""
    expense_amount: int | None = None
    """Fen."""
    working: str = ""
    measures: tuple[CheckedMeasure, ...] = ()
    difficulty: str = ""
    demand: str = ""
    policy_told: str = ""
    problems: tuple[FoundProblem, ...] = ()
    help_done: str = ""
    satisfaction: str = ""
    next_visit_on: date | None = None
    note: str = ""
    visited_on: date | None = None
