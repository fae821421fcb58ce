"""A ledger as a printed table: landscape, title, repeated headings, wrapped cells, sums (domain.md 4.4 to 4.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from villageapp.reports.paper_form import OPEN_DAY
from villageapp.reports.pen import MM
from villageapp.reports.privacy import Privacy
from villageapp.reports.qr import qr_text
from villageapp.reports.sheet_rows import PAD_X, Cell, Measure, Row, Sheet

Paper = Literal["A4", "A3"]
PAPERS: tuple[Paper, ...] = ("A4", "A3")
_PAGE_MM: dict[str, tuple[float, float]] = {"A4": (297.0, 210.0), "A3": (420.0, 297.0)}
MARGINS = (20 * MM, 15 * MM, 15 * MM, 15 * MM)
"""Left (binding), top, right, bottom: domain.md 4."""
_SIZES = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
_WHOLE_WORDS = (16.0, 9.0)
"""Numbers up to so many ems stay whole; the second when the first leaves only the smallest type."""
_LOOKED_AT = 2_000
"""Rows whose texts decide about the widths."""
_QR = 25 * MM
_PEN_ROW = 24.0
"""Height of an empty row, points."""
_PEN_TEXT = "四字内容"
"""Only measured: what a column of an empty row must at least hold, written by hand."""


@dataclass(frozen=True, slots=True)
class PrintColumn:
    """Heading and look of one column."""

    heading: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """What a printed ledger holds; all texts as people read them."""

    kind: str
    title: str
    village: str
    on: date
    """The day it tells about."""
    version: int
    """Version of the data, for the code on the sheet."""
    columns: tuple[PrintColumn, ...]
    rows: Sequence[tuple[str, ...]]
    sums: Sequence[tuple[str, ...]] = ()
    """Rows of totals, below the others."""
    paper: Paper = "A4"
    filter: str = ""
    """What the rows were narrowed to, e.g. 一组."""
    blanks: int = 0
    """So many empty rows make it a form for a pen, without a day and without a code."""


def ledger_sheet(table: LedgerTable, measure: Measure) -> Sheet:
    """The table as a sheet; a column 序号 is put in front, its widths follow what stands in the columns."""
    page = (_PAGE_MM[table.paper][0] * MM, _PAGE_MM[table.paper][1] * MM)
    width = page[0] - MARGINS[0] - MARGINS[2]
    texts = [(str(number), *row) for number, row in enumerate(table.rows, start=1)]
    columns = (PrintColumn("序号", is_number=True), *table.columns)
    samples = texts[:_LOOKED_AT] or [("", *[_PEN_TEXT] * len(table.columns))] * min(1, table.blanks)
    size, widths = fitted(columns, samples, table.sums, width, measure)
    if table.blanks:  # a pen needs the same room in every column
        widths = [widths[0], *[(width - widths[0]) / len(table.columns)] * len(table.columns)]
    body = [_row(columns, row, widths, size) for row in texts]
    body += [_row(columns, ("", *row), widths, size, bold=True) for row in table.sums]
    empty = tuple(Cell("", wide) for wide in widths)
    body += [Row(empty, _PEN_ROW)] * table.blanks
    if not table.rows and not table.blanks:
        body.append(Row((Cell("没有内容", width, align="center"),), 24.0))
    heading = Row(
        tuple(
            Cell(column.heading, wide, size, bold=True, align="center", shade=True)
            for column, wide in zip(columns, widths, strict=True)
        )
    )
    return Sheet(table.title, page, MARGINS, body, (_top(table, width),), (_about(table, width), heading))


def _top(table: LedgerTable, width: float) -> Row:
    code = sha256("\n".join("\t".join(row) for row in table.rows).encode("utf-8", "surrogatepass"))
    qr = "" if table.blanks else qr_text("ledger", table.kind, table.version, code.hexdigest()[:8])
    return Row(
        (
            Cell("", _QR, framed=False),
            Cell(table.title, width - 2 * _QR, 20, bold=True, align="center", framed=False),
            Cell("", _QR, framed=False, qr=qr),
        ),
        _QR,
    )


def _about(table: LedgerTable, width: float) -> Row:
    third = width / 3
    if table.blanks:
        about = f"{table.title}　填写日期 {OPEN_DAY}"
        return Row(
            (
                Cell(table.village, third, framed=False),
                Cell(about, third, align="center", framed=False),
                Cell(Privacy.P2.label, third, align="right", framed=False),
            ),
            18.0,
        )
    counted = f"共 {len(table.rows)} 条" + (f"（{table.filter}）" if table.filter else "")
    return Row(
        (
            Cell(table.village, third, framed=False),
            Cell(f"{table.title}　截至 {table.on}　{counted}", third, align="center", framed=False),
            Cell(Privacy.P2.label, third, align="right", framed=False),
        ),
        18.0,
    )


def _row(
    columns: Sequence[PrintColumn],
    texts: Sequence[str],
    widths: Sequence[float],
    size: float,
    *,
    bold: bool = False,
) -> Row:
    cells = (
        Cell(text, wide, size, bold=bold, align="right" if column.is_number else "left", shade=bold)
        for text, wide, column in zip(texts, widths, columns, strict=True)
    )
    return Row(tuple(cells), size * 1.9)


def fitted(
    columns: Sequence[PrintColumn],
    rows: Sequence[Sequence[str]],
    sums: Sequence[Sequence[str]],
    width: float,
    measure: Measure,
) -> tuple[float, list[float]]:
    """The largest type at which every column gets what it needs, and the widths, which add up to ``width``."""
    shown = [*rows, *(("", *row) for row in sums)]
    pads = 2 * PAD_X * len(columns)
    for whole in _WHOLE_WORDS:
        asked = [_ems(c, [row[place] for row in shown], measure, whole) for place, c in enumerate(columns)]
        needs, wants = [need for need, _ in asked], [want for _, want in asked]
        size = next((s for s in _SIZES if sum(needs) * s + pads <= width), _SIZES[-1])
        if size > _SIZES[-1]:
            break
    spare = (width - pads) / size - sum(needs)
    if spare < 0:  # even the smallest type is too large: every column gives its share
        scale = (width - pads) / size / sum(needs)
        return size, [need * scale * size + 2 * PAD_X for need in needs]
    more = [max(0.0, want - need) for need, want in zip(needs, wants, strict=True)]
    if not any(more):
        more = [1.0] * len(columns)
    share = spare / sum(more)
    return size, [(need + extra * share) * size + 2 * PAD_X for need, extra in zip(needs, more, strict=True)]


def _ems(column: PrintColumn, texts: Sequence[str], measure: Measure, whole: float) -> tuple[float, float]:
    """What a column needs at least (numbers and dates up to ``whole`` ems are not cut) and what it would like."""
    lines = {line for text in texts for line in text.split("\n")}
    longest = max((measure.width(line) for line in lines), default=0.0)
    word = max((measure.width(part) for line in lines for part in _words(line)), default=0.0)
    heading = max(measure.width(part, True) for part in column.heading.split("\n"))
    if column.is_number:
        return max(longest, 2.1), max(longest, heading)
    need = max(min(word, whole), min(longest, max(4.2, longest / 5), 16.0), min(heading, 2.1))
    return need, max(need, min(longest, 60.0), min(heading, 6.0))


def _words(line: str) -> list[str]:
    """Parts that must not be broken: numbers, dates, Latin words."""
    return "".join(c if c.isascii() else " " for c in line).split()
