"""An assistance measure of a household: domain.md 2.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain.fields import Field, Form, Kind
from villageapp.errors import Problem

GROUPS_FOR_A_PERSON = frozenset({"M02", "M04", "M07", "M08", "M09"})


def _item_of_group(values: Mapping[str, Any]) -> Iterable[Problem]:
    item, group = values.get("item"), values.get("group")
    if item and group and not item.startswith(group):
        yield Problem("item", "措施子项不属于所选大类")


def _dates_in_order(values: Mapping[str, Any]) -> Iterable[Problem]:
    start, end = values.get("start_on"), values.get("end_on")
    if start and end and end < start:
        yield Problem("end_on", "结束日期早于开始日期")


def _names_a_person(values: Mapping[str, Any]) -> Iterable[Problem]:
    """Measures of these groups go to one person (domain.md 2.4)."""
    if "member_id" in values and values.get("group") in GROUPS_FOR_A_PERSON and not values["member_id"]:
        yield Problem("member_id", "此类措施须选择享受人")


MEASURE = Form(
    "measure",
    "帮扶措施",
    (
        Field("household_id", "所在户", Kind.REF, required=True),
        Field("member_id", "享受人", Kind.REF),
        Field("group", "措施大类", Kind.CODE, required=True, choices="CL_MEASURE_GROUP"),
        Field("item", "措施子项", Kind.CODE, required=True, choices="CL_MEASURE_ITEM"),
        Field("year", "年度", Kind.INTEGER, required=True, minimum=2013, maximum=2100),
        Field("title", "措施内容", required=True, max_length=200),
        Field("risk_code", "对应风险", Kind.CODE, choices="CL_RISK"),
        Field("department", "责任部门", max_length=60),
        Field("responsible_id", "责任人", Kind.REF),
        Field("planned_on", "计划日期", Kind.DATE),
        Field("start_on", "开始日期", Kind.DATE),
        Field("end_on", "结束日期", Kind.DATE),
        Field("amount", "金额", Kind.MONEY, minimum=0, maximum=100_000_000_00, unit="元"),
        Field("qty", "数量", Kind.DECIMAL, minimum=0, maximum=1_000_000),
        Field("qty_unit", "单位", max_length=10),
        Field("expected_income", "预计增收", Kind.MONEY, minimum=0, maximum=100_000_000_00, unit="元"),
        Field("actual_income", "实际增收", Kind.MONEY, minimum=0, maximum=100_000_000_00, unit="元"),
        Field("status", "状态", Kind.CODE, required=True, choices="CL_MEASURE_STATUS"),
        Field("household_signed_on", "农户确认日期", Kind.DATE),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_item_of_group, _dates_in_order, _names_a_person),
)
