"""Periods by R-TIME-1 … R-TIME-3: never off by one across month ends and leap years; instants in China time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import dates

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
MONTHS = st.builds(lambda year, month: f"{year:04d}-{month:02d}", st.integers(1900, 2100), st.integers(1, 12))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2022-11-28", 1, "2022-12-28"),
        ("2022-12-31", 2, "2023-02-28"),
        ("2023-03-31", 1, "2023-04-30"),
        ("2023-03-20", 6, "2023-09-20"),
        ("2022-08-31", 6, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2023-03-31", -1, "2023-02-28"),
        ("2023-01-15", -1, "2022-12-15"),
        ("2023-05-15", 0, "2023-05-15"),
    ],
)
def test_months_end_on_the_same_day_or_the_last(start: str, months: int, end: str) -> None:
    assert dates.add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


@given(st.dates(date(1950, 1, 1), date(2050, 12, 31)), st.integers(-600, 600))
def test_adding_months_moves_exactly_that_many_months(start: date, months: int) -> None:
    end = dates.add_months(start, months)
    assert dates.months_between(f"{start:%Y-%m}", f"{end:%Y-%m}") == months
    last_of_month = (end + timedelta(days=1)).day == 1
    assert end.day == start.day or (end.day < start.day and last_of_month)


@given(st.dates(date(1950, 1, 1), date(2050, 12, 31)), st.integers(0, 400))
def test_a_period_in_days_does_not_count_its_first_day(start: date, days: int) -> None:
    due = dates.add_days(start, days)
    assert (due - start).days == days
    assert dates.overdue_days(due, due) == 0
    assert dates.overdue_days(due, due + timedelta(days=1)) == 1
    assert dates.overdue_days(due, start) == 0


@given(MONTHS, MONTHS, MONTHS)
def test_months_between_add_up(first: str, second: str, third: str) -> None:
    assert dates.months_between(first, second) + dates.months_between(second, third) == (
        dates.months_between(first, third)
    )


@pytest.mark.parametrize(
    ("first", "second", "months"), [("2023-03", "2023-08", 5), ("2023-03", "2023-09", 6)]
)
def test_months_known_only_by_name(first: str, second: str, months: int) -> None:
    assert dates.months_between(first, second) == months


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        ("1957-06-30", "2023-07-01", 66),
        ("1958-06-30", "2024-06-29", 65),
        ("1958-06-30", "2024-06-30", 66),
        ("2004-02-29", "2022-02-28", 17),
        ("2004-02-29", "2022-03-01", 18),
        ("2022-11-28", "2022-11-28", 0),
    ],
)
def test_age(birth: str, on: str, years: int) -> None:
    assert dates.age(date.fromisoformat(birth), date.fromisoformat(on)) == years


@given(DAYS, st.integers(0, 130))
def test_age_grows_by_one_on_the_birthday_only(birth: date, years: int) -> None:
    birthday = dates.add_months(birth, 12 * years)
    if dates.age(birth, birthday) < years:  # born on 29 February, in a common year
        birthday += timedelta(days=1)
    assert dates.age(birth, birthday) == years
    if birthday > birth:
        assert dates.age(birth, birthday - timedelta(days=1)) == years - 1


@given(DAYS)
def test_every_day_is_read_back_however_it_was_written(day: date) -> None:
    ways = ("{0:%Y-%m-%d}", "{0.year}/{0.month}/{0.day}", "{0:%Y%m%d}", "{0.year}年{0.month}月{0.day}日")
    for way in ways:
        assert dates.parse_date(way.format(day)) == day
        assert dates.parse_month(way.format(day)) == f"{day:%Y-%m}"
    serial = (day - date(1899, 12, 30)).days
    if 20_000 <= serial < 80_000:
        assert dates.parse_date(str(serial)) == day


@given(st.text(max_size=30))
def test_any_text_is_a_day_or_a_chinese_refusal(text: str) -> None:
    for read in (dates.parse_date, dates.parse_month, dates.parse_instant):
        try:
            found = read(text)
        except ValueError as refused:
            assert "“" in str(refused)
        else:
            assert found is None or isinstance(found, (str, date))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23 14:20", "2026-11-23T06:20:00.000Z"),
        ("2026-11-23T14:20:05.678", "2026-11-23T06:20:05.678Z"),
        ("2026-11-23T06:20:00Z", "2026-11-23T06:20:00.000Z"),
        ("2026-11-23T00:00:00+08:00", "2026-11-22T16:00:00.000Z"),
    ],
)
def test_an_instant_without_a_zone_is_china_time(text: str, instant: str) -> None:
    assert dates.instant_text(dates.parse_instant(text)) == instant


@pytest.mark.parametrize(
    "text", ["昨天", "2026-13-01", "", "1900-01-01 00:00", "2100-01-01 00:00", "0001-01-01"]
)
def test_impossible_instants_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        dates.parse_instant(text)


def test_the_day_in_china_begins_at_sixteen_hours_utc() -> None:
    before, after = (datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in (15, 16))
    assert (dates.local_day(before), dates.local_day(after)) == (date(2026, 11, 22), date(2026, 11, 23))
    assert dates.local_text(after) == "2026-11-23 00:00"
    assert (dates.today() - datetime.now(UTC).date()).days in (0, 1)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_instants_sort_as_text_and_come_back(moment: datetime) -> None:
    text = dates.instant_text(moment)
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert dates.parse_instant(text) == whole
    assert text < dates.instant_text(moment + timedelta(milliseconds=1))
