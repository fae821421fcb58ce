"""Fit a text into a cell: shrink, then wrap, then cut with an ellipsis; never wider or higher than the cell.

Pure: the width of a string is a function given by the caller, in ems (1.0 = one Chinese character).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[str], float]
"""Width of a string in ems."""

LEADING = 1.15
"""Distance of base lines as a multiple of the size."""
ELLIPSIS = "…"
_STEP = 0.5
_NOT_AT_LINE_START = frozenset("，。、；：？！）》」』”’…，.;:?!)]}%")
_TOKEN = re.compile(r"[A-Za-z0-9.,:+\-/*]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Room:
    """What a text may use, in points."""

    width: float
    height: float
    size: float
    """Wanted font size."""
    one_line: float
    """Down to this size one line is preferred to several."""
    floor: float
    """Smallest size that people can still read here."""

    def lines_at(self, size: float) -> int:
        """How many lines of this size fit; always at least one."""
        return max(1, int((self.height + (LEADING - 1.0) * size + 0.01) // (size * LEADING)))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines that fit the room at ``size`` points."""

    size: float
    lines: tuple[str, ...]


def fit(text: str, measure: Measure, room: Room) -> Fitted:
    """One line down to ``room.one_line`` points; else as many lines as fit, as large as fits; else cut."""
    text = text.strip()
    if not text or room.width <= 0:
        return Fitted(room.size, ())
    em = measure(text)
    for size in _sizes(room.size, room.one_line):
        if em * size <= room.width:
            return Fitted(size, (text,))
    for size in _sizes(room.size, room.floor):
        lines = wrap(text, measure, room.width / size)
        if len(lines) <= room.lines_at(size) and all(measure(x) * size <= room.width for x in lines):
            return Fitted(size, tuple(lines))
    return Fitted(room.floor, _cut(text, measure, room))


def _sizes(wanted: float, smallest: float) -> list[float]:
    """From the wanted size down to the smallest by half points."""
    steps = max(0, int((wanted - smallest) / _STEP))
    sizes = [wanted - _STEP * i for i in range(steps + 1)]
    return sizes if sizes[-1] <= smallest else [*sizes, smallest]


def wrap(text: str, measure: Measure, width: float) -> list[str]:
    """Break ``text`` into lines of at most ``width`` ems where any character fits at all.

    Numbers and Latin words stay whole when they fit a line; closing punctuation does not begin a line.
    """
    lines: list[list[str]] = [[]]
    used = 0.0
    for token in _tokens(text, measure, width):
        em = measure(token)
        if lines[-1] and used + em > width:
            carried = lines[-1].pop() if token in _NOT_AT_LINE_START and len(lines[-1]) > 1 else ""
            if carried and measure(carried) + em > width:
                lines[-1].append(carried)
                carried = ""
            lines.append([carried] if carried else [])
            used = measure(carried) if carried else 0.0
        if token.isspace() and not lines[-1]:
            continue
        lines[-1].append(token)
        used += em
    return [line for line in ("".join(parts).rstrip() for parts in lines) if line]


def _tokens(text: str, measure: Measure, width: float) -> list[str]:
    """Unbreakable pieces; a word longer than a line falls into characters."""
    pieces: list[str] = []
    for token in _TOKEN.findall(text):
        if len(token) > 1 and measure(token) > width:
            pieces.extend(token)
        else:
            pieces.append(token)
    return pieces


def _cut(text: str, measure: Measure, room: Room) -> tuple[str, ...]:
    """As many lines as fit at the floor, the last one ending in an ellipsis."""
    width = room.width / room.floor
    lines = wrap(text, measure, width)[: room.lines_at(room.floor)]
    if measure(ELLIPSIS) > width:
        return ()  # part of a text without a sign that there was more would be read as all of it
    if not lines or any(measure(line) > width for line in lines):
        return (ELLIPSIS,)
    last = lines[-1]
    while last and measure(last + ELLIPSIS) > width:
        last = last[:-1]
    lines[-1] = last + ELLIPSIS
    return tuple(line for line in lines if measure(line) <= width)
