"""Draws sheets of rows into one PDF: embedded fonts, footer with page numbers, missing glyphs reported.

Everything here is general: what stands on a sheet is said by ``ledger_table``, ``visit_sheet`` and the like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from villageapp.domain import dates
from villageapp.errors import Trouble
from villageapp.fonts import FontSet
from villageapp.progress import SILENT, Progress
from villageapp.reports.card import Imprint
from villageapp.reports.pdf_canvas import StreamedCanvas
from villageapp.reports.pdf_fonts import DocumentFonts
from villageapp.reports.pen import MM, THIN_LINE, Box, Pen, Style
from villageapp.reports.placed_sheet import PlacedSheet
from villageapp.reports.qr import qr_operators
from villageapp.reports.sheet_rows import PAD_X, PAD_Y, Cell, Page, Part, Row, Sheet, paginate
from villageapp.reports.text_fit import LEADING
from villageapp.reports.whole_file import unwritable

MISSING_GLYPH = "missing_glyph"
"""Code of the Trouble that refuses a sheet with a character that no font can draw."""
_SHADE = "0.945 0.95 0.96 rg"
_CUT = "0.6 G"
_FOOTER = Style(8.5, 6.5, 6, colour="0.35 g", pad=0)
_FOOTER_HEIGHT = 4.5 * MM
_NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What was printed; ``missing_glyphs`` are lines for people, empty unless printing without was allowed."""

    pages: int
    items: int
    missing_glyphs: tuple[str, ...]


def render_sheets(
    out: BinaryIO,
    sheets: Iterable[Sheet | PlacedSheet],
    title: str,
    *,
    fonts: FontSet,
    imprint: Imprint,
    progress: Progress = SILENT,
    total: int = 0,
    allow_missing: bool = False,
) -> SheetReport:
    """Write one PDF of these sheets, page by page; equal arguments give equal bytes.

    ``total`` is the number of sheets for the progress, 0 = unknown. Raises Trouble when there is no sheet, when
    the disk does not take the bytes, and when a character has no glyph (all sheets are looked through, up to ten
    places named) unless ``allow_missing``: then its code point is printed in brackets. Raises Cancelled.
    """
    press = _Press(out, title, fonts, imprint, progress)
    missing: dict[str, None] = {}
    done = 0
    try:
        for done, sheet in enumerate(sheets, start=1):
            progress.check_cancelled()
            missing.update(dict.fromkeys(_missing(sheet, fonts)))
            if allow_missing or not missing:
                press.add(sheet)
            progress.step(done, total, "正在生成")
        if not done:
            raise Trouble("没有要打印的内容，没有生成文件。", remedy="请先选择要打印什么。", code="nothing")
        _refuse(missing, allow_missing)
        press.finish()
    except OSError as error:
        raise unwritable(Path(title), error) from error
    return SheetReport(press.pages, done, tuple(missing))


