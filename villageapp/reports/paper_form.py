"""A paper form made of blocks: labelled boxes, paragraphs, tables and lines for signatures (domain.md 4).

Pure. A service says what stands on a form; this module says how it looks. Lengths in points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from hashlib import sha256
from typing import Literal

from villageapp.reports.pen import MM
from villageapp.reports.privacy import Privacy
from villageapp.reports.qr import qr_text
from villageapp.reports.sheet_rows import Align, Cell, Measure, Row, Sheet, paginate, smaller

PaperKind = Literal["A4", "A4 landscape", "A5", "A3 landscape"]
_SIZES_MM: Mapping[str, tuple[float, float]] = {
    "A4": (210, 297),
    "A4 landscape": (297, 210),
    "A5": (148, 210),
    "A3 landscape": (420, 297),
}
_MARGINS = (20 * MM, 15 * MM, 15 * MM, 15 * MM)
_SMALL_MARGINS = (15 * MM, 10 * MM, 10 * MM, 12 * MM)
"""Left (binding), top, right, bottom; the second on A5."""
_QR = 25 * MM
_SCALES = (1.0, 0.95, 0.9, 0.85, 0.8)
OPEN_DAY = "＿＿＿＿年＿＿月＿＿日"
"""Where a pen writes a day."""


@dataclass(frozen=True, slots=True)
class Band:
    """The name of a part, over the whole width."""

    text: str


@dataclass(frozen=True, slots=True)
class Boxes:
    """Labels with what is filled in, ``across`` pairs in a line."""

    pairs: tuple[tuple[str, str], ...]
    across: int = 2
    label_width: float = 84.0
    height: float = 19.0


@dataclass(frozen=True, slots=True)
class Words:
    """A label and a text over the whole width; takes its share of the room left over."""

    label: str
    text: str = ""
    height: float = 30.0
    stretch: float = 1.0


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph without a frame."""

    text: str
    size: float = 12.0
    indent: int = 2
    bold: bool = False
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; ``share`` of the width."""

    heading: str
    share: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; ``blanks`` empty rows follow for a pen. Without either, ``nothing`` is said."""

    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]] = ()
    blanks: int = 0
    size: float = 9.5
    height: float = 17.0
    totals: Sequence[tuple[str, ...]] = ()
    nothing: str = "没有登记"


@dataclass(frozen=True, slots=True)
class Signatures:
    """Labels with room for a signature, ``across`` in a line."""

    labels: tuple[str, ...]
    across: int = 2
    height: float = 36.0
    label_width: float = 76.0


@dataclass(frozen=True, slots=True)
class Room:
    """Empty room: of a least height, framed to glue something in, with its share of what is left over."""

    height: float = 10.0
    stretch: float = 0.0
    text: str = ""
    framed: bool = False


Block = Band | Boxes | Words | Prose | Table | Signatures | Room


@dataclass(frozen=True, slots=True)
class PaperForm:
    """One form. ``kind`` and ``uid`` stand in its code; an empty ``uid`` (a blank form) gives none."""

    kind: str
    uid: str
    version: int
    name: str
    """What people call this one, e.g. 张示范户家庭收入核算表."""
    title: str
    village: str
    grade: Privacy
    blocks: tuple[Block, ...]
    subtitle: str = ""
    paper: PaperKind = "A4"
    table: Table | None = None
    """A table whose headings stand on every page, below ``blocks``."""
    after: tuple[Block, ...] = ()
    """Below that table."""
    one_page: bool = True
    """Whether smaller type may keep it on one page."""


def form_sheet(form: PaperForm, measure: Measure) -> Sheet:
    """The form as a sheet; in somewhat smaller type where that saves a second page."""
    size = _size(form)
    margins = _SMALL_MARGINS if form.paper == "A5" else _MARGINS
    width = size[0] - margins[0] - margins[2]
    lead = tuple(_rows(form.blocks, width))
    if form.table is None:
        sheet = Sheet(form.name, size, margins, lead, (_top(form, width),))
    else:
        body = (*_table_rows(form.table, width), *_rows(form.after, width))
        sheet = Sheet(
            form.name, size, margins, body, (_top(form, width), *lead), (_heading(form.table, width),)
        )
    if not form.one_page:
        return sheet
    tried = (sheet if scale == 1 else smaller(sheet, scale) for scale in _SCALES)
    return next((one for one in tried if len(paginate(one, measure)) == 1), sheet)


