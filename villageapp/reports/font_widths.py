"""Widths of texts before there is a document to write them into: for choosing columns and type sizes."""

from __future__ import annotations

from villageapp.fonts import BOLD, REGULAR, FontSet, shown


class FontWidths:
    """Widths in ems with the fonts of a sheet; a character without a glyph is as wide as its code in brackets."""

    def __init__(self, fonts: FontSet) -> None:
        self._fonts = fonts
        self._known: tuple[dict[str, float], dict[str, float]] = ({}, {})

    def width(self, text: str, bold: bool = False) -> float:
        """The width of one line."""
        known = self._known[bold]
        total = 0.0
        for character in text:
            width = known.get(character)
            if width is None:
                width = known[character] = self._measured(character, bold)
            total += width
        return total

    def _measured(self, character: str, bold: bool) -> float:
        drawn = shown(character)
        if drawn and self._fonts.choose(drawn) < 0:
            drawn = f"[U+{ord(character):04X}]"
        return sum(self._advance(part, bold) for part in drawn)

    def _advance(self, character: str, bold: bool) -> float:
        index, glyph = self._fonts.glyph(character)
        file = self._fonts.files[index]
        return file.advance(glyph, BOLD if bold else REGULAR) / file.units_per_em
