"""Money in the sub-lines of a record (fields of kind ROWS): people write yuan, the store keeps fen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from villageapp.domain.fields import Field, Form, Kind, parse
from villageapp.errors import Problem, ValidationFailed

MONEY_OF_ROWS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("project", "funds"): ("amount", "paid"),
    ("asset_income", "distribution"): ("amount",),
    ("public_post", "attended"): ("paid",),
}
"""(entity, field of kind ROWS) to the names of its money columns."""
_AMOUNT = Field("amount", "金额", Kind.MONEY, minimum=0, maximum=10**15, unit="元")


def in_fen(form: Form, raw: Mapping[str, Any]) -> dict[str, Any]:
    """``raw`` with the money of its sub-lines in fen: text and decimals are yuan, a whole number is fen.

    Raises ValidationFailed naming the line. What is no list of rows is left to the form.
    """
    found = dict(raw)
    problems: list[Problem] = []
    for (entity, name), columns in MONEY_OF_ROWS.items():
        rows = raw.get(name) if entity == form.entity else None
        if isinstance(rows, (list, tuple)) and all(isinstance(row, Mapping) for row in rows):
            found[name] = [_row(form, name, n, row, columns, problems) for n, row in enumerate(rows, 1)]
    if problems:
        raise ValidationFailed(problems)
    return found


def _row(
    form: Form,
    name: str,
    number: int,
    row: Mapping[str, Any],
    columns: tuple[str, ...],
    problems: list[Problem],
) -> dict[str, Any]:
    made = dict(row)
    for column in columns:
        try:
            made[column] = parse(_AMOUNT, row.get(column))
        except ValueError as error:
            problems.append(Problem(name, f"{form[name].label}第 {number} 行：金额{error}"))
    return made
