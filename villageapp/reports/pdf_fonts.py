"""Text of one PDF document: embedded subset fonts, chosen per character, searchable above U+FFFF too.

ReportLab's own TrueType support splits text into 256-glyph simple fonts, parses the whole file in Python and
writes wrong ToUnicode entries above U+FFFF. This writes one Identity-H font per file and weight instead:
every *character* gets its own CID in order of first use, so two characters that share a glyph still copy out
as themselves; CIDToGIDMap leads to the subset that HarfBuzz makes at the end (ISO 32000-1, 9.7.4 and 9.10.3).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import sha256

from reportlab.pdfbase import pdfdoc

from villageapp.fonts import BOLD, REGULAR, FontFile, FontSet, shown
from villageapp.reports.pdf_canvas import StreamedDocument

_FONT_RESOURCES = "BasicFonts"
_MAX_CID = 0xFFFF
_DEFAULT_WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive characters of one font."""

    font: str
    """Name of the font resource in the page."""
    codes: str
    """CIDs, four hex digits each."""


@dataclass(frozen=True, slots=True)
class TextRuns:
    """One line of text ready to be shown; widths in ems."""

    runs: tuple[Run, ...]
    width: float
    ticks: tuple[float, ...]
    """Where, from the start, boxes stand that want a tick drawn into them."""


class EmbeddedFont:
    """One font file at one weight inside one document; collects the characters used."""

    def __init__(self, name: str, file: FontFile, weight: int) -> None:
        self.name = name
        self._file = file
        self._weight = weight
        self._cids: dict[str, int] = {}
        self._glyphs: list[int] = [0]
        self._scale = 1000 / file.units_per_em

    def cid(self, character: str, glyph: int) -> int:
        """The character's code in this font."""
        cid = self._cids.get(character)
        if cid is None:
            cid = self._cids[character] = len(self._glyphs)
            if cid > _MAX_CID:
                raise ValueError("more than 65,535 different characters in one document")
            self._glyphs.append(glyph)
        return cid

    def advance(self, glyph: int) -> float:
        """Width of a glyph in ems."""
        return self._file.advance(glyph, self._weight) * self._scale / 1000

    def addObjects(self, document: StreamedDocument) -> None:  # noqa: N802  (ReportLab calls it)
        """Embed the subset; called when the document is finished."""
        data, new_glyphs = self._file.subset(self._glyphs, self._weight)
        tag = "".join(chr(65 + byte % 26) for byte in sha256(data).digest()[:6])
        base = pdfdoc.PDFName(f"{tag}+{self._file.post_script_name(self._weight)}")
        program = _stream(data, {"Length1": len(data)})
        gids = b"".join(new_glyphs[glyph].to_bytes(2, "big") for glyph in self._glyphs)
        descendant = {
            "Type": pdfdoc.PDFName("Font"),
            "Subtype": pdfdoc.PDFName("CIDFontType2"),
            "BaseFont": base,
            "CIDSystemInfo": "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>",
            "FontDescriptor": document.Reference(self._descriptor(base, document.Reference(program))),
            "DW": _DEFAULT_WIDTH,
            "W": self._widths(),
            "CIDToGIDMap": document.Reference(_stream(gids)),
        }
        font = {
            "Type": pdfdoc.PDFName("Font"),
            "Subtype": pdfdoc.PDFName("Type0"),
            "BaseFont": base,
            "Encoding": pdfdoc.PDFName("Identity-H"),
            "DescendantFonts": pdfdoc.PDFArray([document.Reference(pdfdoc.PDFDictionary(descendant))]),
            "ToUnicode": document.Reference(_stream(to_unicode(self._cids))),
        }
        reference = document.Reference(pdfdoc.PDFDictionary(font), f"font:{self.name}")
        document.idToObject[_FONT_RESOURCES].dict[self.name] = reference

    def _descriptor(self, base: pdfdoc.PDFName, program: pdfdoc.PDFObjectReference) -> pdfdoc.PDFDictionary:
        ascent, descent = (round(value * self._scale) for value in self._file.line_metrics())
        return pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("FontDescriptor"),
                "FontName": base,
                "Flags": 4,
                "FontBBox": pdfdoc.PDFArray([-1000, descent, 3000, ascent]),
                "ItalicAngle": 0,
                "Ascent": ascent,
                "Descent": descent,
                "CapHeight": 733,
                "StemV": 140 if self._weight == BOLD else 80,
                "FontFile2": program,
            }
        )

    def _widths(self) -> str:
        wide = ((cid, round(self.advance(glyph) * 1000, 2)) for cid, glyph in enumerate(self._glyphs) if cid)
        return "[ " + " ".join(f"{cid} [{width:g}]" for cid, width in wide if width != _DEFAULT_WIDTH) + " ]"


