"""The team and its work: attendance, leave, work log, points (domain.md 2.10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain.fields import Field, Form, Kind
from villageapp.errors import Problem


def _back_after_start(values: Mapping[str, Any]) -> Iterable[Problem]:
    start, end = values.get("from_on"), values.get("to_on")
    if start and end and end < start:
        yield Problem("to_on", "结束日期早于开始日期")


TEAM = Form(
    "team",
    "工作队",
    (
        Field("kind", "工作队类别", Kind.CODE, required=True, choices="CL_TEAM_KIND"),
        Field("place", "驻村（安置区）", required=True, max_length=60),
        Field("units", "派出单位", max_length=200),
        Field("county_captain", "驻县大队长", max_length=20),
        Field("start_on", "开始日期", Kind.DATE),
        Field("end_on", "结束日期", Kind.DATE),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
)

ATTENDANCE = Form(
    "attendance",
    "考勤",
    (
        Field("cadre_id", "干部", Kind.REF, required=True),
        Field("day", "日期", Kind.DATE, required=True),
        Field("state", "考勤状态", Kind.CODE, required=True, choices="CL_ATTENDANCE"),
        Field("checked_in_at", "签到时间", Kind.INSTANT),
        Field("place", "地点", max_length=60),
        Field("proof_ids", "凭证", Kind.REFS),
        Field("entered_by", "登记人", Kind.REF),
        Field("note", "备注", max_length=200),
    ),
)

LEAVE = Form(
    "leave",
    "请假",
    (
        Field("cadre_id", "干部", Kind.REF, required=True),
        Field("kind", "请假类别", Kind.CODE, required=True, choices="CL_LEAVE_KIND"),
        Field("from_on", "开始日期", Kind.DATE, required=True),
        Field("to_on", "结束日期", Kind.DATE, required=True),
        Field("reason", "事由", required=True, max_length=200),
        Field("state", "请假状态", Kind.CODE, required=True, choices="CL_LEAVE_STATE"),
        Field("approver", "批准人", max_length=20),
        Field("back_on", "销假日期", Kind.DATE),
        Field("note", "备注", max_length=200),
    ),
    rules=(_back_after_start,),
)

WORK_LOG = Form(
    "work_log",
    "工作日志",
    (
        Field("day", "日期", Kind.DATE, required=True),
        Field("cadre_id", "干部", Kind.REF, required=True),
        Field("kind", "工作类别", Kind.CODE, required=True, choices="CL_LOG_KIND"),
        Field("morning", "上午", Kind.NOTE, max_length=2000),
        Field("afternoon", "下午", Kind.NOTE, max_length=2000),
        Field("visit_ids", "关联走访", Kind.REFS),
        Field("problem_ids", "关联问题", Kind.REFS),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
)

SCORE_RULE = Form(
    "score_rule",
    "积分规则",
    (
        Field("code", "规则编号", required=True, max_length=20),
        Field("dimension", "积分维度", Kind.CODE, required=True, choices="CL_SCORE_DIMENSION"),
        Field("text", "规则", required=True, max_length=200),
        Field("points", "分值", Kind.INTEGER, required=True, minimum=-1000, maximum=1000, unit="分"),
        Field("cap", "封顶", Kind.INTEGER, minimum=0, maximum=10_000, unit="分"),
        Field("effective_from", "生效日期", Kind.DATE, required=True),
        Field("effective_to", "失效日期", Kind.DATE),
    ),
)

SCORE = Form(
    "score",
    "积分",
    (
        Field("cadre_id", "干部", Kind.REF),
        Field("team_id", "工作队", Kind.REF),
        Field("period", "期间", Kind.MONTH, required=True),
        Field("rule_code", "规则编号", required=True, max_length=20),
        Field("points", "得分", Kind.INTEGER, required=True, minimum=-1000, maximum=1000, unit="分"),
        Field("evidence", "依据", max_length=200),
    ),
)

POINTS = Form(
    "points",
    "村民积分",
    (
        Field("subject", "积分对象", Kind.CODE, required=True, choices="CL_POINTS_FOR"),
        Field("household_id", "农户", Kind.REF),
        Field("member_id", "党员", Kind.REF),
        Field("day", "日期", Kind.DATE, required=True),
        Field("reason", "事由", required=True, max_length=200),
        Field("points", "积分", Kind.INTEGER, required=True, minimum=-1000, maximum=1000, unit="分"),
    ),
)
