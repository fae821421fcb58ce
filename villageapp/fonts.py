"""Chinese typefaces shared by the window and the printed sheets. Knows neither Qt nor ReportLab.

The font package carries variable Noto Sans files (SIL OFL 1.1) whose default weight is Thin, so nobody may
use them as they are:

* the window asks ``instance(weight, cache_dir)`` for a static file of one weight, made once and cached;
* sheets ask a ``FontSet`` which file has a glyph for a character (Simplified, Traditional, Japanese, Korean,
  then fonts a deployment adds) and pin the weight while subsetting (``FontFile.subset``).

A character without a glyph anywhere is reported by ``FontSet.missing``; nobody draws a box in its place.
"""

from __future__ import annotations

import os
import re
import struct
import tempfile
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from villageapp.errors import Trouble, os_reason

if TYPE_CHECKING:
    import uharfbuzz as hb

FAMILY = "Noto Sans SC"
"""Family name of the instances that the window uses first, as Qt sees it."""
REGULAR = 400
BOLD = 700
STYLE_NAMES: Mapping[int, str] = {REGULAR: "Regular", BOLD: "Bold"}

_PACKAGE = "justmytype_intl_cjk"
SCRIPTS = ("SC", "TC", "JP", "KR")
"""The packaged fonts in order of preference: Simplified, Traditional, Japanese, Korean."""
_INSTANCE_NAME = re.compile(r"-(\d+)-([0-9a-f]{8})\.ttf$")
_MAX_FONT_BYTES = 200 * 1024 * 1024
_TEXTS_KEPT = 20_000
"""Texts remembered as complete; labels and place names repeat on every card."""
_DRAWN_AS = {"☑": "□", "☐": "□"}
"""Tick boxes that no CJK font carries: the empty square, which the sheet then ticks."""
_REMEDY = "请重新安装程序；已登记的内容不受影响。"


def packaged_fonts() -> tuple[Path, ...]:
    """The variable fonts of the font package, in order of preference. Raises Trouble when one is gone."""
    base = Path(str(files(_PACKAGE))) / "fonts" / "ofl"
    found = tuple(base / f"notosans{s.lower()}" / f"NotoSans{s}[wght].ttf" for s in SCRIPTS)
    for path in found:
        if not path.is_file():
            raise Trouble(f"程序自带的中文字体缺失：{path.name}。", remedy=_REMEDY, code="font_missing")
    return found


def extra_fonts(folder: Path | None) -> tuple[Path, ...]:
    """Font files (.ttf) that a deployment put into ``folder`` for rare characters, by name."""
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted(p for p in folder.iterdir() if p.suffix.lower() == ".ttf" and p.is_file()))


def coverage(font: Path | bytes) -> frozenset[int]:
    """The code points that ``font`` has glyphs for (5 ms for 30,000). Raises Trouble on a damaged file."""
    return frozenset(_open_face(font).unicodes)


def family(script: str = "SC") -> str:
    """Family name of the instances of one script, as Qt sees it."""
    return f"Noto Sans {script}"


def instance(weight: int, cache_dir: Path, script: str = "SC") -> Path:
    """A static TrueType file of ``weight`` (REGULAR or BOLD) in ``cache_dir``, family ``family(script)``.

    Takes about 0.2 s the first time and 10 ms afterwards (the cached file's checksum is compared). The file
    name holds weight, size and version of the source, so a new font package makes a new file; a damaged file
    is made again. Raises Trouble when the folder cannot be written or the source font is damaged.
    """
    source = packaged_fonts()[SCRIPTS.index(script)]
    prefix = f"NotoSans{script}-{STYLE_NAMES[weight]}-{source.stat().st_size}-{_revision(source)}"
    for kept in sorted(cache_dir.glob(f"{prefix}-*.ttf")):
        if _is_intact(kept):
            return kept
    content = _named(_pinned(_open_face(source), weight), family(script), STYLE_NAMES[weight])
    target = cache_dir / f"{prefix}-{len(content)}-{zlib.crc32(content):08x}.ttf"
    try:
        _write_whole(target, content)
    except OSError as error:
        raise Trouble(
            f"无法写入字体缓存 {target.parent}：{os_reason(error)}。",
            remedy="请检查磁盘空间和文件夹权限后重新打开程序。",
            code="font_cache_unwritable",
        ) from error
    return target


def _is_intact(path: Path) -> bool:
    """Whether size and CRC-32 of a cached instance are those in its name."""
    named = _INSTANCE_NAME.search(path.name)
    if named is None:
        return False
    try:
        if path.stat().st_size != int(named[1]):
            return False
        return zlib.crc32(path.read_bytes()) == int(named[2], 16)
    except OSError:  # unreadable is as good as damaged: it is made again
        return False


