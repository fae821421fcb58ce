"""How problem items are said: lights with words, days, and which fields a step asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QCoreApplication

from villageapp.domain.fields import Field, Form
from villageapp.domain.problem import PROBLEM, Light, Standing
from villageapp.domain.problem_course import PROBLEM_STEP
from villageapp.domain.problem_steps import Action, title
from villageapp.ui.widgets.badge import Badge, Mood

_MOOD = {Light.GREEN: Mood.GOOD, Light.AMBER: Mood.WARN, Light.RED: Mood.BAD, Light.DONE: Mood.PLAIN}
_STEP_FIELDS: Mapping[Action, tuple[str, ...]] = {
    Action.PASS: ("level", "by"),
    Action.FAIL: ("level", "by", "due"),
    Action.ESCALATE: ("level",),
    Action.EXTEND: ("by", "due"),
}
_ITEM_FIELDS: Mapping[Action, tuple[str, ...]] = {
    Action.VERIFY: ("verifier", "founded"),
    Action.DISMISS: ("reporter_told_on",),
    Action.OPINION: ("reporter_told_on", "grade"),
    Action.PLAN: ("grade", "owner_id", "co_units", "target"),
    Action.SOLVE: ("household_ack", "reporter_told_on"),
    Action.CLOSE: ("household_ack",),
}
"""Fields of the item that are usually filled in with a step; others can be changed with any step."""


def light_badge(standing: Standing, overdue_days: int) -> Badge:
    """``超期 3 天``, ``剩 2 天``, ``今天到期``; never the colour alone."""
    tr = QCoreApplication.translate
    if standing.light is Light.DONE:
        return Badge(standing.step, _MOOD[standing.light])
    if overdue_days > 0 or standing.days_left < 0:
        days = max(overdue_days, -standing.days_left)
        return Badge(tr("problems", "超期 {days} 天").format(days=days), Mood.BAD)
    if standing.due is None:
        return Badge(tr("problems", "未定期限"), Mood.PLAIN)
    if standing.days_left == 0:
        return Badge(tr("problems", "今天到期"), Mood.WARN)
    return Badge(tr("problems", "剩 {days} 天").format(days=standing.days_left), _MOOD[standing.light])


def day(value: date | None) -> str:
    """``11-03`` within a table that shows the year elsewhere; empty for nothing."""
    return value.strftime("%m-%d") if value is not None else ""


def step_form(action: Action) -> tuple[Form, tuple[str, ...]]:
    """The form of a step's dialog, made of fields of the step and of the item, and their names in order."""
    step_names = ("on", "text", *_STEP_FIELDS.get(action, ()))
    item_names = _ITEM_FIELDS.get(action, ())
    fields: list[Field] = [PROBLEM_STEP[name] for name in step_names]
    fields += [PROBLEM[name] for name in item_names]
    return Form("problem_step", title(action), tuple(fields)), (*step_names, *item_names)


def path_text(step: Mapping[str, Any]) -> str:
    """One recorded step in a line."""
    parts = (step.get("level"), step.get("by"), step.get("text"))
    told = "，".join(str(part) for part in parts if part)
    due = step.get("due")
    if due:
        told += QCoreApplication.translate("problems", "，新期限 {due}").format(due=due)
    return told
