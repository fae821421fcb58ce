"""Facts from outside: every one is clean or named in the refusal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.fields import Field, Kind
from villageapp.errors import ValidationFailed
from villageapp.services.rules import loan, posts, support_standards
from villageapp.services.rules.facts import read

FIELDS = (
    Field("name", "姓名", required=True),
    Field("amount", "金额", Kind.MONEY, minimum=0),
    Field("on", "日期", Kind.DATE),
)


def test_what_is_not_given_is_unknown() -> None:
    assert read(FIELDS, {"name": "张示范", "amount": "1.5"}) == {"name": "张示范", "amount": 150, "on": None}


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(ValidationFailed) as caught:
        read(FIELDS, {"amount": "-1", "on": "昨天", "boss": 1, 7: "x"})  # type: ignore[dict-item]
    assert [(problem.field, problem.message) for problem in caught.value.problems] == [
        ("7", "这条规则没有“7”这个事实"),
        ("boss", "这条规则没有“boss”这个事实"),
        ("name", "姓名（name）：必须填写"),
        ("amount", "金额（amount）：不能小于 0.00"),
        ("on", "日期（on）：“昨天”不是日期，应写成 2023-03-01"),
    ]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([loan.FACTS, posts.FACTS, support_standards.FACTS]), st.data())
def test_hostile_facts_are_refused_in_chinese_and_never_break(
    fields: tuple[Field, ...], data: st.DataObject
) -> None:
    names = st.sampled_from([field.name for field in fields]) | st.text(max_size=8)
    facts: dict[str, Any] = data.draw(st.dictionaries(names, ANYTHING, max_size=8))
    try:
        clean = read(fields, facts)
    except ValidationFailed as refused:
        assert all(problem.message for problem in refused.problems)
    else:
        assert set(clean) == {field.name for field in fields}
