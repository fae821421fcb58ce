"""The back of the household card: measures, income, visits, plan, signatures (domain.md 4.1)."""

from __future__ import annotations

from dataclasses import dataclass

from villageapp.reports import card_style as look
from villageapp.reports.card_income import SUBJECTS
from villageapp.reports.card_template import CardTemplate, Column
from villageapp.reports.card_texts import CardTexts, Row
from villageapp.reports.card_texts import box as tick_box
from villageapp.reports.pen import MM, Box, Pen, split, stack
from villageapp.reports.privacy import Privacy

_HEAD = 8.0
_TABLE_HEAD = 6.0
_NOTE = 4.5
_TALLEST_SHORT_ROW = 8.0
_INCOME_SHARES = (32 / 91, 22.5 / 91, 22.5 / 91, 14 / 91)


@dataclass(frozen=True, slots=True)
class MeasureRows:
    """Which rows the back page shows, with heights in points, and how many measures they hold."""

    rows: tuple[tuple[Row, float], ...]
    shown: int


class Back:
    """Places of the back page; computed once for a batch."""

    def __init__(self, template: CardTemplate, grade: Privacy) -> None:
        self._t = template
        self._public = grade is Privacy.P0
        page = look.content_box(template)
        lower = _TABLE_HEAD + len(SUBJECTS) * template.income.row_height
        heights = (
            _HEAD,
            _TABLE_HEAD + template.measures_height,
            lower,
            _TABLE_HEAD + template.plans.rows * template.plans.row_height,
            template.signature_height,
            _NOTE,
        )
        look.check_height(template, "背面", sum(heights) + look.FOOTER_MM)
        boxes = []
        for height in heights:
            strip, page = look.take_top(page, height)
            boxes.append(strip)
        self._head, self._measures, lower_box, self._plans, self._signatures, self._note = boxes
        left = template.income_width * MM
        self._income = Box(lower_box.x, lower_box.y, left, lower_box.height)
        self._visits = Box(lower_box.x + left, lower_box.y, lower_box.width - left, lower_box.height)

    def draw_static(self, pen: Pen) -> None:
        """Frames and labels, the same on every card of a batch."""
        t = self._t
        self._table_frame(pen, self._plans, t.plans.band, t.plans.columns, t.plans.rows)
        self._table_frame(pen, self._visits, t.visits.band, t.visits.columns, t.visits.rows)
        self._income_frame(pen)
        self._signature_frame(pen)
        head, _ = look.take_top(look.inner(self._measures, t.band), _TABLE_HEAD)
        look.table_head(pen, head, t.measures.columns)
        look.block(pen, self._measures, t.band, t.measures.band)

    def draw(self, pen: Pen, texts: CardTexts, measures: MeasureRows, more_note: str) -> None:
        """The values of one card; ``more_note`` stands below the measures when some go on elsewhere."""
        page_head(pen, self._head, texts, texts.header["back_title"])
        self._draw_measures(pen, measures, more_note)
        self._draw_income(pen, texts)
        for block, table, rows in (
            (self._visits, self._t.visits, texts.visits),
            (self._plans, self._t.plans, texts.plans),
        ):
            boxes = self._body_rows(block, table.rows)
            for box, row in zip(boxes, rows, strict=False):
                look.table_row(pen, box, table.columns, row)
        self._draw_note(pen, texts)

    def choose_measures(self, pen: Pen, texts: CardTexts) -> MeasureRows:
        """All groups when they fit; when space is short only what the household has; else the first ones."""
        room = self._t.measures_height * MM
        blank = self._t.measures.row_height * MM
        everything = self._with_empty_groups(texts.measures)
        sized = [(row, self.row_height(pen, row)) for row in everything]
        if sum(height for _, height in sized) <= room + 0.01:
            return MeasureRows(_stretched(sized, room, blank), len(texts.measures))
        ticked = [(row, self.row_height(pen, row)) for row in texts.measures]
        if sum(height for _, height in ticked) <= room + 0.01:
            return MeasureRows(_stretched(ticked, room, blank), len(ticked))
        kept, used = [], blank
        for row, height in ticked:
            if used + height > room:
                break
            used += height
            kept.append((row, height))
        extra = (room - used) / max(1, len(kept))
        return MeasureRows(tuple((row, height + extra) for row, height in kept), len(kept))

    def row_height(self, pen: Pen, row: Row) -> float:
        """Height of a measure's row in points: one line, or two when a cell needs them."""
        columns = self._t.measures.columns
        short = all(
            pen.fits_one_line(row.get(c.key, ""), c.width * MM, look.body_style(c.key))
            for c in columns
            if c.key != "group"
        )
        return (self._t.measures.row_height if short else self._t.measure_tall_row) * MM

    def _with_empty_groups(self, measures: tuple[Row, ...]) -> list[Row]:
        """The measures, and an unticked row for each group the household has nothing of."""
        present = {row["code"] for row in measures}
        rows = []
        for code, label in self._t.groups.items():
            rows += [row for row in measures if row["code"] == code]
            if code not in present:
                rows.append({"code": code, "group": tick_box(False, label)})
        return rows + [row for row in measures if row["code"] not in self._t.groups]

    def _draw_measures(self, pen: Pen, measures: MeasureRows, more_note: str) -> None:
        room = look.inner(self._measures, self._t.band)
        _, body = look.take_top(room, _TABLE_HEAD)
        heights = [height for _, height in measures.rows]
        if more_note:
            heights.append(self._t.measures.row_height * MM)
        boxes = stack(body, heights)
        draw_measure_rows(pen, boxes, [row for row, _ in measures.rows], self._t.measures.columns)
        used = sum(heights)
        filled = Box(
            room.x, room.y + room.height - _TABLE_HEAD * MM - used, room.width, used + _TABLE_HEAD * MM
        )
        widths = [c.width * MM for c in self._t.measures.columns]
        look.rules(pen, filled, widths, [_TABLE_HEAD * MM, *heights])
        if used < body.height - 1:
            pen.lines([(filled.x, filled.y, filled.x + filled.width, filled.y)], look.THIN)
        if more_note:
            pen.merge(boxes[-1])
            pen.text(boxes[-1], more_note, look.SMALL_LABEL)

    def _table_frame(self, pen: Pen, box: Box, band: str, columns: tuple[Column, ...], rows: int) -> None:
        room = look.inner(box, self._t.band)
        head, body = look.take_top(room, _TABLE_HEAD)
        look.table_head(pen, head, columns)
        look.rules(
            pen, room, [c.width * MM for c in columns], [_TABLE_HEAD * MM, *[body.height / rows] * rows]
        )
        look.block(pen, box, self._t.band, band)

    def _body_rows(self, box: Box, rows: int) -> list[Box]:
        _, body = look.take_top(look.inner(box, self._t.band), _TABLE_HEAD)
        return stack(body, [body.height / rows] * rows)

    def _income_rows(self) -> tuple[Box, list[Box], list[float]]:
        room = look.inner(self._income, self._t.band)
        rows = stack(room, [_TABLE_HEAD * MM, *[self._t.income.row_height * MM] * len(SUBJECTS)])
        return room, rows, [room.width * share for share in _INCOME_SHARES]

    def _income_frame(self, pen: Pen) -> None:
        room, rows, widths = self._income_rows()
        pen.fill([rows[0]], look.SHADE)
        subject, change, _ = self._t.income_words
        head = split(rows[0], widths)
        pen.text(head[0], subject, look.SMALL_LABEL)
        pen.text(head[3], change, look.SMALL_LABEL)
        for row, key in zip(rows[1:], SUBJECTS, strict=True):
            style = look.SUBJECT_SUM if key.startswith("net") else look.SMALL_LEFT
            pen.text(split(row, widths)[0], self._t.income.labels[key], style)
        look.rules(pen, room, widths, [row.height for row in rows])
        look.block(pen, self._income, self._t.band, self._t.income.band)

    def _draw_income(self, pen: Pen, texts: CardTexts) -> None:
        room, rows, widths = self._income_rows()
        if texts.income is None:
            values = Box(room.x + widths[0], room.y, room.width - widths[0], room.height - rows[0].height)
            pen.merge(values)
            pen.text(values, texts.income_blank, look.HIDDEN)
            return
        for index, (box, row) in enumerate(zip(rows, texts.income, strict=True)):
            cells = split(box, widths)
            number = look.SMALL_LABEL if index == 0 else look.NUMBER
            pen.text(cells[1], row["last"], number)
            pen.text(cells[2], row["this"], number)
            if index:
                pen.text(cells[3], row["change"], look.PERCENT)

    def _signature_frame(self, pen: Pen) -> None:
        labels = self._t.signature_labels
        cells = split(self._signatures, [self._signatures.width / len(labels)] * len(labels))
        for cell, label in zip(cells, labels, strict=True):
            pen.text(Box(cell.x, cell.y, 42 * MM, cell.height), f"{label}：", look.LABEL_LEFT)
        look.rules(pen, self._signatures, [cell.width for cell in cells], [self._signatures.height])
        pen.frame(self._signatures, look.THICK)

    def _draw_note(self, pen: Pen, texts: CardTexts) -> None:
        left, right = split(self._note, [self._note.width * 0.62, self._note.width * 0.38])
        note = "  ".join(part for part in (texts.footer["note"], texts.footer["remark"]) if part)
        pen.text(left, note, look.NOTE)
        pen.text(right, texts.footer["status"], look.NOTE_RIGHT)


