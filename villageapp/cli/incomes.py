"""``villageapp income record|change|sign|show|list|decline``: accounts, sums, 防贫险补差 and the lists of R-INC-9."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.given import HOUSEHOLD_HELP, number_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import plain, presented, read_object, warning_lines, warnings_of
from villageapp.domain import money
from villageapp.domain.fields import show
from villageapp.domain.income import Income
from villageapp.domain.income_account import INCOME_ACCOUNT, INCOME_LINE
from villageapp.domain.monitoring_category import Proposal
from villageapp.errors import NotFound, Problem, ValidationFailed
from villageapp.services import households, incomes
from villageapp.services.incomes import AccountPage
from villageapp.services.results import Saved
from villageapp.services.workspace import Workspace

_HEAD = ("年度", "户主", "周期", "人口", "纯收入", "人均纯收入", "人均参考收入", "状态", "编号")
_DECLINE_HEAD = ("户主", "村民小组", "人均纯收入", "上年", "收入下降", "人均偏低", "收入骤减")
_SUMS = ("wage", "production", "property_income", "transfer", "production_cost", "gross", "net", "per_capita")
_PER_CAPITA = ("per_capita", "last_per_capita")
_REFERENCE = ("claim_income", "compliant_oop", "ref", "ref_per_capita", "not_counted")


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``income``."""
    group = Group(parser, common)
    form = '收支账 {"income_year": …， "lines": [{"subject_code": …, "amount": …}]};- 表示标准输入'
    recording = group.add("record", "登记一户一年的收支账（金额为元）", run_record)
    recording.add_argument("--household", required=True, metavar="农户", help=HOUSEHOLD_HELP)
    recording.add_argument("--from", dest="file", required=True, metavar="文件.json", help=form)
    changing = group.add("change", "修改草稿；写了 lines 则全部替换", run_change)
    changing.add_argument("account", metavar="收支账", help="编号")
    changing.add_argument("--from", dest="file", required=True, metavar="文件.json", help=form)
    signing = group.add("sign", "改变状态：农户已签字、已上报、已锁定", run_sign)
    signing.add_argument("account", metavar="收支账", help="编号")
    signing.add_argument("--status", default="农户已签字", metavar="状态", help="默认“农户已签字”")
    showing = group.add("show", "一本收支账：明细、合计、测算类别和补差", run_show)
    showing.add_argument("account", nargs="?", metavar="收支账", help="编号；也可用 --household 和 --year")
    showing.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    showing.add_argument("--year", metavar="年度", help="默认最近一年")
    listing = group.add("list", "列出收支账，最近年度在前", run_list)
    listing.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    listing.add_argument("--year", metavar="年度")
    declining = group.add("decline", "全村收入下降、人均偏低、收入骤减名单", run_decline)
    declining.add_argument("year", metavar="年度")


def run_record(console: Console, arguments: Namespace) -> None:
    """Record an account with its lines."""
    values, lines = _account(arguments.file)
    with console.open() as work:
        household_id = households.find_one(work, arguments.household)
        saved = incomes.record_account(work, household_id, values, lines or [])
    _answer(console, saved, "已登记收支账")


def run_change(console: Console, arguments: Namespace) -> None:
    """Change a draft."""
    values, lines = _account(arguments.file)
    with console.open() as work:
        saved = incomes.change_account(work, arguments.account, values, lines)
    _answer(console, saved, "已修改收支账")


def _account(file: str) -> tuple[dict[str, Any], list[Mapping[str, Any]] | None]:
    values = read_object(file)
    lines = values.pop("lines", None)
    if lines is not None and not (isinstance(lines, list) and all(isinstance(line, dict) for line in lines)):
        raise ValidationFailed([Problem("lines", "lines 应为若干行明细")])
    return values, lines


def _answer(console: Console, saved: Saved, done: str) -> None:
    detail = saved.detail
    result = {
        "account_id": saved.id,
        **sums(detail.income),
        **_proposed(detail.proposal),
        "clue": plain(detail.clue),
        "unset": detail.unset,
        "warnings": warnings_of(saved.warnings),
    }
    lines = [f"{done} {saved.id}", _sum_line(detail.income), *warning_lines(saved.warnings)]
    if detail.proposal:
        lines.append(detail.proposal.judgement.explanation)
    if detail.clue:
        told = "已有线索" if detail.clue.existing else "已生成线索"
        lines.append(f"{told} {detail.clue.clue_id}，上门核实期限 {detail.clue.due_verify}")
    console.answer(result, [*lines, *([detail.unset] if detail.unset else [])])


def sums(income: Income) -> dict[str, Any]:
    """The figures of an account, yuan as decimal text."""
    return {name: money.digits(getattr(income, name)) for name in (*_SUMS, *_REFERENCE)} | {
        "population": income.population
    }


