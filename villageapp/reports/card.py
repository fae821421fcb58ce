"""Print household cards (户帮扶明白卡): A4 landscape, front and back, many in one PDF (domain.md 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from villageapp.errors import Trouble
from villageapp.fonts import FontSet
from villageapp.progress import SILENT, Progress
from villageapp.reports import card_style as look
from villageapp.reports.card_back import Back
from villageapp.reports.card_blank import BlankCard, blank_texts
from villageapp.reports.card_facts import CardFacts
from villageapp.reports.card_front import Front
from villageapp.reports.card_more import More, MorePage
from villageapp.reports.card_template import CardTemplate, load_template
from villageapp.reports.card_texts import BEIJING, CardTexts, card_texts
from villageapp.reports.pdf_canvas import StreamedCanvas
from villageapp.reports.pdf_fonts import DocumentFonts
from villageapp.reports.pen import MM, Box, Pen
from villageapp.reports.privacy import Privacy
from villageapp.reports.whole_file import unwritable

TITLE = "户帮扶明白卡"
_NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class MissingGlyph:
    """A character that no font can draw, and where it stands."""

    household_uid: str
    head_name: str
    where: str
    """Block of the card, e.g. 家庭成员."""
    text: str
    """The text that holds it."""
    character: str

    @property
    def code_point(self) -> str:
        """e.g. U+2CF3B."""
        return f"U+{ord(self.character):04X}"

    def line(self) -> str:
        """One line for people: whose card, which text, which character."""
        return f"{self.head_name}户{self.where}“{self.text}”中的 {self.code_point}"


@dataclass(frozen=True, slots=True)
class CardReport:
    """What was printed."""

    pages: int
    items: int
    """Households."""
    missing_glyphs: tuple[MissingGlyph, ...]
    """Printed as code points in brackets; empty unless that was allowed."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What the footer says about this print."""

    printed_at: datetime
    """Aware; printed as Beijing time."""
    device: str
    version: str
    """Version of the data the print was made from."""


def missing_glyphs(
    cards: Iterable[CardFacts],
    fonts: FontSet,
    grade: Privacy,
    printed_at: datetime,
    template: CardTemplate | None = None,
) -> tuple[MissingGlyph, ...]:
    """Every character of these cards that no font can draw; ask before printing."""
    template = template or load_template()
    found: list[MissingGlyph] = []
    for facts in cards:
        found += _missing(facts, card_texts(facts, template, grade, printed_at), fonts)
    return tuple(found)


def render_cards(
    cards: Iterable[CardFacts | BlankCard],
    grade: Privacy,
    out: BinaryIO,
    *,
    fonts: FontSet,
    printed_at: datetime,
    device: str,
    version: str,
    progress: Progress = SILENT,
    template: CardTemplate | None = None,
    total: int = 0,
    allow_missing: bool = False,
) -> CardReport:
    """Write the PDF of ``cards`` to ``out``, page by page; equal arguments give equal bytes.

    ``total`` is the number of cards for the progress, 0 = unknown. Raises Trouble when a character has no
    glyph (all cards are looked through and up to ten named) unless ``allow_missing``: then its code point is
    printed in brackets. Raises Trouble when ``out`` cannot take the bytes, or when there is no card. Whatever
    ``out`` then holds is not a PDF: write files within ``whole_file``.
    """
    batch = _Batch(grade, out, fonts, Imprint(printed_at, device, version), template or load_template())
    found: list[MissingGlyph] = []
    done = 0
    try:
        for done, facts in enumerate(cards, start=1):
            progress.check_cancelled()
            texts = batch.texts(facts)
            found += _missing(facts, texts, fonts)
            if allow_missing or not found:
                batch.add(texts)
            progress.step(done, total, "正在生成明白卡")
        _refuse(found, done, allow_missing)
        batch.finish()
    except OSError as error:
        raise unwritable(Path(TITLE), error) from error
    return CardReport(batch.pages, done, tuple(found))


