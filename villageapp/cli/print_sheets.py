"""``villageapp print sheet``: the forms, cards and registers that the screen 台账报表 offers."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from villageapp.cli.cases import find_case
from villageapp.cli.console import Console
from villageapp.cli.given import HOUSEHOLD_HELP, add_day, day_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.values import plain
from villageapp.errors import NotFound, Problem, ValidationFailed
from villageapp.services import households, outputs, paper_files, sheet_outputs
from villageapp.services.output_kinds import Ask, Choice, Output
from villageapp.services.problem_courses import month_of
from villageapp.services.workspace import Workspace

_OPTIONS = (
    (Ask.HOUSEHOLD, "household"),
    (Ask.GROUP, "group"),
    (Ask.CASE, "case"),
    (Ask.DAY, "on"),
    (Ask.MONTH, "month"),
    (Ask.BLANK, "blank"),
)
"""What an output may ask for, and the option that answers it."""

_OWN_COMMANDS = frozenset({"card", "ledger", "visit", "notice", "closing"})
"""Kinds of papers that ``print`` knows by their own name."""


def add_sheet(group: Group) -> ChineseParser:
    """Arguments of ``print sheet``, without those of the file."""
    known = "、".join(f"{one.output.key}（{one.output.title}）" for one in sheet_outputs.SHEETS)
    parser = group.add("sheet", "其他表、卡和名册", run_sheet)
    parser.add_argument("kind", metavar="表", help=known)
    parser.add_argument("--household", metavar="农户", help=f"只打这一户：{HOUSEHOLD_HELP}")
    parser.add_argument("--group", metavar="村民小组", help="只要这个小组的")
    parser.add_argument("--case", metavar="案卷", help="案卷编号，或农户")
    parser.add_argument("--month", metavar="月份", help="如 2023-02（默认本月）")
    parser.add_argument("--blank", action="store_true", help="空白表，手写用")
    add_day(parser, "按这一天（或它所在的年度）计算，默认今天")
    return parser


def run_sheet(console: Console, arguments: Namespace) -> None:
    """Write one of them."""
    if arguments.kind in _OWN_COMMANDS:
        raise NotFound(
            f"“{arguments.kind}”不在这个命令里。", remedy=f"请用 villageapp print {arguments.kind}。"
        )
    found = sheet_outputs.one(arguments.kind)
    _refuse_unasked(found.output, arguments)
    path = Path(arguments.out).expanduser().absolute()
    with console.open() as work:
        report = paper_files.print_papers(
            work,
            found.make(work, _choice(work, arguments), None),
            path,
            console.progress(),
            allow_missing=arguments.allow_missing,
        )
    lines = [f"已生成{found.output.title}，共 {report.pages} 页：{report.file}"]
    lines += [f"没有字形，以编码代替：{line}" for line in report.missing_glyphs]
    console.answer(plain(report), lines)


def _refuse_unasked(output: Output, arguments: Namespace) -> None:
    """An option that the sheet does not know would silently be left out."""
    unasked = [
        f"--{option}" for ask, option in _OPTIONS if ask not in output.asks and getattr(arguments, option)
    ]
    if unasked:
        raise ValidationFailed([Problem("kind", f"“{output.title}”不用 {'、'.join(unasked)}")])


def _choice(work: Workspace, arguments: Namespace) -> Choice:
    return outputs.Choice(
        on=day_of(arguments.on),
        group=arguments.group,
        household_id=households.find_one(work, arguments.household) if arguments.household else None,
        month=month_of(arguments.month) if arguments.month else None,
        case_id=find_case(work, arguments.case) if arguments.case else None,
        blank=arguments.blank,
    )
