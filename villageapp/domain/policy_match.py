"""Which policies fit a household and are not used yet, and what must still be found out (domain.md 2.11).

A policy's target is a list of conditions over the household or over one member. Every condition must hold.
An unknown value neither fits nor rules out: it is named as evidence that is missing. Expired and superseded
policies never match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from villageapp.domain import dates
from villageapp.domain.fields import Form, show
from villageapp.domain.household import HOUSEHOLD, is_monitored, no_labour_whole
from villageapp.domain.member import MEMBER
from villageapp.errors import Problem, ValidationFailed

HOUSEHOLD_SUBJECT, MEMBER_SUBJECT = "household", "member"
_FORMS: Mapping[str, Form] = {HOUSEHOLD_SUBJECT: HOUSEHOLD, MEMBER_SUBJECT: MEMBER}
DERIVED: Mapping[str, Mapping[str, str]] = {
    HOUSEHOLD_SUBJECT: {"monitored": "监测对象（风险未消除）", "no_labour_whole": "整户无劳动能力"},
    MEMBER_SUBJECT: {"age": "年龄"},
}
"""Facts that are computed, by subject, with their labels."""


class Op(StrEnum):
    """How a condition compares."""

    IS = "is"  # equals
    IN = "in"  # is one of
    NOT_IN = "not_in"
    HAS = "has"  # a set contains it
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a policy's target."""

    subject: str
    field: str
    op: Op
    value: Any

    @property
    def label(self) -> str:
        """What it asks about, in Chinese."""
        derived = DERIVED[self.subject].get(self.field)
        return derived or _FORMS[self.subject][self.field].label

    def judge(self, facts: Mapping[str, Any]) -> bool | None:
        """Whether it holds; None when the fact is unknown."""
        found = facts.get(self.field)
        if found is None:
            return None
        return _COMPARISONS[self.op](found, self.value)


_COMPARISONS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.IS: lambda found, value: found == value,
    Op.IN: lambda found, value: found in value,
    Op.NOT_IN: lambda found, value: found not in value,
    Op.HAS: lambda found, value: value in found,
    Op.AT_LEAST: lambda found, value: found >= value,
    Op.AT_MOST: lambda found, value: found <= value,
}


def conditions(target: Iterable[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Checked conditions of a policy. Raises ValidationFailed naming the line that is wrong."""
    found = []
    for number, line in enumerate(target, start=1):
        subject, name = str(line.get("subject", "")), str(line.get("field", ""))
        known = subject in _FORMS and (name in _FORMS[subject].by_name or name in DERIVED[subject])
        if not known or line.get("op") not in set(Op) or "value" not in line:
            raise ValidationFailed([Problem("target", f"适用条件第 {number} 行写得不对：{subject}.{name}")])
        found.append(Condition(subject, name, Op(line["op"]), line["value"]))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Match:
    """A policy that fits, or would fit if what is missing turned out so."""

    policy_no: str
    title: str
    member_id: str | None
    missing: tuple[str, ...]
    """Labels of facts that are unknown; empty when it fits for certain."""
    because: tuple[str, ...]
    """Facts that made it fit, as people read them."""


def match(
    policies: Iterable[Mapping[str, Any]],
    household: Mapping[str, Any],
    members: Sequence[Mapping[str, Any]],
    used_items: Iterable[tuple[str, str | None]],
    on: date,
) -> list[Match]:
    """Policies that fit on that day and whose measure the household or member does not have yet.

    ``household`` and ``members`` use the forms' names, members also ``id``; ``used_items`` are (measure item,
    member id) pairs in force. Certain matches come first.
    """
    used = set(used_items)
    facts = _household_facts(household, members)
    found = [
        m for policy in policies if in_force(policy, on) for m in _match_one(policy, facts, members, used, on)
    ]
    return sorted(found, key=lambda m: (bool(m.missing), m.policy_no, m.member_id or ""))


def in_force(policy: Mapping[str, Any], on: date) -> bool:
    """Whether the policy is in force on that day and not superseded."""
    end = policy.get("effective_to")
    return not policy.get("superseded_by") and policy["effective_from"] <= on and (end is None or on <= end)


def _match_one(
    policy: Mapping[str, Any],
    household: Mapping[str, Any],
    members: Sequence[Mapping[str, Any]],
    used: set[tuple[str, str | None]],
    on: date,
) -> Iterable[Match]:
    wanted = conditions(policy.get("target") or ())
    about_household = [c for c in wanted if c.subject == HOUSEHOLD_SUBJECT]
    about_member = [c for c in wanted if c.subject == MEMBER_SUBJECT]
    item = policy.get("measure_item")
    if not about_member:
        if not any(i == item for i, _ in used if item):
            yield from _judged(policy, about_household, household, None)
        return
    for member in members:
        if item and ((item, member["id"]) in used or (item, None) in used):
            continue
        facts = {**household, **_member_facts(member, on)}
        yield from _judged(policy, [*about_household, *about_member], facts, member["id"])


def _judged(
    policy: Mapping[str, Any], wanted: Sequence[Condition], facts: Mapping[str, Any], member_id: str | None
) -> Iterable[Match]:
    verdicts = [(condition, condition.judge(facts)) for condition in wanted]
    if any(verdict is False for _, verdict in verdicts):
        return
    missing = tuple(c.label for c, verdict in verdicts if verdict is None)
    if missing and len(missing) == len(verdicts):
        return  # nothing at all is known: that is no hint
    because = tuple(f"{c.label}：{_said(c, facts)}" for c, verdict in verdicts if verdict)
    yield Match(policy["policy_no"], policy["title"], member_id, missing, because)


def _said(condition: Condition, facts: Mapping[str, Any]) -> str:
    value = facts[condition.field]
    if condition.field in DERIVED[condition.subject]:
        return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return show(_FORMS[condition.subject][condition.field], value)


def _household_facts(household: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    monitored = is_monitored(household.get("monitoring_category"), household.get("risk_eliminated"))
    return {
        **household,
        "monitored": monitored,
        "no_labour_whole": no_labour_whole(m.get("labour") for m in members),
    }


def _member_facts(member: Mapping[str, Any], on: date) -> dict[str, Any]:
    birth = member.get("birth_date")
    return {**member, "age": None if birth is None else dates.age(birth, on)}
