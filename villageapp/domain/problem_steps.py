"""The way of a problem item from report to 销号: steps, states, and what each step needs (domain.md 3.5).

An item is what was recorded about it and the steps taken; the state follows from the steps. A step that
does not fit where the item stands is not taken: offline laptops may have recorded the same step twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from villageapp.domain.codes import code_list

REPORTED, CLOSED = "REPORTED", "CLOSED"


class Action(StrEnum):
    """What somebody does about a problem item."""

    VERIFY = "verify"
    DISMISS = "dismiss"
    OPINION = "opinion"
    PLAN = "plan"
    START = "start"
    SOLVE = "solve"
    DISSATISFIED = "dissatisfied"
    SUBMIT = "submit"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    CLOSE = "close"
    REOPEN = "reopen"
    EXTEND = "extend"
    ESCALATE = "escalate"
    PROGRESS = "progress"


def title(action: Action) -> str:
    """What people call the step (CL_PROBLEM_ACTION)."""
    return code_list("CL_PROBLEM_ACTION").label(action.value)


_UNSOLVED = ("REPORTED", "VERIFIED", "OPINION", "PLANNED", "SOLVING", "RETURNED")
_OPEN = (*_UNSOLVED, "SOLVED", "ACCEPTING")

TRANSITIONS: Mapping[tuple[str, Action], str] = {
    ("REPORTED", Action.VERIFY): "VERIFIED",
    ("VERIFIED", Action.DISMISS): "CLOSED",
    ("VERIFIED", Action.OPINION): "OPINION",
    ("OPINION", Action.PLAN): "PLANNED",
    ("PLANNED", Action.START): "SOLVING",
    ("SOLVING", Action.SOLVE): "SOLVED",
    ("SOLVED", Action.DISSATISFIED): "SOLVING",
    ("SOLVED", Action.SUBMIT): "ACCEPTING",
    ("ACCEPTING", Action.PASS): "ACCEPTING",
    ("ACCEPTING", Action.FAIL): "RETURNED",
    ("RETURNED", Action.START): "SOLVING",
    ("ACCEPTING", Action.CLOSE): "CLOSED",
    ("CLOSED", Action.REOPEN): "REPORTED",
    **{(state, Action.EXTEND): state for state in _UNSOLVED},
    **{(state, Action.ESCALATE): state for state in _OPEN},
    **{(state, Action.PROGRESS): state for state in _OPEN},
}
"""(state, action) → state. What is not here cannot be done; escalation, extension and progress stay put."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of an item's course."""

    action: Action
    on: date
    note: str = ""
    """Finding, opinion, plan, result, reason or progress, as the action asks."""
    level: str = ""
    """CL_LEVEL: who accepts, or to whom it is escalated."""
    by: str = ""
    """Who accepted or approved."""
    due: date | None = None
    """New day of a returned or extended item."""
    proofs: int = 0
    """Attachments that show the solution."""


@dataclass(frozen=True, slots=True)
class Item:
    """What the rules look at in a problem item; codes are those of the form ``problem``."""

    reported_on: date
    source: str
    scope: str
    id: str = ""
    grade: str | None = None
    owner_id: str | None = None
    founded: bool | None = None
    """Whether the visit found the report to be true; None before."""
    reporter_told_on: date | None = None
    household_ack: str | None = None
    listed: str | None = None
    """CL_LISTED: who supervises it as 挂牌督办; None or 否 is nobody."""
    steps: tuple[Step, ...] = ()

    @property
    def state(self) -> str:
        """Where the steps have brought it (CL_PROBLEM_STATE)."""
        taken = self.taken()
        return taken[-1][1] if taken else REPORTED

    @property
    def rebounds(self) -> int:
        """How often it came back after 销号 (反弹)."""
        return sum(step.action is Action.REOPEN for step, _ in self.taken())

    @property
    def escalated_to(self) -> str:
        """The highest authority asked for help since it was reported; a flag, not a state."""
        levels = [step.level for step in self.this_round() if step.action is Action.ESCALATE]
        return levels[-1] if levels else ""

    @property
    def clock_zero(self) -> date:
        """The day from which 135/710 count: reported, or reported again."""
        reopened = [step.on for step, _ in self.taken() if step.action is Action.REOPEN]
        return reopened[-1] if reopened else self.reported_on

    def taken(self) -> tuple[tuple[Step, str], ...]:
        """The steps that fitted, each with the state after it."""
        state, found = REPORTED, []
        for step in self.steps:
            target = TRANSITIONS.get((state, step.action))
            if target is not None:
                state = target
                found.append((step, state))
        return tuple(found)

    def this_round(self) -> tuple[Step, ...]:
        """The steps since it was reported or, if it came back, reported again."""
        return since(Action.REOPEN, (step for step, _ in self.taken()))

    def as_of(self, day: date) -> Item:
        """The item as it stood at the end of that day."""
        return replace(self, steps=tuple(step for step in self.steps if step.on <= day))

    def last(self, action: Action) -> Step | None:
        """The latest such step of this round."""
        return next((step for step in reversed(self.this_round()) if step.action is action), None)


def since(action: Action, steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps after the last one of that kind; all when there is none."""
    found: list[Step] = []
    for step in steps:
        found = [] if step.action is action else [*found, step]
    return tuple(found)
