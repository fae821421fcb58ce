"""Problem items and their 135/710 clock: domain.md 2.7, R-PRB-1 … R-PRB-3.

135: house visit within 1 day, opinion within 3, plan within 5. 710: what can be mended at once within
7 days, the large and complex within 1 calendar month, all followed until cleared to 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from villageapp.domain import dates
from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.parameters import Parameter, Parameters
from villageapp.errors import Problem

IMMEDIATE, COMPLEX = "I", "M"
OPEN_STATES = frozenset(
    {"REPORTED", "VERIFIED", "OPINION", "PLANNED", "SOLVING", "SOLVED", "ACCEPTING", "RETURNED"}
)
UNSOLVED_STATES = frozenset({"REPORTED", "VERIFIED", "OPINION", "PLANNED", "SOLVING", "RETURNED"})

CATEGORY_OF_ANSWER: Mapping[str, str] = {
    "edu_ok": "02",
    "med_ok": "03",
    "house_ok": "04",
    "water_ok": "05",
    "eat_ok": "06",
    "cloth_ok": "06",
}
"""R-PRB-8: a 否 to this visit question opens a problem item of this category (CL_PROBLEM_CAT)."""


def _household_when_about_one(values: Mapping[str, Any]) -> Iterable[Problem]:
    if values.get("scope") == "户" and "household_id" in values and not values["household_id"]:
        yield Problem("household_id", "涉及农户的问题须选择农户")


def _clock_time(values: Mapping[str, Any]) -> Iterable[Problem]:
    """The time of day beside the day of reporting."""
    text = values.get("reported_time")
    if not text:
        return
    try:
        time.fromisoformat(text)
    except ValueError:
        yield Problem("reported_time", "发现（反映）时刻应写成 09:30 这样")


PROBLEM = Form(
    "problem",
    "问题",
    (
        Field("ledger_no", "编号", max_length=40),
        Field("scope", "范围", Kind.CODE, required=True, choices="CL_PROBLEM_SCOPE"),
        Field("household_id", "涉及户", Kind.REF),
        Field("asset_id", "涉及资产", Kind.REF),
        Field("visit_id", "发现于走访", Kind.REF),
        Field("source", "来源", Kind.CODE, required=True, choices="CL_SOURCE"),
        Field("source_doc", "文号", max_length=60),
        Field("campaign", "专项行动", max_length=60),
        Field("category", "问题类别", Kind.CODE, required=True, choices="CL_PROBLEM_CAT"),
        Field("title", "标题", required=True, max_length=100),
        Field("description", "描述", Kind.NOTE, required=True, max_length=2000),
        Field("reported_on", "发现（反映）日期", Kind.DATE, required=True),
        Field("reported_time", "发现（反映）时刻", max_length=5, help="如 09:30"),
        Field("reporter", "反映人", max_length=20),
        Field("reporter_told_on", "告知反映人日期", Kind.DATE),
        Field("due_verify", "上门核查期限", Kind.DATE),
        Field("due_opinion", "办理意见期限", Kind.DATE),
        Field("due_plan", "解决方案期限", Kind.DATE),
        Field("grade", "分级", Kind.CODE, choices="CL_PROBLEM_GRADE"),
        Field("due_solve", "解决期限", Kind.DATE),
        Field("state", "状态", Kind.CODE, required=True, choices="CL_PROBLEM_STATE"),
        Field("owner_id", "责任人", Kind.REF),
        Field("verified_on", "核查日期", Kind.DATE),
        Field("verifier", "核查人", max_length=20),
        Field("verify_finding", "核查情况", Kind.NOTE, max_length=2000),
        Field("founded", "核查是否属实", Kind.YES_NO),
        Field("opinion_on", "意见日期", Kind.DATE),
        Field("opinion", "办理意见", Kind.NOTE, max_length=2000),
        Field("plan_on", "方案日期", Kind.DATE),
        Field("plan", "解决方案", Kind.NOTE, max_length=2000),
        Field("co_units", "配合单位", max_length=100),
        Field("target", "整改目标", max_length=200),
        Field("escalated_to", "上报层级", Kind.CODE, choices="CL_LEVEL"),
        Field("escalated_on", "上报日期", Kind.DATE),
        Field("progress", "进展", Kind.ROWS, help="每行：on、text"),
        Field("solved_on", "解决日期", Kind.DATE),
        Field("result", "解决情况", Kind.NOTE, max_length=2000),
        Field("proof_ids", "解决佐证", Kind.REFS),
        Field("household_ack", "农户确认", Kind.CODE, choices="CL_ACK"),
        Field("acceptances", "验收", Kind.ROWS, help="每行：level、on、by、passed、note"),
        Field("returned_due", "回炉期限", Kind.DATE),
        Field("closed_on", "销号日期", Kind.DATE),
        Field("listed_supervision", "挂牌督办", Kind.CODE, choices="CL_LISTED"),
        Field("extensions", "延期", Kind.ROWS, help="每行：reason、approver、new_due"),
        Field("reopened_from", "反弹自", Kind.REF),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_household_when_about_one, _clock_time),
)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The four due days of a problem item; a day ends at 24:00."""

    verify: date
    opinion: date
    plan: date
    solve: date

    def as_values(self) -> dict[str, date]:
        """Under the field names of the form."""
        return {
            "due_verify": self.verify,
            "due_opinion": self.opinion,
            "due_plan": self.plan,
            "due_solve": self.solve,
        }


