"""``villageapp server report findings|same-devices``: what is wrong with single changes, and numbers used twice."""

from __future__ import annotations

from argparse import Namespace

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table


def configure(parsers: Group) -> list[ChineseParser]:
    """The two reports; whoever calls adds ``--dsn``."""
    return [
        parsers.add("findings", "有问题的单项修改（其余内容不受影响）", run_findings),
        parsers.add("same-devices", "从旧备份恢复或整机复制过的电脑", run_same_devices),
    ]


def run_findings(console: Console, arguments: Namespace) -> None:
    """What is wrong with single changes."""
    from villageapp.cli.server import opened, server_part

    with opened(console, arguments) as province, province.engine.connect() as connection:
        found = server_part("findings").listing(connection)
    rows = [
        (row["noted_at"][:10], row["village_code"], row["replica_id"], str(row["seq"]), row["message"])
        for row in found
    ]
    lines = table(("日期", "村", "电脑编号", "编号", "问题"), rows) if rows else ["没有有问题的修改。"]
    console.answer({"rows": found}, lines)


def run_same_devices(console: Console, arguments: Namespace) -> None:
    """Numbers that were used twice."""
    from villageapp.cli.server import opened, server_part

    with opened(console, arguments) as province, province.engine.connect() as connection:
        found = server_part("identity").same_devices(connection)
    rows = [(row["at"][:16], row["village_code"], row["former"], row["replica_id"]) for row in found]
    lines = table(("时间", "村", "原编号", "新编号"), rows) if rows else ["没有编号被两台电脑用过。"]
    console.answer({"rows": found}, lines)
