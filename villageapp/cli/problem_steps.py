"""``villageapp problem advance|show|month``: the course of a problem item and the month sheet (R-PRB-7)."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.given import add_day, add_fields, day_of, fields_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.values import plain, presented
from villageapp.domain.fields import show
from villageapp.domain.judgement import stamped
from villageapp.domain.problem import PROBLEM
from villageapp.domain.problem_course import PROBLEM_STEP
from villageapp.domain.problem_report import MonthSheet
from villageapp.domain.problem_steps import Action, title
from villageapp.errors import NotFound
from villageapp.services import problem_courses, problems
from villageapp.services.problem_courses import Course, month_of, month_sheet
from villageapp.services.workspace import Workspace

_FIGURES = {
    "added": "新增",
    "to_finish": "应办结",
    "finished": "办结",
    "on_time": "按期",
    "overdue": "超期",
    "returned": "回炉",
    "rebounded": "反弹",
    "closed": "销号",
    "open": "未销号",
}


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of these three alone."""
    add_to(Group(parser, common))


def add_to(group: Group) -> None:
    """The three sub-commands, beside ``problem add|list``."""
    steps = "、".join(f"{action.value}（{title(action)}）" for action in Action)
    advancing = group.add("advance", "办理一步，不符合规则时说明缺什么", run_advance)
    advancing.add_argument("problem", metavar="问题", help="台账编号或内部编号")
    advancing.add_argument("action", metavar="步骤", help=steps)
    add_day(advancing, "办理日期（默认今天）")
    add_fields(advancing)
    showing = group.add("show", "一个问题：经过、下一步、超期天数", run_show)
    showing.add_argument("problem", metavar="问题", help="台账编号或内部编号")
    add_day(showing)
    monthly = group.add("month", "月调度表：新增、应办结、办结、超期、回炉、销号、未销号逐项", run_month)
    monthly.add_argument("month", metavar="月份", help="如 2023-02")


def run_advance(console: Console, arguments: Namespace) -> None:
    """One step."""
    values = fields_of(arguments, PROBLEM_STEP)
    on = day_of(arguments.on)
    if on is not None:
        values["on"] = on
    with console.open() as work:
        problem_id = _find(work, arguments.problem)
        state = problem_courses.advance(work, problem_id, arguments.action, values).detail
        course = problem_courses.course(work, problem_id)
    lines = [f"已办理，问题现为“{show(PROBLEM['state'], state)}”", *_steps(course)]
    console.answer(_result(course), lines)


def run_show(console: Console, arguments: Namespace) -> None:
    """One item."""
    on = day_of(arguments.on)
    with console.open() as work:
        course = problem_courses.course(work, _find(work, arguments.problem), on)
    console.answer(_result(course), _lines(course))


def _find(work: Workspace, text: str) -> str:
    for row in problems.list_problems(work, open_only=False):
        if text in (row["id"], row["ledger_no"]):
            return str(row["id"])
    raise NotFound(f"没有编号为“{text[:60]}”的问题。", remedy="用 problem list --all 查看。")


def _result(course: Course) -> dict[str, Any]:
    return {
        "problem_id": course.item["id"],
        **presented(PROBLEM, course.item),
        "due": plain(course.due),
        "overdue_days": course.overdue_days,
        "idle_months": list(course.idle_months),
        "extended_to": plain(course.extended_to),
        "light": str(course.standing.light),
        "parameters": plain(stamped(course.standing.used)),
        "steps": [presented(PROBLEM_STEP, step) for step in course.steps],
        "next_steps": [
            {
                "action": step.action,
                "title": step.title,
                "allowed": step.judgement.allowed,
                "reasons": [plain(reason.as_values()) for reason in step.judgement.reasons],
                "missing": list(step.judgement.missing),
            }
            for step in course.next_steps
        ],
    }


def _lines(course: Course) -> Iterator[str]:
    item = course.item
    state = show(PROBLEM["state"], item["state"])
    yield f"{item['ledger_no']} {item['title']}（{show(PROBLEM['category'], item['category'])}），{state}"
    due = f"期限 {course.due}" if course.due else "已销号"
    late = f"，超期 {course.overdue_days} 天" if course.overdue_days else ""
    if course.extended_to and course.due:
        due += f"，已批准延期至 {course.extended_to}"
    yield f"{item['reported_on']} 发现，{due}{late}"
    for step in course.steps:
        details = (step["level"], step["by"], step["text"], step["due"] and f"新期限 {step['due']}")
        told = " ".join(str(part) for part in details if part)
        yield f"  {step['on']} {show(PROBLEM_STEP['action'], step['action'])} {told}".rstrip()
    yield from _idle(course.idle_months)
    yield from _steps(course)


def _idle(months: Sequence[str]) -> Iterator[str]:
    """R-PRB-9: an open item is reported on every month."""
    if months:
        yield f"  没有登记进展的月份：{'、'.join(months)}"


def _steps(course: Course) -> Iterator[str]:
    for step in course.next_steps:
        refusal = step.judgement.refusal()
        yield f"可办 {step.action}（{step.title}）" + (f"：{refusal}" if refusal else "：可以办理")


def run_month(console: Console, arguments: Namespace) -> None:
    """The figures of a month and every open item."""
    month = month_of(arguments.month)
    with console.open() as work:
        sheet = month_sheet(work, month)
        named = {row["id"]: row for row in problems.list_problems(work, open_only=False)}
    open_items = [
        {
            "problem_id": line.item.id,
            "ledger_no": named[line.item.id]["ledger_no"],
            "title": named[line.item.id]["title"],
            "head_name": named[line.item.id]["head_name"],
            "due": plain(line.due),
            "overdue_days": line.overdue_days,
            "idle_months": list(line.idle_months),
        }
        for line in sheet.open
    ]
    result = {"month": f"{month:%Y-%m}", **sheet.counts(), "ids": _ids(sheet), "open_items": open_items}
    lines = [f"{month:%Y-%m} " + "，".join(f"{label} {sheet.counts()[n]}" for n, label in _FIGURES.items())]
    for row in open_items:
        late = f"，超期 {row['overdue_days']} 天" if row["overdue_days"] else ""
        lines.append(f"  {row['ledger_no']} {row['head_name'] or ''} {row['title']}，期限 {row['due']}{late}")
        lines += [f"  {told}" for told in _idle(row["idle_months"])]
    console.answer(result, lines)


def _ids(sheet: MonthSheet) -> dict[str, list[str]]:
    return {name: list(getattr(sheet, name)) for name in _FIGURES if name != "open"}
