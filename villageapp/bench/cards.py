"""Household cards as PDF, against a plain ReportLab canvas that writes the same words at known places.

The plain canvas knows beforehand where every text and line goes (taken from the finished PDF by pdfium), so it
pays for ReportLab, its font subset and the file alone: no fitting, no fallback fonts, no code picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from villageapp import fonts
from villageapp.bench import DESCRIPTIONS
from villageapp.bench.result import Row
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import cost_of, interleaved, middle
from villageapp.bench.village import Stores
from villageapp.fonts import FontSet
from villageapp.reports.card import render_cards
from villageapp.reports.card_facts import CardFacts
from villageapp.reports.privacy import Privacy
from villageapp.services import household_lists
from villageapp.services.cards import card_facts, print_cards

PLAIN = "预先排好版的 ReportLab 画布写同样的字"
_FONT = "Plain"


@dataclass(frozen=True, slots=True)
class Page:
    """What one page shows: (x, y, size, text) and outlines (left, bottom, width, height), points."""

    size: tuple[float, float]
    texts: tuple[tuple[float, float, float, str], ...]
    boxes: tuple[tuple[float, float, float, float], ...]


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row; ``extra`` has the whole way from the store to the file."""
    work = stores.opened(sizes)
    wanted = household_lists.list_ids(work)[: sizes.cards]
    facts = list(card_facts(work, wanted))
    pages = pages_of(_rendered(facts, work.now()))
    register_font(stores.folder)
    ours, plain = interleaved(
        lambda: cost_of(partial(_rendered, facts, work.now())),
        lambda: cost_of(partial(written_plainly, pages)),
        sizes.rounds,
        warm_up=sizes.keep_warm_up,
    )
    whole = cost_of(lambda: print_cards(work, wanted, Privacy.P1, stores.folder / "cards.pdf"))
    yield Row(
        "card",
        f"{DESCRIPTIONS['card']}（{len(wanted)} 张 {len(pages)} 页）",
        PLAIN,
        middle(ours),
        middle(plain),
        sizes.rounds,
        extra={
            "cards": len(wanted),
            "cards_per_second": round(len(wanted) / middle(ours).wall, 1),
            "baseline_cards_per_second": round(len(wanted) / middle(plain).wall, 1),
            "with_reading_seconds": round(whole.wall, 3),
        },
    )


def _rendered(facts: list[CardFacts], printed_at: datetime) -> bytes:
    """Our cards as PDF."""
    out = BytesIO()
    render_cards(
        iter(facts),
        Privacy.P1,
        out,
        fonts=FontSet.load(),
        printed_at=printed_at,
        device="bench",
        version="1",
        total=len(facts),
    )
    return out.getvalue()


def pages_of(pdf: bytes) -> list[Page]:
    """Where every text and outline of a PDF stands."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_page(sheet) for sheet in document]
    finally:
        document.close()


def _page(sheet: Any) -> Page:
    import pypdfium2

    texts: list[tuple[float, float, float, str]] = []
    boxes: list[tuple[float, float, float, float]] = []
    words = sheet.get_textpage()
    for shape in sheet.get_objects(textpage=words):
        if isinstance(shape, pypdfium2.PdfTextObj):
            matrix = shape.get_matrix()
            texts.append((matrix.e, matrix.f, shape.get_font_size(), shape.extract().strip("\r\n\0")))
        elif shape.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH:
            left, bottom, right, top = shape.get_bounds()
            boxes.append((left, bottom, right - left, top - bottom))
    page = Page(sheet.get_size(), tuple(texts), tuple(boxes))
    words.close()
    sheet.close()
    return page


def register_font(folder: Path) -> None:
    """The plain canvas's one font; outside the clock, since a program does it once."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(_FONT, str(fonts.instance(fonts.REGULAR, folder))))


def written_plainly(pages: Sequence[Page]) -> bytes:
    """The baseline: every text and outline where it was."""
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, pageCompression=1)
    for page in pages:
        canvas.setPageSize(page.size)
        for left, bottom, width, height in page.boxes:
            canvas.rect(left, bottom, width, height)
        for x, y, size, text in page.texts:
            canvas.setFont(_FONT, size)
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()
