"""Which spells run in a month, which clash, what counts as confirmed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.employment_spells import clash, covers, is_confirmed, is_idle, month_of, runs

MONTHS = st.dates(date(2020, 1, 1), date(2030, 12, 1)).map(month_of)
SPELLS = st.fixed_dictionaries(
    {
        "start_ym": MONTHS,
        "end_ym": st.none() | MONTHS,
        "working": st.sampled_from((True, False, None)),
        "channel": st.sampled_from(("外出务工", "公益岗位", "务农", None)),
    }
)


@pytest.mark.parametrize(
    ("spell", "expected"),
    [
        ({"start_ym": "2026-03"}, True),
        ({"start_ym": "2026-03", "end_ym": "2026-05"}, True),
        ({"start_ym": "2026-03", "end_ym": "2026-04"}, False),
        ({"start_ym": "2026-06"}, False),
        ({"start_ym": "2026-03", "end_ym": "2026-05", "working": False}, False),
        ({}, False),
    ],
)
def test_a_spell_runs_from_its_first_to_its_last_month(spell: dict[str, object], expected: bool) -> None:
    assert runs(spell, "2026-05") is expected


def test_only_a_post_and_farming_may_share_months() -> None:
    post = {"start_ym": "2026-01", "channel": "公益岗位"}
    farm = {"start_ym": "2025-01", "channel": "务农"}
    away = {"start_ym": "2026-06", "channel": "外出务工"}
    assert not clash(post, farm)
    assert clash(post, away)
    assert clash(post, dict(post))
    assert not clash({**post, "end_ym": "2026-05"}, away)


@given(SPELLS, SPELLS)
def test_clashing_is_mutual_and_never_about_months_without_work(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert clash(one, other) == clash(other, one)
    if clash(one, other):
        assert one["working"] is not False
        shared = max(str(one["start_ym"]), str(other["start_ym"]))
        ends_before_start = any((s["end_ym"] or "9999-12") < s["start_ym"] for s in (one, other))  # type: ignore[operator]
        assert ends_before_start or (covers(one, shared) and covers(other, shared))


def test_a_month_is_confirmed_by_a_look_in_it_or_later() -> None:
    assert is_confirmed({"checked_on": date(2026, 11, 1)}, "2026-11")
    assert is_confirmed({"checked_on": date(2026, 12, 1)}, "2026-11")
    assert not is_confirmed({"checked_on": date(2026, 10, 31)}, "2026-11")
    assert not is_confirmed({}, "2026-11")


def test_ended_work_of_an_import_is_no_record_of_months_without_work() -> None:
    assert is_idle({"working": False})
    assert not is_idle({"working": False, "channel": "外出务工"})
    assert not is_idle({"working": True})
