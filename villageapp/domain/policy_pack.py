"""What a pack of policies holds (TOML), checked policy by policy; the same for a file, a server and a laptop."""

from __future__ import annotations

import tomllib
from typing import Any

from villageapp.domain import policy_match
from villageapp.domain.codes import code_list
from villageapp.domain.fields import Kind
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.member import MEMBER
from villageapp.domain.papers import POLICY
from villageapp.domain.policy_match import Condition, Op
from villageapp.errors import AppError, Problem, Trouble, ValidationFailed

MOST_BYTES = 2_000_000
MOST_POLICIES = 2_000
_MOST_NAME = 60
_NUMBERS = frozenset({Kind.INTEGER, Kind.MONEY, Kind.DECIMAL})
_FORMS = {policy_match.HOUSEHOLD_SUBJECT: HOUSEHOLD, policy_match.MEMBER_SUBJECT: MEMBER}


def read_pack(content: bytes, file_name: str) -> tuple[str, list[dict[str, Any]]]:
    """Name and checked policies of a pack; ``file_name`` names it in errors.

    Raises Trouble (code pack_unusable) for a pack with anything wrong in it.
    """
    if len(content) > MOST_BYTES:
        raise unusable(file_name, "超过 2 MB")
    try:
        read = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise unusable(file_name, f"不是有效的 TOML（{error}）") from error
    entries = read.get("policy")
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_POLICIES:
        raise unusable(file_name, "没有政策")
    checked = [_checked(file_name, number, entry) for number, entry in enumerate(entries, 1)]
    numbers: set[str] = set()
    for policy in checked:
        if policy["policy_no"] in numbers:
            raise unusable(file_name, f"政策编号 {policy['policy_no']} 出现两次")
        numbers.add(policy["policy_no"])
    return str(read.get("pack", file_name.removesuffix(".toml")))[:_MOST_NAME], checked


def unusable(file_name: str, why: str) -> Trouble:
    """The refusal of a pack as a whole."""
    return Trouble(
        f"政策包 {file_name} 不能使用：{why}。没有改动政策库。",
        remedy="请核对文件后再试。",
        code="pack_unusable",
    )


def _checked(file_name: str, number: int, entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise unusable(file_name, f"第 {number} 条不是政策")
    try:
        values = POLICY.check(entry)
        for condition in policy_match.conditions(values.get("target") or ()):
            _refuse_unusable(condition)
    except AppError as error:
        raise unusable(file_name, f"第 {number} 条：{error.message}") from error
    return values


def _refuse_unusable(condition: Condition) -> None:
    """Raise ValidationFailed for a condition that could never be compared: a wrong type or an unknown code."""
    field = _FORMS[condition.subject].by_name.get(condition.field)
    value, wanted = condition.value, condition.value
    numeric = field is None or field.kind in _NUMBERS
    if condition.op in (Op.AT_LEAST, Op.AT_MOST):
        fits = numeric and isinstance(value, int) and not isinstance(value, bool)
    elif condition.op in (Op.IN, Op.NOT_IN):
        fits = isinstance(value, list) and bool(value)
    elif condition.op is Op.HAS:
        fits, wanted = field is not None and field.kind is Kind.CODES and isinstance(value, str), [value]
    else:
        fits, wanted = not isinstance(value, (list, dict)), [value]
    if fits and field is not None and field.kind in (Kind.CODE, Kind.CODES):
        fits = all(code in code_list(field.choices).labels for code in wanted)
    if not fits:
        raise ValidationFailed([Problem("target", f"适用条件“{condition.label}”的取值不能比较：{value}")])