class _Batch:
    """One PDF being made."""

    def __init__(
        self, grade: Privacy, out: BinaryIO, fonts: FontSet, imprint: Imprint, template: CardTemplate
    ) -> None:
        if imprint.printed_at.tzinfo is None:
            raise ValueError("printed_at must be aware")
        self.pages = 0
        self._grade = grade
        self._imprint = imprint
        self._t = template
        self._front, self._back = Front(template, grade), Back(template, grade)
        self._more = More(template, grade, self._back)
        self._canvas = StreamedCanvas(out, look.page_size(), imprint.printed_at)
        self._canvas.setTitle(TITLE)
        self._canvas.setAuthor(imprint.device)
        self._canvas.setCreator("驻村通")
        self._pen = Pen(self._canvas, DocumentFonts(fonts, self._canvas.document))
        self._form("front", self._front.draw_static)
        self._form("back", self._back.draw_static)
        local = imprint.printed_at.astimezone(BEIJING)
        self._printed = local.strftime("%Y-%m-%d %H:%M")

    def texts(self, facts: CardFacts | BlankCard) -> CardTexts:
        """The strings of one card."""
        if isinstance(facts, BlankCard):
            return blank_texts(facts, self._t, self._grade, self._imprint.printed_at)
        return card_texts(facts, self._t, self._grade, self._imprint.printed_at)

    def add(self, texts: CardTexts) -> None:
        """Draw the pages of one card."""
        measures = self._back.choose_measures(self._pen, texts)
        held = self._front.member_rows
        shown = len(texts.members) if len(texts.members) <= held else held - 1
        rest = texts.members[shown:]
        left = texts.measures[measures.shown :]
        more = self._more.plan(self._pen, list(rest), list(left))
        pages = 2 + len(more)
        self._canvas.doForm("front")
        self._front.draw(self._pen, texts, self._note("more_members", len(rest), 3))
        self._end_page(1, pages)
        self._canvas.doForm("back")
        self._back.draw(self._pen, texts, measures, self._note("more_measures", len(left), _first_with(more)))
        self._end_page(2, pages)
        for number, page in enumerate(more, start=3):
            self._more.draw(self._pen, texts, page)
            self._end_page(number, pages)

    def finish(self) -> None:
        """Write fonts and the end of the file."""
        self._canvas.finish()

    def _form(self, name: str, draw: Callable[[Pen], None]) -> None:
        """What is the same on every card is stored once and called from each page."""
        self._canvas.beginForm(name)
        draw(self._pen)
        self._canvas.endForm()

    def _note(self, key: str, count: int, page: int) -> str:
        return self._t.text(key, count=count, page=page) if count else ""

    def _end_page(self, page: int, pages: int) -> None:
        room = look.content_box(self._t)
        box = Box(room.x, room.y, room.width, look.FOOTER_MM * MM)
        values = {"page": page, "pages": pages, "printed_at": self._printed}
        text = self._t.text("footer", device=self._imprint.device, version=self._imprint.version, **values)
        self._pen.text(box, text, look.FOOTER)
        self._canvas.showPage()
        self.pages += 1


def _first_with(more: Sequence[MorePage]) -> int:
    """Number of the first continuation page that holds measures."""
    return next((number for number, page in enumerate(more, start=3) if page.measures), 3)


def _missing(facts: CardFacts | BlankCard, texts: CardTexts, fonts: FontSet) -> Iterator[MissingGlyph]:
    uid = "" if isinstance(facts, BlankCard) else facts.household_uid
    for where, text in texts.strings():
        for character in fonts.missing(text):
            yield MissingGlyph(uid, texts.head_name, where, text, character)


def _refuse(found: Sequence[MissingGlyph], done: int, allow_missing: bool) -> None:
    if not done:
        raise Trouble("没有要打印的农户，没有生成文件。", remedy="请先选择农户。", code="no_cards")
    if found and not allow_missing:
        named = dict.fromkeys(item.line() for item in found)
        lines = ";".join(list(named)[:_NAMED_AT_MOST])
        more = f"等 {len(named)} 处" if len(named) > _NAMED_AT_MOST else ""
        raise Trouble(
            f"有的字在现有字体中没有字形，没有生成文件：{lines}{more}。",
            remedy="请把含有该字的字体文件（.ttf）放入 fonts 文件夹，或选择以编码代替后重新打印。",
            code="missing_glyph",
        )
