"""What a ledger is: columns described by fields, rows of clean values; see ``ledgers`` and ``rosters``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from villageapp.domain.fields import Field, Form, Kind, show


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``field`` says how its values are shown, references hold names already."""

    name: str
    heading: str
    field: Field

    def text(self, value: Any) -> str:
        """A value as it stands in the ledger; unknown is empty."""
        if value is None:
            return ""
        return str(value) if self.field.kind in (Kind.REF, Kind.REFS) else show(self.field, value)


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows of one kind; a row maps column names to clean values, ``id`` is the record."""

    kind: str
    title: str
    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]

    def texts(self) -> list[tuple[str, ...]]:
        """The rows as people read them, in the order of the columns."""
        return [tuple(column.text(row[column.name]) for column in self.columns) for row in self.rows]


def column_of(form: Form, name: str, heading: str = "") -> Column:
    """The column of a field under its printed label (or another heading), with its unit."""
    described = form[name]
    unit = f"（{described.unit}）" if described.unit else ""
    return Column(name, f"{heading or described.print_label or described.label}{unit}", described)
