"""Which values of a change fit no field: too long, of a foreign kind, a code of no list, a day outside the calendar.

Such a change is stored and merged like any other (the log must not break over it); it becomes a finding. Fields
and entities of a newer version are not judged. One quick test for each field, since every change passes here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any

from villageapp.domain import codes, dates
from villageapp.domain.fields import MAX_ITEMS, Field, Kind
from villageapp.domain.forms import FORMS

Test = Callable[[Any], bool]
_REF = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MONTH = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])")
_MAX_NUMBER = 10**15
"""More fen, people or mu than that are no figure of a village."""


@cache
def tests(entity: str) -> Mapping[str, Test]:
    """The test of each field of an entity; empty for an entity that this version does not know."""
    form = FORMS.get(entity)
    return {field.name: _test(field) for field in form.fields} if form else {}


def label(entity: str, name: str) -> str:
    """What people call a field."""
    form = FORMS.get(entity)
    return form[name].label if form is not None and name in form.by_name else name


def unfit(entity: str, fields: Mapping[str, Any]) -> list[str]:
    """Names of the fields whose values fit no field."""
    known = tests(entity)
    return [
        name
        for name, value in fields.items()
        if value is not None and (test := known.get(name)) is not None and not test(value)
    ]


def _test(field: Field) -> Test:
    return _MAKERS[field.kind](field)


def _text(field: Field) -> Test:
    most = field.max_length
    return lambda value: type(value) is str and len(value) <= most and "\0" not in value


def _integer(field: Field) -> Test:
    least = -_MAX_NUMBER if field.minimum is None else field.minimum
    most = _MAX_NUMBER if field.maximum is None else field.maximum
    return lambda value: type(value) is int and least <= value <= most


def _decimal(_: Field) -> Test:
    return lambda value: type(value) is str and _is_decimal(value)


def _date(_: Field) -> Test:
    return lambda value: type(value) is str and _is_day(value)


def _month(_: Field) -> Test:
    return lambda value: type(value) is str and _MONTH.fullmatch(value) is not None


def _instant(_: Field) -> Test:
    return lambda value: type(value) is str and _is_instant(value)


def _yes_no(_: Field) -> Test:
    return lambda value: type(value) is bool


def _code(field: Field) -> Test:
    known = frozenset(codes.code_list(field.choices).labels)
    return lambda value: type(value) is str and value in known


def _ref(_: Field) -> Test:
    return _is_ref


def _list_of(test: Test) -> Test:
    return lambda value: type(value) is list and len(value) <= MAX_ITEMS and all(map(test, value))


def _is_ref(value: Any) -> bool:
    return type(value) is str and _REF.fullmatch(value) is not None


def _is_row(value: Any) -> bool:
    return type(value) is dict and len(value) <= 50


@lru_cache(maxsize=8192)
def _is_day(text: str) -> bool:
    try:
        return dates.EARLIEST <= date.fromisoformat(text) <= dates.LATEST
    except ValueError:
        return False


def _is_instant(text: str) -> bool:
    try:
        dates.parse_instant(text)
    except (ValueError, OverflowError):
        return False
    return True


def _is_decimal(text: str) -> bool:
    try:
        number = Decimal(text) if len(text) <= 40 else None
    except InvalidOperation:
        return False
    return number is not None and number.is_finite() and abs(number) <= _MAX_NUMBER


_MAKERS: Mapping[Kind, Callable[[Field], Test]] = {
    Kind.TEXT: _text,
    Kind.NOTE: _text,
    Kind.INTEGER: _integer,
    Kind.MONEY: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.MONTH: _month,
    Kind.INSTANT: _instant,
    Kind.YES_NO: _yes_no,
    Kind.CODE: _code,
    Kind.CODES: lambda field: _list_of(_code(field)),
    Kind.REF: _ref,
    Kind.REFS: lambda _: _list_of(_is_ref),
    Kind.ROWS: lambda _: _list_of(_is_row),
}
