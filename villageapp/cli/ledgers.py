"""``villageapp ledger KIND``: a ledger as rows."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.given import HOUSEHOLD_HELP, add_day, day_of
from villageapp.cli.parser import ChineseParser
from villageapp.cli.table import table
from villageapp.cli.values import value_of
from villageapp.services import households, ledgers
from villageapp.services.ledgers import Ledger


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``ledger``."""
    known = "、".join(f"{kind}（{title}）" for kind, title in ledgers.kinds().items())
    parser.set_defaults(run=run)
    parser.add_argument("kind", metavar="台账", help=known)
    parser.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    add_day(parser, "超期等按这一天计算（默认今天）")


def run(console: Console, arguments: Namespace) -> None:
    """One ledger."""
    on = day_of(arguments.on)
    with console.open() as work:
        household = households.find_one(work, arguments.household) if arguments.household else None
        found = ledgers.ledger(work, arguments.kind, on, household_id=household)
    result = {
        "kind": found.kind,
        "title": found.title,
        "columns": [{"name": column.name, "heading": column.heading} for column in found.columns],
        "rows": [_row(found, row) for row in found.rows],
    }
    headings = [column.heading for column in found.columns]
    lines = table(headings, found.texts(), most=24) if found.rows else [f"{found.title}还没有内容。"]
    console.answer(result, lines)


def _row(found: Ledger, row: dict[str, Any]) -> dict[str, Any]:
    values = {column.name: value_of(column.field, row[column.name]) for column in found.columns}
    labels = {
        f"{column.name}_label": column.text(row[column.name]) or None
        for column in found.columns
        if column.field.choices
    }
    return {"id": row["id"], **values, **labels}
