"""Plain tables for a terminal, where a Chinese character is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

_GAP = "  "


def width(text: str) -> int:
    """Terminal columns of ``text``."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cc", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fitted(text: str, columns: int) -> str:
    """``text`` cut or padded to exactly that many columns."""
    kept, used = [], 0
    for char in text:
        if used + _columns(char) > columns:
            break
        kept.append(char)
        used += _columns(char)
    return "".join(kept) + " " * (columns - used)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], most: int = 40) -> Iterator[str]:
    """Lines of a table; a cell is at most ``most`` columns wide and stays on one line."""
    cells = [[_one_line(value) for value in row] for row in rows]
    widths = [min(most, max(map(width, column))) for column in zip(head, *cells, strict=True)]
    for line in (list(head), *cells):
        shown = (fitted(cell, columns) for cell, columns in zip(line, widths, strict=True))
        yield _GAP.join(shown).rstrip()


def _one_line(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())
