"""Pages whose texts stand in boxes of a fixed size: cards and plates to be cut out, imposed pages (domain.md 4.2, 4.8).

Pure. Texts shrink and wrap into their boxes, so nothing moves when a name is long: front and back of a
duplex page fit each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from villageapp.reports.pen import MM, Box, Style

A4 = (210 * MM, 297 * MM)
FOOTER = Box(15 * MM, 5 * MM, 180 * MM, 4.5 * MM)
"""Where the footer of an A4 page of cards stands."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A text in its box."""

    box: Box
    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """One side of paper: texts, frames (where to cut), QR codes with their squares."""

    marks: tuple[Mark, ...]
    frames: tuple[Box, ...] = ()
    codes: tuple[tuple[str, Box], ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedSheet:
    """Pages with page numbers of their own."""

    name: str
    pages: tuple[PlacedPage, ...]
    size: tuple[float, float] = A4
    footer: Box = FOOTER


def places(columns: int, rows: int, width: float, height: float) -> Iterator[Box]:
    """The boxes of ``columns`` x ``rows`` cards in the middle of an A4 page, from the top left, row by row."""
    left = (A4[0] - columns * width) / 2
    bottom = (A4[1] - rows * height) / 2
    for row in range(rows):
        for column in range(columns):
            yield Box(left + column * width, bottom + (rows - 1 - row) * height, width, height)


def turned(place: int, columns: int) -> int:
    """The place behind this one when the paper is turned over its long edge."""
    row, column = divmod(place, columns)
    return row * columns + (columns - 1 - column)
