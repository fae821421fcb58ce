"""``villageapp case open|fill|move|show|list``: monitoring cases with what each step still needs."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.given import HOUSEHOLD_HELP, add_day, add_fields, day_of, field_lines, fields_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import plain, presented, warning_lines, warnings_of
from villageapp.domain.fields import show
from villageapp.domain.monitoring import NextStep
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_moves import TRANSITIONS
from villageapp.errors import NotFound
from villageapp.services import cases, clues, households
from villageapp.services.cases import CasePage
from villageapp.services.workspace import Workspace

_HEAD = ("户主", "村民小组", "类别", "申报（发现）", "识别", "状态", "编号")
_CASE_HELP = "案卷编号，或农户（户编号、户主姓名）"


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``case``."""
    group = Group(parser, common)
    opening = group.add("open", "新建监测案卷", run_open)
    opening.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    opening.add_argument("--clue", metavar="线索", help="由这条线索转来")
    opening.add_argument("--again", metavar="案卷", help="风险已消除的案卷再次纳入")
    opening.add_argument("--existing", action="store_true", help="国家系统已识别的监测户，接续建卷")
    add_fields(opening)
    filling = group.add("fill", "填写案卷的字段（状态只由办理步骤改变）", run_fill)
    filling.add_argument("case", metavar="案卷", help=_CASE_HELP)
    filling.add_argument(
        "--figures", choices=("ident", "exit"), help="带入最近收支账的数：识别时或风险消除后"
    )
    add_fields(filling)
    moves = "、".join(dict.fromkeys(f"{arrow.move.value}（{arrow.label}）" for arrow in TRANSITIONS))
    moving = group.add("move", "办理一步，不符合规则时说明缺什么、最早哪天", run_move)
    moving.add_argument("case", metavar="案卷", help=_CASE_HELP)
    moving.add_argument("move", metavar="步骤", help=moves)
    add_fields(moving)
    showing = group.add("show", "案卷、可办的下一步和到期事项", run_show)
    showing.add_argument("case", metavar="案卷", help=_CASE_HELP)
    add_day(showing)
    listing = group.add("list", "列出监测案卷", run_list)
    listing.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    listing.add_argument("--all", action="store_true", help="已结案的也列出")


def run_open(console: Console, arguments: Namespace) -> None:
    """A new case: from nothing, from a clue, taken over, or again."""
    values = fields_of(arguments, MONITORING_CASE)
    with console.open() as work:
        if arguments.clue:
            saved = clues.take_up(work, arguments.clue, values)
        elif arguments.again:
            saved = cases.reopen(work, arguments.again, values)
        elif arguments.household is None:
            raise NotFound(
                "请用 --household 指明农户。", remedy="或用 --clue、--again。", code="no_household"
            )
        else:
            household_id = households.find_one(work, arguments.household)
            if arguments.existing:
                saved = cases.take_over(work, household_id)
                if values:
                    cases.fill_in(work, saved.id, values)
            else:
                saved = cases.open_case(work, household_id, values)
        page = cases.page(work, saved.id)
    console.answer(_result(page), [f"已新建监测案卷 {saved.id}", *_steps(page)])


def run_fill(console: Console, arguments: Namespace) -> None:
    """Fill in fields."""
    values = fields_of(arguments, MONITORING_CASE)
    with console.open() as work:
        case_id = find_case(work, arguments.case)
        if arguments.figures:
            values = {**cases.account_figures(work, case_id, leaving=arguments.figures == "exit"), **values}
        saved = cases.fill_in(work, case_id, values)
        page = cases.page(work, case_id)
    labels = "、".join(MONITORING_CASE[name].label for name in saved.detail)
    lines = [f"已填写：{labels}" if labels else "没有变化", *warning_lines(saved.warnings)]
    console.answer(
        {**_result(page), "changed": list(saved.detail), "warnings": warnings_of(saved.warnings)}, lines
    )


def run_move(console: Console, arguments: Namespace) -> None:
    """One step, or a refusal with every reason."""
    values = fields_of(arguments, MONITORING_CASE)
    with console.open() as work:
        case_id = find_case(work, arguments.case)
        saved = cases.move(work, case_id, arguments.move, values)
        page = cases.page(work, case_id)
    state = show(MONITORING_CASE["state"], saved.detail)
    lines = [f"已办理，案卷现为“{state}”", *warning_lines(saved.warnings), *_steps(page)]
    console.answer({**_result(page), "warnings": warnings_of(saved.warnings)}, lines)


def run_show(console: Console, arguments: Namespace) -> None:
    """One case."""
    on = day_of(arguments.on)
    with console.open() as work:
        page = cases.page(work, find_case(work, arguments.case), on)
    console.answer(_result(page), [*field_lines(MONITORING_CASE, page.case, _REFERENCES), *_steps(page)])


_REFERENCES = (
    "household_id",
    "clue_id",
    "consent_id",
    "verifiers",
    "minutes_id",
    "notice_photos",
    "natural_proof",
)


def run_list(console: Console, arguments: Namespace) -> None:
    """Cases by the day of their report."""
    with console.open() as work:
        household = households.find_one(work, arguments.household) if arguments.household else None
        rows = cases.list_cases(work, household_id=household, open_only=not arguments.all)
    lines = table(_HEAD, [_line(row) for row in rows]) if rows else ["没有监测案卷。"]
    console.answer({"rows": [presented(MONITORING_CASE, row) for row in rows]}, lines)


def find_case(work: Workspace, text: str) -> str:
    """The case by its id, or the newest case of a household, an open one first. Raises NotFound."""
    rows = cases.list_cases(work, open_only=False)
    if any(row["id"] == text for row in rows):
        return text
    household = households.find_one(work, text)
    of_household = cases.list_cases(work, household_id=household) or [
        row for row in rows if row["household_id"] == household
    ]
    if not of_household:
        raise NotFound("该户没有监测案卷。", remedy="用 case open 新建。", code="no_case")
    return str(of_household[-1]["id"])


def _result(page: CasePage) -> dict[str, Any]:
    return {
        "case_id": page.case["id"],
        **presented(MONITORING_CASE, page.case),
        "next_steps": [_step(step) for step in page.next_steps],
        "duties": plain(page.duties),
        "unset": page.unset,
        "last_follow_up": page.last_follow_up,
    }


def _step(step: NextStep) -> dict[str, Any]:
    judged = step.judgement
    return {
        "move": step.move.value,
        "label": step.label,
        "end": step.end.value,
        "allowed": judged.allowed,
        "earliest": plain(judged.earliest),
        "reasons": [plain(reason.as_values()) for reason in judged.reasons],
        "missing": list(judged.missing),
    }


def _steps(page: CasePage) -> Iterator[str]:
    for step in page.next_steps:
        refusal = step.judgement.refusal()
        yield f"可办 {step.move.value}（{step.label}）" + (f"：{refusal}" if refusal else "：可以办理")
    for duty in page.duties:
        late = f"，超期 {duty.overdue} 天" if duty.overdue else ""
        yield f"到期 {duty.due} {duty.text}{late}"
    for told in (page.last_follow_up, page.unset):
        if told:
            yield told


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    category, state = (show(MONITORING_CASE[name], row[name]) for name in ("category", "state"))
    found = row["identified_on"] or row["identified_ym"]
    return row["head_name"], row["household_group"], category, row["reported_on"], found, state, row["id"]
