"""``villageapp published list|show``: what the offices above have published to this village."""

from __future__ import annotations

from argparse import Namespace

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group, count
from villageapp.cli.table import table
from villageapp.cli.values import plain
from villageapp.domain import dates
from villageapp.services import channel_items
from villageapp.services.channel_items import Publication

_HEAD = ("频道", "编号", "发布单位", "日期", "标题", "有效期", "状态")


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``published``."""
    group = Group(parser, common)
    listing = group.add("list", "列出上级发布，最新的在前", run_list)
    listing.add_argument("--unread", action="store_true", help="只列没有读过、仍在有效期内的")
    showing = group.add("show", "显示一份，并记为已读", run_show)
    showing.add_argument("channel", metavar="频道")
    showing.add_argument("number", metavar="编号", type=count)


def run_list(console: Console, arguments: Namespace) -> None:
    """Every publication, or those that nobody has read."""
    with console.open() as work:
        found = channel_items.unread(work) if arguments.unread else channel_items.listing(work)
    lines = table(_HEAD, [_line(one) for one in found]) if found else ["没有上级发布。"]
    console.answer({"rows": [plain(one) for one in found]}, lines)


def run_show(console: Console, arguments: Namespace) -> None:
    """The words of one."""
    with console.open() as work:
        found = channel_items.one(work, arguments.channel, arguments.number)
        channel_items.read(work, arguments.channel, arguments.number)
    wrong = [f"没有采用：{reason}" for reason in found.troubles]
    console.answer(plain(found), [found.title, *found.text.splitlines(), *wrong])


def _line(one: Publication) -> tuple[object, ...]:
    issued = dates.local_text(one.issued_at)[:10] if one.issued_at is not None else ""
    until = f"到 {one.to_day}" if one.to_day is not None else ""
    state = "有问题" if one.troubles else "已读" if one.is_read else "未读"
    return one.channel, one.number, one.issuer, issued, one.title, until, state
