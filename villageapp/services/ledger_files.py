"""A ledger as a file: a workbook for other programs, a PDF for the wall cabinet (domain.md 4.4 to 4.8)."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from villageapp.progress import SILENT, Progress
from villageapp.reports import ledger_book
from villageapp.reports.ledger_table import PAPERS, LedgerTable, Paper, ledger_sheet
from villageapp.reports.whole_file import check_target, whole_file
from villageapp.services import paper_files
from villageapp.services.cards import PrintReport
from villageapp.services.imprints import data_version, village_line
from villageapp.services.ledger_layouts import layout_of, print_columns, print_rows, sums
from villageapp.services.ledgers import Ledger, ledger
from villageapp.services.paper_files import Papers

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


__all__ = [
    "PAPERS",
    "ExportReport",
    "Paper",
    "blank_ledger_papers",
    "export_ledger",
    "ledger_of_group",
    "ledger_papers",
    "print_ledger",
]

_GROUP = ("group_name", "household.group_name")
"""Columns that hold the villagers' group."""
_BLANK_ROWS = {"A4": 14, "A3": 23}
"""Empty rows that fill one page."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written."""

    file: Path
    kind: str
    title: str
    rows: int
    columns: int
    seconds: float


def export_ledger(
    work: Workspace,
    kind: str,
    out_path: Path,
    on: date | None = None,
    progress: Progress = SILENT,
    *,
    group: str | None = None,
) -> ExportReport:
    """Write a ledger as a workbook (.xlsx); the file is complete or untouched.

    ``group`` keeps the rows of one villagers' group. Raises NotFound (kind), Trouble (file), Cancelled.
    """
    started = time.monotonic()
    check_target(out_path)
    found = ledger_of_group(work, kind, on, group)
    book = ledger_book.workbook(
        found.title,
        _about(work, on, group),
        [(column.heading, column.field) for column in found.columns],
        [tuple(row[column.name] for column in found.columns) for row in found.rows],
        work.now(),
        progress,
    )
    with whole_file(out_path) as file:
        file.write(book)
    seconds = round(time.monotonic() - started, 3)
    return ExportReport(out_path, kind, found.title, len(found.rows), len(found.columns), seconds)


def ledger_papers(
    work: Workspace,
    kind: str,
    on: date | None = None,
    *,
    paper: Paper | None = None,
    group: str | None = None,
) -> Papers:
    """A ledger as one sheet; ``paper`` defaults to what the ledger needs. Raises NotFound (kind)."""
    found = ledger_of_group(work, kind, on, group)
    table = _table(work, found, on, paper, group)
    return Papers(found.title, len(found.rows), lambda measure: [ledger_sheet(table, measure)], 1)


def blank_ledger_papers(work: Workspace, kind: str, paper: Paper | None = None) -> Papers:
    """One page of a ledger without rows for a pen, in the columns of the printed one. Raises NotFound (kind)."""
    found = replace(ledger(work, kind), rows=[])
    layout = layout_of(kind)
    wanted = paper or layout.paper
    table = LedgerTable(
        kind,
        found.title,
        village_line(work),
        work.today(),
        data_version(work),
        print_columns(found, layout),
        (),
        paper=wanted,
        blanks=_BLANK_ROWS[wanted],
    )
    return Papers(found.title, 1, lambda measure: [ledger_sheet(table, measure)], 1)


def print_ledger(
    work: Workspace,
    kind: str,
    out_path: Path,
    on: date | None = None,
    progress: Progress = SILENT,
    *,
    paper: Paper | None = None,
    group: str | None = None,
    allow_missing: bool = False,
) -> PrintReport:
    """Write a ledger as a PDF; see ``ledger_papers`` and ``paper_files.print_papers``."""
    papers = ledger_papers(work, kind, on, paper=paper, group=group)
    return paper_files.print_papers(work, papers, out_path, progress, allow_missing=allow_missing)


def ledger_of_group(work: Workspace, kind: str, on: date | None, group: str | None) -> Ledger:
    """The ledger, of one villagers' group when it is named. Raises NotFound (kind)."""
    found = ledger(work, kind, on)
    names = {column.name for column in found.columns}
    name = next((known for known in _GROUP if known in names), None)
    if group is None or name is None:
        return found
    return replace(found, rows=[row for row in found.rows if row[name] == group])


def _table(
    work: Workspace, found: Ledger, on: date | None, paper: Paper | None, group: str | None
) -> LedgerTable:
    layout = layout_of(found.kind)
    return LedgerTable(
        found.kind,
        found.title,
        village_line(work),
        on or work.today(),
        data_version(work),
        print_columns(found, layout),
        print_rows(found, layout),
        sums(found, layout),
        paper or layout.paper,
        group or "",
    )


def _about(work: Workspace, on: date | None, group: str | None) -> str:
    where = f"{village_line(work)}{' ' + group if group else ''}"
    return f"{where}　截至 {on or work.today()}"
