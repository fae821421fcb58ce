"""Column types: what is stored is what travels (ISO text, integers, JSON text), so sync can write in bulk."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Boolean, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine

from villageapp.domain import dates
from villageapp.domain.fields import Kind

_json = msgspec.json.Encoder()


class IsoDate(TypeDecorator[date]):
    """A day as ``YYYY-MM-DD``."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """From text."""
        return None if value is None else date.fromisoformat(value)


class UtcInstant(TypeDecorator[datetime]):
    """An aware instant as sortable UTC text with milliseconds."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else dates.instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From text."""
        return None if value is None else dates.parse_instant(value)


class DecimalText(TypeDecorator[Decimal]):
    """A decimal as its exact text; never a float."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """From text."""
        return None if value is None else Decimal(value)


class JsonTuple(TypeDecorator[tuple[Any, ...]]):
    """Several codes, ids or small rows as a JSON array."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To JSON."""
        return None if value is None else json_text(list(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Any, ...] | None:
        """From JSON."""
        return None if value is None else tuple(json.loads(value))


def json_text(value: Any) -> str:
    """The one JSON spelling used in columns: compact, Chinese unescaped, keys in given order."""
    return _json.encode(value).decode()


_TYPE_OF_KIND: dict[Kind, TypeEngine[Any] | type[TypeEngine[Any]]] = {
    Kind.INTEGER: Integer(),
    Kind.MONEY: Integer(),
    Kind.DECIMAL: DecimalText(),
    Kind.DATE: IsoDate(),
    Kind.INSTANT: UtcInstant(),
    Kind.YES_NO: Boolean(create_constraint=False),
    Kind.CODES: JsonTuple(),
    Kind.REFS: JsonTuple(),
    Kind.ROWS: JsonTuple(),
}


def column_type(kind: Kind) -> TypeEngine[Any] | type[TypeEngine[Any]]:
    """The column type of a field kind; text for all that is not listed."""
    return _TYPE_OF_KIND.get(kind, String())


JSON_KINDS = frozenset({Kind.CODES, Kind.REFS, Kind.ROWS})
"""Kinds whose wire value is a list and whose column holds JSON text."""
