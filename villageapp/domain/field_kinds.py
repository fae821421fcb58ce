"""What a field is: its name, label, kind and limits; one description for every use of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a field holds, and as which Python type."""

    TEXT = "text"  # str, one line, NFKC
    NOTE = "note"  # str, free text as typed
    INTEGER = "integer"  # int
    MONEY = "money"  # int, fen
    DECIMAL = "decimal"  # Decimal, at most two places
    DATE = "date"  # datetime.date
    MONTH = "month"  # str "YYYY-MM"
    INSTANT = "instant"  # aware datetime, UTC
    YES_NO = "yes_no"  # bool, or None for 未知
    CODE = "code"  # str, a code of the field's list
    CODES = "codes"  # tuple of codes, sorted
    REF = "ref"  # str, a record id
    REFS = "refs"  # tuple of record ids
    ROWS = "rows"  # tuple of flat dicts (sub-lines without an identity of their own)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record kind; ``name`` is the name of domain.md, ``label`` what people read."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = False
    minimum: int | None = None  # in the unit of the kind: fen, years, characters never
    maximum: int | None = None
    max_length: int = 200
    choices: str = ""  # name of a code list
    unit: str = ""
    help: str = ""
    only_if: tuple[str, Any] | None = None  # (other field, value): asked and required only then
    import_headers: tuple[str, ...] = ()  # synonyms of domain.md 5.2
    absent: frozenset[str] = frozenset()  # words that say there is none: None is stored
    print_label: str = ""
    sensitive: bool = False  # never on a public print, never in a log
