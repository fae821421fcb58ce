"""``villageapp rule``: ask the rulebook about facts from a file; needs no store."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser
from villageapp.cli.values import plain, read_object
from villageapp.domain import dates, parameters
from villageapp.services import rulebook


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``rule``."""
    parser.add_argument("rule", metavar="规则", help="规则名，如 problem-deadlines、id-number")
    parser.add_argument("--facts", required=True, metavar="文件.json", help="事实；- 表示从标准输入读取")
    parser.set_defaults(run=run)


def run(console: Console, arguments: Namespace) -> None:
    """The rule's result and how it came about."""
    today = dates.local_day(datetime.now(UTC))
    result = rulebook.ask(arguments.rule, read_object(arguments.facts), today, parameters.shipped())
    console.answer(plain(result), [result["explanation"], f"依据：{result['rule']}"])
