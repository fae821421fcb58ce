"""The month sheet of the problem ledger as a PDF (domain.md 4.5)."""

from __future__ import annotations

import time
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from villageapp.domain import dates
from villageapp.progress import SILENT, Progress
from villageapp.reports import sheet_print
from villageapp.reports.month_sheet import TITLE, MonthFacts, OpenLine
from villageapp.reports.month_sheet import month_sheet as printed
from villageapp.reports.whole_file import check_target, whole_file
from villageapp.services import problems
from villageapp.services.cards import PrintReport
from villageapp.services.imprints import data_version, imprint, sheet_fonts, village_line
from villageapp.services.problem_courses import month_sheet

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


def print_month(
    work: Workspace, month: date, out_path: Path, progress: Progress = SILENT, *, allow_missing: bool = False
) -> PrintReport:
    """Write the sheet of the month in which ``month`` lies; the file is complete or untouched.

    ``items`` of the report are the open problems. Raises Trouble (a character without a glyph unless
    ``allow_missing``, the file), UnsetParameter and Cancelled.
    """
    started = time.monotonic()
    check_target(out_path)
    with whole_file(out_path) as file:
        report, items = _render(work, month, file, progress, allow_missing=allow_missing)
    seconds = round(time.monotonic() - started, 3)
    return PrintReport(out_path, report.pages, items, seconds, report.missing_glyphs)


def month_pdf(
    work: Workspace, month: date, progress: Progress = SILENT, *, allow_missing: bool = True
) -> bytes:
    """The PDF for preview and printer; see ``print_month``."""
    out = BytesIO()
    _render(work, month, out, progress, allow_missing=allow_missing)
    return out.getvalue()


def _render(
    work: Workspace, month: date, out: BinaryIO, progress: Progress, *, allow_missing: bool
) -> tuple[sheet_print.SheetReport, int]:
    facts = _facts(work, month)
    report = sheet_print.render_sheets(
        out,
        [printed(facts)],
        TITLE,
        fonts=sheet_fonts(work),
        imprint=imprint(work),
        progress=progress,
        total=1,
        allow_missing=allow_missing,
    )
    return report, len(facts.lines)


def _facts(work: Workspace, month: date) -> MonthFacts:
    sheet = month_sheet(work, month)
    named = {row["id"]: row for row in problems.list_problems(work, open_only=False)}
    lines = tuple(
        OpenLine(
            named[line.item.id]["ledger_no"] or "",
            named[line.item.id]["head_name"] or "",
            named[line.item.id]["title"] or "",
            line.due,
            line.overdue_days,
            line.idle_months,
        )
        for line in sheet.open
    )
    first = month.replace(day=1)
    last = dates.add_days(dates.add_months(first, 1), -1)
    on = min(last, work.today())
    return MonthFacts(first, on, village_line(work), data_version(work), sheet.counts(), lines)
