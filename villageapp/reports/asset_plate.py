"""Plates for assets: 90 x 60 mm, eight on a page of A4, with a code; grade P0 (domain.md 4.8). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from villageapp.reports.pen import MM, Box, Style
from villageapp.reports.placed_sheet import Mark, PlacedPage, PlacedSheet, places
from villageapp.reports.qr import qr_text

TITLE = "资产标牌"
WIDTH, HEIGHT = 90 * MM, 60 * MM
COLUMNS, ROWS = 2, 4
ON_A_PAGE = COLUMNS * ROWS
_PAD = 4 * MM
_QR = 25 * MM
_HEAD = Style(9, 7, 6, align="left", colour="0.25 g", pad=0)
_NAME = Style(15, 11, 8, bold=True, align="left", pad=0)
_LABEL = Style(8.5, 8, 7, align="left", colour="0.25 g", pad=0)
_VALUE = Style(10, 8, 6, align="left", pad=0)
_LINE = 14.5
_LABEL_WIDTH = 44.0


@dataclass(frozen=True, slots=True)
class AssetPlate:
    """One plate; ``lines`` are labels with texts, an empty ``uid`` gives no code."""

    uid: str
    revision: int
    village: str
    name: str
    lines: tuple[tuple[str, str], ...]


def plate_sheet(plates: Sequence[AssetPlate]) -> PlacedSheet:
    """All plates on as many pages as they need."""
    leaves = [plates[start : start + ON_A_PAGE] for start in range(0, len(plates), ON_A_PAGE)]
    return PlacedSheet(TITLE, tuple(map(_page, leaves)))


def plate_texts(plate: AssetPlate) -> str:
    """Every text of a plate, to be looked through for what must not be public."""
    return "\n".join(mark.text for mark in _marks(plate, Box(0, 0, WIDTH, HEIGHT)))


def _page(leaf: Sequence[AssetPlate]) -> PlacedPage:
    used = list(zip(leaf, places(COLUMNS, ROWS, WIDTH, HEIGHT), strict=False))
    codes = tuple((_code(plate), _code_box(cell)) for plate, cell in used if plate.uid)
    marks = tuple(mark for plate, cell in used for mark in _marks(plate, cell))
    return PlacedPage(marks, tuple(cell for _, cell in used), codes)


def _code(plate: AssetPlate) -> str:
    content = sha256(repr(plate).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return qr_text("asset", plate.uid, plate.revision, content)


def _code_box(cell: Box) -> Box:
    return Box(cell.x + cell.width - _PAD / 2 - _QR, cell.y + _PAD / 2, _QR, _QR)


def _marks(plate: AssetPlate, cell: Box) -> Iterator[Mark]:
    left, width = cell.x + _PAD, cell.width - 2 * _PAD
    top = cell.y + cell.height - _PAD
    yield Mark(Box(left, top - 12, width, 12), f"{plate.village}　乡村振兴项目资产", _HEAD)
    yield Mark(Box(left, top - 48, width, 34), plate.name, _NAME)
    y = top - 52
    for place, (label, text) in enumerate(plate.lines):
        y -= _LINE
        narrow = _QR if place > 1 else 0.0
        room = width - _LABEL_WIDTH - narrow
        yield Mark(Box(left, y, _LABEL_WIDTH, _LINE), label, _LABEL)
        yield Mark(Box(left + _LABEL_WIDTH, y, room, _LINE), text, _VALUE)
