"""Due days, lights and overdue days of a problem item over its whole course (R-PRB-1 … R-PRB-3, R-PRB-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from villageapp.domain import dates
from villageapp.domain.parameters import Parameters
from villageapp.domain.problem import Deadlines, Standing, deadlines, standing
from villageapp.domain.problem_steps import CLOSED, Action, Item, Step


@dataclass(frozen=True, slots=True)
class Lap:
    """One attempt at solving: from the report, or from being returned or reported again, to the solution."""

    started: date
    due: date
    returned: bool = False
    """Whether acceptance failed before (回炉)."""
    ended: date | None = None

    def late_by(self, today: date) -> int:
        """Days past the due day, counted until it was solved."""
        return dates.overdue_days(self.due, min(today, self.ended or today))


def due_days(item: Item, parameters: Parameters) -> Deadlines:
    """The four due days, from the day it was reported (or reported again). Raises UnsetParameter."""
    return deadlines(item.clock_zero, item.grade, parameters)


def laps(item: Item, parameters: Parameters) -> tuple[Lap, ...]:
    """The attempts of this round, oldest first. Extensions do not appear: they move no due day."""
    found = [Lap(item.clock_zero, due_days(item, parameters).solve)]
    for step in item.this_round():
        found = _after(found, step)
    return tuple(found)


def _after(found: list[Lap], step: Step) -> list[Lap]:
    *former, last = found
    if step.action in (Action.SOLVE, Action.DISMISS):
        return [*former, replace(last, ended=step.on)]
    if step.action is Action.DISSATISFIED:
        return [*former, replace(last, ended=None)]
    if step.action is Action.FAIL and step.due is not None:
        return [*found, Lap(step.on, step.due, returned=True)]
    return found


def due_now(item: Item, parameters: Parameters) -> date:
    """The day by which it must be solved: that of the return if it was returned, never that of an extension."""
    return laps(item, parameters)[-1].due


def extended_to(item: Item) -> date | None:
    """The day of the last approved extension; shown beside the due day, which goes on counting."""
    step = item.last(Action.EXTEND)
    return step.due if step else None


def overdue_days(item: Item, today: date, parameters: Parameters) -> int:
    """Days past the due day of the present attempt, counted until solved (R-PRB-3)."""
    return laps(item, parameters)[-1].late_by(today)


def standing_of(item: Item, today: date, parameters: Parameters) -> Standing:
    """The next step, its due day and light, and the parameter it was judged by. Raises UnsetParameter."""
    values: Mapping[str, object] = {
        **due_days(item, parameters).as_values(),
        "due_solve": due_now(item, parameters),
        "state": item.state,
        "grade": item.grade,
    }
    return standing(values, today, parameters)


def months_without_progress(item: Item, today: date) -> tuple[str, ...]:
    """Ended months ``YYYY-MM`` after that of the report in which an open item saw no step (R-PRB-9)."""
    months = []
    month = _month(dates.add_months(item.clock_zero.replace(day=1), 1))
    while month < _month(today):
        first = date.fromisoformat(f"{month}-01")
        following = dates.add_months(first, 1)
        if item.as_of(first).state != CLOSED and not any(first <= s.on < following for s in item.steps):
            months.append(month)
        month = _month(following)
    return tuple(months)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
