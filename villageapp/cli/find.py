"""``villageapp find``: the search box."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, count
from villageapp.cli.table import table
from villageapp.services.search import find

_HEAD = ("姓名", "户主", "村民小组", "户编号", "因何找到")


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``find``."""
    parser.add_argument("text", metavar="文字", help="姓名、拼音首字母、证件尾号、户编号或电话")
    parser.add_argument("--limit", type=count, default=50, metavar="条数", help="最多列出多少条（默认 50）")
    parser.set_defaults(run=run)


def run(console: Console, arguments: Namespace) -> None:
    """Hits, best first."""
    limit = max(1, min(arguments.limit, 1000))
    with console.open() as work:
        hits = find(work, arguments.text, limit)
    rows = [(hit.name, hit.head_name, hit.group, hit.household_no, hit.why) for hit in hits]
    lines = table(_HEAD, rows) if hits else [f"没有找到“{arguments.text}”。"]
    console.answer({"hits": [asdict(hit) for hit in hits]}, lines)
