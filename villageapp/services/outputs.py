"""Everything that this laptop can print or hand over as a file, in one list: what each asks for and how it is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from villageapp.domain.fields import show
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.visit import VISIT
from villageapp.errors import NotFound
from villageapp.progress import SILENT, Progress
from villageapp.services import (
    cards,
    cases,
    closing_slips,
    ledger_files,
    ledgers,
    notices,
    paper_files,
    rosters,
    sheet_outputs,
    visit_sheets,
    visits,
)
from villageapp.services.cards import PrintReport
from villageapp.services.ledger_files import ExportReport
from villageapp.services.output_kinds import (
    CARDS,
    CASES,
    LEDGERS,
    PUBLIC,
    SHEETS,
    WORK,
    Ask,
    Choice,
    Output,
    case_of,
    households_of,
)
from villageapp.services.paper_files import Papers
from villageapp.services.visit_sheets import Wanted

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = [
    "Ask",
    "Choice",
    "Output",
    "cases_offered",
    "is_sample",
    "output_of",
    "outputs",
    "preview",
    "save_pdf",
    "save_table",
    "visits_offered",
    "whole_pdf",
]

PREVIEWED = 3
"""Households whose sheets are shown before printing all."""
_WHOLE = frozenset({"gap", "loan-slip"})
"""Outputs that choose among the households themselves: all of theirs are shown."""
_GROUPS = (CARDS, SHEETS, CASES, PUBLIC, WORK)
_VISITS_OFFERED = 300
_CARD = "card"
"""Has pages of its own; all other outputs are papers."""
_OF_VILLAGE = frozenset({"assets", rosters.SPELLS})
"""Ledgers without a column for the villagers' group."""


def outputs() -> tuple[Output, ...]:
    """All of them, in the order of the screen."""
    home = (Ask.GROUP, Ask.HOUSEHOLD)
    sheets = (
        Output(
            _CARD,
            CARDS,
            "户帮扶明白卡",
            "每户一张，正反两面，贴在家里。",
            (*home, Ask.GRADE, Ask.BLANK),
            landscape=True,
            word="卡片",
        ),
        Output(
            "visit-household",
            SHEETS,
            "走访记录表（按户预填）",
            "家里有谁、正在享受的措施、未销号的问题已填好，入户时手写其余。",
            home,
        ),
        Output(
            "visit-blank", SHEETS, "走访记录表（空白）", "停电、没带电脑时手写，回来再登记。", (Ask.COPIES,)
        ),
        Output(
            "visit-short",
            SHEETS,
            "集中排查表（一页两户）",
            "排查用的短表，A4 纸上两户，从中间裁开。",
            home,
        ),
        Output(
            "visit-recorded",
            SHEETS,
            "走访记录表（已登记）",
            "把登记的走访打印出来，请农户签字。",
            (Ask.HOUSEHOLD, Ask.VISIT),
        ),
        Output(
            "notice",
            PUBLIC,
            "监测对象公示",
            "识别公示和风险消除公示，只有姓名、村组、类别和结果。",
            (Ask.CASE,),
        ),
        Output(
            "closing",
            PUBLIC,
            "问题销号单",
            "一个问题一张（A5），解决后请农户签字。",
            (Ask.PROBLEM, Ask.BLANK),
        ),
    )
    papers = (one.output for one in sheet_outputs.SHEETS)
    found = sorted((*sheets, *papers), key=lambda output: _GROUPS.index(output.group))
    return (*found, *(_of_ledger(kind, title) for kind, title in ledgers.kinds().items()))


def _of_ledger(kind: str, title: str) -> Output:
    told = "可复制、可存为表格，也可打印存档。"
    if kind in rosters.kinds():
        told = "列名与国家系统导出表一致，改好后可以再导入。含证件号码，请妥善保管。"
    asks = tuple(
        ask
        for ask, wanted in (
            (Ask.DAY, kind not in rosters.kinds()),
            (Ask.GROUP, kind not in _OF_VILLAGE),
            (Ask.PAPER, True),
            (Ask.BLANK, True),
        )
        if wanted
    )
    return Output(f"ledger-{kind}", LEDGERS, title, told, asks, landscape=True, ledger=kind)


def output_of(key: str) -> Output:
    """The output of a key. Raises NotFound."""
    for output in outputs():
        if output.key == key:
            return output
    raise NotFound(f"没有“{key[:30]}”这种打印件。")


def preview(work: Workspace, output: Output, choice: Choice, progress: Progress = SILENT) -> bytes:
    """A PDF to look at: of all households only the first few. Raises what ``save_pdf`` raises."""
    return _pdf(work, output, choice, progress, most=PREVIEWED, allow_missing=True)


