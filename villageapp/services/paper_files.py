"""Sheets that a service prepared, as a PDF file or for the preview: one way for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from villageapp.progress import SILENT, Progress
from villageapp.reports import sheet_print
from villageapp.reports.font_widths import FontWidths
from villageapp.reports.paper_form import PaperForm, form_sheet
from villageapp.reports.placed_sheet import PlacedSheet
from villageapp.reports.sheet_rows import Measure, Sheet
from villageapp.reports.whole_file import whole_file
from villageapp.services.cards import PrintReport
from villageapp.services.imprints import imprint, sheet_fonts

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

Drawn = Sheet | PlacedSheet


@dataclass(frozen=True, slots=True)
class Papers:
    """Sheets ready to be set: ``sheets`` makes them one by one while the PDF is written."""

    title: str
    items: int
    """What is counted for people: households, papers, cards."""
    sheets: Callable[[Measure], Iterable[Drawn]]
    total: int = 0
    """Sheets, for the progress; 0 when that is not known."""


def of_forms(title: str, forms: Iterable[PaperForm], total: int) -> Papers:
    """Papers that are forms, one sheet each."""
    return Papers(title, total, lambda measure: (form_sheet(form, measure) for form in forms), total)


def print_papers(
    work: Workspace,
    papers: Papers,
    out_path: Path,
    progress: Progress = SILENT,
    *,
    allow_missing: bool = False,
) -> PrintReport:
    """Write them as one PDF; the file is complete or untouched.

    Raises what the making of a sheet raises, Trouble (nothing to print, a character without a glyph unless
    ``allow_missing``, the file) and Cancelled.
    """
    started = time.monotonic()
    with whole_file(out_path) as file:
        report = _render(work, papers, file, progress, allow_missing=allow_missing)
    seconds = round(time.monotonic() - started, 3)
    return PrintReport(out_path, report.pages, papers.items, seconds, report.missing_glyphs)


def papers_pdf(
    work: Workspace, papers: Papers, progress: Progress = SILENT, *, allow_missing: bool = True
) -> bytes:
    """The PDF for preview and printer; see ``print_papers``."""
    out = BytesIO()
    _render(work, papers, out, progress, allow_missing=allow_missing)
    return out.getvalue()


def _render(
    work: Workspace, papers: Papers, out: BinaryIO, progress: Progress, *, allow_missing: bool
) -> sheet_print.SheetReport:
    fonts = sheet_fonts(work)
    return sheet_print.render_sheets(
        out,
        papers.sheets(FontWidths(fonts)),
        papers.title,
        fonts=fonts,
        imprint=imprint(work),
        progress=progress,
        total=papers.total,
        allow_missing=allow_missing,
    )
