"""One description of a field: what it reads, refuses, shows and sends; whatever is thrown at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import forms
from villageapp.domain.fields import (
    MAX_ITEMS,
    Field,
    Form,
    Kind,
    from_wire,
    parse,
    show,
    tidy,
    to_wire,
)
from villageapp.errors import Problem, Severity, ValidationFailed

ID = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001"
OF_KIND = {
    kind: Field("f", "项", kind, choices="CL_HEALTH" if kind in (Kind.CODE, Kind.CODES) else "")
    for kind in Kind
}


def read(kind: Kind, given: Any, **limits: Any) -> Any:
    described = OF_KIND[kind]
    return parse(Field("f", "项", kind, choices=described.choices, **limits), given)


@pytest.mark.parametrize(
    ("kind", "given", "clean"),
    [
        (Kind.TEXT, "  张  示范\u200b ", "张 示范"),
        (Kind.TEXT, "１４９９", "1499"),
        (Kind.TEXT, "\ue123", "\ue123"),
        (Kind.TEXT, "", None),
        (Kind.TEXT, 138, "138"),
        (Kind.NOTE, "第一行\r\n第二行\x00 ", "第一行\n第二行"),
        (Kind.NOTE, "（全角）", "（全角）"),
        (Kind.INTEGER, "4", 4),
        (Kind.INTEGER, "4.0", 4),
        (Kind.INTEGER, 4.0, 4),
        (Kind.INTEGER, "-", None),
        (Kind.INTEGER, "1,000", 1000),
        (Kind.MONEY, 812_125, 812_125),
        (Kind.MONEY, "8,121.25元", 812_125),
        (Kind.MONEY, "８１２１．２５", 812_125),
        (Kind.MONEY, 8121.25, 812_125),
        (Kind.MONEY, Decimal("0.01"), 1),
        (Kind.MONEY, "未知", None),
        (Kind.DECIMAL, "3.50", Decimal("3.50")),
        (Kind.DATE, "2016年3月1日", date(2016, 3, 1)),
        (Kind.DATE, date(2016, 3, 1), date(2016, 3, 1)),
        (Kind.DATE, datetime(2016, 3, 1, 23, 0), date(2016, 3, 1)),
        (Kind.MONTH, "201603", "2016-03"),
        (Kind.MONTH, date(2016, 3, 1), "2016-03"),
        (Kind.MONTH, datetime(2016, 3, 1, 8, 30), "2016-03"),
        (Kind.INSTANT, "2026-11-23 14:20", datetime(2026, 11, 23, 6, 20, tzinfo=UTC)),
        (Kind.INSTANT, "", None),
        (Kind.YES_NO, "是", True),
        (Kind.YES_NO, "√", True),
        (Kind.YES_NO, "1.0", True),
        (Kind.YES_NO, 0, False),
        (Kind.YES_NO, False, False),
        (Kind.YES_NO, "不清楚", None),
        (Kind.CODE, "慢性病", "2"),
        (Kind.CODE, "", None),
        (Kind.CODES, "残疾，长期慢性病、残疾", ("2", "4")),
        (Kind.CODES, ["残疾"], ("4",)),
        (Kind.CODES, "", None),
        (Kind.REF, ID.upper().replace("-", ""), ID),
        (Kind.REF, "", None),
        (Kind.REFS, [ID, ID], (ID,)),
        (Kind.REFS, [], None),
        (Kind.ROWS, [{"amount": 5, "kind": " 奖励 "}], ({"amount": 5, "kind": "奖励"},)),
        (Kind.ROWS, [], None),
    ],
)
def test_what_people_write(kind: Kind, given: Any, clean: Any) -> None:
    assert read(kind, given) == clean


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (Kind.TEXT, "字" * 201, "最多 200 个字，现在 201 个"),
        (Kind.TEXT, "字" * 10_001, "最多 10000 个字"),
        (Kind.TEXT, ["x"], "应为文字"),
        (Kind.TEXT, True, "应为文字"),
        (Kind.INTEGER, "4.5", "应为整数"),
        (Kind.INTEGER, True, "应为数字"),
        (Kind.INTEGER, "四", "“四”不是数字"),
        (Kind.INTEGER, "1_000", "不是数字"),
        (Kind.MONEY, "1.005", "最多两位小数"),
        (Kind.MONEY, "NaN", "数字超出范围"),
        (Kind.MONEY, "1e14", "数字超出范围"),
        (Kind.MONEY, 10**18, "数字超出范围"),
        (Kind.DECIMAL, "Infinity", "数字超出范围"),
        (Kind.DATE, "2016-02-30", "不是真实的日期"),
        (Kind.DATE, "2016-03", "缺少日期"),
        (Kind.DATE, date(1899, 12, 31), "1900—2100"),
        (Kind.DATE, datetime(9999, 12, 31), "1900—2100"),
        (Kind.MONTH, "2016", "不是日期"),
        (Kind.MONTH, date(2101, 1, 1), "1900—2100"),
        (Kind.INSTANT, datetime(2026, 1, 1), "时间缺少时区"),
        (Kind.INSTANT, "去年", "不是时间"),
        (Kind.INSTANT, datetime.min.replace(tzinfo=UTC), "1900—2100"),
        (Kind.YES_NO, "也许", "不是“是/否/未知”"),
        (Kind.CODE, "感冒", "不在“健康状况”的选项里"),
        (Kind.CODES, {"残疾": 1}, "应为若干选项"),
        (Kind.CODES, ["残疾"] * (MAX_ITEMS + 1), "应为若干选项"),
        (Kind.REF, "123", "编号格式不对"),
        (Kind.REF, "g" * 32, "编号格式不对"),
        (Kind.REFS, ID, "应为若干编号"),
        (Kind.ROWS, "x", "应为若干行"),
        (Kind.ROWS, ["x"], "每一行应为若干字段"),
        (Kind.ROWS, [{str(n): 1 for n in range(51)}], "每一行应为若干字段"),
        (Kind.ROWS, [{"a": {}}], "应为文字"),
    ],
)
def test_what_is_refused_and_why(kind: Kind, given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(kind, given)


@pytest.mark.parametrize(
    ("kind", "given", "limits", "message"),
    [
        (Kind.INTEGER, "31", {"maximum": 30, "unit": "人"}, "不能大于 30人"),
        (Kind.INTEGER, "-1", {"minimum": 0}, "不能小于 0"),
        (Kind.MONEY, "-0.01", {"minimum": 0, "unit": "元"}, "不能小于 0.00元"),
        (Kind.MONEY, "100000.01", {"maximum": 100_000_00, "unit": "元"}, "不能大于 100,000.00元"),
        (Kind.DECIMAL, "1000", {"maximum": 999}, "不能大于 999"),
    ],
)
def test_limits(kind: Kind, given: str, limits: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(kind, given, **limits)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)


@given(st.sampled_from(Kind), ANYTHING)
def test_anything_is_clean_or_refused_and_survives_the_wire(kind: Kind, given: Any) -> None:
    described = OF_KIND[kind]
    try:
        clean = parse(described, given)
    except ValueError:
        return
    wire = to_wire(clean)
    back = from_wire(described, wire)
    assert to_wire(back) == wire
    assert show(described, clean) == show(described, back)
    assert parse(described, clean) == clean or kind is Kind.TEXT


@given(st.text(max_size=60))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert "  " not in tidy(text)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.YES_NO, None, "未知"),
        (Kind.YES_NO, False, "否"),
        (Kind.TEXT, None, ""),
        (Kind.MONEY, 812_125, "8,121.25"),
        (Kind.CODE, "2", "长期慢性病"),
        (Kind.CODES, ("2", "4"), "长期慢性病、残疾"),
        (Kind.INSTANT, datetime(2026, 11, 23, 6, 20, tzinfo=UTC), "2026-11-23 14:20"),
        (Kind.DATE, date(2016, 3, 1), "2016-03-01"),
        (Kind.DECIMAL, Decimal("3.50"), "3.50"),
    ],
)
def test_what_people_read(kind: Kind, value: Any, shown: str) -> None:
    assert show(OF_KIND[kind], value) == shown


def _end_after_start(values: Mapping[str, Any]) -> Iterable[Problem]:
    start, end = values.get("start"), values.get("end")
    if start and end and end < start:
        yield Problem("end", "结束早于开始")
    if start and not end:
        yield Problem("end", "尚未结束", Severity.WARNING)


POST = Form(
    "post",
    "岗位",
    (
        Field("start", "开始", Kind.DATE, required=True),
        Field("end", "结束", Kind.DATE),
        Field("paid", "有工资", Kind.YES_NO),
        Field("pay", "工资", Kind.MONEY, only_if=("paid", True), minimum=0),
    ),
    rules=(_end_after_start,),
)


def refusal(raw: dict[str, Any], *, complete: bool = True) -> list[tuple[str, str]]:
    with pytest.raises(ValidationFailed) as caught:
        POST.check(raw, complete=complete)
    return [(problem.field, problem.message) for problem in caught.value.problems]


def test_all_problems_are_told_at_once() -> None:
    assert refusal({"end": "昨天", "paid": "是", "boss": "李"}) == [
        ("end", "结束：“昨天”不是日期，应写成 2023-03-01"),
        ("boss", "岗位没有“boss”这个字段"),
        ("start", "开始：必须填写"),
        ("pay", "工资：必须填写"),
    ]


def test_rules_between_fields_are_asked_once_the_fields_are_right() -> None:
    assert refusal({"start": "2023-02-02", "end": "2023-02-01"}) == [("end", "结束早于开始")]


def test_a_change_of_some_fields_asks_for_no_others() -> None:
    assert POST.check({"end": "2023-02-01"}, complete=False) == {"end": date(2023, 2, 1)}
    assert refusal({"end": "x"}, complete=False)


def test_a_field_that_is_asked_only_sometimes() -> None:
    values = POST.check({"start": "2023-02-01", "paid": "否"})
    assert values == {"start": date(2023, 2, 1), "paid": False}
    assert POST.check({"start": "2023-02-01", "paid": "是", "pay": "300"})["pay"] == 300_00


def test_warnings_do_not_stop_saving() -> None:
    values = POST.check({"start": "2023-02-01"})
    assert [warning.message for warning in POST.warnings(values)] == ["尚未结束"]


@given(
    st.sampled_from(sorted(forms.FORMS)),
    st.dictionaries(st.text(max_size=12), ANYTHING, max_size=5),
    st.data(),
)
def test_no_form_breaks_on_hostile_values(entity: str, strange: dict[str, Any], data: st.DataObject) -> None:
    form = forms.FORMS[entity]
    names = data.draw(st.lists(st.sampled_from(sorted(form.by_name)), max_size=6, unique=True))
    raw = {**strange, **{name: data.draw(ANYTHING) for name in names}}
    try:
        values = form.check(raw, complete=False)
    except ValidationFailed as refused:
        assert all(problem.message for problem in refused.problems)
    else:
        assert set(values) == set(raw) <= set(form.by_name)
        assert isinstance(form.warnings(values), list)


def test_chinese_punctuation_stays_as_typed_and_everything_else_is_normalised() -> None:
    typed = "水管冻裂\uff0c停水\uff08三天\uff09\uff1a \uff21\uff11  室"
    assert parse(Field("note", "情况"), typed) == "水管冻裂\uff0c停水\uff08三天\uff09\uff1a A1 室"
