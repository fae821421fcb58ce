"""``villageapp doctor``: is this laptop fit for work?"""

from __future__ import annotations

from argparse import Namespace

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser
from villageapp.cli.values import plain
from villageapp.services.checkup import examine


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """``doctor`` takes no arguments of its own."""
    parser.set_defaults(run=run)


def run(console: Console, arguments: Namespace) -> int:
    """List what was looked at; exit code 1 when something is not well."""
    with console.open() as work:
        findings = examine(work)
    well = all(finding.ok for finding in findings)
    lines = [
        f"{'正常' if finding.ok else '异常'}  {finding.name}：{finding.text} {finding.remedy}".rstrip()
        for finding in findings
    ]
    console.answer({"ok": well, "findings": plain(findings)}, lines)
    return 0 if well else 1
