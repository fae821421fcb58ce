"""The ways in which exports and people write dates (domain.md 5.4 no. 5)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import dates


@pytest.mark.parametrize(
    "written",
    [
        "201603",
        "2016-03",
        "2016/3",
        "2016.3.1",
        "2016年3月",
        "2016年03月",
        "42430",
        "2016年03月01日",
        "20160301",
        "201603.0",
    ],
)
def test_months(written: str) -> None:
    assert dates.parse_month(written) == "2016-03"


@pytest.mark.parametrize("written", ["", "0", "-", "--", "/", "无", "0.0"])
def test_nothing(written: str) -> None:
    assert dates.parse_month(written) is None
    assert dates.parse_date(written) is None


@pytest.mark.parametrize(
    "written",
    ["2016-03-01", "2016/3/1", "2016.3.1", "20160301", "2016年3月1日", "42430", "2016-03-01 00:00:00"],
)
def test_days(written: str) -> None:
    assert dates.parse_date(written) == date(2016, 3, 1)


@pytest.mark.parametrize(
    "written", ["201613", "2016-02-30", "去年", "2016", "1", "99999999", "1899-12-31", "2016-3-1-1"]
)
def test_refused(written: str) -> None:
    with pytest.raises(ValueError, match="“"):
        dates.parse_date(written)
    with pytest.raises(ValueError, match="“"):
        dates.parse_month(written)


def test_a_month_is_not_a_day() -> None:
    with pytest.raises(ValueError, match="缺少日期"):
        dates.parse_date("2016-03")


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_iso_days_are_read_back(day: date) -> None:
    assert dates.parse_date(day.isoformat()) == day
    assert dates.parse_month(f"{day:%Y年%m月%d日}") == f"{day:%Y-%m}"


@given(st.text(max_size=25))
def test_any_text_is_a_date_nothing_or_a_reason(text: str) -> None:
    try:
        found = dates.parse_date(text)
    except ValueError:
        found = None
    assert found is None or dates.EARLIEST <= found <= dates.LATEST
