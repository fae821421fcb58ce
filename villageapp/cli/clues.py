"""``villageapp clue add|verify|refuse|take|list``: clues that a household may fall back."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.given import HOUSEHOLD_HELP, add_day, add_fields, day_of, fields_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import plain, presented
from villageapp.domain.clue import CLUE
from villageapp.domain.fields import show
from villageapp.services import clues, households

_HEAD = ("户主", "来源", "申报（发现）", "核实期限", "核实", "结果", "决定", "超期", "情况", "编号")


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``clue``."""
    group = Group(parser, common)
    adding = group.add("add", "登记一条风险线索，核实期限自动计算", run_add)
    adding.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    adding.add_argument("--name", metavar="姓名", help="还没有登记的农户的户主姓名")
    adding.add_argument("--description", metavar="情况", help="情况描述")
    add_fields(adding)
    verifying = group.add("verify", "登记上门核实结果", run_verify)
    verifying.add_argument("clue", metavar="线索")
    verifying.add_argument("--result", required=True, metavar="结果", help="属实、不属实、已有政策解决")
    add_day(verifying, "核实日期（默认今天）")
    add_fields(verifying)
    refusing = group.add("refuse", "决定不纳入，须写明原因和告知农户日期", run_refuse)
    refusing.add_argument("clue", metavar="线索")
    refusing.add_argument("--reason", required=True, metavar="原因")
    refusing.add_argument("--told-on", required=True, metavar="日期", help="告知农户日期")
    taking = group.add("take", "转为监测案卷", run_take)
    taking.add_argument("clue", metavar="线索")
    listing = group.add("list", "列出线索，最先到期的在前", run_list)
    listing.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    listing.add_argument("--all", action="store_true", help="已决定的也列出")
    add_day(listing, "按这一天判断超期（默认今天）")


def run_add(console: Console, arguments: Namespace) -> None:
    """Record a clue."""
    values = fields_of(arguments, CLUE)
    for name, value in (("household_name", arguments.name), ("description", arguments.description)):
        values |= {name: value} if value is not None else {}
    with console.open() as work:
        if arguments.household:
            values["household_id"] = households.find_one(work, arguments.household)
        made = clues.report(work, values).detail
    told = "该户已有未决定的线索" if made.existing else "已登记线索"
    console.answer(plain(made), [f"{told} {made.clue_id}，上门核实期限 {made.due_verify}"])


def run_verify(console: Console, arguments: Namespace) -> None:
    """Record the house check."""
    values = {**fields_of(arguments, CLUE), "verify_result": arguments.result}
    on = day_of(arguments.on)
    if on is not None:
        values["verified_on"] = on
    with console.open() as work:
        late = clues.verify(work, arguments.clue, values).detail
        clue = clues.one(work, arguments.clue)
    told = f"，超期 {late} 天" if late else ""
    lines = [f"已登记核实结果“{clue['verify_result']}”{told}"]
    console.answer({**presented(CLUE, clue), "overdue_days": late}, lines)


def run_refuse(console: Console, arguments: Namespace) -> None:
    """Decide 不纳入."""
    values = {"decision_reason": arguments.reason, "decision_told_on": arguments.told_on}
    with console.open() as work:
        clues.turn_down(work, arguments.clue, values)
        clue = clues.one(work, arguments.clue)
    console.answer(presented(CLUE, clue), [f"已决定不纳入，{clue['decision_told_on']} 告知农户"])


def run_take(console: Console, arguments: Namespace) -> None:
    """Open its case."""
    with console.open() as work:
        saved = clues.take_up(work, arguments.clue)
    console.answer({"clue_id": arguments.clue, "case_id": saved.id}, [f"已新建监测案卷 {saved.id}"])


def run_list(console: Console, arguments: Namespace) -> None:
    """Clues that wait, or all."""
    on = day_of(arguments.on)
    with console.open() as work:
        household = households.find_one(work, arguments.household) if arguments.household else None
        rows = clues.list_clues(work, household_id=household, open_only=not arguments.all, on=on)
    lines = table(_HEAD, [_line(row) for row in rows]) if rows else ["没有线索。"]
    found = [{**presented(CLUE, row), "overdue_days": row["overdue_days"]} for row in rows]
    console.answer({"rows": found}, lines)


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    names = ("source", "reported_on", "due_verify", "verified_on", "verify_result", "decision")
    late = f"{row['overdue_days']} 天" if row["overdue_days"] else ""
    return row["head_name"], *(show(CLUE[n], row[n]) for n in names), late, row["description"], row["id"]
