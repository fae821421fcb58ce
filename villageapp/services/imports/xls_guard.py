"""Look into an old binary .xls before it is read: damage must end in a message, not in an aborted program.

The reader allocates whatever sizes a file names. So the workbook stream is taken out of its compound file
here, its records are walked once, every size and cell position is judged, and the reader gets the stream in
a fresh compound file of ours. Formats: [MS-CFB] and [MS-XLS].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from villageapp.services.imports import zip_guard
from villageapp.services.imports.refusal import unreadable
from villageapp.services.imports.vocabulary import Limits

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SMALL = 4096
_CELLS = frozenset({0x0006, 0x0203, 0x0204, 0x0205, 0x00BD, 0x00D6, 0x00FD, 0x027E})
"""Formula, Number, Label, BoolErr, MulRk, RString, LabelSst, RK: all begin with row and column."""
_MUL_RK, _DIMENSIONS, _BOUND_SHEET, _SHARED_STRINGS, _FILE_PASS = 0x00BD, 0x0200, 0x0085, 0x00FC, 0x002F
_MOST_COLUMNS = 256
_DAMAGED = "已损坏，读不完整"
_ENCRYPTED = "加了密码"
_UNLOCK_FIRST = "请先在 WPS 或 Excel 中取消密码，再导入。"


class _DamagedError(Exception):
    """The file contradicts itself."""


def checked(path: Path, content: bytes, limits: Limits) -> bytes:
    """A sound compound file with the same workbook. Raises Trouble or ValidationFailed."""
    try:
        streams = _Compound(content).streams()
        name = next((n for n in ("Workbook", "Book", "WORKBOOK", "BOOK") if n in streams), None)
        if name is None and "EncryptedPackage" in streams:
            raise unreadable(path, _ENCRYPTED, _UNLOCK_FIRST)
        if name is None:
            raise unreadable(path, "不是 Excel 工作簿")
        stream = bytearray(streams[name])
        _judge(path, stream, limits)
    except (_DamagedError, struct.error, IndexError, UnicodeDecodeError) as error:
        raise unreadable(path, _DAMAGED) from error
    return compound_of(name, bytes(stream))


def _judge(path: Path, stream: bytearray, limits: Limits) -> None:
    """Walk the records from the start and from every sheet; extents that the reader would reserve are reset."""
    starts, seen = [0], set[int]()
    while starts:
        for at, kind, length in _records(stream, starts.pop(), seen):
            body = at + 4
            if kind == _BOUND_SHEET and length >= 4:
                starts.append(struct.unpack_from("<I", stream, body)[0])
            elif kind == _FILE_PASS:
                raise unreadable(path, _ENCRYPTED, _UNLOCK_FIRST)
            elif kind == _SHARED_STRINGS:
                _judge_strings(stream, body, length)
            elif kind == _DIMENSIONS:
                stream[body : body + length] = bytes(length)
            elif kind in _CELLS:
                _judge_cell(path, stream, kind, body, length, limits)


def _records(stream: bytearray, at: int, seen: set[int]) -> Iterator[tuple[int, int, int]]:
    """(position, kind, length) of records from ``at`` until the end or until walked ones are met."""
    if at >= len(stream):
        raise _DamagedError("sheet outside of the stream")
    while at + 4 <= len(stream) and at not in seen:
        seen.add(at)
        kind, length = struct.unpack_from("<HH", stream, at)
        if at + 4 + length > len(stream):
            return
        yield at, kind, length
        at += 4 + length


def _judge_strings(stream: bytearray, body: int, length: int) -> None:
    if length < 8 or struct.unpack_from("<I", stream, body + 4)[0] > len(stream):
        raise _DamagedError("more strings than bytes")


def _judge_cell(path: Path, stream: bytearray, kind: int, body: int, length: int, limits: Limits) -> None:
    if length < 6:
        raise _DamagedError("cell without content")
    row, column = struct.unpack_from("<HH", stream, body)
    if kind == _MUL_RK:
        column = struct.unpack_from("<H", stream, body + length - 2)[0]
    if column >= _MOST_COLUMNS:
        raise _DamagedError("cell outside of the sheet")
    if row >= limits.rows:
        raise zip_guard.too_many_rows(path, limits)


class _Compound:
    """The streams of a compound file; every chain is bounded by the size of the file."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise _DamagedError("sector size")
        self._size = 1 << shift
        count, self._directory = struct.unpack_from("<II", content, 44)
        self._cutoff, self._mini_start = struct.unpack_from("<II", content, 56)
        self._table = self._allocation(count)

    def streams(self) -> dict[str, bytes]:
        """Content by name."""
        directory = self._read(self._directory)
        entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
        root = self._stored(entries[0])
        mini_table = self._words(self._read(self._mini_start)) if self._mini_start < _FAT else []
        found: dict[str, bytes] = {}
        for entry in entries[1:]:
            length = struct.unpack_from("<H", entry, 64)[0]
            if entry[66] == 2 and 2 <= length <= 64:
                name = entry[: length - 2].decode("utf-16-le")
                found.setdefault(name, self._stream(entry, root, mini_table))
        return found

    def _allocation(self, count: int) -> list[int]:
        listed = list(struct.unpack_from("<109I", self._content, 76))
        sector, steps = struct.unpack_from("<I", self._content, 68)[0], 0
        while sector < _FAT and steps * self._size < len(self._content):
            words = self._words(self._sector(sector))
            listed += words[:-1]
            sector, steps = words[-1], steps + 1
        used = [sector for sector in listed if sector < _FAT][:count]
        return [word for sector in used for word in self._words(self._sector(sector))]

    def _stream(self, entry: bytes, root: bytes, mini_table: list[int]) -> bytes:
        start, size = struct.unpack_from("<II", entry, 116)
        if size > len(self._content):
            raise _DamagedError("stream longer than the file")
        if size >= self._cutoff:
            return self._read(start)[:size]
        if not size:
            return b""
        return b"".join(root[n * 64 : n * 64 + 64] for n in _chain(mini_table, start))[:size]

    def _stored(self, entry: bytes) -> bytes:
        start = struct.unpack_from("<I", entry, 116)[0]
        return self._read(start) if start < _FAT else b""

    def _read(self, start: int) -> bytes:
        return b"".join(self._sector(n) for n in _chain(self._table, start))

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        if at >= len(self._content):
            raise _DamagedError("sector outside of the file")
        return self._content[at : at + self._size].ljust(self._size, b"\0")

    @staticmethod
    def _words(content: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(content) // 4}I", content))


def _chain(table: list[int], start: int) -> Iterator[int]:
    steps = 0
    while start < _FAT:
        if start >= len(table) or steps > len(table):
            raise _DamagedError("broken chain")
        yield start
        start, steps = table[start], steps + 1


def compound_of(name: str, stream: bytes) -> bytes:
    """One stream in a compound file of 512-byte sectors: tables, directory, stream."""
    stream = stream.ljust(max(_SMALL, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    tables = -(-(count + 1) // 127)
    extra = max(0, -(-(tables - 109) // 127))  # sectors that list more than 109 tables
    first = tables + extra
    chain = [_FAT] * tables + [0xFFFFFFFC] * extra + [_END]
    chain += [*range(first + 2, first + 1 + count), _END]
    chain += [_FREE] * (tables * 128 - len(chain))
    header = bytearray(512)
    struct.pack_into("<8s16xHHHHH", header, 0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", header, 44, tables, first)
    struct.pack_into("<IIIII", header, 56, _SMALL, _END, 0, tables if extra else _END, extra)
    places = [*range(tables), *[_FREE] * (109 + extra * 127 - tables)]
    struct.pack_into("<109I", header, 76, *places[:109])
    more = b"".join(
        struct.pack(
            "<128I", *places[109 + n * 127 : 236 + n * 127], tables + n + 1 if n + 1 < extra else _END
        )
        for n in range(extra)
    )
    directory = (
        _entry("Root Entry", 5, 1, _END, 0) + _entry(name, 2, _FREE, first + 1, len(stream)) + bytes(256)
    )
    return bytes(header) + struct.pack(f"<{len(chain)}I", *chain) + more + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<64sHBBIII", text, len(text), kind, 1, _FREE, _FREE, child)
    return links + bytes(36) + struct.pack("<IQ", start, size)
