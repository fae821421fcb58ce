"""Database rows of synced records as wire values and back, in bulk and without the ORM."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection

from villageapp.domain import dates
from villageapp.domain.fields import Kind
from villageapp.domain.forms import FORMS
from villageapp.models.types import JSON_KINDS, json_text

TECHNICAL = ("id", "created_hlc", "created_by", "updated_hlc", "updated_by", "deleted")
_INTEGERS = frozenset({Kind.INTEGER, Kind.MONEY})
_WRITTEN_AS_TEXT = frozenset({Kind.DATE, Kind.INSTANT, Kind.DECIMAL})
_AS_IT_COMES = {
    Kind.TEXT: str,
    Kind.NOTE: str,
    Kind.CODE: str,
    Kind.REF: str,
    Kind.MONTH: str,
}
_MAX_INT = 2**63


@cache
def field_kinds(entity: str) -> Mapping[str, Kind]:
    """Kind by field name of an entity; empty for an entity this version does not know."""
    form = FORMS.get(entity)
    return {field.name: field.kind for field in form.fields} if form else {}


@cache
def plain_types(entity: str) -> Mapping[str, tuple[Kind, type | None]]:
    """Kind, and the type of wire value that is stored as it comes, by field name."""
    return {name: (kind, _AS_IT_COMES.get(kind)) for name, kind in field_kinds(entity).items()}


@lru_cache(maxsize=1024)
def upsert_statement(entity: str, names: tuple[str, ...]) -> str:
    """Writes whole rows: technical columns, then these fields; all others become NULL.

    The driver takes far longer to bind a None than to leave the column out, and most fields of most records
    are empty.
    """
    columns = [*TECHNICAL, *names]
    quoted = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT OR REPLACE INTO "{entity}" ({quoted}) VALUES ({", ".join("?" * len(columns))})'


@cache
def _select_statement(entity: str) -> str:
    names = ", ".join(f'"{name}"' for name in (*TECHNICAL, *field_kinds(entity)))
    return f'SELECT {names} FROM "{entity}" WHERE id IN (SELECT value FROM json_each(?))'


def load_rows(connection: Connection, entity: str, record_ids: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """Stored rows by record id, technical columns first, then all fields of the form."""
    result = connection.exec_driver_sql(_select_statement(entity), (json.dumps(list(record_ids)),))
    return {row[0]: tuple(row) for row in result}


def all_rows(connection: Connection, entity: str) -> Iterable[tuple[Any, ...]]:
    """Every stored row of an entity by record id."""
    names = ", ".join(f'"{name}"' for name in (*TECHNICAL, *field_kinds(entity)))
    result = connection.exec_driver_sql(f'SELECT {names} FROM "{entity}" ORDER BY id')
    return (tuple(row) for row in result)


def wire_values(entity: str, row: tuple[Any, ...]) -> dict[str, Any]:
    """Wire values of the fields that are not None."""
    values: dict[str, Any] = {}
    for (name, kind), stored in zip(field_kinds(entity).items(), row[len(TECHNICAL) :], strict=True):
        if stored is None:
            continue
        if kind is Kind.YES_NO:
            values[name] = bool(stored)
        else:
            values[name] = json.loads(stored) if kind in JSON_KINDS else stored
    return values


def stored_value(kind: Kind, wire: Any) -> Any:
    """What the column holds for a wire value. Raises ValueError for a value that does not fit the kind."""
    if wire is None:
        return None
    if kind in JSON_KINDS:
        if not isinstance(wire, list):
            raise ValueError("list expected")
        return json_text(wire)
    if kind is Kind.YES_NO:
        if not isinstance(wire, bool):
            raise ValueError("yes/no expected")
        return int(wire)  # which the driver binds four times faster
    if kind in _INTEGERS:
        if not isinstance(wire, int) or isinstance(wire, bool) or abs(wire) >= _MAX_INT:
            raise ValueError("integer expected")
        return wire
    if not isinstance(wire, str):
        raise ValueError("text expected")
    if kind in _WRITTEN_AS_TEXT:
        _readable(kind, wire)
    return wire


def stored_column(kind: Kind, wire: Sequence[Any]) -> list[Any]:
    """What the column holds for many wire values at once.

    Raises ValueError when any of them does not fit the kind, or is None: that is for registers to remember.
    """
    types = set(map(type, wire))
    if kind in JSON_KINDS:
        _only(list, types)
        return [json_text(value) for value in wire]
    if kind is Kind.YES_NO:
        _only(bool, types)
        return list(map(int, wire))
    if kind in _INTEGERS:
        _only(int, types)
        if wire and not -_MAX_INT < min(wire) <= max(wire) < _MAX_INT:
            raise ValueError("integer expected")
        return list(wire)
    _only(str, types)
    _all_readable(kind, wire)
    return list(wire)


def _only(expected: type, found: set[type]) -> None:
    if found - {expected}:
        raise ValueError(f"{expected.__name__} expected")


def _all_readable(kind: Kind, texts: Sequence[str]) -> None:
    if kind is Kind.DATE:
        for day in texts:
            date.fromisoformat(day)
    elif kind is Kind.INSTANT:
        years = {datetime.fromisoformat(text).year for text in texts}
        if years and not dates.EARLIEST.year < min(years) <= max(years) < dates.LATEST.year:
            raise ValueError("instant out of the calendar")
    elif kind is Kind.DECIMAL:
        for text in texts:
            _readable(kind, text)


def _readable(kind: Kind, text: str) -> None:
    """A stored day, instant or decimal must be readable again, whoever wrote it."""
    if kind is Kind.DATE:
        date.fromisoformat(text)
    elif kind is Kind.INSTANT:
        dates.parse_instant(text)
    elif kind is Kind.DECIMAL:
        try:
            finite = Decimal(text).is_finite()
        except InvalidOperation as error:
            raise ValueError("decimal expected") from error
        if not finite:
            raise ValueError("decimal expected")
