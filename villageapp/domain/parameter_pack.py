"""Values of parameters that an office publishes: the format of ``resources/parameters``, checked key by key.

    [MON_LINE]
    source = "document number"
    values = [{ from = 2023-01-01, to = 2023-12-31, value = 690000 }]

A key that this program does not know, or a value of another kind than the one it knows, is left out and told;
the others count. ``region`` is the division that publishes, or one below it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from villageapp.domain.parameters import Parameter, examples, titles
from villageapp.errors import Trouble

MOST_BYTES = 500_000
MOST_VALUES = 500
_MOST_TEXT = 200
_MOST_LISTED = 1000
_MOST = 10**15
"""No amount (fen), day or rate is larger."""
_MONTH, _DAY = r"(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])"
_KINDS = tuple(
    re.compile(pattern, re.ASCII) for pattern in (r"\d{1,4}[dwmy]", rf"\d{{4}}-{_MONTH}", rf"{_MONTH}-{_DAY}")
)
_DECIMAL = re.compile(r"\d{1,9}\.\d{1,6}", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)


def read(content: bytes, file_name: str, region: str) -> tuple[list[Parameter], list[str]]:
    """The parameters that can be used, and what is wrong with the others.

    Raises Trouble (code pack_unusable) for what is no table of parameters at all.
    """
    try:
        if len(content) > MOST_BYTES:
            raise _unusable(file_name, "超过 500 KB")
        tables = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unusable(file_name, str(error)) from error
    if not tables:
        raise _unusable(file_name, "没有参数")
    found: list[Parameter] = []
    wrong: list[str] = []
    for key, table in tables.items():
        try:
            found += list(_entries(key, table, region))
        except ValueError as error:
            wrong.append(f"参数 {key[:40]}：{error}")
    return found, wrong


def _entries(key: str, table: Any, region: str) -> Iterator[Parameter]:
    """Raises ValueError in Chinese."""
    if key not in examples():
        raise ValueError("本版本没有这个参数")
    rows = table.get("values") if isinstance(table, dict) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_VALUES:
        raise ValueError("没有取值 values")
    made = [_entry(key, table, row, region) for row in rows]
    yield from made


def _entry(key: str, table: Mapping[str, Any], row: Any, region: str) -> Parameter:
    if not isinstance(row, dict) or "value" not in row:
        raise ValueError("取值应写成 { from = 日期, value = 值 }")
    start, end = row.get("from"), row.get("to")
    if type(start) is not date or not (end is None or type(end) is date):
        raise ValueError("起止日期 from、to 应为日期，如 2023-01-01")
    if end is not None and end < start:
        raise ValueError("终止日期早于起始日期")
    source = row.get("source", table.get("source"))
    if not isinstance(source, str) or not 0 < len(source.strip()) <= _MOST_TEXT:
        raise ValueError("缺少依据文号 source")
    where = row.get("region", region)
    if (
        not isinstance(where, str)
        or not where.isascii()
        or not where.isdigit()
        or not where.startswith(region)
    ):
        raise ValueError(f"适用区划 region 应在发布区划 {region} 之内")
    if not fits(examples()[key], row["value"]):
        raise ValueError(f"取值“{str(row['value'])[:40]}”的写法与“{titles()[key]}”不符")
    return Parameter(key, row["value"], start, end, where, titles()[key], source.strip())


def fits(example: Any, value: Any) -> bool:
    """Whether a value is of the same kind as a known one, so that every rule can compute with it."""
    if isinstance(example, bool) or isinstance(value, bool):
        return type(example) is type(value)
    if isinstance(example, int):
        return isinstance(value, int) and 0 <= value <= _MOST
    if isinstance(example, str):
        return isinstance(value, str) and _fits_text(example, value)
    if isinstance(example, list):
        return isinstance(value, list) and len(value) <= _MOST_LISTED and _fits_list(example, value)
    if isinstance(example, dict):
        return isinstance(value, dict) and _fits_table(example, value)
    return type(value) is date and isinstance(example, date)


def _fits_text(example: str, value: str) -> bool:
    if _DECIMAL.fullmatch(example):
        return _NUMBER.fullmatch(value) is not None
    for kind in _KINDS:
        if kind.fullmatch(example):
            return kind.fullmatch(value) is not None
    return 0 < len(value) <= _MOST_TEXT and value.isprintable()


def _fits_list(example: list[Any], value: list[Any]) -> bool:
    """Figures, mixed entries and written periods stand in their places; names, days and tables are as many as there are."""
    if isinstance(example[0], dict):
        return bool(value) and all(fits(_widest(example), one) for one in value)
    if isinstance(example[0], list):
        return bool(value) and all(fits(example[0], one) for one in value)
    if isinstance(example[0], date):
        return all(fits(example[0], one) for one in value)
    if all(isinstance(one, str) and not any(kind.fullmatch(one) for kind in _KINDS) for one in example):
        return bool(value) and all(fits(example[0], one) for one in value)
    return len(value) == len(example) and all(map(fits, example, value))


def _widest(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Every key that any of the known rows has; what not all have is optional (a key with ``?``)."""
    always = set.intersection(*(set(row) for row in rows))
    return {(key if key in always else f"{key}?"): value for row in rows for key, value in row.items()}


def _fits_table(example: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    known = {key.rstrip("?"): kind for key, kind in example.items()}
    required = {key for key in example if not key.endswith("?")}
    return required <= set(value) <= set(known) and all(fits(known[key], one) for key, one in value.items())


def _unusable(file_name: str, why: str) -> Trouble:
    return Trouble(
        f"参数表 {file_name} 不能使用：{why}。没有改动参数。",
        remedy="请核对文件后再试。",
        code="pack_unusable",
    )
