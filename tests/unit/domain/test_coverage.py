"""遍访率: distinct households that were really met."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import codes
from villageapp.domain.coverage import Coverage, Met, coverage

FIRST, LAST = date(2022, 11, 1), date(2022, 11, 30)


def test_nobody_home_and_refused_do_not_count_and_twice_counts_once() -> None:
    visits = [
        Met("a", date(2022, 11, 1), "见到户主"),
        Met("a", date(2022, 11, 30), "见到其他成员"),
        Met("b", date(2022, 11, 5), "无人在家"),
        Met("b", date(2022, 11, 6), "拒访"),
        Met("b", date(2022, 11, 7), None),
        Met("c", date(2022, 10, 31), "见到户主"),
        Met("c", date(2022, 12, 1), "见到户主"),
        Met("d", date(2022, 11, 9), "外出户电话访"),
        Met("elsewhere", date(2022, 11, 9), "见到户主"),
    ]
    found = coverage(["a", "b", "c", "d", "d"], visits, FIRST, LAST)
    assert found.met == {"a", "d"}
    assert found.unmet == {"b", "c"}
    assert found.text == "遍访率 50.0%（2/4 户）"


def test_one_household_short_is_not_one_hundred_percent() -> None:
    scope = frozenset(str(number) for number in range(3000))
    assert Coverage(scope - {"7"}, scope).rate == Decimal("99.9")
    assert Coverage(scope, scope).rate == Decimal("100.0")
    assert Coverage(frozenset(), frozenset()).text == "遍访率 —（0/0 户）"


def test_a_period_has_an_order() -> None:
    with pytest.raises(ValueError, match="期间"):
        coverage([], [], LAST, FIRST)


@given(
    st.sets(st.sampled_from("abcdef")),
    st.lists(
        st.builds(
            Met,
            st.sampled_from("abcdefgh"),
            st.dates(date(2022, 10, 20), date(2022, 12, 10)),
            st.sampled_from([None, *codes.code_list("CL_VISIT_RESULT").labels]),
        )
    ),
)
def test_met_and_unmet_are_the_scope(scope: set[str], visits: list[Met]) -> None:
    found = coverage(scope, visits, FIRST, LAST)
    assert found.met | found.unmet == scope
    assert not found.met & found.unmet
    assert (found.rate == 100) == (bool(scope) and not found.unmet)
