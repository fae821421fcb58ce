"""``villageapp print card``."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.values import plain
from villageapp.services import cards, households


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``print``."""
    card = Group(parser, common).add("card", "户帮扶明白卡（A4 横向，双面）", run_card)
    whom = card.add_mutually_exclusive_group(required=True)
    whom.add_argument("--household", nargs="+", metavar="农户", help="户编号、户主姓名或内部编号，可写多个")
    whom.add_argument("--all", action="store_true", help="全部在册农户")
    card.add_argument(
        "--privacy",
        choices=[grade.value for grade in cards.Privacy],
        default=cards.Privacy.P1.value,
        help="P0 公示版，P1 农户留存（默认），P2 工作用表",
    )
    card.add_argument("--out", required=True, metavar="文件.pdf", help="写到哪个文件")
    card.add_argument("--allow-missing", action="store_true", help="没有字形的字以编码代替，照样打印")


def run_card(console: Console, arguments: Namespace) -> None:
    """Write the PDF."""
    out = Path(arguments.out).expanduser().absolute()
    with console.open() as work:
        wanted = None
        if not arguments.all:
            found = (households.find_one(work, text) for text in arguments.household)
            wanted = list(dict.fromkeys(found))
        report = cards.print_cards(
            work,
            wanted,
            cards.Privacy(arguments.privacy),
            out,
            console.progress(),
            allow_missing=arguments.allow_missing,
        )
    lines = [f"已生成 {report.items} 户的明白卡，共 {report.pages} 页：{report.file}"]
    lines += [f"没有字形，以编码代替：{line}" for line in report.missing_glyphs]
    console.answer(plain(report), lines)
