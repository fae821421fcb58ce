"""The wait after wrong passphrases grows and is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.wrong_tries import LONGEST_WAIT, wait_seconds


def test_none_for_three_slips_then_doubled_up_to_half_a_minute() -> None:
    assert [wait_seconds(wrong) for wrong in range(13)] == [0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30, 30]


@given(st.integers(0, 10**9))
def test_it_never_shrinks_and_never_locks_out(wrong: int) -> None:
    assert 0 <= wait_seconds(wrong) <= wait_seconds(wrong + 1) <= LONGEST_WAIT
