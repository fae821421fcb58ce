"""``villageapp measure add|list``."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import presented, read_object, warning_lines, warnings_of
from villageapp.domain.fields import show
from villageapp.domain.measure import MEASURE
from villageapp.services import continuing, households, measures

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_HEAD = ("年度", "户主", "享受人", "大类", "子项", "内容", "金额（元）", "状态")
_OPTIONS = (
    ("--item", "item", "措施子项，如 养殖业、护林员"),
    ("--group", "group", "措施大类（不写则由子项决定）"),
    ("--title", "title", "措施内容"),
    ("--member", "member_id", "享受人的内部编号"),
    ("--year", "year", "年度（默认今年）"),
    ("--status", "status", "状态：计划、实施中、已完成、暂停、终止（默认实施中）"),
    ("--amount", "amount", "金额，元"),
    ("--start", "start_on", "开始日期"),
    ("--end", "end_on", "结束日期"),
    ("--department", "department", "责任部门"),
    ("--responsible", "responsible_id", "责任人的内部编号"),
)


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``measure``."""
    group = Group(parser, common)
    adding = group.add("add", "登记一条帮扶措施", run_add)
    adding.add_argument("--household", required=True, metavar="农户", help="户编号、户主姓名或内部编号")
    adding.add_argument("--from", dest="file", metavar="文件.json", help="从文件读取字段；- 表示标准输入")
    for option, name, text in _OPTIONS:
        adding.add_argument(option, dest=name, metavar="值", help=text)
    listing = group.add("list", "列出帮扶措施，最近年度在前", run_list)
    listing.add_argument("--household", metavar="农户", help="只列这一户")


def run_add(console: Console, arguments: Namespace) -> None:
    """Record one measure."""
    values: dict[str, Any] = {"status": "实施中"}
    values |= read_object(arguments.file) if arguments.file else {}
    given = {name: getattr(arguments, name) for _, name, _ in _OPTIONS}
    values |= {name: value for name, value in given.items() if value is not None}
    with console.open() as work:
        household_id = households.find_one(work, arguments.household)
        saved = measures.record_measure(work, household_id, values)
    result = {"measure_id": saved.id, "household_id": household_id, "warnings": warnings_of(saved.warnings)}
    console.answer(result, [f"已登记措施 {saved.id}", *warning_lines(saved.warnings)])


def run_list(console: Console, arguments: Namespace) -> None:
    """Measures, the newest year first."""
    with console.open() as work:
        household = households.find_one(work, arguments.household) if arguments.household else None
        rows = measures.list_measures(work, household)
        found = [presented(MEASURE, row) | _continues(work, row) for row in rows]
    lines = table(_HEAD, [_line(row) for row in rows]) if rows else ["还没有帮扶措施。"]
    console.answer({"rows": found}, lines)


def _continues(work: Workspace, row: dict[str, Any]) -> dict[str, Any]:
    """Whether the family keeps the measure when its risk is gone: true, false, or null when a fact is missing."""
    kept = continuing.of_row(work, row, work.today())
    return {
        "continue_after_exit": kept.goes_on,
        "continues_until": kept.until,
        "continue_reason": kept.reason,
    }


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    kind, item, amount, status = (show(MEASURE[n], row[n]) for n in ("group", "item", "amount", "status"))
    return row["year"], row["head_name"], row["member_name"], kind, item, row["title"], amount, status
