"""Versioned thresholds: the narrowest region and the latest start win; what nobody set refuses to judge."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.parameters import PROVINCE, Parameter, Parameters, UnsetParameter, shipped

ON = date(2022, 11, 28)
LINE = "LINE"


def known(*entries: Parameter) -> Parameters:
    return Parameters(entries, {LINE: "监测标准"})


def test_a_value_holds_on_its_first_and_last_day() -> None:
    year = known(Parameter(LINE, 6000, date(2021, 1, 1), date(2021, 12, 31)))
    assert year.integer(LINE, date(2021, 1, 1)) == year.integer(LINE, date(2021, 12, 31)) == 6000
    for outside in (date(2020, 12, 31), date(2022, 1, 1)):
        with pytest.raises(UnsetParameter):
            year.find(LINE, outside)


def test_the_sentence_of_an_unset_value() -> None:
    with pytest.raises(UnsetParameter) as caught:
        known().find(LINE, ON)
    assert caught.value.message == "监测标准未核定（2022-11-28），不作判断。"
    assert caught.value.remedy == "请在参数表中登记标准和文号后再试。"
    assert caught.value.code == "parameter_unset"


def test_the_latest_start_wins() -> None:
    found = known(Parameter(LINE, 2, date(2022, 6, 1)), Parameter(LINE, 1, date(2021, 1, 1)))
    assert found.integer(LINE, ON) == 2
    assert found.integer(LINE, date(2022, 5, 31)) == 1


def test_the_narrowest_region_wins_even_if_older() -> None:
    found = known(
        Parameter(LINE, 1, date(2022, 1, 1)),
        Parameter(LINE, 2, date(2021, 1, 1), region="1401"),
        Parameter(LINE, 3, date(2021, 1, 1), region="140105"),
    )
    expected = {PROVINCE: 1, "140200": 1, "140100": 2, "140105": 3, "140105001000": 3}
    assert {region: found.integer(LINE, ON, region) for region in expected} == expected
    with pytest.raises(UnsetParameter):
        found.find(LINE, ON, "15")


def test_added_entries_leave_the_original_as_it_was() -> None:
    first = known(Parameter(LINE, 1, date(2022, 1, 1)))
    second = first.with_changes([Parameter(LINE, 2, date(2022, 2, 1))])
    assert (first.integer(LINE, ON), second.integer(LINE, ON)) == (1, 2)
    with pytest.raises(UnsetParameter, match="监测标准"):
        first.with_changes([]).find(LINE, date(2021, 1, 1))


def test_kinds_of_values() -> None:
    found = known(Parameter(LINE, [1, "3", 5], ON), Parameter("PERIOD", "1m", ON))
    assert found.integers(LINE, ON) == (1, 3, 5)
    assert found.text("PERIOD", ON) == "1m"


def test_every_shipped_value_has_a_title_and_a_source() -> None:
    parameters = shipped()
    for entry in parameters._entries:
        assert entry.title, entry.key
        assert entry.source, entry.key
        assert entry.value is not None, entry.key
        assert entry.effective_to is None or entry.effective_from <= entry.effective_to, entry.key


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("D135", [1, 3, 5]),
        ("D710_IMMEDIATE", 7),
        ("D710_COMPLEX", "1m"),
        ("HOTLINE", "12317"),
        ("CLOSE_LEVEL_RECT", "市"),
        ("LOAN_CAP", 50_000_00),
        ("LOAN_CAP_EXTRA", 100_000_00),
        ("LOAN_TERM_MAX", 36),
        ("LOAN_AGE", [18, 65]),
        ("DIBAO_RATIO_MIN", "0.45"),
        ("DIBAO_RATIO_MAX", "0.55"),
        ("TEKUN_RATIO", "1.3"),
        ("POSTS_PER_HH", 1),
        ("NOTICE_PROJECT_DAYS", 10),
        ("CADRE_TERM_MIN", 24),
    ],
)
def test_shipped_values(key: str, value: object) -> None:
    assert shipped().find(key, ON).value == value


@pytest.mark.parametrize(
    "key",
    [
        "MON_LINE",
        "RURAL_CONSUMPTION",
        "LOAN_SUBSIDY_SHARE",
        "LPR_1Y",
        "PV_LABOUR_SHARE",
        "CADRE_DAYS",
        "LEAVE_LIMITS",
        "MED_AID_CUTOFF",
    ],
)
def test_what_the_province_has_not_set_is_not_shipped(key: str) -> None:
    with pytest.raises(UnsetParameter) as caught:
        shipped().find(key, ON)
    assert key not in caught.value.message, "an unset value is named in Chinese"


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 100)), max_size=8), st.integers(0, 300))
def test_the_value_in_force_is_that_of_the_latest_start(starts: list[tuple[int, int]], day: int) -> None:
    first = date(2022, 1, 1)
    found = known(*(Parameter(LINE, value, first + timedelta(days=start)) for start, value in starts))
    past = [start for start, _ in starts if start <= day]
    if not past:
        with pytest.raises(UnsetParameter):
            found.find(LINE, first + timedelta(days=day))
        return
    chosen = found.find(LINE, first + timedelta(days=day))
    assert (chosen.effective_from - first).days == max(past)
