"""From a file to sheets of cells: .xlsx and .xls through calamine, CSV as UTF-8 or GBK (domain.md 5.4 no. 11).

What a file is, is read from its first bytes, never from its name: an .et or .xls of the county office is
often something else. All limits are enforced before or while reading.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from villageapp.errors import AppError, os_reason
from villageapp.services.imports import xls_guard, zip_guard
from villageapp.services.imports.refusal import SAVE_AGAIN, refused, unreadable
from villageapp.services.imports.vocabulary import Limits

Cell = str | int | float | bool | date | datetime | time | timedelta
Merge = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell, 0-based (row, column), both included."""

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: ``rows`` from the spreadsheet's row 1, each starting at 0-based column ``first_column``."""

    name: str
    rows: Iterator[list[Cell]]
    height: int
    first_column: int = 0
    merges: tuple[Merge, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file: what identifies it, and its sheets in order, hidden ones included."""

    sha256: str
    sheets: Iterator[Sheet]


def open_source(path: Path, limits: Limits) -> Source:
    """Check the file against the limits and open it.

    Raises Trouble when it is not there or not readable as a table, ValidationFailed when it is too large.
    Errors of single sheets surface while ``sheets`` is consumed, in the same classes.
    """
    try:
        content = _content(path, limits)
    except OSError as error:
        raise unreadable(path, f"读不出来（{os_reason(error)}）", "请检查文件和U盘后再试。") from error
    digest = hashlib.sha256(content).hexdigest()
    if content.startswith(_ZIP):
        zip_guard.check(path, io.BytesIO(content), limits)
        return Source(digest, _workbook(path, content, limits))
    if content.startswith(_COMPOUND):
        return Source(digest, _workbook(path, xls_guard.checked(path, content, limits), limits))
    return Source(digest, iter((_csv_sheet(path, content, limits),)))


def _content(path: Path, limits: Limits) -> bytes:
    if not path.exists():
        raise unreadable(path, "不存在", "请核对文件位置；U盘上的文件请先插好U盘。")
    if not path.is_file():
        raise unreadable(path, "不是文件", "请选择导出的 .xlsx 或 .xls 文件本身。")
    if path.stat().st_size > limits.file_bytes:
        raise _too_large(path, limits)
    with path.open("rb") as file:
        content = file.read(limits.file_bytes + 1)
    if len(content) > limits.file_bytes:  # it grew meanwhile
        raise _too_large(path, limits)
    if not content:
        raise unreadable(path, "是空文件", "请向国家系统重新导出。")
    return content


def _too_large(path: Path, limits: Limits) -> AppError:
    what = f"超过 {limits.file_bytes // 1_000_000} MB,一次导入不了这么大"
    return refused(path, what, "请按村或按乡镇分批导出后再导入。", code="import_too_large")


def _workbook(path: Path, content: bytes, limits: Limits) -> Iterator[Sheet]:
    """Sheets of an .xlsx or .xls, each read when asked for."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [m for m in workbook.sheets_metadata if m.typ is SheetTypeEnum.WorkSheet]
        if len(sheets) > limits.sheets:
            raise refused(path, f"有 {len(sheets)} 个工作表，过多", "请只保留人员名单的工作表。")
        for metadata in sheets:
            yield _sheet(path, workbook, metadata.name, limits)
    except PasswordError as error:
        raise unreadable(path, "加了密码", "请先在 WPS 或 Excel 中取消密码，再导入。") from error
    except (CalamineError, ValueError, OSError, MemoryError) as error:
        if isinstance(error, AppError):
            raise
        raise unreadable(path, "不是能识别的工作簿，或已损坏") from error
    except BaseException as error:
        # calamine is Rust: what it trips over in a damaged file arrives as a panic, outside Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise unreadable(path, "已损坏，读到一半读不下去") from error


def _sheet(path: Path, workbook: object, name: str, limits: Limits) -> Sheet:
    sheet = workbook.get_sheet_by_name(name)  # type: ignore[attr-defined]
    if sheet.start is None:
        return Sheet(name, iter(()), 0)
    if sheet.total_height > limits.rows:
        raise zip_guard.too_many_rows(path, limits)
    if sheet.total_width > limits.columns:
        raise zip_guard.too_many_columns(path, limits)
    merges = tuple(sheet.merged_cell_ranges or ())
    return Sheet(name, sheet.iter_rows(), sheet.total_height, sheet.start[1], merges)


def _csv_sheet(path: Path, content: bytes, limits: Limits) -> Sheet:
    head = content[:2048].lstrip().lower()
    if b"\0" in content[:2048] or head.startswith((b"<", b"%pdf", b"{\\rtf", b"rar!")):
        raise unreadable(path, "不是 Excel 工作簿")
    text = _decoded(path, content)
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    rows: list[list[Cell]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(rows) >= limits.rows:
                raise zip_guard.too_many_rows(path, limits)
            if len(row) > limits.columns:
                raise zip_guard.too_many_columns(path, limits)
            rows.append([*row])
    except csv.Error as error:
        raise unreadable(path, "不是完整的 CSV 表格") from error
    return Sheet(path.stem, iter(rows), len(rows))


def _decoded(path: Path, content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unreadable(path, "不是 Excel 工作簿，文字编码也认不出", SAVE_AGAIN)
