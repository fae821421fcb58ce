"""Dates, months and instants: reading the forms people write, and counting periods (domain.md 3.2, 5.4)."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "CST")
"""The one civil time of the country (no summer time since 1992)."""

EARLIEST = date(1900, 1, 1)
LATEST = date(2100, 12, 31)
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIALS = range(20_000, 80_000)  # 1954 … 2119; smaller numbers are years or typing errors
_NOTHING = frozenset({"", "0", "0.0", "-", "--", "/", "无", "null"})
_PARTS = re.compile(r"(\d{4})[-/.年]\s*(\d{1,2})(?:[-/.月]\s*(\d{1,2})日?)?[月日]?(?:[ T].*)?")


def parse_date(text: str) -> date | None:
    """A full date written 2016-03-01, 2016/3/1, 2016.3.1, 20160301, 2016年3月1日 or as an Excel serial.

    Raises ValueError with a Chinese reason.
    """
    if text in _NOTHING:
        return None
    year, month, day = _parts(text)
    if day is None:
        raise ValueError(f"“{text[:20]}”缺少日期，应写成 2023-03-01")
    return _real(text, year, month, day)


def parse_month(text: str) -> str | None:
    """A month ``YYYY-MM`` written 201603, 2016-03, 2016/3, 2016.3.1, 2016年3月 … or as an Excel serial."""
    if text in _NOTHING:
        return None
    year, month, day = _parts(text)
    real = _real(text, year, month, day or 1)
    return f"{real:%Y-%m}"


def _parts(text: str) -> tuple[int, int, int | None]:
    digits = text.removesuffix(".0")
    if digits.isascii() and digits.isdigit():
        return _from_digits(text, digits)
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text[:20]}”不是日期，应写成 2023-03-01")
    year, month, day = match.groups()
    return int(year), int(month), int(day) if day else None


def _from_digits(text: str, digits: str) -> tuple[int, int, int | None]:
    if len(digits) == 8:
        return int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if len(digits) == 6:
        return int(digits[:4]), int(digits[4:]), None
    if len(digits) == 5 and int(digits) in _EXCEL_SERIALS:
        found = _EXCEL_EPOCH + timedelta(days=int(digits))
        return found.year, found.month, found.day
    raise ValueError(f"“{text[:20]}”不是日期，应写成 2023-03-01")


def _real(text: str, year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(f"“{text[:20]}”不是真实的日期") from None
    return within_calendar(found)


def within_calendar(day: date) -> date:
    """The day itself. Raises ValueError when it is out of the years this program knows."""
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"“{day.isoformat()}”超出 {EARLIEST.year}—{LATEST.year} 年")
    return day


def parse_instant(text: str) -> datetime:
    """An aware UTC instant from ISO text; text without a zone is China time. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text[:30]}”不是时间，应写成 2023-03-01 14:30") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=CHINA)
    if not EARLIEST.year < found.year < LATEST.year:
        raise ValueError(f"“{text[:30]}”超出 1900—2100 年")
    return found.astimezone(UTC)


def instant_text(moment: datetime) -> str:
    """UTC with milliseconds, sortable as text: ``2026-11-23T06:20:00.000Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def local_text(moment: datetime) -> str:
    """As read on a village wall clock: ``2026-11-23 14:20``."""
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"


def local_day(moment: datetime) -> date:
    """The civil day in China of an instant."""
    return moment.astimezone(CHINA).date()


def add_days(start: date, days: int) -> date:
    """Last day of a period of ``days`` that does not count its first day (R-TIME-1)."""
    return start + timedelta(days=days)


def add_months(start: date, months: int) -> date:
    """Same day number ``months`` later, or the last day of that month (R-TIME-2)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def months_between(first: str, second: str) -> int:
    """Months from one ``YYYY-MM`` to another (R-TIME-3)."""
    return (int(second[:4]) - int(first[:4])) * 12 + int(second[5:7]) - int(first[5:7])


def today() -> date:
    """The civil day in China by the device clock; services use the corrected clock instead."""
    return datetime.now(CHINA).date()


def overdue_days(due: date, today: date) -> int:
    """Days past ``due``; 0 until the end of the due day (R-TIME-1)."""
    return max(0, (today - due).days)


def age(birth: date, on: date) -> int:
    """Completed years on that day; somebody born on 29 February ages on 1 March."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
