"""``villageapp post candidates``: who should be offered a public post (一户一公岗)."""

from __future__ import annotations

from argparse import Namespace

from villageapp.cli.console import Console
from villageapp.cli.given import add_day, day_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import plain
from villageapp.domain import money
from villageapp.services import public_posts

_HEAD = ("户主", "村民小组", "人均纯收入（元）", "可上岗")


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``post``."""
    group = Group(parser, common)
    listing = group.add("candidates", "公益岗候选户，收入低的在前", run_candidates)
    add_day(listing)


def run_candidates(console: Console, arguments: Namespace) -> None:
    """Households to be offered a post."""
    on = day_of(arguments.on)
    with console.open() as work:
        found = public_posts.candidates(work, on)
    rows = [
        {**plain(c), "per_capita": None if c.per_capita is None else money.digits(c.per_capita)}
        for c in found
    ]
    cells = [(c.head_name, c.household_group, _per_capita(c), "、".join(c.people)) for c in found]
    console.answer({"rows": rows}, table(_HEAD, cells) if cells else ["没有公益岗候选户。"])


def _per_capita(one: public_posts.Candidate) -> str:
    return "未登记" if one.per_capita is None else money.yuan(one.per_capita)
