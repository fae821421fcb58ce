"""Who of the team may do what: R-MON-15 and the roles of domain.md 1 and 2.10, asked by the services.

The table is data (``resources/permissions.toml``). Where domain.md names nobody, everybody of the team may.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from villageapp import paths
from villageapp.domain.codes import code_list
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.monitoring_facts import State
from villageapp.domain.monitoring_moves import TRANSITIONS, UPPER_FIELDS, Move
from villageapp.domain.problem_steps import Action

ROLES = "CL_CADRE_ROLE"
VILLAGE_LEVEL = "村"
"""The code of CL_LEVEL at which everybody of the team records an acceptance."""

_UP_TO_NOTICE = frozenset({State.CLUE, State.VERIFIED, State.VILLAGE_REVIEW, State.NOTICE, State.REJECTED})
_WITH_THE_UPPER = frozenset({State.TOWN_REVIEW, State.COUNTY_APPROVAL, State.EXIT_TOWN, State.EXIT_COUNTY})


class Act(StrEnum):
    """What not everybody may do; the keys of the table."""

    CASE_AFTER_NOTICE = "case_after_notice"
    CASE_UPPER_STEP = "case_upper_step"
    PROBLEM_ACCEPTED_ABOVE_VILLAGE = "problem_accepted_above_village"
    LEAVE_DECIDED = "leave_decided"


@dataclass(frozen=True, slots=True)
class Permission:
    """One line of the table: who may do it, by which rule."""

    title: str
    rule: str
    roles: tuple[str, ...]
    source: str


@cache
def table() -> Mapping[Act, Permission]:
    """The table as it comes with the program."""
    with (paths.resources() / "permissions.toml").open("rb") as file:
        found = tomllib.load(file)
    return {
        Act(name): Permission(row["title"], row["rule"], tuple(row["roles"]), row["source"])
        for name, row in found.items()
    }


def judge(acts: Iterable[Act], role: str) -> Judgement:
    """Whether somebody with that role (code or label of CL_CADRE_ROLE) may do all of these."""
    named = tuple(acts)
    own = _role(role)
    reasons = tuple(_refused(table()[act], role) for act in named if own not in table()[act].roles)
    return Judgement(", ".join(dict.fromkeys(table()[act].rule for act in named)), reasons)


def _role(text: str) -> str:
    """The code of a role; what no list knows stays as it is and may only do what everybody may."""
    try:
        return code_list(ROLES).find(text)
    except ValueError:
        return text


def _refused(permission: Permission, role: str) -> Reason:
    who = "、".join(code_list(ROLES).label(code) for code in permission.roles)
    return Reason(permission.rule, f"{permission.title}只由{who}办理，本机使用人的角色是“{role or '未登记'}”")


def acts_of_move(move: Move) -> tuple[Act, ...]:
    """What a step of a monitoring case is: within the village up to the notice it is everybody's (R-MON-15)."""
    arrows = [arrow for arrow in TRANSITIONS if arrow.move is move]
    if all(arrow.start in _WITH_THE_UPPER for arrow in arrows):
        return (Act.CASE_UPPER_STEP,)
    if all(arrow.start in _UP_TO_NOTICE and arrow.end in _UP_TO_NOTICE for arrow in arrows):
        return ()
    return (Act.CASE_AFTER_NOTICE,)


def acts_of_fields(names: Iterable[str]) -> tuple[Act, ...]:
    """What filling in these fields of a monitoring case is."""
    return () if UPPER_FIELDS.isdisjoint(names) else (Act.CASE_UPPER_STEP,)


def acts_of_problem_step(action: Action, level: str | None, filled: Iterable[str] = ()) -> tuple[Act, ...]:
    """What recording a step of a problem item is, with these fields of the item filled in.

    What was decided above the village (acceptance, 挂牌督办) is its leaders' to record.
    """
    accepted = action in (Action.PASS, Action.FAIL) and level not in (None, "", VILLAGE_LEVEL)
    if accepted or "listed_supervision" in filled:
        return (Act.PROBLEM_ACCEPTED_ABOVE_VILLAGE,)
    return ()
