"""An employment spell of a member: the village's employment ledger (domain.md 2.9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain.fields import Field, Form, Kind
from villageapp.errors import Problem

AWAY = "外出务工"


def _away_names_employer(values: Mapping[str, Any]) -> Iterable[Problem]:
    """Rule 5_15_009: working away needs industry and employer."""
    if values.get("channel") != AWAY:
        return
    for name in ("industry", "employer"):
        if name in values and not values[name]:
            yield Problem(name, f"外出务工须填写{EMPLOYMENT[name].label}")


def _ended_after_start(values: Mapping[str, Any]) -> Iterable[Problem]:
    start, end = values.get("start_ym"), values.get("end_ym")
    if start and end and end < start:
        yield Problem("end_ym", "结束时间早于开始时间")


def _not_working_has_ended(values: Mapping[str, Any]) -> Iterable[Problem]:
    """Rule 1111_16: who does not work has an end month."""
    if values.get("working") is False and "end_ym" in values and not values["end_ym"]:
        yield Problem("end_ym", "未务工的记录须填写结束时间")


EMPLOYMENT = Form(
    "employment",
    "务工",
    (
        Field("household_id", "所在户", Kind.REF, required=True),
        Field("member_id", "务工人", Kind.REF, required=True),
        Field("in_plan", "是否计划务工", Kind.YES_NO),
        Field("demand", "务工需求", max_length=100),
        Field("working", "是否已务工", Kind.YES_NO, import_headers=("是否已务工",)),
        Field("channel", "就业渠道", Kind.CODE, choices="CL_CHANNEL", import_headers=("就业渠道",)),
        Field("region", "务工所在地", max_length=60, import_headers=("务工所在地",)),
        Field("scope", "务工范围", Kind.CODE, choices="CL_WORK_SCOPE"),
        Field("industry", "所属行业", max_length=40, import_headers=("所属行业",)),
        Field("employer", "务工企业名称", max_length=60, import_headers=("务工企业名称",)),
        Field("job", "工种", max_length=40, import_headers=("工种",)),
        Field("start_ym", "开始时间", Kind.MONTH, required=True, import_headers=("开始时间", "务工开始时间")),
        Field("end_ym", "结束时间", Kind.MONTH, import_headers=("结束时间", "务工结束时间")),
        Field(
            "month_pay",
            "月工资",
            Kind.MONEY,
            minimum=0,
            maximum=100_000_00,
            unit="元",
            import_headers=("月工资", "月工资收入"),
        ),
        Field("year_pay", "年收入", Kind.MONEY, minimum=0, maximum=1_000_000_00, unit="元"),
        Field(
            "transport_subsidy",
            "年度交通费补助",
            Kind.MONEY,
            minimum=0,
            maximum=100_000_00,
            unit="元",
            import_headers=("年度交通费补助",),
        ),
        Field(
            "stable_subsidy",
            "稳岗补助",
            Kind.MONEY,
            minimum=0,
            maximum=100_000_00,
            unit="元",
            import_headers=("稳岗补助",),
        ),
        Field("skill_training", "参加技能培训", Kind.YES_NO),
        Field("organised", "有组织输出", Kind.YES_NO),
        Field("source", "信息来源", Kind.CODE, choices="CL_WORK_SOURCE"),
        Field("checked_on", "核实日期", Kind.DATE),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_away_names_employer, _ended_after_start, _not_working_has_ended),
)
