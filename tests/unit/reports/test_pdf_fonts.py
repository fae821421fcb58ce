"""Embedded fonts: searchable text, subset, no stray fonts."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pypdfium2

from villageapp.fonts import FontSet
from villageapp.reports.pdf_canvas import StreamedCanvas
from villageapp.reports.pdf_fonts import DocumentFonts, to_unicode
from villageapp.reports.pen import Box, Pen, Style

MADE_AT = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
STYLE = Style(12, 9, 8, align="left")


def draw(*texts: str) -> bytes:
    """A PDF with one page per text."""
    out = io.BytesIO()
    canvas = StreamedCanvas(out, (400, 200), MADE_AT)
    pen = Pen(canvas, DocumentFonts(FontSet.load(), canvas.document))
    for text in texts:
        pen.text(Box(10, 10, 380, 40), text, STYLE)
        canvas.showPage()
    canvas.finish()
    return out.getvalue()


def text_of(pdf: bytes, page: int = 0) -> str:
    """The text layer of one page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return str(document[page].get_textpage().get_text_bounded())
    finally:
        document.close()


def test_text_copies_out_above_the_basic_plane() -> None:
    assert text_of(draw("王䶮 㛃梅 𬭊 𠮷野家")) == "王䶮 㛃梅 𬭊 𠮷野家"


def test_to_unicode_writes_surrogate_pairs() -> None:
    table = to_unicode({"王": 1, "𠮷": 2})
    assert b"<0001> <738B>" in table
    assert b"<0002> <D842DFB7>" in table


def test_to_unicode_blocks_hold_at_most_100() -> None:
    table = to_unicode({chr(0x4E00 + i): i + 1 for i in range(250)}).decode()
    assert [int(n) for n in re.findall(r"(\d+) beginbfchar", table)] == [100, 100, 50]


def test_characters_that_share_a_glyph_copy_out_as_themselves() -> None:
    assert text_of(draw("一⼀")) == "一⼀"
    assert text_of(draw("☑是 □否")) == "☑是 □否"


def test_missing_character_is_drawn_as_its_code() -> None:
    assert text_of(draw("王\ue000三")) == "王[U+E000]三"


def test_every_font_is_embedded_and_named_as_subset() -> None:
    pdf = draw("王三", "𠮷")
    names = re.findall(rb"/BaseFont\s*/(\S+)", pdf)
    assert names
    assert all(re.match(rb"[A-Z]{6}\+NotoSans(SC|JP)-Regular$", name) for name in names)
    assert b"Helvetica" not in pdf
    assert pdf.count(b"/FontFile2") == 2


def test_each_page_keeps_its_own_text() -> None:
    pdf = draw("第一页", "第二页", "第三页")
    assert [text_of(pdf, page) for page in range(3)] == ["第一页", "第二页", "第三页"]


def test_creation_date_is_the_one_given() -> None:
    assert b"D:20261120013000+00'00'" in draw("王")
