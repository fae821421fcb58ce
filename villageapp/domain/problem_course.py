"""The recorded steps of a problem item; the item's state follows from them (domain.md 2.7, 3.5).

A step is a record of its own: two laptops that work on the same item offline never overwrite each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.problem_steps import Action, Item, Step

PROBLEM_STEP = Form(
    "problem_step",
    "问题办理步骤",
    (
        Field("problem_id", "所属问题", Kind.REF, required=True),
        Field("household_id", "涉及户", Kind.REF),
        Field("action", "步骤", Kind.CODE, required=True, choices="CL_PROBLEM_ACTION"),
        Field("on", "日期", Kind.DATE, required=True),
        Field("text", "内容", Kind.NOTE, max_length=2000),
        Field("level", "层级", Kind.CODE, choices="CL_LEVEL"),
        Field("by", "验收人（批准人）", max_length=20),
        Field("due", "新期限", Kind.DATE),
        Field("proof_ids", "佐证", Kind.REFS),
    ),
)

FIELD_OF_ACTION: Mapping[Action, tuple[str, str]] = {
    Action.VERIFY: ("verified_on", "verify_finding"),
    Action.OPINION: ("opinion_on", "opinion"),
    Action.PLAN: ("plan_on", "plan"),
    Action.SOLVE: ("solved_on", "result"),
}
"""Fields of the item that show the date and text of a step."""


def step_of(values: Mapping[str, Any]) -> Step:
    """The step in clean values of PROBLEM_STEP."""
    return Step(
        Action(values["action"]),
        values["on"],
        values.get("text") or "",
        values.get("level") or "",
        values.get("by") or "",
        values.get("due"),
        len(values.get("proof_ids") or ()),
    )


def item_of(values: Mapping[str, Any], steps: Iterable[Mapping[str, Any]], item_id: str = "") -> Item:
    """The item in clean values of PROBLEM, with its steps in order of recording."""
    return Item(
        values["reported_on"],
        values["source"],
        values["scope"],
        item_id,
        values.get("grade"),
        values.get("owner_id"),
        values.get("founded"),
        values.get("reporter_told_on"),
        values.get("household_ack"),
        values.get("listed_supervision"),
        tuple(step_of(step) for step in steps),
    )
