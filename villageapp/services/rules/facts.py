"""Facts that somebody outside gives to a rule: checked field by field, unknown names refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from villageapp.domain.fields import Field, parse
from villageapp.errors import Problem, ValidationFailed


def read(fields: tuple[Field, ...], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Clean values of the facts, None where not given.

    Raises ValidationFailed with every unknown name, missing required fact and wrong value.
    """
    names = {field.name for field in fields}
    unknown = sorted(name for name in map(str, facts) if name not in names)
    problems = [Problem(name[:40], f"这条规则没有“{name[:40]}”这个事实") for name in unknown]
    values: dict[str, Any] = {}
    for field in fields:
        try:
            values[field.name] = parse(field, facts.get(field.name))
        except ValueError as error:
            problems.append(Problem(field.name, f"{field.label}（{field.name}）：{error}"))
            continue
        if field.required and values[field.name] is None:
            problems.append(Problem(field.name, f"{field.label}（{field.name}）：必须填写"))
    if problems:
        raise ValidationFailed(problems)
    return values
