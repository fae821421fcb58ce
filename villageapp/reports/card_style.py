"""The look of the household card: type sizes, greys, and the parts every page shares."""

from __future__ import annotations

from collections.abc import Sequence

from villageapp.errors import Trouble
from villageapp.reports.card_template import PAGE_MM, CardTemplate, Column
from villageapp.reports.pen import MM, THIN_LINE, Box, Pen, Style, split

RED = "0.62 0.09 0.09 rg"
RED_STROKE = "0.62 0.09 0.09 RG"
GREY = "0.35 g"
SHADE = "0.945 0.95 0.96 rg"
"""Behind labels; light enough for a photocopy."""

TITLE = Style(21, 14, 11, bold=True, colour=RED)
VALUE = Style(12, 9.5, 8)
VALUE_LEFT = Style(12, 9.5, 8, align="left")
LABEL = Style(12, 9.5, 8, bold=True)
LABEL_LEFT = Style(12, 9.5, 8, bold=True, align="left")
SUBJECT_SUM = Style(10.5, 9, 8, bold=True, align="left")
SMALL = Style(10.5, 9, 8)
SMALL_LEFT = Style(10.5, 9, 8, align="left")
SMALL_LABEL = Style(10.5, 9, 8, bold=True)
NUMBER = Style(10.5, 8, 7, align="right")
FOOTER = Style(8.5, 6.5, 6, colour=GREY, pad=0)
PLAIN_LEFT = Style(12, 9.5, 8, align="left", pad=0)
PLAIN_RIGHT = Style(12, 9.5, 8, align="right", pad=0)
HEAD_NAME = Style(12, 9.5, 8, bold=True)
GROUP = Style(10.5, 8.5, 8, align="left")
GROUP_TICKED = Style(10.5, 8.5, 8, bold=True, align="left")
PERCENT = Style(9.5, 7, 6, align="right", pad=2)
STAMP = Style(12, 9.5, 8, colour=RED)
STAMP_VALUE = Style(12, 9.5, 8, bold=True, colour=RED)
PAGE_TITLE = Style(13, 10, 9, bold=True, align="left", colour=RED, pad=0)
GRADE = Style(10.5, 9, 8, align="right", pad=0)
NOTE = Style(9.5, 7.5, 7, align="left", colour=GREY, pad=0)
NOTE_RIGHT = Style(9.5, 7.5, 7, align="right", colour=GREY, pad=0)
HIDDEN = Style(12, 9.5, 8, colour=GREY)
HOTLINE = Style(13, 10, 9, bold=True, pad=0)
HOTLINE_RED = Style(13, 10, 9, bold=True, align="left", colour=RED, pad=0)
THIN, THICK = THIN_LINE, 1.1
FOOTER_MM = 4.5

LEFT_COLUMNS = frozenset({"content", "study_work", "summary", "need", "measure", "health"})
"""Columns of sentences, set flush left; the others are centred."""


def content_box(template: CardTemplate) -> Box:
    """The page inside its margins, points."""
    left, _, _, bottom = template.margins
    return Box(left * MM, bottom * MM, template.width * MM, template.height * MM)


def page_size() -> tuple[float, float]:
    """A4 landscape in points."""
    return PAGE_MM[0] * MM, PAGE_MM[1] * MM


def take_top(box: Box, millimetres: float) -> tuple[Box, Box]:
    """A strip from the top of ``box``, and the rest."""
    height = millimetres * MM
    top = Box(box.x, box.y + box.height - height, box.width, height)
    return top, Box(box.x, box.y, box.width, box.height - height)


def check_height(template: CardTemplate, page: str, used: float) -> None:
    """Refuse a template whose blocks are higher than the page. ``used`` in mm."""
    if used > template.height + 0.05:
        raise Trouble(
            f"明白卡版式不可用：{page}各栏高度合计 {used:g} mm,超过可用高度 {template.height:g} mm。"
            "没有打印任何内容。",
            remedy="请减小行高或行数，或恢复程序自带的版式文件。",
            code="card_template_damaged",
        )


def body_style(key: str) -> Style:
    """Style of a table cell by its column."""
    return SMALL_LEFT if key in LEFT_COLUMNS else SMALL


def table_head(pen: Pen, box: Box, columns: Sequence[Column], style: Style = SMALL_LABEL) -> None:
    """Shaded heads of a table."""
    pen.fill([box], SHADE)
    for cell, column in zip(split(box, [c.width * MM for c in columns]), columns, strict=True):
        pen.text(cell, column.label, style)


def table_row(pen: Pen, box: Box, columns: Sequence[Column], row: dict[str, str]) -> None:
    """The cells of one row."""
    for cell, column in zip(split(box, [c.width * MM for c in columns]), columns, strict=True):
        pen.text(cell, row.get(column.key, ""), body_style(column.key))


def rules(pen: Pen, box: Box, widths: Sequence[float], heights: Sequence[float]) -> None:
    """Inner lines of a table: below every row but the last, right of every column but the last. Points."""
    segments = []
    y = box.y + box.height
    for height in heights[:-1]:
        y -= height
        segments.append((box.x, y, box.x + box.width, y))
    x = box.x
    for width in widths[:-1]:
        x += width
        segments.append((x, box.y, x, box.y + box.height))
    pen.lines(segments, THIN)


def block(pen: Pen, box: Box, band: float, name: str) -> Box:
    """Frame of a block with its name written downwards at the left; returns the room for the cells."""
    strip = Box(box.x, box.y, band * MM, box.height)
    pen.fill([strip], SHADE)
    pen.band(strip, name, 12)
    pen.frame(box, THICK)
    edge = strip.x + strip.width
    pen.lines([(edge, box.y, edge, box.y + box.height)], THIN)
    return Box(edge, box.y, box.width - strip.width, box.height)


def inner(box: Box, band: float) -> Box:
    """The room for the cells of a block, without drawing."""
    return Box(box.x + band * MM, box.y, box.width - band * MM, box.height)