def deadlines(reported_on: date, grade: str | None, parameters: Parameters) -> Deadlines:
    """R-PRB-1 and R-PRB-2; while the grade is unset the 7-day date holds.

    Raises UnsetParameter (see ``parameters``) when D135 or D710 have no value on that day.
    """
    verify, opinion, plan = parameters.integers("D135", reported_on)
    if grade == COMPLEX:
        solve = _complex_due(reported_on, parameters.text("D710_COMPLEX", reported_on))
    else:
        solve = dates.add_days(reported_on, parameters.integer("D710_IMMEDIATE", reported_on))
    return Deadlines(
        dates.add_days(reported_on, verify),
        dates.add_days(reported_on, opinion),
        dates.add_days(reported_on, plan),
        solve,
    )


def _complex_due(reported_on: date, period: str) -> date:
    """``1m`` is one calendar month, ``30d`` thirty days (domain.md 3.1, D710_COMPLEX)."""
    number, unit = int(period[:-1]), period[-1]
    return dates.add_months(reported_on, number) if unit == "m" else dates.add_days(reported_on, number)


class Light(StrEnum):
    """R-PRB-3: how near the next due day is."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an open item needs next: the step in Chinese, its due day, days left (negative = overdue)."""

    step: str
    due: date | None
    days_left: int
    light: Light
    used: tuple[Parameter, ...] = ()
    """The parameter by which the light was judged; empty where nothing is due."""


_STEP_OF_STATE = {
    "REPORTED": ("上门核查", "due_verify"),
    "VERIFIED": ("提出办理意见", "due_opinion"),
    "OPINION": ("确定解决方案", "due_plan"),
}


def standing(values: Mapping[str, Any], today: date, parameters: Parameters) -> Standing:
    """The next step of a problem item on that day (R-PRB-3). ``values`` uses the form's names.

    Raises UnsetParameter when nobody has set how many days before the due day the light turns amber.
    """
    state = values["state"]
    if state not in UNSOLVED_STATES:
        return Standing("待验收销号" if state in OPEN_STATES else "已销号", None, 0, Light.DONE)
    if state in _STEP_OF_STATE:
        step, field = _STEP_OF_STATE[state]
        due, key = values[field], "AMBER_135"
    else:
        step, due = "解决问题", solve_due(values)
        key = "AMBER_COMPLEX" if values.get("grade") == COMPLEX else "AMBER_IMMEDIATE"
    if due is None:
        return Standing(step, None, 0, Light.GREEN)
    amber = parameters.find(key, due)
    left = (due - today).days
    light = Light.RED if left < 0 else Light.AMBER if left <= amber.value else Light.GREEN
    return Standing(step, due, left, light, (amber,))


def solve_due(values: Mapping[str, Any]) -> date | None:
    """The day by which it must be solved: that of the 回炉 if acceptance failed, never that of an extension."""
    returned: date | None = values.get("returned_due")
    due: date | None = values.get("due_solve")
    return due if returned is None else returned
