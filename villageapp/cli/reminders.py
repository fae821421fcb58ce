"""``villageapp reminder``: what is due on loans, agreements, assets, cases, clues, accounts, terms and leaves."""

from __future__ import annotations

from argparse import Namespace

from villageapp.cli.console import Console
from villageapp.cli.given import add_day, day_of
from villageapp.cli.parser import ChineseParser
from villageapp.cli.table import table
from villageapp.cli.values import plain
from villageapp.services.reminders import reminders


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``reminder``."""
    parser.set_defaults(run=run)
    add_day(parser)


def run(console: Console, arguments: Namespace) -> None:
    """All reminders of a day."""
    on = day_of(arguments.on)
    with console.open() as work:
        found = reminders(work, on)
    cells = [(reminder.due, reminder.title, reminder.detail) for reminder in found]
    lines = table(("期限", "事项", "说明"), cells, most=60) if cells else ["没有到期事项。"]
    console.answer({"rows": [plain(reminder) for reminder in found]}, lines)
