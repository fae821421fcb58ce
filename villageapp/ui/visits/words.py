"""Sentences of the visit screens. Plain functions, no widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QCoreApplication

from villageapp.domain import codes, dates
from villageapp.domain.fields import Field, Kind, show
from villageapp.domain.household import is_monitored
from villageapp.domain.problem import Deadlines
from villageapp.ui.households.columns import monitoring_badge, type_badge
from villageapp.ui.widgets.badge import Badge

_PLACE = "visits"
_NAMED_MEMBERS = 8
_LONGEST_MEMBERS = 80
"""Members and characters of them above the form, some two lines; all of them are offered as 受访人."""
_LONGEST_NOTE = 30
"""Characters of a remark that are repeated beside a yes/no question."""


def day_text(day: date, today: date) -> str:
    """``3月12日``, with the year when it is not this one."""
    text = f"{day.month}月{day.day}日"
    return text if day.year == today.year else f"{day.year}年{text}"


def moment_text(moment: datetime, today: date) -> str:
    """``14:20`` today, ``3月12日 14:20`` on another day; China time."""
    day, clock = dates.local_day(moment), dates.local_text(moment)[11:]
    return clock if day == today else f"{day_text(day, today)} {clock}"


def last_answer(field: Field, previous: Mapping[str, Any] | None, today: date) -> str:
    """``上次(3月12日):是``; empty without an earlier visit or when nothing was said then."""
    if previous is None:
        return ""
    value = previous.get(field.name)
    said = show(field, value)
    if not said or (value is None and field.kind is Kind.YES_NO):
        return ""
    note = previous.get(f"{field.name}_note") if field.kind is Kind.YES_NO else None
    return _last(previous, f"{said}，{_short(note)}" if note else said, today)


def last_tick(measure_id: str, previous: Mapping[str, Any] | None, today: date) -> str:
    """What was ticked for a measure last time, in the same form as ``last_answer``."""
    rows = (previous or {}).get("measures_checked") or ()
    status = next((row.get("status") for row in rows if row.get("measure_id") == measure_id), None)
    return _last(previous, str(status), today) if previous is not None and status else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE]}…"


def _last(previous: Mapping[str, Any], said: str, today: date) -> str:
    day = day_text(dates.local_day(previous["started_at"]), today)
    return QCoreApplication.translate(_PLACE, "上次（{day}）：{said}").format(day=day, said=said)


def household_badges(household: Mapping[str, Any]) -> list[Badge]:
    """户类型 and monitoring stamp of a household, as everywhere."""
    stands = is_monitored(household["monitoring_category"], household["risk_eliminated"])
    badges = (
        type_badge(household["household_type"]),
        monitoring_badge(household["monitoring_category"], stands=stands),
    )
    return [badge for badge in badges if badge is not None]


def members_line(members: Sequence[Mapping[str, Any]]) -> str:
    """``4 人:张示范(户主,64 岁)、李样例(配偶,61 岁)…``."""
    tr = QCoreApplication.translate
    if not members:
        return tr(_PLACE, "没有登记成员")
    named: list[str] = []
    for member in members[:_NAMED_MEMBERS]:
        said = person_text(member)
        if named and len("、".join((*named, said))) > _LONGEST_MEMBERS:
            break
        named.append(said)
    more = tr(_PLACE, "等") if len(members) > len(named) else ""
    return tr(_PLACE, "{count} 人：{names}").format(count=len(members), names="、".join(named) + more)


def person_text(member: Mapping[str, Any]) -> str:
    """``张示范(户主,64 岁)``."""
    tr = QCoreApplication.translate
    age = tr(_PLACE, "{years} 岁").format(years=member["age"]) if member["age"] is not None else ""
    more = "，".join(part for part in (member["relation"] or "", age) if part)
    name = member["name"] or tr(_PLACE, "（无姓名）")
    return f"{name}（{more}）" if more else name


def last_visit_line(previous: Mapping[str, Any] | None, today: date) -> str:
    """When somebody of this household was last met, and by whom."""
    tr = QCoreApplication.translate
    if previous is None:
        return tr(_PLACE, "还没有走访过这一户")
    day = day_text(dates.local_day(previous["started_at"]), today)
    names = "、".join(name for name in previous.get("visitor_names") or () if name)
    text = tr(_PLACE, "上次走访：{day} {result}").format(day=day, result=previous["result"])
    return f"{text}（{names}）" if names else text


def measure_text(measure: Mapping[str, Any]) -> str:
    """Title and who benefits of a measure."""
    kind = codes.code_list("CL_MEASURE_ITEM").label(measure["item"] or "")
    title = measure["title"] or kind
    who = measure.get("member_name")
    return f"{title}（{who}）" if who else title


def category_text(category: str) -> str:
    """Label of a problem category."""
    return codes.code_list("CL_PROBLEM_CAT").label(category)


def deadlines_text(due: Deadlines, reported_on: date, today: date) -> str:
    """``核查 11月24日(1天) · 意见 … · 方案 … · 解决 …``."""
    return dates_text((due.verify, due.opinion, due.plan, due.solve), today, reported_on)


def dates_text(due: Sequence[date | None], today: date, reported_on: date | None = None) -> str:
    """The four due days of a problem item; counted from ``reported_on`` where it is given."""
    tr = QCoreApplication.translate
    steps = (tr(_PLACE, "核查"), tr(_PLACE, "意见"), tr(_PLACE, "方案"), tr(_PLACE, "解决"))
    parts = []
    for step, day in zip(steps, due, strict=True):
        said = day_text(day, today) if day is not None else tr(_PLACE, "未定")
        after = (
            tr(_PLACE, "（{days}天）").format(days=(day - reported_on).days) if day and reported_on else ""
        )
        parts.append(f"{step} {said}{after}")
    return " · ".join(parts)


def next_visit_hint(visited_on: date, planned: date, household: Mapping[str, Any]) -> str:
    """Why this day is proposed (R-VIS-1)."""
    tr = QCoreApplication.translate
    if is_monitored(household["monitoring_category"], household["risk_eliminated"]):
        who = tr(_PLACE, "监测户")
    else:
        who = codes.code_list("CL_HH_TYPE").label(household["household_type"] or "") or tr(_PLACE, "农户")
    return tr(_PLACE, "按规定：{who}走访后 {days} 天，可以改").format(
        who=who, days=(planned - visited_on).days
    )
