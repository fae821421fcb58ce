"""政策口袋书: pages of A6, four on a side of A4, both sides, to be cut and laid on each other (domain.md 4.8). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from villageapp.reports.pen import MM, Box, Style
from villageapp.reports.placed_sheet import Mark, PlacedPage, PlacedSheet, places, turned

TITLE = "政策口袋书"
WIDTH, HEIGHT = 105 * MM, 148 * MM
COLUMNS, ROWS = 2, 2
_STACKS = COLUMNS * ROWS
_PAD, _FOOT = 9 * MM, 11 * MM
_LEAST = 26.0
"""Least height of a part, points."""
_LABEL_HEIGHT = 14.0
_LINE, _LINE_LENGTH, _GAP = 15.0, 19, 10.0
"""Height and characters of a line in the wanted type; room below a text."""
_COVER = Style(26, 18, 14, bold=True, pad=0)
_UNDER = Style(12, 9, 8, pad=0)
_HEAD = Style(15, 12, 9, bold=True, align="left", pad=0)
_LABEL = Style(10, 9, 8, bold=True, align="left", colour="0.25 g", pad=0)
_TEXT = Style(12, 12, 6, align="left", pad=0)
_PAGE = Style(8, 7, 6, colour="0.35 g", pad=0)
FOOTER = Box(8 * MM, 3.5 * MM, 89 * MM, 4 * MM)
"""Inside the lower left page, so that no cut goes through it."""


@dataclass(frozen=True, slots=True)
class PocketPage:
    """One policy; ``parts`` are labels with texts."""

    title: str
    parts: tuple[tuple[str, str], ...]
    under: str = ""
    """Issuer, number, from when."""


@dataclass(frozen=True, slots=True)
class PocketBook:
    """The cover's lines and the pages."""

    village: str
    cover: tuple[str, ...]
    pages: tuple[PocketPage, ...]


def book_sheet(book: PocketBook) -> PlacedSheet:
    """All pages on sides of A4: print both sides (long edge), cut into four, lay the stacks on each other."""
    count = 1 + len(book.pages)
    leaves = ceil(count / (2 * _STACKS))
    cells = list(places(COLUMNS, ROWS, WIDTH, HEIGHT))
    sides: list[PlacedPage] = []
    for leaf in range(leaves):
        numbers = [2 * (stack * leaves + leaf) for stack in range(_STACKS)]
        front = [(number, cells[place]) for place, number in enumerate(numbers)]
        back = [(number + 1, cells[turned(place, COLUMNS)]) for place, number in enumerate(numbers)]
        sides += [_side(book, front, cells), _side(book, back, cells)]
    return PlacedSheet(TITLE, tuple(sides), footer=FOOTER)


def _side(book: PocketBook, placed: Sequence[tuple[int, Box]], cells: Sequence[Box]) -> PlacedPage:
    return PlacedPage(
        tuple(mark for number, cell in placed for mark in _page(book, number, cell)), tuple(cells)
    )


def _page(book: PocketBook, number: int, cell: Box) -> Iterator[Mark]:
    if number == 0:
        yield from _cover(book, cell)
    elif number <= len(book.pages):
        yield from _policy(book.pages[number - 1], number, cell)


def _cover(book: PocketBook, cell: Box) -> Iterator[Mark]:
    left, width = cell.x + _PAD, cell.width - 2 * _PAD
    middle = cell.y + cell.height * 0.62
    yield Mark(Box(left, middle, width, 44), TITLE, _COVER)
    yield Mark(Box(left, middle - 30, width, 22), book.village, _UNDER)
    for place, line in enumerate(book.cover):
        yield Mark(Box(left, cell.y + _FOOT + 60 - 22 * place, width, 20), line, _UNDER)


def _policy(page: PocketPage, number: int, cell: Box) -> Iterator[Mark]:
    left, width = cell.x + _PAD, cell.width - 2 * _PAD
    top = cell.y + cell.height - _PAD
    yield Mark(Box(left, top - 36, width, 36), page.title, _HEAD)
    yield Mark(Box(left, top - 50, width, 12), page.under, _PAGE)
    y, room = top - 54, top - 54 - cell.y - _FOOT
    for (label, text), height in zip(page.parts, _heights(page, room), strict=True):
        yield Mark(Box(left, y - _LABEL_HEIGHT, width, _LABEL_HEIGHT), label, _LABEL)
        yield Mark(Box(left, y - height, width, height - _LABEL_HEIGHT), text, _TEXT)
        y -= height
    yield Mark(Box(left, cell.y + _FOOT - 12, width, 10), str(number), _PAGE)


def _heights(page: PocketPage, room: float) -> list[float]:
    """As much as each text asks for; where that is too much the room is shared and the type shrinks."""
    lines = [ceil(len(text) / _LINE_LENGTH) for _, text in page.parts]
    needs = [_LABEL_HEIGHT + _GAP + _LINE * count for count in lines]
    if sum(needs) <= room:
        return needs
    least = _LEAST + _LABEL_HEIGHT
    spare = room - least * len(lines)
    return [least + spare * count / sum(lines) for count in lines]
