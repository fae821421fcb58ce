"""``villageapp check``: the data check-up of the whole village or of one household; explaining findings away."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser
from villageapp.cli.table import table
from villageapp.domain.checkup import BY_ID, LABELS, LEVELS
from villageapp.domain.explanation import EXPLANATION
from villageapp.domain.fields import parse
from villageapp.errors import NotFound, Problem, ValidationFailed
from villageapp.services import checking, households
from villageapp.services.checking import CheckReport, ReportedFinding
from villageapp.services.workspace import Workspace

_HEAD = ("程度", "规则", "村组", "户主", "成员", "发现", "怎么办")
_MOST_COLUMNS = 100


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``check``."""
    parser.set_defaults(run=run)
    parser.add_argument("--household", metavar="农户", help="只查这一户：户编号、户主姓名或内部编号")
    parser.add_argument("--rule", metavar="规则", help="只列这一条规则，如 R-MED、1_12_002")
    parser.add_argument("--on", metavar="日期", help="按这一天检查（默认今天）")
    parser.add_argument("--all", action="store_true", help="已说明的也列出")
    parser.add_argument(
        "--explain",
        metavar="理由",
        help="说明所列的结果为何属实（须同时写 --household 和 --rule）；情况变化后重新出现",
    )


def run(console: Console, arguments: Namespace) -> None:
    """Check and list; finding something is no failure."""
    if arguments.rule is not None and arguments.rule not in BY_ID:
        raise NotFound(
            f"没有体检规则“{arguments.rule[:40]}”。",
            remedy=f"可用：{'、'.join(BY_ID)}。",
            code="unknown_rule",
        )
    on = _day(arguments.on)
    with console.open() as work:
        report = _checked(work, console, arguments.household, on)
        if arguments.explain is not None:
            _explain(work, report, arguments)
            report = _checked(work, console, arguments.household, on)
    shown = _only(report.findings, arguments.rule)
    explained = _only(report.explained, arguments.rule) if arguments.all else []
    result = {
        "on": report.on.isoformat(),
        "households": report.households,
        "findings": [_presented(item) for item in shown],
        "explained": [_presented(item) for item in explained],
    }
    console.answer(result, _lines(report, shown, explained))


def _checked(work: Workspace, console: Console, household: str | None, on: date | None) -> CheckReport:
    if household is None:
        return checking.check_village(work, on, console.progress())
    return checking.check_household(work, households.find_one(work, household), on)


def _explain(work: Workspace, report: CheckReport, arguments: Namespace) -> None:
    if arguments.household is None or arguments.rule is None:
        raise ValidationFailed([Problem("explain", "--explain 须同时写 --household 和 --rule")])
    chosen = _only(report.findings, arguments.rule)
    if not chosen:
        raise NotFound("该户没有这条规则的体检结果，没有登记说明。")
    for item in chosen:
        checking.explain(work, item.finding.key, arguments.explain)


def _day(text: str | None) -> date | None:
    try:
        day: date | None = parse(EXPLANATION["explained_on"], text)
    except ValueError as error:
        raise ValidationFailed([Problem("on", f"--on:{error}")]) from error
    return day


def _only(items: tuple[ReportedFinding, ...], rule: str | None) -> list[ReportedFinding]:
    return [item for item in items if rule is None or item.finding.rule == rule]


def _presented(item: ReportedFinding) -> dict[str, Any]:
    found = item.finding
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "household_no": item.household_no or None,
        "member": item.member or None,
        "field": found.field or None,
        "message": found.message,
        "mend": found.mend,
        "title": item.title,
        "source": item.source,
        "head_name": item.head or None,
        "household_group": item.group or None,
        "household_id": found.household_id or None,
        "record_id": found.record_id or None,
        "households": item.households,
        "reason": item.reason or None,
        "explained_on": item.explained_on.isoformat() if item.explained_on else None,
    }


def _lines(
    report: CheckReport, shown: list[ReportedFinding], explained: list[ReportedFinding]
) -> Iterator[str]:
    counts = {level: sum(item.severity is level for item in shown) for level in LEVELS}
    told = "，".join(f"{LABELS[level]} {count} 条" for level, count in counts.items() if count)
    yield f"{report.on} 体检 {report.households} 户：{told or '没有发现问题'}。"
    if shown:
        yield from table(_HEAD, [_open_line(item) for item in shown], _MOST_COLUMNS)
    if explained:
        yield "已说明："
        rows = [(*_line(item)[1:6], f"{item.explained_on} {item.reason}") for item in explained]
        yield from table((*_HEAD[1:6], "说明"), rows, _MOST_COLUMNS)


def _open_line(item: ReportedFinding) -> tuple[object, ...]:
    """An explanation of an open finding was given when the facts were different."""
    *before, message, mend = _line(item)
    return (*before, f"{message}（情况有变，此前说明：{item.reason}）" if item.reason else message, mend)


def _line(item: ReportedFinding) -> tuple[object, ...]:
    found = item.finding
    return (
        LABELS[found.severity],
        found.rule,
        item.group,
        item.head,
        item.member,
        found.message,
        found.mend,
    )
