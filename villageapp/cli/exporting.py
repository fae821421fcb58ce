"""``villageapp export``: ledgers as workbooks."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from villageapp.cli.console import Console
from villageapp.cli.given import add_day, day_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.values import plain
from villageapp.services import ledger_files, ledgers


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``export``."""
    known = "、".join(f"{kind}（{title}）" for kind, title in ledgers.kinds().items())
    exporting = Group(parser, common).add("ledger", "台账导出为表格（.xlsx），同名文件会被替换", run_ledger)
    exporting.add_argument("kind", metavar="台账", help=known)
    exporting.add_argument("--out", required=True, metavar="文件.xlsx", help="写到哪个文件")
    exporting.add_argument("--group", metavar="村民小组", help="只要这个小组的")
    add_day(exporting, "超期等按这一天计算（默认今天）")


def run_ledger(console: Console, arguments: Namespace) -> None:
    """Write the workbook."""
    out = Path(arguments.out).expanduser().absolute()
    on = day_of(arguments.on)
    with console.open() as work:
        report = ledger_files.export_ledger(
            work, arguments.kind, out, on, console.progress(), group=arguments.group
        )
    console.answer(plain(report), [f"已导出{report.title}，共 {report.rows} 条：{report.file}"])