def _proposed(proposal: Proposal | None) -> dict[str, Any]:
    return {"category_proposed": proposal.category if proposal else None}


def _sum_line(income: Income) -> str:
    net, each, ref = (money.yuan(v) for v in (income.net, income.per_capita, income.ref_per_capita))
    return f"纯收入 {net} 元，人均纯收入 {each} 元，人均参考收入 {ref} 元"


def run_sign(console: Console, arguments: Namespace) -> None:
    """Set the status."""
    with console.open() as work:
        status = incomes.set_status(work, arguments.account, arguments.status).detail
    console.answer({"account_id": arguments.account, "status": status}, [f"收支账现为“{status}”"])


def run_show(console: Console, arguments: Namespace) -> None:
    """One account."""
    with console.open() as work:
        page = incomes.page(work, arguments.account or _latest(work, arguments))
    console.answer(_result(page), _lines(page))


def _latest(work: Workspace, arguments: Namespace) -> str:
    if arguments.household is None:
        raise NotFound("请写明收支账编号，或用 --household 指明农户。", code="no_account")
    year = number_of(arguments.year, "--year") if arguments.year else None
    rows = incomes.list_accounts(work, households.find_one(work, arguments.household), year=year)
    if not rows:
        raise NotFound("该户没有这样的收支账。", remedy="用 income record 登记。", code="no_account")
    return str(rows[0]["id"])


def _result(page: AccountPage) -> dict[str, Any]:
    gap = page.gap
    return {
        "account_id": page.account["id"],
        **presented(INCOME_ACCOUNT, page.account),
        "lines": [presented(INCOME_LINE, line) for line in page.lines],
        **sums(page.income),
        **_proposed(page.proposal),
        "explanation": page.explanation,
        "gap": None if gap is None else _gap(page),
        "unset": page.unset,
    }


def _gap(page: AccountPage) -> dict[str, Any]:
    gap = page.gap
    assert gap is not None
    amounts = {"gap": gap.amount, "per_person": gap.per_person}
    shown = {name: None if fen is None else money.digits(fen) for name, fen in amounts.items()}
    judged = gap.judgement
    return {"eligible": judged.allowed, **shown, "explanation": judged.explanation}


def _lines(page: AccountPage) -> Iterator[str]:
    account = page.account
    yield f"{account['income_year']} 年收支账（{show(INCOME_ACCOUNT['basis'], account['basis'])}），{account['status']}"
    for line in page.lines:
        subject, amount = (show(INCOME_LINE[n], line[n]) for n in ("subject_code", "amount"))
        yield f"  {line['subject_code']} {subject} {amount} 元"
    yield page.explanation
    if page.proposal:
        yield page.proposal.judgement.explanation
    if page.gap:
        yield page.gap.judgement.explanation
    if page.unset:
        yield page.unset


def run_list(console: Console, arguments: Namespace) -> None:
    """Accounts with their sums."""
    year = number_of(arguments.year, "--year") if arguments.year else None
    with console.open() as work:
        household = households.find_one(work, arguments.household) if arguments.household else None
        rows = incomes.list_accounts(work, household, year=year)
    names = ("net", "per_capita", "ref", "ref_per_capita")
    found = [{**presented(INCOME_ACCOUNT, r), **{n: money.digits(r[n]) for n in names}} for r in rows]
    lines = table(_HEAD, [_line(row) for row in rows]) if rows else ["还没有收支账。"]
    console.answer({"rows": found}, lines)


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    figures = (money.yuan(row[name]) for name in ("net", "per_capita", "ref_per_capita"))
    basis = show(INCOME_ACCOUNT["basis"], row["basis"])
    return row["income_year"], row["head_name"], basis, row["population"], *figures, row["status"], row["id"]


def run_decline(console: Console, arguments: Namespace) -> None:
    """The three lists of one year."""
    with console.open() as work:
        found = incomes.decline_lists(work, number_of(arguments.year, "年度"))
    rows = [
        plain(row) | {name: _known(money.digits, getattr(row, name)) for name in _PER_CAPITA}
        for row in found.rows
    ]
    marks = {True: "是", False: "", None: "未判断"}
    cells = [
        (
            *(row.head_name, row.household_group),
            *(_known(money.yuan, getattr(row, name)) for name in _PER_CAPITA),
            *(marks[getattr(row, name)] for name in ("fell", "low", "shock")),
        )
        for row in found.rows
    ]
    lines = [*table(_DECLINE_HEAD, cells)] if cells else ["没有这样的农户。"]
    result = {"year": found.year, "judged": found.judged, "unset": found.unset, "rows": rows}
    console.answer(result, [*lines, *([found.unset] if found.unset else [])])


def _known(written: Callable[[int], str], fen: int | None) -> str | None:
    return None if fen is None else written(fen)
