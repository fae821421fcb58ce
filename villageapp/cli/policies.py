"""``villageapp policy list|show|match|load``."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.given import add_day, day_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import plain, value_of
from villageapp.domain.fields import show
from villageapp.domain.papers import POLICY
from villageapp.services import households, policies


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``policy``."""
    group = Group(parser, common)
    listing = group.add("list", "列出政策库，可按文字查找", run_list)
    listing.add_argument("text", nargs="?", default="", metavar="文字", help="名称、拼音首字母或内容")
    add_day(listing, "按哪一天判断是否有效（默认今天）")
    showing = group.add("show", "看一条政策", run_show)
    showing.add_argument("policy_no", metavar="政策编号")
    matching = group.add("match", "这一户符合而尚未享受的政策，以及还缺什么信息", run_match)
    matching.add_argument("--household", required=True, metavar="农户", help="户编号、户主姓名或内部编号")
    add_day(matching)
    loading = group.add("load", "装入政策包文件", run_load)
    loading.add_argument("file", metavar="文件.toml")


def run_list(console: Console, arguments: Namespace) -> None:
    """The library."""
    on = day_of(arguments.on)
    with console.open() as work:
        rows = policies.search(work, arguments.text, on=on)
    lines = table(
        ("编号", "名称", "层级", "类别", "有效"),
        [
            (r["policy_no"], r["title"], r["level"], r["category"], "是" if r["in_force"] else "否")
            for r in rows
        ],
    )
    console.answer(
        {"rows": [{**_presented(r), "in_force": r["in_force"]} for r in rows]}, lines or ["没有找到政策。"]
    )


def run_show(console: Console, arguments: Namespace) -> None:
    """One policy."""
    with console.open() as work:
        policy = policies.one(work, arguments.policy_no)
    lines = [
        f"{f.label}：{show(f, policy[f.name])}"
        for f in POLICY.fields
        if policy.get(f.name) and f.name != "target"
    ]
    console.answer(_presented(policy), lines)


def run_match(console: Console, arguments: Namespace) -> None:
    """What fits one household."""
    on = day_of(arguments.on)
    with console.open() as work:
        household_id = households.find_one(work, arguments.household)
        found = policies.match_household(work, household_id, on)
        names = {m["id"]: m["name"] for m in households.page(work, household_id).members}
    rows = [{**plain(match), "member": names.get(match.member_id or "")} for match in found]
    lines = [_line(row) for row in rows] or ["没有尚未享受的政策。"]
    console.answer({"household_id": household_id, "rows": rows}, lines)


def _line(row: dict[str, Any]) -> str:
    who = f"（{row['member']}）" if row["member"] else ""
    missing = f"，还需了解：{'、'.join(row['missing'])}" if row["missing"] else ""
    return f"{row['policy_no']} {row['title']}{who}：{';'.join(row['because'])}{missing}"


def run_load(console: Console, arguments: Namespace) -> None:
    """Take a pack in."""
    with console.open() as work:
        loaded = policies.load_pack(work, Path(arguments.file)).detail
    console.answer(
        plain(loaded),
        [f"政策包 {loaded.pack}：新增 {loaded.new}，变更 {loaded.changed}，未变 {loaded.unchanged}"],
    )


def _presented(policy: dict[str, Any]) -> dict[str, Any]:
    return {f.name: plain(value_of(f, policy.get(f.name))) for f in POLICY.fields}
