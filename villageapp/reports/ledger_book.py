"""A ledger as a workbook: real numbers and dates, ID and household numbers as text, nothing read as a formula.

The heading row is the third; the importer finds it there (it looks through the first ten), so that a list which
the program can import comes back as it went.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from villageapp.domain import dates
from villageapp.domain.fields import Field, Kind, show
from villageapp.progress import SILENT, Progress

HEADING_ROW = 2
"""From 0."""
_STEP = 200
_NARROW, _WIDE = 6, 42
"""Narrowest and widest column, in digits."""
_LOOKED_AT = 500
_A4, _A3 = 9, 8
_MANY_COLUMNS = 14
_CELL_CHARACTERS = 32_767
"""No spreadsheet holds more in one cell."""


def workbook(
    title: str,
    about: str,
    columns: Sequence[tuple[str, Field]],
    rows: Sequence[Sequence[Any]],
    made_at: datetime,
    progress: Progress = SILENT,
) -> bytes:
    """The file's bytes. ``rows`` hold clean values of the fields; references hold names already.

    Made in memory, without temporary files: they would lie unencrypted on the disk. Raises Cancelled.
    """
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"title": title, "comments": about, "created": made_at.replace(tzinfo=None)})
        sheet = book.add_worksheet(title[:31])
        _Writer(book, sheet, columns).write(title, about, rows, progress)
    return content.getvalue()


class _Writer:
    def __init__(self, book: Any, sheet: Any, columns: Sequence[tuple[str, Field]]) -> None:
        self._sheet = sheet
        self._columns = columns
        line = {"border": 1, "font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        self._title = book.add_format({"bold": True, "font_size": 16, "font_name": "黑体"})
        self._about = book.add_format({"font_name": "宋体", "font_size": 10})
        head = {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#E8EEF4"}
        self._head = book.add_format({**line, **head})
        self._text = book.add_format({**line, "num_format": "@", "text_wrap": True})
        self._formats = {
            Kind.MONEY: book.add_format({**line, "num_format": "#,##0.00"}),
            Kind.INTEGER: book.add_format({**line, "num_format": "0"}),
            Kind.DECIMAL: book.add_format({**line, "num_format": "0.##"}),
            Kind.DATE: book.add_format({**line, "num_format": "yyyy-mm-dd", "align": "left"}),
            Kind.INSTANT: book.add_format({**line, "num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
        }

    def write(self, title: str, about: str, rows: Sequence[Sequence[Any]], progress: Progress) -> None:
        """Title, village and day, headings, rows; widths follow the texts."""
        sheet = self._sheet
        sheet.write_string(0, 0, title, self._title)
        sheet.write_string(1, 0, about, self._about)
        for place, (heading, field) in enumerate(self._columns):
            sheet.write_string(HEADING_ROW, place, heading, self._head)
            sheet.set_column(place, place, _width(heading, [row[place] for row in rows[:_LOOKED_AT]], field))
        sheet.set_row(HEADING_ROW, 32)
        put = [self._writer(field) for _, field in self._columns]
        for number, row in enumerate(rows):
            if number % _STEP == 0:
                progress.check_cancelled()
                progress.step(number, len(rows), "正在写表格")
            for place, value in enumerate(row):
                put[place](HEADING_ROW + 1 + number, place, value)
        self._page(len(rows))

    def _writer(self, field: Field) -> Callable[[int, int, Any], None]:
        put = self._sheet
        chosen = self._formats.get(field.kind, self._text)

        def write(row: int, place: int, value: Any) -> None:
            if value is None:
                put.write_blank(row, place, None, chosen)
            elif field.kind is Kind.MONEY:
                put.write_number(row, place, value / 100, chosen)
            elif field.kind in (Kind.INTEGER, Kind.DECIMAL):
                put.write_number(row, place, float(value), chosen)
            elif field.kind is Kind.DATE:
                put.write_datetime(row, place, value, chosen)
            elif field.kind is Kind.INSTANT:
                put.write_datetime(row, place, value.astimezone(dates.CHINA).replace(tzinfo=None), chosen)
            else:
                put.write_string(row, place, _shown(field, value)[:_CELL_CHARACTERS], self._text)

        return write

    def _page(self, rows: int) -> None:
        """Frozen and repeated heading, filter, landscape, as wide as a page."""
        last = len(self._columns) - 1
        sheet = self._sheet
        sheet.freeze_panes(HEADING_ROW + 1, 0)
        sheet.autofilter(HEADING_ROW, 0, HEADING_ROW + max(rows, 1), last)
        sheet.repeat_rows(HEADING_ROW)
        sheet.set_landscape()
        sheet.set_paper(_A3 if len(self._columns) > _MANY_COLUMNS else _A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C第 &P 页 共 &N 页")


def _shown(field: Field, value: Any) -> str:
    return str(value) if field.kind in (Kind.REF, Kind.REFS) else show(field, value)


def _width(heading: str, values: Sequence[Any], field: Field) -> float:
    """In digits; a Chinese character counts two."""
    texts = [_shown(field, value) for value in values if value is not None]
    longest = max((_digits(line) for text in texts for line in text.split("\n")), default=0)
    return float(min(max(longest + 2, _digits(heading) // 2 + 3, _NARROW), _WIDE))


def _digits(text: str) -> int:
    return sum(1 if character.isascii() else 2 for character in text)
