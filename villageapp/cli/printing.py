"""``villageapp print``: cards, ledgers and sheets as PDF."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from villageapp.cli import print_sheets
from villageapp.cli.cases import find_case
from villageapp.cli.console import Console
from villageapp.cli.given import HOUSEHOLD_HELP, add_day, day_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.values import plain
from villageapp.reports.ledger_table import PAPERS
from villageapp.services import (
    cards,
    closing_slips,
    households,
    ledger_files,
    ledgers,
    month_sheets,
    notices,
    paper_files,
    visit_sheets,
)
from villageapp.services.cards import PrintReport
from villageapp.services.paper_files import Papers
from villageapp.services.problem_courses import month_of
from villageapp.services.visit_sheets import Wanted
from villageapp.services.workspace import Workspace


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``print``."""
    group = Group(parser, common)
    _add_card(group)
    _add_ledger(group)
    _add_visit(group)
    notice = group.add("notice", "监测对象公示（公示版，不含证件、电话、健康等）", run_notice)
    notice.add_argument("case", nargs="+", metavar="案卷", help="案卷编号，或农户（户编号、户主姓名）")
    _add_file(notice)
    closing = group.add("closing", "问题销号单（A5，农户签字）", run_closing)
    slips = closing.add_mutually_exclusive_group(required=True)
    slips.add_argument("problem", nargs="*", default=[], metavar="问题", help="台账编号或内部编号，可写多个")
    slips.add_argument("--blank", action="store_true", help="空白单，手写用")
    _add_file(closing)
    month = group.add("month", "问题排查整改月调度表", run_month)
    which = month.add_mutually_exclusive_group(required=True)
    which.add_argument("month", nargs="?", metavar="月份", help="如 2023-02")
    which.add_argument("--blank", action="store_true", help="空白表，手写用")
    _add_file(month)
    _add_file(print_sheets.add_sheet(group))


def _add_card(group: Group) -> None:
    card = group.add("card", "户帮扶明白卡（A4 横向，双面）", run_card)
    whom = card.add_mutually_exclusive_group(required=True)
    whom.add_argument("--household", nargs="+", metavar="农户", help=f"{HOUSEHOLD_HELP}，可写多个")
    whom.add_argument("--all", action="store_true", help="全部在册农户")
    whom.add_argument("--blank", action="store_true", help="空白卡，手写用")
    card.add_argument(
        "--privacy",
        choices=[grade.value for grade in cards.Privacy],
        default=cards.Privacy.P1.value,
        help="P0 公示版，P1 农户留存（默认），P2 工作用表",
    )
    _add_file(card)


def _add_ledger(group: Group) -> None:
    known = "、".join(f"{kind}（{title}）" for kind, title in ledgers.kinds().items())
    ledger = group.add("ledger", "台账（横向，每页重复表头）", run_ledger)
    ledger.add_argument("kind", metavar="台账", help=known)
    ledger.add_argument("--group", metavar="村民小组", help="只要这个小组的")
    ledger.add_argument("--paper", choices=PAPERS, help="纸张（默认按台账的列数）")
    ledger.add_argument("--blank", action="store_true", help="空白台账，手写用")
    add_day(ledger, "超期等按这一天计算（默认今天）")
    _add_file(ledger)


def _add_visit(group: Group) -> None:
    visit = group.add("visit", "入户走访记录表：空白、按户预填，或已登记的走访", run_visit)
    which = visit.add_mutually_exclusive_group(required=True)
    which.add_argument("--household", nargs="+", metavar="农户", help=f"{HOUSEHOLD_HELP}，可写多个")
    which.add_argument("--all", action="store_true", help="全部在册农户，按村民小组")
    which.add_argument("--blank", type=int, metavar="份数", help="空白表")
    which.add_argument("--visit", nargs="+", metavar="走访", help="已登记的走访的内部编号，可写多个")
    visit.add_argument("--group", metavar="村民小组", help="与 --all 一起：只要这个小组的")
    visit.add_argument("--short", action="store_true", help="集中排查用的短表，一页两户")
    _add_file(visit)


