"""The way of a problem item from report to 销号: steps, states, and what each step needs (domain.md 3.5).

An item is what was recorded about it and the steps taken; the state follows from the steps. A step that
does not fit where the item stands is not taken: offline laptops may have recorded the same step twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

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


TITLES: Mapping[Action, str] = {
    Action.VERIFY: "上门核查",
    Action.DISMISS: "查否销号",
    Action.OPINION: "提出办理意见",
    Action.PLAN: "确定解决方案",
    Action.START: "开始解决",
    Action.SOLVE: "解决",
    Action.DISSATISFIED: "农户不满意退回",
    Action.SUBMIT: "提请验收",
    Action.PASS: "验收通过",
    Action.FAIL: "验收不通过(回炉)",
    Action.CLOSE: "销号",
    Action.REOPEN: "反弹重开",
    Action.EXTEND: "延期",
    Action.ESCALATE: "上报",
    Action.PROGRESS: "登记进展",
}

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
