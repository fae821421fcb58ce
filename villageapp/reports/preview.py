"""Pictures of PDF pages for the window's preview and for printing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from villageapp.errors import NotFound, Trouble
from villageapp.reports import pdfium

MAX_WIDTH_PX = 8000
"""About 600 dpi on A4 landscape; one page then takes 180 MB."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page as pixels: ``height`` rows of ``stride`` bytes, pixels of B, G, R, unused."""

    width: int
    height: int
    stride: int
    pixels: bytes


def page_count(pdf: bytes | Path) -> int:
    """Number of pages. Raises Trouble when the file is not a PDF that can be read."""
    with _opened(pdf) as document:
        return len(document)


def page_image(pdf: bytes | Path, page: int, width_px: int) -> PageImage:
    """Page ``page`` (from 0), ``width_px`` wide, on white.

    Raises NotFound for a page the file does not have, Trouble for an unreadable file, ValueError for a width
    out of 1 … MAX_WIDTH_PX.
    """
    if not 1 <= width_px <= MAX_WIDTH_PX:
        raise ValueError(f"width_px must be 1 to {MAX_WIDTH_PX}")
    with _opened(pdf) as document:
        if not 0 <= page < len(document):
            raise NotFound(f"没有第 {page + 1} 页，文件共 {len(document)} 页。")
        sheet = document[page]
        try:
            bitmap = sheet.render(
                scale=width_px / sheet.get_width(), rev_byteorder=False, prefer_bgrx=True, maybe_alpha=False
            )
            try:
                return PageImage(bitmap.width, bitmap.height, bitmap.stride, bytes(bitmap.buffer))
            finally:
                bitmap.close()
        finally:
            sheet.close()


@contextmanager
def _opened(pdf: bytes | Path) -> Iterator[Any]:
    """The document, closed afterwards."""
    try:
        with pdfium.opened(pdf) as document:
            yield document
    except pdfium.Unreadable as error:
        raise Trouble(
            f"无法打开 PDF 文件：{error}。", remedy="请重新生成该文件。", code="pdf_unreadable"
        ) from error
