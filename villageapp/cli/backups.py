"""``villageapp backup create|verify|restore``: encrypted backups of the whole store."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.services import backups
from villageapp.services.backups import BackupReport


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``backup``."""
    group = Group(parser, common)
    creating = group.add("create", "备份本机全部内容（加密）到一个文件", run_create)
    creating.add_argument(
        "--out", required=True, type=Path, metavar="文件", help="备份文件，如 U 盘上的 本村.zcbak"
    )
    verifying = group.add("verify", "核对一个备份：逐字节校验，并用口令打开", run_verify)
    restoring = group.add("restore", "把备份恢复到数据文件夹", run_restore)
    for one in (verifying, restoring):
        one.add_argument("file", type=Path, metavar="文件", help="备份文件")
    restoring.add_argument("--replace", action="store_true", help="换掉已有的数据库（原来的改名保留）")


def run_create(console: Console, arguments: Namespace) -> None:
    """Make one."""
    with console.open() as work:
        report = backups.create(work, arguments.out, console.progress())
    _answer(console, report, "已备份")


def run_verify(console: Console, arguments: Namespace) -> None:
    """Check one."""
    report = backups.verify(arguments.file, console.passphrase(), console.progress())
    _answer(console, report, "备份完好")


def run_restore(console: Console, arguments: Namespace) -> None:
    """Put one back."""
    report = backups.restore(
        arguments.file,
        console.data_dir,
        console.passphrase(),
        replace=arguments.replace,
        progress=console.progress(),
    )
    _answer(console, report, f"已恢复到 {console.data_dir.root}")


def _answer(console: Console, report: BackupReport, what: str) -> None:
    line = f"{what}：{report.file}，{report.records} 条记录，{report.photos} 个照片文件，制作于 {report.made_at}。"
    console.answer(asdict(report), [line])