def _write_whole(target: Path, content: bytes) -> None:
    """Write ``content`` so that ``target`` is either complete or absent."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".font-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _open_face(font: Path | bytes) -> hb.Face:
    """A HarfBuzz face with TrueType outlines. Raises Trouble for anything else."""
    import uharfbuzz as hb

    name = font.name if isinstance(font, Path) else "字体数据"
    try:
        if isinstance(font, Path) and font.stat().st_size > _MAX_FONT_BYTES:
            raise Trouble(
                f"字体文件 {name} 过大，不能使用。",
                remedy="请换用较小的 TrueType 字体。",
                code="font_too_big",
            )
        blob = hb.Blob.from_file_path(str(font)) if isinstance(font, Path) else hb.Blob(font)
        face = hb.Face(blob)
        usable = face.glyph_count > 0 and {"glyf", "cmap", "hmtx"} <= set(face.table_tags)
    except (OSError, hb.HarfBuzzError) as error:
        raise Trouble(
            f"字体文件 {name} 无法读取：{error}。", remedy=_REMEDY, code="font_unreadable"
        ) from error
    if not usable:
        raise Trouble(
            f"字体文件 {name} 已损坏，或不是 TrueType 轮廓字体（.ttf），不能用于打印。",
            remedy="请从 fonts 文件夹移走该文件，或换用 TrueType 字体。",
            code="font_unusable",
        )
    return face


def _revision(path: Path) -> str:
    """``head.fontRevision`` as 8 hex digits, read without HarfBuzz to keep the start of the window fast."""
    with path.open("rb") as file:
        count = struct.unpack(">4xH6x", file.read(12))[0]
        for _ in range(count):
            tag, offset = struct.unpack(">4s4xI4x", file.read(16))
            if tag == b"head":
                file.seek(offset + 4)
                return file.read(4).hex()
    raise Trouble(f"字体文件 {path.name} 已损坏。", remedy=_REMEDY, code="font_unreadable")


def _pinned(face: hb.Face, weight: int) -> hb.Face:
    """All glyphs of a variable face at one weight."""
    import uharfbuzz as hb

    wanted = hb.SubsetInput()
    wanted.keep_everything()
    wanted.pin_axis_location(face, "wght", float(weight))
    return hb.subset(face, wanted)


def _named(face: hb.Face, family_name: str, style: str) -> bytes:
    """The face as a font file that calls itself by family and style; the source calls itself Thin.

    GDI on Windows goes by the old four-style names, FreeType by the typographic ones: both are set.
    """
    tables = {tag: bytes(face.reference_table(tag).data) for tag in face.table_tags if tag.strip() != "STAT"}
    tables["name"] = _name_table(family_name, style, bytes(tables["name"]))
    bold = style == STYLE_NAMES[BOLD]
    head, os2 = bytearray(tables["head"]), bytearray(tables["OS/2"])
    struct.pack_into(">H", head, 44, 1 if bold else 0)
    selection = struct.unpack_from(">H", os2, 62)[0] & ~0x61
    struct.pack_into(">H", os2, 62, selection | (0x20 if bold else 0x40))
    tables["head"], tables["OS/2"] = bytes(head), bytes(os2)
    return _sfnt(tables)


def _name_table(family_name: str, style: str, old: bytes) -> bytes:
    """A Windows-Unicode ``name`` table: our family and style, the source's copyright and licence."""
    names = {k: v for k, v in _read_names(old).items() if k in (0, 5, 7, 8, 9, 10, 11, 13, 14)}
    post_script = f"{family_name.replace(' ', '')}-{style}"
    names |= {
        1: family_name,
        2: style,
        3: f"villageapp:{post_script}",
        4: f"{family_name} {style}",
        6: post_script,
    }
    records, strings = b"", b""
    for name_id in sorted(names):
        text = names[name_id].encode("utf-16-be")
        records += struct.pack(">6H", 3, 1, 0x409, name_id, len(text), len(strings))
        strings += text
    return struct.pack(">3H", 0, len(names), 6 + len(records)) + records + strings


def _read_names(table: bytes) -> dict[int, str]:
    """The English Windows names of a ``name`` table."""
    count, start = struct.unpack_from(">2xHH", table)
    names: dict[int, str] = {}
    for index in range(count):
        platform, _, language, name_id, length, offset = struct.unpack_from(">6H", table, 6 + 12 * index)
        if platform == 3 and language == 0x409:
            names[name_id] = table[start + offset : start + offset + length].decode("utf-16-be")
    return names


def _sfnt(tables: Mapping[str, bytes]) -> bytes:
    """A TrueType file of these tables with right checksums (OpenType 1.9, "Calculating checksums")."""
    tables = dict(tables)
    tables["head"] = tables["head"][:8] + b"\0\0\0\0" + tables["head"][12:]
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    directory = struct.pack(
        ">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, (count - power) * 16
    )
    offset, body = 12 + 16 * count, []
    for tag in sorted(tables):
        padded = tables[tag] + b"\0" * (-len(tables[tag]) % 4)
        directory += struct.pack(">4sIII", tag.encode(), _checksum(padded), offset, len(tables[tag]))
        body.append(padded)
        offset += len(padded)
    whole = bytearray(directory + b"".join(body))
    at = 12 + 16 * count
    for tag in sorted(tables):
        if tag == "head":
            struct.pack_into(">I", whole, at + 8, (0xB1B0AFBA - _checksum(bytes(whole))) & 0xFFFFFFFF)
            break
        at += len(tables[tag]) + (-len(tables[tag]) % 4)
    return bytes(whole)


