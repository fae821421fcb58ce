"""Draws cells, lines and texts on a page; lengths in points, origin at the lower left.

Text goes through ``text_fit``, so no call can draw outside the box it names. Fits are kept per text and box
size: names, labels and codes repeat on every card of a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from villageapp.fonts import shown
from villageapp.reports.pdf_canvas import StreamedCanvas
from villageapp.reports.pdf_fonts import DocumentFonts, TextRuns
from villageapp.reports.text_fit import LEADING, Room, fit

MM = 72 / 25.4
"""Points in one millimetre."""
THIN_LINE = 0.5
"""Width of inner lines, points."""
_ASCENT = 0.88
_TICK = ((0.26, 0.38), (0.45, 0.14), (0.84, 0.70))
_KEPT = 50_000
_LONGEST = 1_000
"""Characters looked at; no cell of an A4 page holds more, the rest is cut anyway."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Style:
    """How a text stands in its box."""

    size: float
    one_line: float
    """Smallest size before the text is wrapped."""
    floor: float
    """Smallest size of all; what does not fit then is cut."""
    bold: bool = False
    align: Literal["left", "center", "right"] = "center"
    colour: str = "0 g"
    """PDF operator of the fill colour."""
    pad: float = 3.0
    """Kept free at the left and right, points."""
    pad_y: float = 1.2
    """Kept free above and below, points."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One placed line: offset from the box's corner."""

    dx: float
    dy: float
    size: float
    text: TextRuns


class Pen:
    """Draws on the current page or form of a canvas."""

    def __init__(self, canvas: StreamedCanvas, fonts: DocumentFonts) -> None:
        self._canvas = canvas
        self._fonts = fonts
        self._placed: dict[tuple[str, float, float, Style], tuple[_Line, ...]] = {}

    def text(self, box: Box, text: str, style: Style) -> None:
        """Draw ``text`` into ``box``, vertically centred; shrunk, wrapped or cut as needed."""
        if not text:
            return
        key = (text, box.width, box.height, style)
        lines = self._placed.get(key)
        if lines is None:
            if len(self._placed) >= _KEPT:
                self._placed.clear()
            lines = self._placed[key] = self._place(text, box, style)
        operators = self._canvas.operators
        for line in lines:
            self._emit(operators, box.x + line.dx, box.y + line.dy, line, style.colour)

    def fits_one_line(self, text: str, width: float, style: Style) -> bool:
        """Whether ``text`` stays on one line of ``width`` points in ``style``."""
        return self._fonts.width(text, style.bold) * style.one_line <= width - 2 * style.pad

    def band(self, box: Box, text: str, size: float) -> None:
        """Write the name of a block downwards, one character below the other; a new line starts a column."""
        columns = text.split("\n")
        tallest = max(len(column) for column in columns)
        size = min(size, box.height * 0.94 / (tallest * 1.12), box.width * 0.9 / (len(columns) * 1.1))
        style = Style(size, size, size, bold=True, pad=0, pad_y=0)
        wide = size * 1.1
        left = box.x + (box.width - wide * len(columns)) / 2
        for place, column in enumerate(columns):
            step = size * 1.12
            top = box.y + (box.height + step * len(column)) / 2
            for index, character in enumerate(column):
                cell = Box(left + place * wide - size, top - step * (index + 1), wide + 2 * size, step)
                self.text(cell, character, style)

    def fill(self, boxes: Iterable[Box], colour: str) -> None:
        """Fill rectangles."""
        rects = " ".join(f"{b.x:.2f} {b.y:.2f} {b.width:.2f} {b.height:.2f} re" for b in boxes)
        if rects:
            self._canvas.operators.append(f"q {colour} {rects} f Q")

    def lines(self, segments: Iterable[tuple[float, float, float, float]], width: float) -> None:
        """Stroke straight lines of one width in black."""
        path = " ".join(f"{x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l" for x1, y1, x2, y2 in segments)
        if path:
            self._canvas.operators.append(f"q 0 G {width:.2f} w {path} S Q")

    def frame(self, box: Box, width: float, colour: str = "0 G") -> None:
        """Stroke a rectangle."""
        rect = f"{box.x:.2f} {box.y:.2f} {box.width:.2f} {box.height:.2f} re"
        self._canvas.operators.append(f"q {colour} {width:.2f} w {rect} S Q")

    def merge(self, box: Box) -> None:
        """Make one cell of those drawn before: wipe what is inside, draw the outer lines again."""
        inset = THIN_LINE
        self.fill([Box(box.x + inset, box.y + inset, box.width - 2 * inset, box.height - 2 * inset)], "1 g")
        self.frame(box, THIN_LINE)

    def raw(self, operators: str) -> None:
        """Append ready-made operators (a QR code)."""
        self._canvas.operators.append(operators)

    def _place(self, text: str, box: Box, style: Style) -> tuple[_Line, ...]:
        width = box.width - 2 * style.pad
        room = Room(width, box.height - 2 * style.pad_y, style.size, style.one_line, style.floor)
        fitted = fit(shown(text[:_LONGEST]), lambda part: self._fonts.width(part, style.bold), room)
        step = fitted.size * LEADING
        block = step * (len(fitted.lines) - 1) + fitted.size
        base = (box.height + block) / 2 - _ASCENT * fitted.size
        lines = []
        for index, part in enumerate(fitted.lines):
            runs = self._fonts.line(part, style.bold)
            slack = width - runs.width * fitted.size
            shift = {"left": 0.0, "center": slack / 2, "right": slack}[style.align]
            lines.append(_Line(style.pad + shift, base - step * index, fitted.size, runs))
        return tuple(lines)

    @staticmethod
    def _emit(operators: list[str], x: float, y: float, line: _Line, colour: str) -> None:
        shown = " ".join(f"/{run.font} {line.size:g} Tf <{run.codes}> Tj" for run in line.text.runs)
        operators.append(f"BT {colour} {x:.2f} {y:.2f} Td {shown} ET")
        size = line.size
        for tick in line.text.ticks:
            points = [f"{x + (tick + dx) * size:.2f} {y + dy * size:.2f}" for dx, dy in _TICK]
            path = f"{points[0]} m {points[1]} l {points[2]} l"
            operators.append(f"q 0 G {size * 0.11:.2f} w {path} S Q")


def split(box: Box, widths: Sequence[float]) -> list[Box]:
    """Cut a box into columns of these widths, from the left."""
    boxes, x = [], box.x
    for width in widths:
        boxes.append(Box(x, box.y, width, box.height))
        x += width
    return boxes


def stack(box: Box, heights: Sequence[float]) -> list[Box]:
    """Cut a box into rows of these heights, from the top."""
    boxes, top = [], box.y + box.height
    for height in heights:
        top -= height
        boxes.append(Box(box.x, top, box.width, height))
    return boxes
