"""The month sheet of the problem ledger (R-PRB-7): figures, and every open item one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date

from villageapp.domain import dates
from villageapp.domain.parameters import Parameters
from villageapp.domain.problem_clock import Lap, laps, months_without_progress
from villageapp.domain.problem_steps import CLOSED, Action, Item


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A line of the list of items not yet 销号."""

    item: Item
    """As it stood at the end of the period."""
    due: date
    overdue_days: int
    idle_months: tuple[str, ...] = ()
    """Ended months without any progress (R-PRB-9)."""


@dataclass(frozen=True, slots=True)
class MonthSheet:
    """Item ids by figure; an id may stand under several."""

    added: tuple[str, ...] = ()
    """新增: reported in the month."""
    rebounded: tuple[str, ...] = ()
    """反弹: reported again in the month."""
    to_finish: tuple[str, ...] = ()
    """应办结: due by the end of the month and not solved before it began."""
    finished: tuple[str, ...] = ()
    """办结: solved in the month (or found to be untrue) and so at its end."""
    on_time: tuple[str, ...] = ()
    """按期: finished, and never past a due day; an extension makes nobody punctual."""
    overdue: tuple[str, ...] = ()
    """超期: finished late, or past its due day and not solved."""
    returned: tuple[str, ...] = ()
    """回炉: failed acceptance in the month, or still being mended after that."""
    closed: tuple[str, ...] = ()
    """销号 in the month."""
    open: tuple[OpenItem, ...] = ()
    """未销号 at its end, longest overdue first."""

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {field.name: len(getattr(self, field.name)) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class _Month:
    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last

    def touches(self, lap: Lap) -> bool:
        return lap.started <= self.last and (lap.ended is None or lap.ended >= self.first)


def month_sheet(items: Iterable[Item], month: date, today: date, parameters: Parameters) -> MonthSheet:
    """The sheet of the month in which ``month`` lies, as of its end or of today if that is earlier.

    Raises UnsetParameter when the deadlines have no value on the day of a report.
    """
    first = month.replace(day=1)
    end = dates.add_days(dates.add_months(first, 1), -1)
    period = _Month(first, min(end, today))
    judged = [
        _judge(item.as_of(period.last), period, parameters)
        for item in items
        if item.reported_on <= period.last
    ]
    open_items = sorted(
        (line for _, line in judged if line), key=lambda line: (-line.overdue_days, line.due, line.item.id)
    )
    named = {
        field.name: tuple(item_id for item_id, marks in _marks(judged) if field.name in marks)
        for field in fields(MonthSheet)
        if field.name != "open"
    }
    return MonthSheet(**named, open=tuple(open_items))


_Judged = tuple[tuple[str, frozenset[str]], OpenItem | None]


def _marks(judged: list[_Judged]) -> list[tuple[str, frozenset[str]]]:
    return [mark for mark, _ in judged]


def _judge(item: Item, month: _Month, parameters: Parameters) -> _Judged:
    runs = laps(item, parameters)
    last, late = runs[-1], any(lap.late_by(month.last) for lap in runs)
    finished = month.holds(last.ended)
    closed = item.state == CLOSED
    facts = {
        "added": month.holds(item.reported_on),
        "rebounded": any(s.action is Action.REOPEN and month.holds(s.on) for s, _ in item.taken()),
        "to_finish": last.due <= month.last and month.touches(last),
        "finished": finished,
        "on_time": finished and not late,
        "overdue": late and (finished or last.ended is None),
        "returned": any(lap.returned and month.touches(lap) for lap in runs),
        "closed": closed and month.holds(item.taken()[-1][0].on),
    }
    marks = frozenset(name for name, true in facts.items() if true)
    if closed:
        return (item.id, marks), None
    idle = months_without_progress(item, dates.add_days(month.last, 1))
    return (item.id, marks), OpenItem(item, last.due, last.late_by(month.last), idle)