def is_sample(work: Workspace, output: Output, choice: Choice) -> bool:
    """Whether ``preview`` shows only the first few households of many."""
    if Ask.HOUSEHOLD not in output.asks or Ask.VISIT in output.asks or output.key in _WHOLE:
        return False
    if choice.blank and Ask.BLANK in output.asks:
        return False
    return len(households_of(work, choice)) > PREVIEWED


def whole_pdf(work: Workspace, output: Output, choice: Choice, progress: Progress = SILENT) -> bytes:
    """The PDF for the printer. Raises what ``save_pdf`` raises."""
    return _pdf(work, output, choice, progress, most=None, allow_missing=False)


def save_pdf(
    work: Workspace, output: Output, choice: Choice, path: Path, progress: Progress = SILENT
) -> PrintReport:
    """Write the PDF; the file is complete or untouched. An existing file is replaced: ask before.

    Raises NotFound (nothing chosen, gone meanwhile), ValidationFailed, Trouble and Cancelled.
    """
    if output.key == _CARD and choice.blank:
        return cards.print_blank_card(work, choice.grade, path, progress)
    if output.key == _CARD:
        return cards.print_cards(work, households_of(work, choice), choice.grade, path, progress)
    return paper_files.print_papers(work, _papers(work, output, choice, None), path, progress)


def save_table(
    work: Workspace, output: Output, choice: Choice, path: Path, progress: Progress = SILENT
) -> ExportReport:
    """Write a ledger as a workbook; see ``ledger_files.export_ledger``."""
    return ledger_files.export_ledger(work, output.ledger, path, choice.on, progress, group=choice.group)


def _pdf(
    work: Workspace,
    output: Output,
    choice: Choice,
    progress: Progress,
    *,
    most: int | None,
    allow_missing: bool,
) -> bytes:
    if output.key == _CARD and choice.blank:
        return cards.blank_card_pdf(work, choice.grade, progress, allow_missing=allow_missing)
    if output.key == _CARD:
        ids = households_of(work, choice)[:most]
        return cards.preview_cards(work, ids, choice.grade, progress, allow_missing=allow_missing)
    papers = _papers(work, output, choice, most)
    return paper_files.papers_pdf(work, papers, progress, allow_missing=allow_missing)


def _papers(work: Workspace, output: Output, choice: Choice, most: int | None) -> Papers:
    """The papers of every output but the card, of ``most`` households at most (None = all)."""
    blank = choice.blank and Ask.BLANK in output.asks
    if output.ledger and blank:
        return ledger_files.blank_ledger_papers(work, output.ledger, choice.paper)
    if output.ledger:
        return ledger_files.ledger_papers(
            work, output.ledger, choice.on, paper=choice.paper, group=choice.group
        )
    make = sheet_outputs.made_by(output.key)
    if make is not None:
        return make(work, choice, most)
    if output.key == "notice":
        return notices.notice_papers(work, [case_of(choice)])
    if output.key == "closing" and blank:
        return closing_slips.blank_slip_papers(work)
    if output.key == "closing":
        return closing_slips.slip_papers(work, [_problem(choice)])
    return visit_sheets.visit_papers(work, _visits(work, output, choice, most))


def _visits(work: Workspace, output: Output, choice: Choice, most: int | None) -> Wanted:
    if output.key == "visit-blank":
        return Wanted(blank=choice.copies if most is None else min(1, choice.copies))
    if output.key == "visit-recorded":
        if choice.visit_id is None:
            raise NotFound("没有可打印的走访。", remedy="请先登记走访，或另选一户。", code="nothing")
        return Wanted(visits=(choice.visit_id,))
    ids = tuple(households_of(work, choice)[:most])
    return Wanted(households=ids, short=output.key == "visit-short")


def _problem(choice: Choice) -> str:
    if choice.problem_id is None:
        raise NotFound("还没有登记问题。", remedy="走访时选“否”，或在“问题台账”里登记。", code="nothing")
    return choice.problem_id


def visits_offered(work: Workspace, household_id: str | None = None) -> list[tuple[str, str]]:
    """Id and words of the recorded visits (of a household), the newest first."""
    rows = visits.list_visits(work, household_id, _VISITS_OFFERED)
    return [(row["id"], _visit_words(row)) for row in rows]


def _visit_words(row: dict[str, object]) -> str:
    started = show(VISIT["started_at"], row["started_at"])
    return f"{started}　{row['head_name'] or ''}　{show(VISIT['kind'], row['kind'])}"


def cases_offered(work: Workspace) -> list[tuple[str, str]]:
    """Id and words of the monitoring cases, the newest first."""
    rows = cases.list_cases(work, open_only=False)
    return [
        (row["id"], f"{row['head_name'] or ''}　{show(MONITORING_CASE['state'], row['state'])}")
        for row in reversed(rows)
    ]
