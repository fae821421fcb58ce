"""连心卡: 90 x 54 mm, ten on a page of A4, front and back for duplex; grade P0 (domain.md 4.2). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from villageapp.reports.pen import MM, Box, Style
from villageapp.reports.placed_sheet import Mark, PlacedPage, PlacedSheet, places, turned
from villageapp.reports.qr import qr_text

TITLE = "连心卡"
WIDTH, HEIGHT = 90 * MM, 54 * MM
COLUMNS, ROWS = 2, 5
ON_A_PAGE = COLUMNS * ROWS
POLICIES = 5
_PAD = 4 * MM
_QR = 16 * MM
_PALE = "0.25 g"
_HEAD = Style(11, 9, 8, bold=True, align="left", pad=0)
_PLACE = Style(8, 6.5, 6, align="right", colour=_PALE, pad=0)
_NAME = Style(15, 11, 9, bold=True, align="left", pad=0)
_ROLE = Style(8, 7, 6.5, align="left", colour=_PALE, pad=0)
_PHONE = Style(18, 13, 10, bold=True, align="left", pad=0)
_FOOT = Style(10.5, 8, 7, bold=True, align="left", pad=0)
_POLICY = Style(10, 9, 7, align="left", pad=0)


@dataclass(frozen=True, slots=True)
class Helper:
    """Whom the family may ring."""

    role: str
    name: str = ""
    unit: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ContactCard:
    """One card; an empty ``uid`` is a blank one for a pen. ``policies`` are told in one line each."""

    uid: str
    revision: int
    village: str
    head_name: str
    helpers: tuple[Helper, ...]
    policies: tuple[str, ...]
    hotline: str


def contact_sheet(cards: Sequence[ContactCard]) -> PlacedSheet:
    """All cards on as many leaves as they need, each leaf a front and a back page."""
    pages: list[PlacedPage] = []
    for start in range(0, len(cards), ON_A_PAGE):
        leaf = cards[start : start + ON_A_PAGE]
        pages += [_front_page(leaf), _back_page(leaf)]
    return PlacedSheet(TITLE, tuple(pages))


def card_texts(card: ContactCard) -> str:
    """Every text of a card, to be looked through for what must not be public."""
    whole = Box(0, 0, WIDTH, HEIGHT)
    return "\n".join(mark.text for mark in (*_front(card, whole), *_back(card, whole)))


def _cells() -> list[Box]:
    return list(places(COLUMNS, ROWS, WIDTH, HEIGHT))


def _front_page(leaf: Sequence[ContactCard]) -> PlacedPage:
    used = list(zip(leaf, _cells(), strict=False))
    codes = tuple((_code(card), _code_box(cell)) for card, cell in used if card.uid)
    marks = tuple(mark for card, cell in used for mark in _front(card, cell))
    return PlacedPage(marks, tuple(cell for _, cell in used), codes)


def _back_page(leaf: Sequence[ContactCard]) -> PlacedPage:
    cells = _cells()
    used = [(card, cells[turned(place, COLUMNS)]) for place, card in enumerate(leaf)]
    marks = tuple(mark for card, cell in used for mark in _back(card, cell))
    return PlacedPage(marks, tuple(cell for _, cell in used))


def _code(card: ContactCard) -> str:
    content = sha256(repr(card).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return qr_text("contact", card.uid, card.revision, content)


def _code_box(cell: Box) -> Box:
    return Box(cell.x + cell.width - _PAD / 2 - _QR, cell.y + _PAD / 2, _QR, _QR)


def _front(card: ContactCard, cell: Box) -> Iterator[Mark]:
    left, width = cell.x + _PAD, cell.width - 2 * _PAD
    top = cell.y + cell.height - _PAD
    yield Mark(Box(left, top - 13, width * 0.5, 13), "驻村帮扶" + TITLE, _HEAD)
    yield Mark(Box(left + width * 0.4, top - 13, width * 0.6, 13), card.village, _PLACE)
    yield Mark(Box(left, top - 33, 32, 18), "户主", _ROLE)
    yield Mark(Box(left + 32, top - 34, width - 32, 19), card.head_name, _NAME)
    y = top - 35
    for helper in card.helpers[:2]:
        about = "　".join(part for part in (helper.role, helper.name, helper.unit) if part)
        yield Mark(Box(left, y - 12, width, 11), about, _ROLE)
        yield Mark(Box(left, y - 33, width - _QR / 2, 21), helper.phone or "电话", _phone_style(helper))
        y -= 34
    foot = Box(left, cell.y + _PAD / 2, width - _QR, 15)
    yield Mark(foot, f"防返贫监测咨询热线 {card.hotline}", _FOOT)


def _phone_style(helper: Helper) -> Style:
    return _PHONE if helper.phone else _ROLE


def _back(card: ContactCard, cell: Box) -> Iterator[Mark]:
    left, width = cell.x + _PAD, cell.width - 2 * _PAD
    top = cell.y + cell.height - _PAD
    yield Mark(Box(left, top - 13, width, 13), "您家可以了解的政策", _HEAD)
    step = (cell.height - 2 * _PAD - 15) / POLICIES
    lines = [*card.policies[:POLICIES], *[""] * (POLICIES - len(card.policies))]
    for number, text in enumerate(lines, start=1):
        box = Box(left, top - 15 - step * number, width, step)
        yield Mark(box, f"{number}. {text}", _POLICY)
