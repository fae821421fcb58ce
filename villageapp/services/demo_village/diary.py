"""Who is where when: nobody makes two visits at the same time, and all of them by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from villageapp.domain.dates import CHINA

_MORNING, _NOON, _AFTERNOON = 8 * 60 + 30, 12 * 60 + 10, 14 * 60 + 30
_EVENING_SUMMER, _EVENING_WINTER = 18 * 60 + 40, 17 * 60 + 50
_SUMMER = range(5, 10)
_WALK = 5
"""Minutes from one house to the next at least."""
_TRIES = 6


class Diary:
    """Books visits; minutes are counted from midnight in China."""

    def __init__(self, rng: Random, today: date) -> None:
        self._rng = rng
        self._today = today
        self._busy: defaultdict[tuple[str, date], list[tuple[int, int]]] = defaultdict(list)

    def book(self, visitors: tuple[str, ...], day: date, minutes: int) -> tuple[datetime, datetime]:
        """Arrival and departure on that day, or on the nearest earlier one that is free and no holiday."""
        while True:
            if self._working_day(day):
                start = next(
                    (s for s in self._starts(day, minutes) if self._free(visitors, day, s, minutes)), None
                )
                if start is not None:
                    return self._enter(visitors, day, start, minutes)
            day -= timedelta(days=1)

    def _working_day(self, day: date) -> bool:
        """Teams stay five days and four nights a week; a Sunday is rare, the first days of October are free."""
        if (day.month, day.day) in ((10, 1), (10, 2), (10, 3), (5, 1), (1, 1)):
            return False
        return day.weekday() < 6 or self._rng.random() < 0.2

    def _starts(self, day: date, minutes: int) -> Iterator[int]:
        evening = _EVENING_SUMMER if day.month in _SUMMER else _EVENING_WINTER
        for _ in range(_TRIES):
            first, last = self._rng.choice(((_MORNING, _NOON), (_AFTERNOON, evening)))
            yield self._rng.randint(first, last - minutes)

    def _free(self, visitors: tuple[str, ...], day: date, start: int, minutes: int) -> bool:
        taken = (span for name in visitors for span in self._busy[name, day])
        return all(start >= end + _WALK or start + minutes + _WALK <= begin for begin, end in taken)

    def _enter(
        self, visitors: tuple[str, ...], day: date, start: int, minutes: int
    ) -> tuple[datetime, datetime]:
        for name in visitors:
            self._busy[name, day].append((start, start + minutes))
        arrival = datetime.combine(day, time(start // 60, start % 60), CHINA)
        return arrival, arrival + timedelta(minutes=minutes)
