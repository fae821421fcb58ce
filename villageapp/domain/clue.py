"""A clue that a household may fall back: domain.md 2.6; its 申报 date is the zero of every clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.parameters import PROVINCE, Parameters
from villageapp.domain.periods import period_end
from villageapp.errors import Problem

TRUE, FALSE, SETTLED = "属实", "不属实", "已有政策解决"
NOT_TAKEN = "不纳入"


def _names_somebody(values: Mapping[str, Any]) -> Iterable[Problem]:
    """A general household may not be recorded yet: then the name is needed."""
    if "household_id" in values and not values["household_id"] and not values.get("household_name"):
        yield Problem("household_name", "请选择农户，或填写尚未登记农户的户主姓名")


def _refusal_has_reason(values: Mapping[str, Any]) -> Iterable[Problem]:
    if values.get("decision") != NOT_TAKEN:
        return
    for name in ("decision_reason", "decision_told_on"):
        if name in values and not values[name]:
            yield Problem(name, f"不纳入须填写{CLUE[name].label}")


def _verified_in_order(values: Mapping[str, Any]) -> Iterable[Problem]:
    reported, verified = values.get("reported_on"), values.get("verified_on")
    if reported and verified and verified < reported:
        yield Problem("verified_on", "核实日期早于申报（发现）日期")


CLUE = Form(
    "clue",
    "风险线索",
    (
        Field("household_id", "涉及户", Kind.REF),
        Field("household_name", "户主姓名（未登记户）", max_length=20),
        Field("visit_id", "发现于走访", Kind.REF),
        Field("source", "线索来源", Kind.CODE, required=True, choices="CL_SOURCE"),
        Field("reported_on", "申报（发现）日期", Kind.DATE, required=True),
        Field("reporter", "反映人", max_length=20),
        Field("description", "情况描述", Kind.NOTE, required=True, max_length=2000),
        Field("risk_codes", "可能的风险", Kind.CODES, choices="CL_RISK"),
        Field("due_verify", "上门核实期限", Kind.DATE),
        Field("verified_on", "核实日期", Kind.DATE),
        Field("verify_result", "核实结果", Kind.CODE, choices="CL_CLUE_RESULT"),
        Field("decision", "处理决定", Kind.CODE, choices="CL_CLUE_DECISION"),
        Field("decision_reason", "不纳入原因", Kind.NOTE, max_length=500),
        Field("decision_told_on", "告知农户日期", Kind.DATE),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_names_somebody, _refusal_has_reason, _verified_in_order),
)


def due_verify(reported_on: date, parameters: Parameters, region: str = PROVINCE) -> date:
    """Last day of the house check of a clue (SELF_REPORT_VERIFY). Raises UnsetParameter."""
    return period_end(
        reported_on, parameters.text("SELF_REPORT_VERIFY", reported_on, region), parameters, region
    )