def to_unicode(cids: dict[str, int]) -> bytes:
    """A ToUnicode CMap: CID -> the character in UTF-16BE, surrogate pairs above U+FFFF."""
    pairs = [
        f"<{cid:04X}> <{character.encode('utf-16-be', 'surrogatepass').hex().upper()}>"
        for character, cid in cids.items()
    ]
    blocks = [pairs[i : i + 100] for i in range(0, len(pairs), 100)]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for block in blocks:
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")


class DocumentFonts:
    """All text of one document goes through here; results are kept per string."""

    _KEPT = 20_000

    def __init__(self, fonts: FontSet, document: StreamedDocument) -> None:
        self._fonts = fonts
        self._document = document
        self._embedded: dict[tuple[int, int], EmbeddedFont] = {}
        self._lines: dict[tuple[str, bool], TextRuns] = {}
        self._widths: tuple[dict[str, float], dict[str, float]] = ({}, {})

    def line(self, text: str, bold: bool = False) -> TextRuns:
        """``text`` as font runs. A character without a glyph becomes its code in brackets, never a box."""
        key = (text, bold)
        kept = self._lines.get(key)
        if kept is None:
            if len(self._lines) >= self._KEPT:
                self._lines.clear()
            kept = self._lines[key] = self._make(text, bold)
        return kept

    def width(self, text: str, bold: bool = False) -> float:
        """The width of ``text`` in ems."""
        known = self._widths[bold]
        total = 0.0
        for character in text:
            width = known.get(character)
            if width is None:
                width = known[character] = self._make(character, bold).width
            total += width
        return total

    def _make(self, text: str, bold: bool) -> TextRuns:
        runs: list[tuple[str, list[str]]] = []
        ticks: list[float] = []
        width = 0.0
        for character in self._drawable(text):
            index, glyph = self._fonts.glyph(character)
            font = self._font(index, BOLD if bold else REGULAR)
            if character == "☑":
                ticks.append(width)
            width += font.advance(glyph)
            code = f"{font.cid(character, glyph):04X}"
            if runs and runs[-1][0] == font.name:
                runs[-1][1].append(code)
            else:
                runs.append((font.name, [code]))
        return TextRuns(tuple(Run(name, "".join(codes)) for name, codes in runs), width, tuple(ticks))

    def _drawable(self, text: str) -> str:
        line = shown(text)
        if all(self._fonts.choose(character) >= 0 for character in line):
            return line
        return "".join(c if self._fonts.choose(c) >= 0 else f"[U+{ord(c):04X}]" for c in line)

    def _font(self, index: int, weight: int) -> EmbeddedFont:
        font = self._embedded.get((index, weight))
        if font is None:
            name = f"{'B' if weight == BOLD else 'N'}{index}"
            font = EmbeddedFont(name, self._fonts.files[index], weight)
            self._embedded[index, weight] = font
            self._document.delayedFonts.append(font)
        return font


def _stream(content: bytes, entries: dict[str, object] | None = None) -> pdfdoc.PDFStream:
    filters = {"Filter": pdfdoc.PDFName("FlateDecode"), **(entries or {})}
    return pdfdoc.PDFStream(pdfdoc.PDFDictionary(filters), zlib.compress(content, 6) + b"\n", [])
