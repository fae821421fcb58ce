"""``villageapp record add|set|show|list|remove|restore``: records of any kind that has no command of its own."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.given import HOUSEHOLD_HELP, add_fields, field_lines, fields_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import plain, presented, warning_lines, warnings_of
from villageapp.domain.fields import Form, Kind, show
from villageapp.domain.forms import FORMS
from villageapp.services import households, records
from villageapp.services.results import Saved

_MOST_COLUMNS = 8


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``record``."""
    group = Group(parser, common)
    kinds = "、".join(f"{n}（{f.title}）" for n, f in FORMS.items() if n not in records.HAVE_SERVICES)
    adding = group.add("add", "登记一条记录", run_add)
    adding.add_argument("entity", metavar="类别", help=kinds)
    adding.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    add_fields(adding)
    changing = group.add("set", "修改一条记录的字段", run_set)
    _which(changing)
    add_fields(changing)
    showing = group.add("show", "查看一条记录", run_show)
    _which(showing)
    listing = group.add("list", "列出一类记录", run_list)
    listing.add_argument("entity", metavar="类别")
    listing.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    listing.add_argument(
        "--where", action="append", default=[], metavar="字段=值", help="只列该字段等于该值的，可写多次"
    )
    _which(group.add("remove", "删除登记有误的记录（可恢复）", run_remove))
    _which(group.add("restore", "恢复已删除的记录", run_restore))


def _which(parser: ChineseParser) -> None:
    parser.add_argument("entity", metavar="类别")
    parser.add_argument("record", metavar="编号")


def run_add(console: Console, arguments: Namespace) -> None:
    """Record one."""
    form = records.form_of(arguments.entity)
    values = fields_of(arguments, form)
    with console.open() as work:
        if arguments.household:
            values["household_id"] = households.find_one(work, arguments.household)
        saved = records.record(work, form.entity, values)
        row = records.one(work, form.entity, saved.id)
    _answer(console, form, saved, row, f"已登记{form.title} {saved.id}")


def run_set(console: Console, arguments: Namespace) -> None:
    """Change fields."""
    form = records.form_of(arguments.entity)
    values = fields_of(arguments, form)
    with console.open() as work:
        saved = records.change(work, form.entity, arguments.record, values)
        row = records.one(work, form.entity, saved.id)
    labels = "、".join(form[name].label for name in saved.detail)
    _answer(console, form, saved, row, f"已改：{labels}" if labels else "没有变化")


def _answer(console: Console, form: Form, saved: Saved, row: dict[str, Any], done: str) -> None:
    result = {"record_id": saved.id, **presented(form, row), "warnings": warnings_of(saved.warnings)}
    console.answer(result, [done, *warning_lines(saved.warnings)])


def run_show(console: Console, arguments: Namespace) -> None:
    """One record."""
    form = records.form_of(arguments.entity)
    with console.open() as work:
        row = records.one(work, form.entity, arguments.record)
    console.answer(presented(form, row), [f"{form.title} {row['id']}", *field_lines(form, row)])


def run_list(console: Console, arguments: Namespace) -> None:
    """Records of a kind."""
    form = records.form_of(arguments.entity)
    where = fields_of(Namespace(file=None, fields=arguments.where), form)
    with console.open() as work:
        if arguments.household:
            where["household_id"] = households.find_one(work, arguments.household)
        rows = records.list_records(work, form.entity, where)
    shown = [f for f in form.fields if f.kind not in (Kind.REF, Kind.REFS, Kind.ROWS, Kind.NOTE)][
        :_MOST_COLUMNS
    ]
    cells = [(*(show(f, row[f.name]) for f in shown), row["id"]) for row in rows]
    lines = table((*(f.label for f in shown), "编号"), cells) if rows else [f"没有{form.title}记录。"]
    console.answer({"rows": [plain(presented(form, row)) for row in rows]}, lines)


def run_remove(console: Console, arguments: Namespace) -> None:
    """Delete one recorded by mistake."""
    form = records.form_of(arguments.entity)
    with console.open() as work:
        records.remove(work, form.entity, arguments.record)
    told = f"已删除{form.title}，可用 record restore {form.entity} {arguments.record} 恢复"
    console.answer({"record_id": arguments.record, "deleted": True}, [told])


def run_restore(console: Console, arguments: Namespace) -> None:
    """Bring one back."""
    form = records.form_of(arguments.entity)
    with console.open() as work:
        records.restore(work, form.entity, arguments.record)
    console.answer({"record_id": arguments.record, "deleted": False}, [f"已恢复{form.title}"])
