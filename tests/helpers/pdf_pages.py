"""Looking at PDFs as tests do: the text layer, the size of pages, their ink."""

from __future__ import annotations

from pathlib import Path

import pypdfium2


def page_texts(pdf: Path | bytes) -> list[str]:
    """The text layer of every page, without line ends: a cell that wraps reads as one."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            "".join(page.get_textpage().get_text_range().replace("\r", "").split("\n")) for page in document
        ]
    finally:
        document.close()


def page_sizes_mm(pdf: Path | bytes) -> list[tuple[int, int]]:
    """Width and height of every page in whole millimetres."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            (round(w * 25.4 / 72), round(h * 25.4 / 72)) for w, h in (page.get_size() for page in document)
        ]
    finally:
        document.close()


def ink_at_the_edges(pdf: Path | bytes, margin_mm: float) -> int:
    """How many dark pixels of all pages (at 72 dpi) lie nearer to an edge than ``margin_mm``."""
    document = pypdfium2.PdfDocument(pdf)
    edge = round(margin_mm / 25.4 * 72)
    try:
        return sum(_dark_edge(page, edge) for page in document)
    finally:
        document.close()


def _dark_edge(page: pypdfium2.PdfPage, edge: int) -> int:
    bitmap = page.render(scale=1, grayscale=True)
    width, height, stride, pixels = bitmap.width, bitmap.height, bitmap.stride, bytes(bitmap.buffer)
    dark = 0
    for y in range(height):
        row = pixels[y * stride : y * stride + width]
        inner = edge <= y < height - edge
        dark += sum(value < 128 for value in (row[:edge] + row[width - edge :] if inner else row))
    return dark
