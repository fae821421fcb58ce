"""What a sheet is made of: rows of cells that grow with their text, laid on pages (domain.md 4, general part).

Pure: the width of a text is a function given by the caller. Lengths in points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from villageapp.progress import SILENT, Progress
from villageapp.reports.text_fit import LEADING, wrap

Align = Literal["left", "center", "right"]
PAD_X, PAD_Y = 2.5, 2.0
"""Kept free around the text of a cell."""
_BLANK = "\x00"
"""Stands for one character of the indent while lines are broken."""
_BOXES = "□☑"
_FEWEST_LINES = 2
"""A row is not begun at the foot of a page for fewer lines than this."""
_STEP = 100
"""Rows between two looks at the cancel button."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; a line feed in ``text`` begins a new line."""

    text: str
    width: float
    size: float = 10.5
    bold: bool = False
    align: Align = "left"
    shade: bool = False
    framed: bool = True
    top: bool = False
    """Text begins at the upper edge instead of standing in the middle."""
    indent: int = 0
    """The first line begins so many characters further right."""
    qr: str = ""
    """Draw this as a QR code, as large as the cell allows."""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells side by side; as high as the highest text, at least ``height``."""

    cells: tuple[Cell, ...]
    height: float = 0.0
    stretch: float = 0.0
    """Share of the room left over on the page."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed thing with its own page numbers."""

    name: str
    """What people call it, e.g. 张示范户走访记录表."""
    size: tuple[float, float]
    """Page width and height."""
    margins: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    body: Sequence[Row]
    first: tuple[Row, ...] = ()
    """On top of the first page."""
    repeat: tuple[Row, ...] = ()
    """On top of every page, below ``first`` on the first one."""


@dataclass(slots=True)
class Part:
    """A row, or so many lines of it, on a page."""

    row: Row
    lines: tuple[tuple[str, ...], ...]
    """Of each cell."""
    height: float


@dataclass(slots=True)
class Page:
    """Parts from the top downwards, and the room that is left below them."""

    parts: list[Part] = field(default_factory=list)
    room: float = 0.0


class Measure(Protocol):
    """Widths of texts in ems, regular and bold."""

    def width(self, text: str, bold: bool = False) -> float:
        """The width of one line."""


def lines_of(cell: Cell, measure: Measure) -> tuple[str, ...]:
    """The lines of a cell's text, none wider than the cell."""
    if not cell.text:
        return ()
    room = (cell.width - 2 * PAD_X) / cell.size

    def width(text: str) -> float:
        return measure.width(text.replace(_BLANK, ""), cell.bold) + text.count(_BLANK)

    found: list[str] = []
    for paragraph in (_BLANK * cell.indent + cell.text).split("\n"):
        found += [paragraph] if width(paragraph) <= room else wrap(paragraph, width, room)
    return tuple(line.replace(_BLANK, "") for line in _boxes_with_words(found))


def _boxes_with_words(lines: list[str]) -> Iterator[str]:
    """No line ends in a tick box: it goes to the next one, to its word."""
    carried = ""
    for place, line in enumerate(lines):
        text = carried + line
        bare = text.rstrip(_BOXES + " ")
        carried = text[len(bare) :].strip() if place + 1 < len(lines) and text.rstrip()[-1:] in _BOXES else ""
        yield bare if carried else text


def part_of(row: Row, measure: Measure) -> Part:
    """A whole row, as high as it must be."""
    lines = tuple(lines_of(cell, measure) for cell in row.cells)
    return Part(row, lines, max(row.height, _height(row.cells, lines)))


def _height(cells: Sequence[Cell], lines: Sequence[Sequence[str]]) -> float:
    return max((_text_height(cell, len(some)) for cell, some in zip(cells, lines, strict=True)), default=0.0)


def _text_height(cell: Cell, count: int) -> float:
    return cell.size * LEADING * count + 2 * PAD_Y if count else 0.0


def paginate(sheet: Sheet, measure: Measure, progress: Progress = SILENT) -> list[Page]:
    """The rows of a sheet on pages; a row that fits no page is cut between lines. Raises Cancelled."""
    _, top, _, bottom = sheet.margins
    full = sheet.size[1] - top - bottom
    repeat = [part_of(row, measure) for row in sheet.repeat]
    pages = [_page([*(part_of(row, measure) for row in sheet.first), *repeat], full)]
    for number, row in enumerate(sheet.body):
        if number % _STEP == 0:
            progress.check_cancelled()
            progress.step(number, len(sheet.body), "正在排版")
        _place(part_of(row, measure), pages, repeat, full)
    for page in pages:
        _stretch(page)
    return pages


def _page(parts: list[Part], full: float) -> Page:
    return Page(list(parts), full - sum(part.height for part in parts))


def _place(part: Part, pages: list[Page], repeat: list[Part], full: float) -> None:
    most = full - sum(head.height for head in repeat)
    if part.height > most:
        part.height = max(min(part.height, most), _height(part.row.cells, part.lines))
    while part.height > pages[-1].room:
        if part.height > most:
            here, part = _cut(part, pages[-1].room)
            if here is not None:
                _add(pages[-1], here)
        pages.append(_page(repeat, full))
    _add(pages[-1], part)


def _add(page: Page, part: Part) -> None:
    page.parts.append(part)
    page.room -= part.height


def _cut(part: Part, room: float) -> tuple[Part | None, Part]:
    """As many lines as fit, and the rest; nothing and everything when hardly any do."""
    step = max(cell.size for cell in part.row.cells) * LEADING
    count = int((room - 2 * PAD_Y) // step)
    if count < _FEWEST_LINES:
        return None, part
    here = tuple(lines[:count] for lines in part.lines)
    rest = tuple(lines[count:] for lines in part.lines)
    return (
        Part(part.row, here, _height(part.row.cells, here)),
        Part(part.row, rest, _height(part.row.cells, rest)),
    )


def _stretch(page: Page) -> None:
    weights = sum(part.row.stretch for part in page.parts)
    if weights <= 0 or page.room <= 0:
        return
    for part in page.parts:
        part.height += page.room * part.row.stretch / weights
    page.room = 0.0


def smaller(sheet: Sheet, scale: float) -> Sheet:
    """The sheet with all type and least heights at ``scale``; codes keep their size."""
    return replace(
        sheet,
        first=_scaled(sheet.first, scale),
        repeat=_scaled(sheet.repeat, scale),
        body=_scaled(sheet.body, scale),
    )


def _scaled(rows: Sequence[Row], scale: float) -> tuple[Row, ...]:
    return tuple(
        row
        if any(cell.qr for cell in row.cells)
        else Row(
            tuple(replace(cell, size=cell.size * scale) for cell in row.cells),
            row.height * scale,
            row.stretch,
        )
        for row in rows
    )
