"""A visit at a household: domain.md 2.5; next visit R-VIS-1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from villageapp.domain import dates
from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.household import POOR_BEFORE, is_monitored
from villageapp.domain.parameters import Parameters
from villageapp.errors import Problem, Severity

NOBODY_HOME, REFUSED = "无人在家", "拒访"
GUARANTEES = ("edu_ok", "med_ok", "house_ok", "water_ok")
"""三保障 and drinking water."""
BASIC_NEEDS = ("eat_ok", "cloth_ok")
"""两不愁."""
CHANGES = ("population_change", "health_change", "work_change", "school_change", "house_change")
"""五变化; each has a text field ``<name>_note``."""


def _left_after_arriving(values: Mapping[str, Any]) -> Iterable[Problem]:
    start, end = values.get("started_at"), values.get("ended_at")
    if not (start and end):
        return
    if end < start:
        yield Problem("ended_at", "离户时间早于到户时间")


def _change_has_text(values: Mapping[str, Any]) -> Iterable[Problem]:
    for name in CHANGES:
        if values.get(name) and not values.get(f"{name}_note"):
            yield Problem(f"{name}_note", "选“有变化”请写明变化内容", Severity.WARNING)


def _expense_has_kind(values: Mapping[str, Any]) -> Iterable[Problem]:
    if values.get("big_expense") and not values.get("expense_kind"):
        yield Problem("expense_kind", "有大额支出时请选择类别")


def _no_answer_has_reason(values: Mapping[str, Any]) -> Iterable[Problem]:
    """A 否 opens a problem item, whose description is this line."""
    for name in (*GUARANTEES, *BASIC_NEEDS):
        if values.get(name) is False and f"{name}_note" in values and not values[f"{name}_note"]:
            yield Problem(f"{name}_note", "选“否”请用一句话写明情况", Severity.WARNING)


def _place_on_earth(values: Mapping[str, Any]) -> Iterable[Problem]:
    """``latitude,longitude`` in degrees."""
    text = values.get("gps")
    if not text:
        return
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        yield Problem("gps", "经纬度应写成 纬度,经度，如 37.870000,112.550000")
        return
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        yield Problem("gps", "经纬度超出范围")


def _answer(name: str, label: str) -> tuple[Field, Field]:
    return Field(name, label, Kind.YES_NO), Field(f"{name}_note", f"{label}情况", max_length=200)


def _change(name: str, label: str) -> tuple[Field, Field]:
    return Field(name, f"{label}变化", Kind.YES_NO), Field(f"{name}_note", f"{label}变化内容", max_length=200)


VISIT = Form(
    "visit",
    "走访",
    (
        Field("household_id", "所在户", Kind.REF, required=True),
        Field("kind", "走访类型", Kind.CODE, required=True, choices="CL_VISIT_KIND"),
        Field("sweep_type", "排查类型", Kind.CODE, choices="CL_SWEEP"),
        Field("started_at", "到户时间", Kind.INSTANT, required=True),
        Field("ended_at", "离户时间", Kind.INSTANT),
        Field("visitors", "走访人", Kind.REFS),
        Field("result", "走访结果", Kind.CODE, required=True, choices="CL_VISIT_RESULT"),
        Field("interviewee", "受访人", max_length=20),
        Field("place_note", "地点", max_length=100),
        Field("gps", "经纬度", max_length=40, help="纬度,经度"),
        *_change("population_change", "人口"),
        *_change("health_change", "健康"),
        *_change("work_change", "务工"),
        *_change("school_change", "就学"),
        *_change("house_change", "住房"),
        *_answer("edu_ok", "义务教育有保障"),
        *_answer("med_ok", "基本医疗有保障"),
        *_answer("house_ok", "住房安全有保障"),
        *_answer("water_ok", "饮水安全有保障"),
        *_answer("eat_ok", "吃不愁"),
        *_answer("cloth_ok", "穿不愁"),
        Field("income_trend", "收入变化", Kind.CODE, choices="CL_TREND"),
        Field("big_expense", "近期大额支出", Kind.YES_NO),
        Field("expense_kind", "支出类别", Kind.CODE, choices="CL_EXPENSE"),
        Field("expense_amount", "支出金额", Kind.MONEY, minimum=0, maximum=100_000_000_00, unit="元"),
        Field("difficulty", "困难", Kind.NOTE, max_length=2000),
        Field("demand", "诉求", Kind.NOTE, max_length=2000),
        Field("policy_told", "宣讲政策", max_length=200),
        Field(
            "measures_checked", "措施落实核查", Kind.ROWS, help="每行：measure_id、status（落实/未落实/变化）"
        ),
        Field("satisfaction", "满意度", Kind.CODE, choices="CL_ACK"),
        Field("help_done", "现场帮办", Kind.NOTE, max_length=1000),
        Field("next_visit_on", "下次走访", Kind.DATE),
        Field("signed_on_paper", "纸质签字", Kind.YES_NO),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_left_after_arriving, _change_has_text, _expense_has_kind, _no_answer_has_reason, _place_on_earth),
)


def counts_as_coverage(result: str | None) -> bool:
    """R-VIS-1: nobody home and refused visits do not count for 遍访率."""
    return result not in (None, NOBODY_HOME, REFUSED)


def next_visit(
    household_type: str | None,
    monitoring_category: str | None,
    risk_eliminated: bool | None,
    visited_on: date,
    parameters: Parameters,
) -> date:
    """R-VIS-1: 30 days after for an open monitoring case, 90 for 脱贫户, 365 for others."""
    if is_monitored(monitoring_category, risk_eliminated):
        key = "VISIT_NEXT_MONITORED"
    elif household_type == POOR_BEFORE:
        key = "VISIT_NEXT_POOR_BEFORE"
    else:
        key = "VISIT_NEXT_GENERAL"
    return dates.add_days(visited_on, parameters.integer(key, visited_on))
