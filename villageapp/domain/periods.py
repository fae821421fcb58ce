"""Ends of periods written in parameters: ``15d`` natural days, ``1m`` calendar months, ``20w`` working days (R-TIME).

Working days need the holiday plan of the year (parameter HOLIDAYS: ``off`` days, ``worked`` weekend days);
while it is unset such a period is not judged (R-TIME-5).
"""

from __future__ import annotations

from datetime import date, timedelta

from villageapp.domain import dates
from villageapp.domain.parameters import PROVINCE, Parameters

MOST = 10_000
_UNITS = {"d": "天", "m": "个月", "w": "个工作日"}


def period_end(start: date, period: str, parameters: Parameters, region: str = PROVINCE) -> date:
    """Last day of the period; the starting day is not counted.

    Raises ValueError for a period that is not written that way, UnsetParameter without a holiday plan.
    """
    number, unit = _read(period)
    if unit == "d":
        return dates.add_days(start, number)
    if unit == "m":
        return dates.add_months(start, number)
    day = start
    while number > 0:
        day += timedelta(days=1)
        number -= _is_working(day, parameters, region)
    return day


def period_text(period: str) -> str:
    """In Chinese: ``15 天``, ``1 个月``. Raises ValueError."""
    number, unit = _read(period)
    return f"{number} {_UNITS[unit]}"


def _read(period: str) -> tuple[int, str]:
    digits, unit = period[:-1], period[-1:]
    if unit not in _UNITS or not (digits.isascii() and digits.isdigit()) or int(digits) > MOST:
        raise ValueError(f"期限“{period[:20]}”应写成 15d（天）、1m（月）或 20w（工作日）")
    return int(digits), unit


def _is_working(day: date, parameters: Parameters, region: str) -> bool:
    plan = parameters.find("HOLIDAYS", day, region).value
    return day in plan.get("worked", ()) or (day.weekday() < 5 and day not in plan.get("off", ()))