def page_head(pen: Pen, box: Box, texts: CardTexts, title: str) -> None:
    """The line that says whose card this page belongs to."""
    left, middle, number, right = split(box, [box.width * share for share in (0.32, 0.32, 0.22, 0.14)])
    pen.text(left, title, look.PAGE_TITLE)
    pen.text(middle, f"户主：{texts.header['head']}", look.VALUE)
    pen.text(number, f"编号：{texts.header['card_no']}", look.VALUE)
    pen.text(right, texts.header["grade"], look.GRADE)


def draw_measure_rows(pen: Pen, boxes: list[Box], rows: list[Row], columns: tuple[Column, ...]) -> None:
    """Rows of measures; a group's name stands only at its first row, flush left with its box."""
    before = ""
    for box, row in zip(boxes, rows, strict=False):
        cells = split(box, [c.width * MM for c in columns])
        for cell, column in zip(cells, columns, strict=True):
            text = row.get(column.key, "")
            if column.key == "group":
                text = "" if row["code"] == before else text
                pen.text(cell, text, look.GROUP_TICKED if "☑" in text else look.GROUP)
            else:
                pen.text(cell, text, look.body_style(column.key))
        before = row["code"]


def _stretched(rows: list[tuple[Row, float]], room: float, blank: float) -> tuple[tuple[Row, float], ...]:
    """Use up the room: every row a little higher, then empty rows to write on by hand. Points."""
    if not rows:
        extra = 0.0
    else:
        extra = min((room - sum(height for _, height in rows)) / len(rows), _TALLEST_SHORT_ROW * MM - blank)
    filled = [(row, height + extra) for row, height in rows]
    left = room - sum(height for _, height in filled)
    count = int((left + 0.01) // blank)
    return (*filled, *(({"code": ""}, left / count) for _ in range(count)))
