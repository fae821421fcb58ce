"""``villageapp problem add|list|advance|show|month``: the ledger with its 135/710 dates."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from villageapp.cli import problem_steps
from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import plain, presented, read_object, warning_lines, warnings_of
from villageapp.domain.fields import parse, show
from villageapp.domain.judgement import stamped
from villageapp.domain.problem import PROBLEM
from villageapp.errors import Problem, ValidationFailed
from villageapp.services import households, problems

_HEAD = ("编号", "户主", "类别", "标题", "发现", "下一步", "期限", "剩余", "超期")
_OPTIONS = (
    ("--category", "category", "问题类别，如 住房安全"),
    ("--title", "title", "标题"),
    ("--description", "description", "描述（不写则同标题）"),
    ("--source", "source", "来源，如 干部走访排查、12317热线（默认干部走访排查）"),
    ("--source-doc", "source_doc", "文号"),
    ("--scope", "scope", "范围：户、村、项目、队伍（写了农户则为户）"),
    ("--grade", "grade", "分级：I 立行立改，M 重大复杂"),
    ("--reported-on", "reported_on", "发现（反映）日期（默认今天）"),
    ("--reporter", "reporter", "反映人"),
    ("--owner", "owner_id", "责任人的内部编号"),
    ("--note", "note", "备注"),
)


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``problem``."""
    group = Group(parser, common)
    adding = group.add("add", "登记一个问题，期限自动计算", run_add)
    adding.add_argument("--household", metavar="农户", help="涉及的户：户编号、户主姓名或内部编号")
    adding.add_argument("--from", dest="file", metavar="文件.json", help="从文件读取字段；- 表示标准输入")
    for option, name, text in _OPTIONS:
        adding.add_argument(option, dest=name, metavar="值", help=text)
    listing = group.add("list", "问题台账，最先到期的在前", run_list)
    listing.add_argument("--overdue", action="store_true", help="只列有步骤超期的")
    listing.add_argument("--on", metavar="日期", help="按这一天判断超期（默认今天）")
    listing.add_argument("--all", action="store_true", help="已销号的也列出")
    problem_steps.add_to(group)


def run_add(console: Console, arguments: Namespace) -> None:
    """Open one item."""
    values = read_object(arguments.file) if arguments.file else {}
    given = {name: getattr(arguments, name) for _, name, _ in _OPTIONS}
    values |= {name: value for name, value in given.items() if value is not None}
    with console.open() as work:
        if arguments.household:
            values["household_id"] = households.find_one(work, arguments.household)
        saved = problems.add_problem(work, values)
    item = saved.detail
    result = {**plain(item), "warnings": warnings_of(saved.warnings)}
    lines = [
        f"已登记问题 {saved.id}：{item.title}",
        f"期限：核查 {item.due_verify}，意见 {item.due_opinion}，方案 {item.due_plan}，解决 {item.due_solve}",
        *warning_lines(saved.warnings),
    ]
    console.answer(result, lines)


def run_list(console: Console, arguments: Namespace) -> None:
    """The ledger on a day."""
    on = _day(arguments.on)
    with console.open() as work:
        rows = problems.list_problems(work, overdue=arguments.overdue, on=on, open_only=not arguments.all)
    lines = table(_HEAD, [_line(row) for row in rows]) if rows else ["没有这样的问题。"]
    console.answer({"rows": [_presented(row) for row in rows]}, lines)


def _day(text: str | None) -> Any:
    try:
        return parse(PROBLEM["reported_on"], text)
    except ValueError as error:
        raise ValidationFailed([Problem("on", f"--on:{error}")]) from error


def _presented(row: dict[str, Any]) -> dict[str, Any]:
    step = row["standing"]
    return {
        **presented(PROBLEM, row),
        "step": step.step,
        "due": plain(step.due),
        "days_left": step.days_left if step.due else None,
        "light": str(step.light),
        "overdue_days": row["overdue_days"],
        "parameters": plain(stamped(step.used)),
    }


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    step = row["standing"]
    category = show(PROBLEM["category"], row["category"])
    left = "" if step.due is None else f"{step.days_left} 天"
    late = f"超期 {row['overdue_days']} 天" if row["overdue_days"] else ""
    number, head, title, found = row["ledger_no"], row["head_name"], row["title"], row["reported_on"]
    return number, head, category, title, found, step.step, step.due, left, late
