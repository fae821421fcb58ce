"""Groups in the order people count them."""

from __future__ import annotations

import pytest

from villageapp.services.groups import chinese_number, group_order


def test_order() -> None:
    names = ["", "第十二组", "第二组", "三组", "十组", "一组", "西沟", "第10组", "第3组", "二十一组"]
    assert sorted(names, key=group_order) == [
        "一组",
        "三组",
        "十组",
        "二十一组",
        "第二组",
        "第3组",
        "第10组",
        "第十二组",
        "西沟",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一", 1),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("三十一", 31),
        ("两", 2),
        ("二〇", 20),
        ("十十", 10),
    ],
)
def test_chinese_number(text: str, value: int) -> None:
    assert chinese_number(text) == value
