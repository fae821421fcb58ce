"""Records as JSON: domain.md names, ISO dates, money in yuan, codes with their labels; and JSON files as input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from villageapp.domain import money
from villageapp.domain.fields import Field, Form, Kind, show, to_wire
from villageapp.errors import Problem, Trouble, os_reason

MOST_INPUT_BYTES = 1_000_000
_TECHNICAL = ("id", "head_name", "household_group", "household_no", "member_name", "responsible_name")


def presented(form: Form, row: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields of a row of plain values; a code field has ``<name>_label`` beside it."""
    found: dict[str, Any] = {name: row[name] for name in _TECHNICAL if name in row}
    for field in form.fields:
        found[field.name] = value_of(field, row[field.name])
        if field.kind in (Kind.CODE, Kind.CODES):
            found[f"{field.name}_label"] = None if row[field.name] is None else show(field, row[field.name])
    return found


def value_of(field: Field, value: Any) -> Any:
    """One clean value as JSON; money is decimal yuan text with two places."""
    return money.digits(value) if field.kind is Kind.MONEY and value is not None else to_wire(value)


def plain(value: Any) -> Any:
    """A result of a service as JSON: dataclasses, dates, tuples and paths included."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclass_fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, (date, Decimal)):
        return to_wire(value)
    if isinstance(value, (Path, StrEnum)):
        return str(value)
    return value


def warnings_of(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Warnings as JSON."""
    return [{"field": problem.field, "message": problem.message} for problem in problems]


def warning_lines(problems: Iterable[Problem]) -> list[str]:
    """Warnings for people."""
    return [f"提醒：{problem.message}" for problem in problems]


def read_object(name: str) -> dict[str, Any]:
    """The JSON object in a file, or on standard input for ``-``. Numbers stay text, so that money is yuan.

    Raises Trouble when the file cannot be read or is no JSON object of at most 1 MB.
    """
    raw = _read(name)
    try:
        found = json.loads(raw.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=str)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _unusable(name, f"不是有效的 JSON{_place(error)}") from error
    if not isinstance(found, dict):
        raise _unusable(name, "应为一个 JSON 对象（{…}）")
    return found


def _read(name: str) -> bytes:
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(MOST_INPUT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(MOST_INPUT_BYTES + 1)
    except OSError as error:
        raise _unusable(name, os_reason(error)) from error
    if len(raw) > MOST_INPUT_BYTES:
        raise _unusable(name, "超过 1 MB")
    return raw


def _place(error: Exception) -> str:
    return f"（第 {error.lineno} 行）" if isinstance(error, json.JSONDecodeError) else ""


def _unusable(name: str, reason: str) -> Trouble:
    return Trouble(
        f"无法读取 {name}：{reason}。没有保存任何内容。", remedy="请检查文件后再试。", code="input_unreadable"
    )
