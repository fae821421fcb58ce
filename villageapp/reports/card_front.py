"""The front of the household card: who the family is, three guarantees, whom to ring (domain.md 4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from villageapp.reports import card_style as look
from villageapp.reports.card_template import CardTemplate, Column
from villageapp.reports.card_texts import CardTexts
from villageapp.reports.pen import MM, Box, Pen, split, stack
from villageapp.reports.privacy import Privacy
from villageapp.reports.qr import qr_operators

_HEAD_GAP = 2.0
_TABLE_HEAD = 7.0
_HOTLINE = 8.0
_BLANK = "____________"


def member_columns(template: CardTemplate, grade: Privacy) -> tuple[Column, ...]:
    """Columns of the family table; public sheets have no ID column and the others widen."""
    columns = template.members.columns
    if grade is not Privacy.P0:
        return columns
    kept = [c for c in columns if c.key != "id_no"]
    factor = sum(c.width for c in columns) / sum(c.width for c in kept)
    return tuple(replace(c, width=c.width * factor) for c in kept)


class Front:
    """Places of the front page; computed once for a batch."""

    def __init__(self, template: CardTemplate, grade: Privacy) -> None:
        self._t = template
        self._columns = member_columns(template, grade)
        used = 0.0
        page = look.content_box(template)
        heights = (
            template.qr + _HEAD_GAP,
            4 * template.basic.row_height,
            _TABLE_HEAD + template.members.rows * template.members.row_height,
            2 * template.guarantees.row_height,
            4 * template.contacts.row_height,
            _HOTLINE,
        )
        boxes = []
        for height in heights:
            strip, page = look.take_top(page, height)
            boxes.append(strip)
            used += height
        look.check_height(template, "正面", used + look.FOOTER_MM)
        self._head, self._basic, self._members, self._guarantees, self._contacts, self._hotline = boxes
        self._basic_cells = self._pairs(self._basic, _BASIC_ROWS, template.basic_label_width)
        self._guarantee_cells = self._pairs(self._guarantees, _GUARANTEE_ROWS, template.basic_label_width)
        self._member_rows = self._rows_of_members()

    @property
    def member_rows(self) -> int:
        """How many members the page holds."""
        return len(self._member_rows)

    def draw_static(self, pen: Pen) -> None:
        """Frames and labels, the same on every card of a batch."""
        t = self._t
        self._draw_pairs(pen, self._basic, t.basic.band, self._basic_cells, t.basic.labels)
        self._draw_members_frame(pen)
        self._draw_pairs(pen, self._guarantees, t.guarantees.band, self._guarantee_cells, t.guarantees.labels)
        self._draw_contacts_frame(pen)
        self._draw_hotline(pen)

    def draw(self, pen: Pen, texts: CardTexts, more_note: str) -> None:
        """The values of one card; ``more_note`` takes the last member row when members go on elsewhere."""
        self._draw_head(pen, texts)
        for key, (_, cell) in self._basic_cells.items():
            style = look.VALUE if key in _CENTRED else look.VALUE_LEFT
            pen.text(cell, texts.basic[key], look.HEAD_NAME if key == "head" else style)
        for key, (_, cell) in self._guarantee_cells.items():
            pen.text(cell, texts.guarantees[key], look.VALUE_LEFT)
        rows = self._member_rows
        room = len(rows) - 1 if more_note else len(rows)
        for box, row in zip(rows[:room], texts.members[:room], strict=False):
            look.table_row(pen, box, self._columns, row)
        if more_note:
            pen.merge(rows[-1])
            pen.text(rows[-1], more_note, look.SMALL_LABEL)
        self._draw_contacts(pen, texts)
        line = self._hotline
        label = f"{self._t.texts['town_phone']} {texts.footer['town_phone'] or _BLANK}"
        pen.text(Box(line.x + line.width / 3, line.y, line.width / 4, line.height), label, look.HOTLINE)

    def _draw_head(self, pen: Pen, texts: CardTexts) -> None:
        qr_side = self._t.qr * MM
        right = self._head.x + self._head.width
        pen.raw(qr_operators(texts.qr, right - qr_side, self._head.y + _HEAD_GAP * MM, qr_side))
        room = Box(self._head.x, self._head.y, self._head.width - qr_side - 3 * MM, self._head.height)
        title, rest = look.take_top(room, 14)
        pen.text(title, texts.header["title"], look.TITLE)
        line = Box(rest.x, rest.y + 3 * MM, rest.width, 8.5 * MM)
        t = self._t.texts
        number = f"{t['card_no']}：{texts.header['card_no'] or _BLANK}"
        pen.text(Box(line.x, line.y, 75 * MM, line.height), number, look.PLAIN_LEFT)
        grade = Box(line.x + 78 * MM, line.y + 1.5 * MM, 31 * MM, line.height - 3 * MM)
        pen.frame(grade, look.THIN)
        pen.text(grade, texts.header["grade"], look.SMALL)
        stamp = Box(line.x + line.width - 122 * MM, line.y, 122 * MM, line.height)
        self._draw_stamp(pen, stamp, texts)

    def _draw_stamp(self, pen: Pen, box: Box, texts: CardTexts) -> None:
        """The red box that says what kind of household this is."""
        t = self._t.texts
        cells = split(box, [18 * MM, 36 * MM, 24 * MM, 44 * MM])
        pen.frame(box, look.THICK, look.RED_STROKE)
        words = (
            t["household_type"],
            texts.header["household_type"],
            t["monitoring"],
            texts.header["monitoring"],
        )
        for cell, word, bold in zip(cells, words, (False, True, False, True), strict=True):
            pen.text(cell, word, look.STAMP_VALUE if bold else look.STAMP)

    def _pairs(
        self, box: Box, rows: Sequence[Sequence[tuple[str, float]]], label_width: float
    ) -> dict[str, tuple[Box, Box]]:
        """Label and value boxes; widths of values are shares of what the labels leave."""
        cells: dict[str, tuple[Box, Box]] = {}
        room = look.inner(box, self._t.band)
        for strip, row in zip(stack(room, [room.height / len(rows)] * len(rows)), rows, strict=True):
            free = room.width - len(row) * label_width * MM
            x = strip.x
            for key, share in row:
                label = Box(x, strip.y, label_width * MM, strip.height)
                value = Box(x + label.width, strip.y, free * share, strip.height)
                cells[key] = (label, value)
                x = value.x + value.width
        return cells

    def _draw_pairs(
        self, pen: Pen, box: Box, band: str, cells: dict[str, tuple[Box, Box]], labels: dict[str, str]
    ) -> None:
        pen.fill([label for label, _ in cells.values()], look.SHADE)
        for key, (label, value) in cells.items():
            pen.text(label, labels[key], look.LABEL)
            below = (label.x, label.y, value.x + value.width, label.y)
            edges = [(cell.x, cell.y, cell.x, cell.y + cell.height) for cell in (label, value)]
            pen.lines([below, *edges], look.THIN)
        look.block(pen, box, self._t.band, band)

    def _rows_of_members(self) -> list[Box]:
        room = look.inner(self._members, self._t.band)
        table = self._t.members
        return stack(room, [_TABLE_HEAD * MM, *[table.row_height * MM] * table.rows])[1:]

    def _draw_members_frame(self, pen: Pen) -> None:
        table = self._t.members
        room = look.inner(self._members, self._t.band)
        head, _ = look.take_top(room, _TABLE_HEAD)
        look.table_head(pen, head, self._columns)
        heights = [_TABLE_HEAD * MM, *[table.row_height * MM] * table.rows]
        look.rules(pen, room, [c.width * MM for c in self._columns], heights)
        look.block(pen, self._members, self._t.band, table.band)

    def _contact_grid(self) -> tuple[list[Box], list[float], float]:
        """Rows of the block, widths of its columns (words, then roles) in points."""
        room = look.inner(self._contacts, self._t.band)
        words = 16 * MM
        roles = len(self._t.contacts.labels)
        rows = stack(room, [room.height / 4] * 4)
        return rows, [words, *[(room.width - words) / roles] * roles], room.height / 4

    def _draw_contacts_frame(self, pen: Pen) -> None:
        rows, widths, height = self._contact_grid()
        pen.fill([rows[0], *(split(row, widths)[0] for row in rows[1:])], look.SHADE)
        for cell, label in zip(split(rows[0], widths)[1:], self._t.contacts.labels.values(), strict=True):
            pen.text(cell, label, look.LABEL)
        for row, word in zip(rows[1:], self._t.contact_words, strict=True):
            pen.text(split(row, widths)[0], word, look.LABEL)
        look.rules(pen, look.inner(self._contacts, self._t.band), widths, [height] * 4)
        look.block(pen, self._contacts, self._t.band, self._t.contacts.band)

    def _draw_contacts(self, pen: Pen, texts: CardTexts) -> None:
        rows, widths, _ = self._contact_grid()
        for place, role in enumerate(self._t.contacts.labels, start=1):
            contact = texts.contacts.get(role, {})
            for row, key in zip(rows[1:], ("name", "unit", "phone"), strict=True):
                pen.text(split(row, widths)[place], contact.get(key, ""), look.VALUE)

    def _draw_hotline(self, pen: Pen) -> None:
        t = self._t.texts
        box = self._hotline
        pen.text(box, f"{t['hotline']} {t['hotline_number']}", look.HOTLINE_RED)
        pen.text(box, t["invitation"], look.PLAIN_RIGHT)


_CENTRED = frozenset({"head", "population", "labour", "phone", "household_type"})
_BASIC_ROWS = (
    (("head", 45 / 161), ("population", 26 / 161), ("labour", 26 / 161), ("phone", 64 / 161)),
    (("address", 143 / 207), ("household_type", 64 / 207)),
    (("monitoring", 94 / 207), ("risks", 113 / 207)),
    (("welfare", 94 / 207), ("relocated", 113 / 207)),
)
_GUARANTEE_ROWS = (
    (("schooling", 64 / 184), ("medical", 71 / 184), ("verified", 49 / 184)),
    (("water", 64 / 207), ("house", 143 / 207)),
)
