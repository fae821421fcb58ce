"""``villageapp household show|set|history``."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.values import plain, presented, value_of, warning_lines, warnings_of
from villageapp.domain import dates
from villageapp.domain.fields import Form, show
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.measure import MEASURE
from villageapp.domain.member import MEMBER
from villageapp.domain.problem import PROBLEM
from villageapp.domain.visit import VISIT
from villageapp.services import history, households
from villageapp.services.household_pages import HouseholdPage


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``household``."""
    group = Group(parser, common)
    showing = group.add("show", "一户的全部信息", run_show)
    showing.add_argument("household", metavar="农户", help="户编号、户主姓名或内部编号")
    telling = group.add("history", "变更记录：谁在什么时候把什么改成了什么", run_history)
    telling.add_argument("household", metavar="农户", help="户编号、户主姓名或内部编号")
    setting = group.add("set", "修改一户的一个字段", run_set)
    setting.add_argument("household", metavar="农户", help="户编号、户主姓名或内部编号")
    setting.add_argument("--field", required=True, metavar="字段", help="字段名，如 phone")
    setting.add_argument("--value", required=True, metavar="值", help="新值；空文字表示清空")


def run_show(console: Console, arguments: Namespace) -> None:
    """Everything about one household."""
    with console.open() as work:
        page = households.page(work, households.find_one(work, arguments.household))
    console.answer(_page(page), _lines(page))


def run_history(console: Console, arguments: Namespace) -> None:
    """Everything that was ever changed on one household, newest first."""
    with console.open() as work:
        found = history.of_household(work, households.find_one(work, arguments.household), console.progress())
    lines = [_told(entry) for entry in found] or ["还没有变更记录。"]
    console.answer({"rows": [plain(entry) for entry in found]}, lines)


def _told(entry: history.HistoryEntry) -> str:
    what = "；".join(f"{c.label}：{c.before} → {c.after}" for c in entry.fields)
    return f"{dates.local_text(entry.at)} {entry.by} {_KINDS[entry.kind]}{entry.title} {what}".rstrip()


_KINDS = {
    history.CREATED: "登记",
    history.CHANGED: "修改",
    history.REMOVED: "删除",
    history.RESTORED: "恢复",
}


def run_set(console: Console, arguments: Namespace) -> None:
    """Change one field, validated like the form."""
    households.label(arguments.field)
    with console.open() as work:
        household_id = households.find_one(work, arguments.household)
        saved = households.change(work, household_id, {arguments.field: arguments.value or None})
        page = households.page(work, household_id)
    field = HOUSEHOLD[arguments.field]
    value = page.values[field.name]
    result = {
        "household_id": household_id,
        "field": field.name,
        "value": value_of(field, value),
        "changed": bool(saved.detail),
        "warnings": warnings_of(saved.warnings),
    }
    done = "已改为" if saved.detail else "没有变化，仍是"
    lines = [f"{page.head_name}户的{field.label}{done}“{show(field, value)}”", *warning_lines(saved.warnings)]
    console.answer(result, lines)


def _page(page: HouseholdPage) -> dict[str, Any]:
    return {
        **presented(HOUSEHOLD, page.values),
        "id": page.id,
        "head_name": page.head_name,
        "no_labour_whole": page.no_labour_whole,
        "duty_person_name": page.cadres.get(page.values["duty_person_id"] or ""),
        "members": [_with(MEMBER, member, "age", "active") for member in page.members],
        "measures": [_with(MEASURE, measure) for measure in page.measures],
        "visits": [_with(VISIT, visit, "visitor_names") for visit in page.visits],
        "problems": [_with(PROBLEM, item, "standing", "overdue_days") for item in page.problems],
    }


def _with(form: Form, row: Mapping[str, Any], *more: str) -> dict[str, Any]:
    return {**presented(form, row), **{name: plain(row[name]) for name in more}}


def _lines(page: HouseholdPage) -> Iterator[str]:
    yield f"{page.head_name}户  {page.values['national_hh_no'] or page.id}"
    for field in HOUSEHOLD.fields:
        value = page.values[field.name]
        if value is not None and field.name not in ("head_member_id", "duty_person_id"):
            yield f"  {field.label}：{show(field, value)}{field.unit}"
    if page.values["duty_person_id"]:
        yield f"  结对帮扶责任人：{page.cadres.get(page.values['duty_person_id'], '')}"
    for member in page.members:
        age = "" if member["age"] is None else f"{member['age']}岁"
        parts = (
            member["relation"],
            member["name"],
            age,
            member["id_no_masked"],
            "" if member["active"] else "已减少",
        )
        yield "  成员：" + " ".join(part for part in parts if part)
    for entry in page.timeline:
        yield f"  {entry.at:%Y-%m-%d} {entry.title} {entry.text}".rstrip()
