"""``villageapp visit add|list``."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group, count
from villageapp.cli.table import table
from villageapp.cli.values import plain, presented, read_object, warning_lines, warnings_of
from villageapp.domain import dates
from villageapp.domain.fields import show
from villageapp.domain.visit import VISIT
from villageapp.services import households, visits
from villageapp.services.household_pages import visit_text
from villageapp.services.problems import OpenedProblem
from villageapp.services.results import Saved

_HEAD = ("日期", "户主", "村民小组", "类型", "结果", "内容")


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``visit``."""
    group = Group(parser, common)
    adding = group.add("add", "登记一次走访", run_add)
    adding.add_argument("--household", required=True, metavar="农户", help="户编号、户主姓名或内部编号")
    adding.add_argument(
        "--from", dest="source", required=True, metavar="文件.json", help="走访内容；- 表示从标准输入读取"
    )
    listing = group.add("list", "列出走访，最近的在前", run_list)
    listing.add_argument("--household", metavar="农户", help="只列这一户")
    listing.add_argument(
        "--limit", type=count, default=1000, metavar="条数", help="最多列出多少条（默认 1000）"
    )


def run_add(console: Console, arguments: Namespace) -> None:
    """Save one visit with the problem items it opens."""
    values = read_object(arguments.source)
    with console.open() as work:
        household_id = households.find_one(work, arguments.household)
        saved = visits.record_visit(work, household_id, values)
    detail = saved.detail
    result = {**plain(detail), "household_id": household_id, "warnings": warnings_of(saved.warnings)}
    console.answer(result, _saved_lines(saved, detail.problems))


def _saved_lines(saved: Saved, problems: Iterable[OpenedProblem]) -> Iterator[str]:
    yield f"已保存走访 {saved.id}"
    for item in problems:
        known = "（已有未销号问题）" if item.existing else ""
        yield (
            f"问题{known}：{item.title}  核查 {item.due_verify} 意见 {item.due_opinion}"
            f" 方案 {item.due_plan} 解决 {item.due_solve}"
        )
    if saved.detail.clue:
        known = "（已有未决定线索）" if saved.detail.clue.existing else ""
        yield f"风险线索{known}：收入骤减，上门核实期限 {saved.detail.clue.due_verify}"
    if saved.detail.next_visit_on:
        yield f"下次走访：{saved.detail.next_visit_on}"
    yield from warning_lines(saved.warnings)


def run_list(console: Console, arguments: Namespace) -> None:
    """Visits, the newest first."""
    with console.open() as work:
        household = households.find_one(work, arguments.household) if arguments.household else None
        rows = visits.list_visits(work, household, max(1, arguments.limit))
    lines = table(_HEAD, [_line(row) for row in rows]) if rows else ["还没有走访。"]
    console.answer({"rows": [presented(VISIT, row) for row in rows]}, lines)


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    day = dates.local_day(row["started_at"])
    kind, result = show(VISIT["kind"], row["kind"]), show(VISIT["result"], row["result"])
    return day, row["head_name"], row["household_group"], kind, result, visit_text(row)