def _add_file(parser: ChineseParser) -> None:
    parser.add_argument("--out", required=True, metavar="文件.pdf", help="写到哪个文件，同名文件会被替换")
    parser.add_argument("--allow-missing", action="store_true", help="没有字形的字以编码代替，照样打印")


def run_card(console: Console, arguments: Namespace) -> None:
    """Write the cards."""
    grade = cards.Privacy(arguments.privacy)
    path, missing = file_of(arguments), arguments.allow_missing
    with console.open() as work:
        if arguments.blank:
            report = cards.print_blank_card(work, grade, path, console.progress(), allow_missing=missing)
        else:
            ids = households_of(work, arguments)
            report = cards.print_cards(work, ids, grade, path, console.progress(), allow_missing=missing)
    answer(console, report, "空白明白卡" if arguments.blank else f"{report.items} 户的明白卡")


def run_ledger(console: Console, arguments: Namespace) -> None:
    """Write a ledger."""
    on = day_of(arguments.on)
    with console.open() as work:
        if arguments.blank:
            papers = ledger_files.blank_ledger_papers(work, arguments.kind, arguments.paper)
        else:
            papers = ledger_files.ledger_papers(
                work, arguments.kind, on, paper=arguments.paper, group=arguments.group
            )
        report = _write(console, arguments, work, papers)
    title = ledgers.kinds()[arguments.kind]
    answer(console, report, f"空白{title}" if arguments.blank else f"{title} {report.items} 条")


def _write(console: Console, arguments: Namespace, work: Workspace, papers: Papers) -> PrintReport:
    return paper_files.print_papers(
        work, papers, file_of(arguments), console.progress(), allow_missing=arguments.allow_missing
    )


def run_visit(console: Console, arguments: Namespace) -> None:
    """Write record sheets of visits."""
    with console.open() as work:
        if arguments.blank is not None:
            wanted = Wanted(blank=arguments.blank)
        elif arguments.visit:
            wanted = Wanted(visits=tuple(arguments.visit))
        else:
            ids = households_of(work, arguments)
            wanted = Wanted(households=None if ids is None else tuple(ids), group=arguments.group)
        if arguments.short:
            wanted = replace(wanted, short=True)
        report = _write(console, arguments, work, visit_sheets.visit_papers(work, wanted))
    answer(console, report, f"{report.items} 份走访记录表")


def run_notice(console: Console, arguments: Namespace) -> None:
    """Write public notices."""
    with console.open() as work:
        ids = list(dict.fromkeys(find_case(work, text) for text in arguments.case))
        report = _write(console, arguments, work, notices.notice_papers(work, ids))
    answer(console, report, f"{report.items} 份公示")


def run_closing(console: Console, arguments: Namespace) -> None:
    """Write the slips that households sign when a problem is settled."""
    with console.open() as work:
        if arguments.blank:
            papers = closing_slips.blank_slip_papers(work)
        else:
            ids = closing_slips.find_problems(work, arguments.problem)
            papers = closing_slips.slip_papers(work, ids)
        report = _write(console, arguments, work, papers)
    answer(console, report, "空白销号单" if arguments.blank else f"{report.items} 张销号单")


def run_month(console: Console, arguments: Namespace) -> None:
    """Write the month sheet of the problem ledger."""
    month = month_of(arguments.month) if arguments.month else None
    with console.open() as work:
        papers = month_sheets.month_papers(work, month or work.today(), blank=arguments.blank)
        report = _write(console, arguments, work, papers)
    told = f"{month:%Y-%m} 月调度表，未销号 {report.items} 项" if month else "空白月调度表"
    answer(console, report, told)


def households_of(work: Workspace, arguments: Namespace) -> list[str] | None:
    """The households that were named, each once; None for all. Raises NotFound."""
    if arguments.all:
        return None
    return list(dict.fromkeys(households.find_one(work, text) for text in arguments.household))


def file_of(arguments: Namespace) -> Path:
    """Where to write."""
    return Path(arguments.out).expanduser().absolute()


def answer(console: Console, report: PrintReport, what: str) -> None:
    """What was printed."""
    lines = [f"已生成{what}，共 {report.pages} 页：{report.file}"]
    lines += [f"没有字形，以编码代替：{line}" for line in report.missing_glyphs]
    console.answer(plain(report), lines)
