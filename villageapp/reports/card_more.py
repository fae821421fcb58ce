"""Continuation sheets: members beyond the front's rows and measures beyond the back's room.

A sheet has two sides, so continuation pages come in pairs and the next household starts on a front.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from villageapp.reports import card_style as look
from villageapp.reports.card_back import Back, draw_measure_rows, page_head
from villageapp.reports.card_front import member_columns
from villageapp.reports.card_template import CardTemplate
from villageapp.reports.card_texts import CardTexts, Row
from villageapp.reports.pen import MM, Box, Pen, stack
from villageapp.reports.privacy import Privacy
from villageapp.reports.qr import qr_operators

_TABLE_HEAD = 7.0
_GAP = 3.0


@dataclass(slots=True)
class MorePage:
    """What one continuation page holds."""

    members: list[Row] = field(default_factory=list)
    measures: list[tuple[Row, float]] = field(default_factory=list)
    """Rows with heights in points."""


class More:
    """Plans and draws continuation pages."""

    def __init__(self, template: CardTemplate, grade: Privacy, back: Back) -> None:
        self._t = template
        self._back = back
        self._columns = member_columns(template, grade)
        self._head, rest = look.take_top(look.content_box(template), template.qr + 1)
        foot = look.FOOTER_MM * MM
        self._body = Box(rest.x, rest.y + foot, rest.width, rest.height - foot)

    def plan(self, pen: Pen, members: list[Row], measures: list[Row]) -> list[MorePage]:
        """Pages for these rows, an even number."""
        pages: list[MorePage] = []
        room = 0.0
        table: object = None
        member_height = self._t.members.row_height * MM
        work = [("member", row, member_height) for row in members]
        work += [("measure", row, self._back.row_height(pen, row) * 1.15) for row in measures]
        for kind, row, height in work:
            needed = height if kind == table else height + (_TABLE_HEAD + _GAP) * MM
            if needed > room:
                pages.append(MorePage())
                room = self._body.height
                needed = height + (_TABLE_HEAD + _GAP) * MM
            room -= needed
            table = kind
            if kind == "member":
                pages[-1].members.append(row)
            else:
                pages[-1].measures.append((row, height))
        if len(pages) % 2:
            pages.append(MorePage())
        return pages

    def draw(self, pen: Pen, texts: CardTexts, page: MorePage) -> None:
        """One continuation page."""
        side = self._t.qr * MM
        head = Box(self._head.x, self._head.y + MM, self._head.width - side - 3 * MM, self._head.height - MM)
        pen.raw(qr_operators(texts.qr, self._head.x + self._head.width - side, head.y, side))
        page_head(pen, head, texts, texts.header["more_title"])
        rest = self._body
        if page.members:
            rest = self._draw_members(pen, rest, page.members)
        if page.measures:
            self._draw_measures(pen, rest, page.measures)
        if not page.members and not page.measures:
            pen.text(rest, self._t.texts["nothing_more"], look.VALUE)

    def _draw_members(self, pen: Pen, room: Box, rows: list[Row]) -> Box:
        table = self._t.members
        heights = [_TABLE_HEAD * MM, *[table.row_height * MM] * len(rows)]
        strip, rest = look.take_top(room, sum(heights) / MM)
        inside = look.inner(strip, self._t.band)
        boxes = stack(inside, heights)
        look.table_head(pen, boxes[0], self._columns)
        look.rules(pen, inside, [c.width * MM for c in self._columns], heights)
        look.block(pen, strip, self._t.band, table.band)
        for box, row in zip(boxes[1:], rows, strict=True):
            look.table_row(pen, box, self._columns, row)
        return look.take_top(rest, _GAP)[1]

    def _draw_measures(self, pen: Pen, room: Box, rows: list[tuple[Row, float]]) -> None:
        columns = self._t.measures.columns
        heights = [_TABLE_HEAD * MM, *(height for _, height in rows)]
        strip, _ = look.take_top(room, sum(heights) / MM)
        inside = look.inner(strip, self._t.band)
        boxes = stack(inside, heights)
        look.table_head(pen, boxes[0], columns)
        look.rules(pen, inside, [c.width * MM for c in columns], heights)
        look.block(pen, strip, self._t.band, self._t.measures.band)
        draw_measure_rows(pen, boxes[1:], [row for row, _ in rows], columns)