class _Press:
    """One PDF being made."""

    def __init__(
        self, out: BinaryIO, title: str, fonts: FontSet, imprint: Imprint, progress: Progress
    ) -> None:
        if imprint.printed_at.tzinfo is None:
            raise ValueError("printed_at must be aware")
        self.pages = 0
        self._progress = progress
        self._canvas = StreamedCanvas(out, (595.0, 842.0), imprint.printed_at)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(imprint.device)
        self._canvas.setCreator("驻村通")
        self._fonts = DocumentFonts(fonts, self._canvas.document)
        self._pen = Pen(self._canvas, self._fonts)
        printed = dates.local_text(imprint.printed_at)
        self._about = f"打印时间 {printed} · 设备 {imprint.device} · 数据版本 {imprint.version}"

    def add(self, sheet: Sheet | PlacedSheet) -> None:
        """Draw all pages of a sheet."""
        if isinstance(sheet, PlacedSheet):
            self._add_placed(sheet)
            return
        pages = paginate(sheet, self._fonts, self._progress)
        self._canvas.setPageSize(sheet.size)
        for number, page in enumerate(pages, start=1):
            self._progress.check_cancelled()
            self._draw(sheet, page)
            left, _, right, bottom = sheet.margins
            box = Box(left, bottom - _FOOTER_HEIGHT, sheet.size[0] - left - right, _FOOTER_HEIGHT)
            self._end_page(box, number, len(pages))

    def _end_page(self, footer: Box, number: int, pages: int) -> None:
        self._pen.text(footer, f"第 {number} 页 共 {pages} 页 · {self._about}", _FOOTER)
        self._canvas.showPage()
        self.pages += 1

    def _add_placed(self, sheet: PlacedSheet) -> None:
        self._canvas.setPageSize(sheet.size)
        for number, page in enumerate(sheet.pages, start=1):
            self._progress.check_cancelled()
            for box in page.frames:
                self._pen.frame(box, THIN_LINE, _CUT)
            for code, box in page.codes:
                self._pen.raw(qr_operators(code, box.x, box.y, min(box.width, box.height)))
            for mark in page.marks:
                self._pen.text(mark.box, mark.text, mark.style)
            self._end_page(sheet.footer, number, len(sheet.pages))

    def finish(self) -> None:
        """Write fonts and the end of the file."""
        self._canvas.finish()

    def _draw(self, sheet: Sheet, page: Page) -> None:
        left, top, _, _ = sheet.margins
        y = sheet.size[1] - top
        placed: list[tuple[Part, float]] = []
        for part in page.parts:
            y -= part.height
            placed.append((part, y))
        boxes = [(cell, box) for part, y in placed for cell, box in _boxes(part, left, y)]
        self._pen.fill([box for cell, box in boxes if cell.shade], _SHADE)
        frames = " ".join(
            f"{b.x:.2f} {b.y:.2f} {b.width:.2f} {b.height:.2f} re" for c, b in boxes if c.framed
        )
        if frames:
            self._pen.raw(f"q 0 G {THIN_LINE:.2f} w {frames} S Q")
        for part, y in placed:
            for (cell, box), lines in zip(_boxes(part, left, y), part.lines, strict=True):
                self._write(cell, box, lines)

    def _write(self, cell: Cell, box: Box, lines: Sequence[str]) -> None:
        if cell.qr:
            side = min(box.width, box.height)
            corner = box.x + box.width - side
            self._pen.raw(qr_operators(cell.qr, corner, box.y + (box.height - side) / 2, side))
        step = cell.size * LEADING
        block = step * len(lines)
        y = box.y + box.height - (PAD_Y if cell.top else (box.height - block) / 2)
        for place, line in enumerate(lines):
            y -= step
            indent = 0 if place else cell.indent * cell.size
            room = Box(box.x + indent, y, box.width - indent, step)
            self._pen.text(room, line, _style(cell.size, cell.bold, cell.align))


@lru_cache(maxsize=256)
def _style(size: float, bold: bool, align: str) -> Style:
    return Style(size, size * 0.85, size * 0.6, bold=bold, align=align, pad=PAD_X, pad_y=0)  # type: ignore[arg-type]


def _boxes(part: Part, left: float, y: float) -> Iterator[tuple[Cell, Box]]:
    x = left
    for cell in part.row.cells:
        yield cell, Box(x, y, cell.width, part.height)
        x += cell.width


def _missing(sheet: Sheet | PlacedSheet, fonts: FontSet) -> Iterator[str]:
    """One line for people per character that no font can draw."""
    for text in _texts(sheet):
        for character in fonts.missing(text) if text else ():
            yield f"{sheet.name}“{text[:20]}”中的 U+{ord(character):04X}"


def _texts(sheet: Sheet | PlacedSheet) -> Iterator[str]:
    if isinstance(sheet, PlacedSheet):
        yield from (mark.text for page in sheet.pages for mark in page.marks)
    else:
        yield from (cell.text for row in _rows(sheet) for cell in row.cells)


def _rows(sheet: Sheet) -> Iterator[Row]:
    yield from sheet.first
    yield from sheet.repeat
    yield from sheet.body


def _refuse(missing: Iterable[str], allow_missing: bool) -> None:
    named = list(missing)
    if not named or allow_missing:
        return
    more = f"等 {len(named)} 处" if len(named) > _NAMED_AT_MOST else ""
    raise Trouble(
        f"有的字在现有字体中没有字形，没有生成文件：{'；'.join(named[:_NAMED_AT_MOST])}{more}。",
        remedy="请把含有该字的字体文件（.ttf）放入 fonts 文件夹，或选择以编码代替后重新打印。",
        code=MISSING_GLYPH,
    )