def _checksum(padded: bytes) -> int:
    """Sum of the big-endian 32-bit words, modulo 2**32."""
    words = memoryview(padded)
    total = 0
    for start in range(0, len(padded), 1 << 20):
        part = words[start : start + (1 << 20)]
        total += sum(struct.unpack(f">{len(part) // 4}I", part))
    return total & 0xFFFFFFFF


class FontFile:
    """One font file as sheets need it: which glyph, how wide, and a subset to embed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._face = _open_face(path)
        self._fonts: dict[int, hb.Font] = {}

    @cached_property
    def characters(self) -> frozenset[int]:
        """Code points with a glyph."""
        return frozenset(self._face.unicodes)

    @cached_property
    def is_variable(self) -> bool:
        """Whether the weight can be chosen."""
        return any(axis.tag == "wght" for axis in self._face.axis_infos)

    @cached_property
    def units_per_em(self) -> int:
        """Font units in one em."""
        return int(self._face.upem)

    def post_script_name(self, weight: int) -> str:
        """A name for the embedded font, letters, digits and hyphens only."""
        stem = re.sub(r"[^A-Za-z0-9]", "", self.path.stem.split("[")[0]) or "Font"
        return f"{stem}-{STYLE_NAMES[weight]}"

    def glyph(self, character: str) -> int:
        """The glyph number of ``character``; 0 when there is none."""
        found = self._font(REGULAR).get_nominal_glyph(ord(character))
        return int(found or 0)

    def advance(self, glyph: int, weight: int) -> int:
        """The width of a glyph in font units at ``weight``."""
        return int(self._font(weight).get_glyph_h_advance(glyph))

    def line_metrics(self) -> tuple[int, int]:
        """Ascender and descender (negative) in font units."""
        extents = self._font(REGULAR).get_font_extents("ltr")
        return int(extents.ascender), int(extents.descender)

    def subset(self, glyphs: Iterable[int], weight: int) -> tuple[bytes, Mapping[int, int]]:
        """A static TrueType font of just these glyphs, and old glyph number -> new (3 ms for 1,500)."""
        import uharfbuzz as hb

        wanted = hb.SubsetInput()
        wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).update(sorted({0, *glyphs}))
        wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(
            int.from_bytes(tag, "big")
            for tag in (
                b"GSUB",
                b"GPOS",
                b"GDEF",
                b"BASE",
                b"STAT",
                b"vhea",
                b"vmtx",
                b"VORG",
                b"DSIG",
                b"gasp",
            )
        )
        wanted.flags = hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NOTDEF_OUTLINE
        if self.is_variable:
            wanted.pin_axis_location(self._face, "wght", float(weight))
        plan: Any = hb.SubsetPlan(self._face, wanted)
        return bytes(plan.execute().blob.data), dict(plan.old_to_new_glyph_mapping)

    def _font(self, weight: int) -> hb.Font:
        if weight not in self._fonts:
            import uharfbuzz as hb

            font = hb.Font(self._face)
            if self.is_variable:
                font.set_variations({"wght": float(weight)})
            self._fonts[weight] = font
        return self._fonts[weight]


def shown(text: str) -> str:
    """``text`` as one printable line: white space as blanks, invisible and selector characters dropped.

    Private-use characters and lone surrogates stay: they may be somebody's name and must be reported.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = []
    for character in text:
        kind = unicodedata.category(character)
        if character.isspace():
            kept.append(" ")
        elif kind not in ("Cc", "Cf") and not _is_variation_selector(character):
            kept.append(character)
    return "".join(kept)


def _is_variation_selector(character: str) -> bool:
    """Selectors choose among forms of the character before; dropping them keeps the character itself."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


class FontSet:
    """The fonts of a sheet in order of preference; per character the first that has a glyph."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.files = tuple(FontFile(path) for path in paths)
        self._chosen: dict[str, int] = {}
        self._complete: set[str] = set()

    @classmethod
    def load(cls, extra: Path | None = None) -> FontSet:
        """The packaged fonts and those in the folder ``extra``. Raises Trouble when one cannot be used."""
        return cls((*packaged_fonts(), *extra_fonts(extra)))

    def choose(self, character: str) -> int:
        """Index in ``files`` of the font that draws ``character``; -1 when none does."""
        index = self._chosen.get(character)
        if index is None:
            wanted = _DRAWN_AS.get(character, character)
            found = (i for i, file in enumerate(self.files) if file.glyph(wanted))
            index = self._chosen[character] = next(found, -1)
        return index

    def glyph(self, character: str) -> tuple[int, int]:
        """Index of the font and its glyph for a character that ``choose`` found."""
        index = self.choose(character)
        return index, self.files[index].glyph(_DRAWN_AS.get(character, character))

    def missing(self, text: str) -> tuple[str, ...]:
        """The characters of ``text`` that no font can draw, each once, in order."""
        if text in self._complete:
            return ()
        found = tuple(dict.fromkeys(c for c in shown(text) if self.choose(c) < 0))
        if not found:
            if len(self._complete) >= _TEXTS_KEPT:
                self._complete.clear()
            self._complete.add(text)
        return found