def form_texts(form: PaperForm) -> str:
    """Every text on the form, to be looked through for what must not be public."""
    width = _size(form)[0]
    parts: list[Block] = [*form.blocks, *([form.table] if form.table else []), *form.after]
    texts = [cell.text for row in _rows(parts, width) for cell in row.cells]
    return "\n".join((form.title, form.subtitle, form.village, *texts))


def _size(form: PaperForm) -> tuple[float, float]:
    width, height = _SIZES_MM[form.paper]
    return width * MM, height * MM


def _top(form: PaperForm, width: float) -> Row:
    side = _QR * (1.15 if form.paper == "A5" else 1.4)
    code = sha256(repr(form).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    qr = qr_text(form.kind, form.uid, form.version, code) if form.uid else ""
    title = f"{form.title}\n{form.subtitle}" if form.subtitle else form.title
    size = 16 if form.paper == "A5" else 18
    return Row(
        (
            Cell(f"{form.village}\n{form.grade.label}", side, 9, framed=False),
            Cell(title, width - 2 * side, size, bold=True, align="center", framed=False),
            Cell("", side, framed=False, qr=qr),
        ),
        _QR,
    )


def _rows(blocks: Sequence[Block], width: float) -> Iterator[Row]:
    for block in blocks:
        yield from _drawn(block, width)


@singledispatch
def _drawn(block: Block, width: float) -> Iterator[Row]:
    raise TypeError(f"no such block: {block!r}")


@_drawn.register
def _(block: Band, width: float) -> Iterator[Row]:
    yield Row((Cell(block.text, width, bold=True, shade=True),), 17.0)


@_drawn.register
def _(block: Boxes, width: float) -> Iterator[Row]:
    for start in range(0, len(block.pairs), block.across):
        line = block.pairs[start : start + block.across]
        room = (width - block.label_width * len(line)) / len(line)
        cells: list[Cell] = []
        for label, text in line:
            cells += [_label(label, block.label_width), Cell(text, room)]
        yield Row(tuple(cells), block.height)


@_drawn.register
def _(block: Words, width: float) -> Iterator[Row]:
    label = 84.0
    yield Row((_label(block.label, label), Cell(block.text, width - label)), block.height, block.stretch)


@_drawn.register
def _(block: Prose, width: float) -> Iterator[Row]:
    cell = Cell(block.text, width, block.size, block.bold, block.align, framed=False, indent=block.indent)
    yield Row((cell,), block.size * 1.6)


@_drawn.register
def _(block: Table, width: float) -> Iterator[Row]:
    yield _heading(block, width)
    yield from _table_rows(block, width)


@_drawn.register
def _(block: Signatures, width: float) -> Iterator[Row]:
    for start in range(0, len(block.labels), block.across):
        line = block.labels[start : start + block.across]
        room = width / len(line) - block.label_width
        cells: list[Cell] = []
        for label in line:
            cells += [_label(label, block.label_width), Cell("", room)]
        yield Row(tuple(cells), block.height)


@_drawn.register
def _(block: Room, width: float) -> Iterator[Row]:
    cell = Cell(block.text, width, framed=block.framed, top=True)
    yield Row((cell,), block.height, block.stretch)


def _label(text: str, width: float) -> Cell:
    return Cell(text, width, 10, bold=True, align="center", shade=True)


def _widths(table: Table, width: float) -> list[float]:
    whole = sum(column.share for column in table.columns)
    return [width * column.share / whole for column in table.columns]


def _heading(table: Table, width: float) -> Row:
    return Row(
        tuple(
            Cell(column.heading, wide, table.size, bold=True, align="center", shade=True)
            for column, wide in zip(table.columns, _widths(table, width), strict=True)
        ),
        table.height,
    )


def _table_rows(table: Table, width: float) -> Iterator[Row]:
    widths = _widths(table, width)
    empty = ("",) * len(widths)
    for texts in (*table.rows, *([empty] * table.blanks)):
        yield _line(table, texts, widths)
    if not table.rows and not table.blanks:
        yield Row((Cell(table.nothing, width, table.size, align="center"),), table.height)
    for texts in table.totals:
        yield _line(table, texts, widths, bold=True)


def _line(table: Table, texts: Sequence[str], widths: Sequence[float], *, bold: bool = False) -> Row:
    return Row(
        tuple(
            Cell(text, wide, table.size, bold, column.align)
            for column, text, wide in zip(table.columns, texts, widths, strict=True)
        ),
        table.height,
    )
