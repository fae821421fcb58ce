"""What a command line gives to a record: a JSON file, single fields, a day, a household."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from villageapp.cli.parser import ChineseParser
from villageapp.cli.values import read_object
from villageapp.domain import codes
from villageapp.domain.fields import Field, Form, Kind, parse, show
from villageapp.errors import Problem, ValidationFailed

_LISTS = frozenset({Kind.CODES, Kind.REFS})
_DAY = Field("on", "日期", Kind.DATE)
HOUSEHOLD_HELP = "户编号、户主姓名或内部编号"


def add_fields(parser: ChineseParser) -> None:
    """``--from FILE`` and any number of ``--set NAME=VALUE``."""
    parser.add_argument("--from", dest="file", metavar="文件.json", help="从文件读取字段；- 表示标准输入")
    parser.add_argument(
        "--set",
        dest="fields",
        action="append",
        default=[],
        metavar="字段=值",
        help="一个字段的值，可写多次；金额为元，多个值用逗号分开，空值表示清空",
    )


def fields_of(arguments: Namespace, form: Form | None = None) -> dict[str, Any]:
    """The values given by ``add_fields``. Raises ValidationFailed, Trouble (file)."""
    values = read_object(arguments.file) if arguments.file else {}
    for text in arguments.fields:
        name, sign, value = text.partition("=")
        if not sign:
            raise ValidationFailed([Problem("set", f"--set 应写成 字段=值，现在是“{text[:40]}”")])
        values[name.strip()] = _value(form, name.strip(), value)
    return values


def _value(form: Form | None, name: str, text: str) -> Any:
    if not text.strip():
        return None
    field = form.by_name.get(name) if form else None
    if field is not None and field.kind in _LISTS:
        return codes.split(text)
    return text


def add_day(parser: ChineseParser, help_text: str = "按这一天判断（默认今天）") -> None:
    """``--on DATE``."""
    parser.add_argument("--on", metavar="日期", help=help_text)


def day_of(text: str | None, option: str = "--on") -> date | None:
    """The day of an option, None when it was not given. Raises ValidationFailed."""
    try:
        found: date | None = parse(_DAY, text)
    except ValueError as error:
        raise ValidationFailed([Problem("on", f"{option}：{error}")]) from error
    return found


def number_of(text: str, option: str) -> int:
    """A whole number of an option. Raises ValidationFailed."""
    try:
        return int(text)
    except ValueError as error:
        raise ValidationFailed([Problem(option, f"{option}：“{text[:20]}”不是整数")]) from error


def field_lines(form: Form, row: Mapping[str, Any], leave_out: Iterable[str] = ()) -> Iterator[str]:
    """One line for every field that has a value."""
    hidden = set(leave_out)
    for field in form.fields:
        value = row.get(field.name)
        if value is None or field.name in hidden:
            continue
        shown = _listed(value) if field.kind is Kind.ROWS else show(field, value)
        yield f"  {field.label}：{shown}{field.unit}"


def _listed(rows: Iterable[Mapping[str, Any]]) -> str:
    return "；".join(" ".join(f"{key}={value}" for key, value in row.items()) for row in rows)
