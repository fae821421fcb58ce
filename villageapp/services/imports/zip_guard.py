"""Look into an .xlsx before it is unpacked: a zip bomb or a sheet of absurd extent is refused here.

Sizes written in the zip directory are not believed: every XML part is inflated once in small pieces and
counted, without being stored. The same pass bounds the extent of each sheet, because the reader allocates
rows × columns for it, however few cells are filled.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

from villageapp.errors import ValidationFailed
from villageapp.services.imports.refusal import SAVE_AGAIN, refused, unreadable
from villageapp.services.imports.vocabulary import Limits

_PIECE = 1 << 20
_LONGEST_TAG = 1 << 16
_ROW = re.compile(rb'<row r="(\d{1,9})"')
_FAR_CELL = re.compile(rb'r="(?:[A-Za-z]{3}\d|[H-Zh-z][A-Za-z]\d|[A-Za-z]{1,2}\d{6})')
"""A cell beyond column GZ or row 99,999."""
_UNUSUAL = (b"='", b":row", b":c ", b"r =", b"r= ", b"r\t", b"r\n", b"r\r")
"""XML spelt as no spreadsheet program spells it, so that the patterns above may miss something."""
_TOO_MANY = "请按村或按乡镇分批导出后再导入。"


def check(path: Path, file: IO[bytes], limits: Limits) -> None:
    """Refuse a workbook that is not safe to unpack. Raises Trouble or ValidationFailed."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _check_directory(path, parts, limits)
            total = 0
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    total += _check_part(path, file, part, limits, limits.unpacked_bytes - total)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError) as error:
        if isinstance(error, ValidationFailed):
            raise
        raise unreadable(path, "已损坏，解不开压缩包") from error


def _check_directory(path: Path, parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [part.filename for part in parts]
    if len(parts) > limits.zip_entries or len(set(names)) != len(names):
        raise refused(path, "内部的部件过多或重复，不像正常的表格", SAVE_AGAIN, code="import_bomb")
    if any(part.flag_bits & 0x1 for part in parts):
        raise unreadable(path, "加了密码", "请先取消密码，再导入。")
    if "xl/workbook.xml" not in names:
        raise unreadable(path, "不是 .xlsx 工作簿")
    if sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise _bomb(path, limits)


def _check_part(path: Path, file: IO[bytes], part: zipfile.ZipInfo, limits: Limits, room: int) -> int:
    """Inflate one part; answers its true size in bytes."""
    size = 0
    scan = _SheetScan(limits.rows)
    for piece in _inflated(file, part):
        size += len(piece)
        too_dense = size > limits.ratio_from_bytes and size > limits.unpacked_ratio * max(
            part.compress_size, 1
        )
        if size > room or too_dense:
            raise _bomb(path, limits)
        scan.feed(piece)
        if scan.too_long:
            raise too_many_rows(path, limits)
    if size != part.file_size:
        raise unreadable(path, "已损坏，部件大小与目录不符")
    if scan.suspicious:
        _measure(path, _inflated(file, part), limits)
    return size


def _bomb(path: Path, limits: Limits) -> ValidationFailed:
    return refused(
        path,
        f"解压后过大（超过 {limits.unpacked_bytes // 1_000_000} MB 或压缩比异常），不像正常的导出表",
        "请核对文件来源，向国家系统重新导出。",
        code="import_bomb",
    )


def _inflated(file: IO[bytes], part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a part in pieces of at most 1 MiB, whatever the directory claims."""
    file.seek(part.header_offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile("local header")
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = part.compress_size
    if part.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile("compression method")
    inflater = zlib.decompressobj(-15)
    while left > 0 and not inflater.eof and (packed := file.read(min(_PIECE, left))):
        left -= len(packed)
        while packed and not inflater.eof:
            yield inflater.decompress(packed, _PIECE)
            packed = inflater.unconsumed_tail
    yield inflater.flush()


class _SheetScan:
    """Bounds the extent of a sheet by its row tags alone; what looks odd is measured exactly afterwards.

    Any part may be named as a sheet, so all are looked at.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._tail = b""
        self._last_row = 0
        self.suspicious = False
        self.too_long = False

    def feed(self, piece: bytes) -> None:
        """Look at the next piece; a tag cut by its end waits for the rest."""
        if self.suspicious:
            return
        whole, closing, self._tail = (self._tail + piece).rpartition(b">")
        text = whole + closing
        rows = [int(row) for row in _ROW.findall(text)]
        self._last_row = max(self._last_row, *rows, 0)
        self.too_long = self._last_row > self._rows and _holds_values_beyond(text, self._rows)
        self.suspicious = (
            self._last_row > self._rows
            or len(self._tail) > _LONGEST_TAG
            or len(rows) != text.count(b"<row")
            or _FAR_CELL.search(text) is not None
            or any(spelling in text for spelling in _UNUSUAL)
        )


def _holds_values_beyond(text: bytes, rows: int) -> bool:
    """Whether filled rows below the limit follow (blanks with a format may do so harmlessly)."""
    first = next(match.end() for match in _ROW.finditer(text) if int(match[1]) > rows)
    return b"<v>" in text[first:] or b"<is>" in text[first:]


def _measure(path: Path, pieces: Iterator[bytes], limits: Limits) -> None:
    """Extent of the cells that hold a value; formatted blanks far below or right of the table are harmless."""
    extent = _Extent(path, limits)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = extent.start
    parser.EntityDeclHandler = extent.entity
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise unreadable(path, "已损坏，工作表内容不完整") from error


class _Extent:
    """Follows rows and cells of a sheet's XML and refuses the first value outside the limits."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path, self._limits = path, limits
        self._row = self._column = 0

    def entity(self, *_: object) -> None:
        raise unreadable(self._path, "含有不允许的 XML 实体")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isdecimal() and len(given) < 10 else self._row + 1
            self._column = 0
        elif name == "c":
            self._place(attributes.get("r", ""))
        elif name in ("v", "is", "f"):
            self._judge()

    def _place(self, reference: str) -> None:
        letters = reference.rstrip("0123456789").upper()
        digits = reference[len(letters) :]
        if not letters or not digits:
            self._column += 1
            return
        self._row = int(digits[:9])
        self._column = 0
        for letter in letters[:4]:
            self._column = self._column * 26 + ord(letter) - 64

    def _judge(self) -> None:
        if self._row > self._limits.rows:
            raise too_many_rows(self._path, self._limits)
        if self._column > self._limits.columns:
            raise too_many_columns(self._path, self._limits)


def too_many_rows(path: Path, limits: Limits) -> ValidationFailed:
    """More rows than one import takes."""
    return refused(path, f"超过 {limits.rows} 行，一次导入不了这么多", _TOO_MANY, code="import_too_long")


def too_many_columns(path: Path, limits: Limits) -> ValidationFailed:
    """More columns than any known export has."""
    return refused(
        path,
        f"超过 {limits.columns} 列，不像国家系统的人员导出表",
        "请核对导出的表是否正确。",
        code="import_too_wide",
    )
