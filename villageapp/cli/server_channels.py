"""``villageapp server publish|channel``: what an office publishes to the villages below it."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from pathlib import Path

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.errors import Problem, Trouble, ValidationFailed, os_reason

KINDS = {"policies": "政策", "parameters": "参数", "notice": "通知"}
_MOST_BYTES = 4_000_000


def configure(group: Group, common: ChineseParser) -> list[ChineseParser]:
    """Add the sub-commands; the parsers that need ``--dsn``."""
    publishing = group.add(
        "publish", "向下面各村发布政策、参数或通知（发布后不能改，更正请再发一份）", run_publish
    )
    publishing.add_argument("--division", required=True, metavar="代码", help="省、市、县或乡镇代码")
    publishing.add_argument("--kind", required=True, choices=list(KINDS), help="政策、参数或通知")
    publishing.add_argument(
        "--file", required=True, metavar="文件", help="政策包或参数表（TOML），或通知正文（文本）"
    )
    publishing.add_argument("--title", default="", metavar="标题", help="通知必须有标题")
    publishing.add_argument("--from", dest="from_day", metavar="日期", help="从哪天起显示，如 2026-07-01")
    publishing.add_argument("--to", dest="to_day", metavar="日期", help="到哪天为止")
    listing = Group(group.add("channel", "已发布的内容", None), common).add(
        "list", "列出一个区划发布过的内容", run_list
    )
    listing.add_argument("--division", required=True, metavar="代码", help="省、市、县或乡镇代码")
    return [publishing, listing]


def run_publish(console: Console, arguments: Namespace) -> None:
    """The next item of a channel."""
    from villageapp.cli.server import opened, server_part

    path = Path(arguments.file).expanduser()
    parts = server_part("channels")
    draft = parts.Draft(
        arguments.kind,
        _content(path),
        path.name,
        arguments.title,
        _day(arguments.from_day, "from"),
        _day(arguments.to_day, "to"),
    )
    office = server_part("admin").at_console()
    with opened(console, arguments) as province:
        done = parts.publish(province, arguments.division, draft, office)
    line = f"已发布：{done['issuer']}第 {done['shown_number']} 号，{KINDS[done['kind']]}，{done['title']}。"
    console.answer(done, [line, "各村电脑下次同步时收到。"])


def run_list(console: Console, arguments: Namespace) -> None:
    """What a division has published."""
    from villageapp.cli.server import opened, server_part

    office = server_part("admin").at_console()
    with opened(console, arguments) as province:
        found = server_part("channels").listing(province, arguments.division, office)
    rows = [
        (
            row["shown_number"],
            KINDS.get(row["kind"], row["kind"]),
            row["title"],
            row["created_at"][:10],
            row["who"],
        )
        for row in found
    ]
    lines = table(("号", "种类", "标题", "发布", "操作者"), rows) if rows else ["还没有发布过内容。"]
    console.answer({"items": found}, lines)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Trouble(f"{path.name} 太大，没有发布。", remedy="请拆成几份。", code="too_large")
        return path.read_bytes()
    except OSError as error:
        raise Trouble(
            f"无法读取 {path}：{os_reason(error)}。", remedy="请核对文件名。", code="not_readable"
        ) from error


def _day(text: str | None, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValidationFailed(
            [Problem(name, f"日期“{text[:20] if text else ''}”应写成 2026-07-01。")]
        ) from error
