"""Painting card pages onto a printer, page by page, on a worker thread (Qt permits QPainter on QPrinter there)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter

from villageapp.errors import Trouble
from villageapp.progress import Progress
from villageapp.services import cards, previews

if TYPE_CHECKING:
    from villageapp.services.cards import Privacy
    from villageapp.services.previews import PageImage
    from villageapp.services.workspace import Workspace

CHUNK = 50
"""Households in one PDF: few fonts are embedded twice, and a page is found quickly."""
MOST_DPI = 300
"""More than this does not show on paper and takes long."""


def make_printer() -> QPrinter:
    """A printer set to what the card is laid out for: A4 landscape, without margins of its own."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setPageOrientation(QPageLayout.Orientation.Landscape)
    printer.setFullPage(True)
    return printer


def print_pages(
    work: Workspace, household_ids: Sequence[str], grade: Privacy, printer: QPrinter, progress: Progress
) -> int:
    """Print the cards of these households; the number of pages printed.

    Nothing is written to the disk. Raises Trouble when a character has no glyph (nothing is printed then) or
    when the printer does not take the job, and Cancelled.
    """
    rendered = [
        cards.preview_cards(work, household_ids[at : at + CHUNK], grade, progress, allow_missing=False)
        for at in range(0, len(household_ids), CHUNK)
    ]  # all of them before the first sheet of paper; some kilobytes a household
    return print_rendered(rendered, printer, progress)


def print_rendered(rendered: Sequence[bytes], printer: QPrinter, progress: Progress) -> int:
    """Print all pages of these PDFs, as large as the paper; the number of pages printed.

    Raises Trouble when the printer does not take the job, and Cancelled.
    """
    painter = QPainter()
    if not painter.begin(printer):
        raise Trouble(
            "打印机没有接受这次打印。",
            remedy="请检查打印机是否接通、有纸，或先保存为 PDF。",
            code="no_printer",
        )
    try:
        return _paint_all(rendered, printer, painter, progress)
    except BaseException:
        printer.abort()
        raise
    finally:
        painter.end()


def _paint_all(rendered: Sequence[bytes], printer: QPrinter, painter: QPainter, progress: Progress) -> int:
    area = QRectF(printer.paperRect(QPrinter.Unit.DevicePixel))
    width = min(
        round(area.width()), round(area.width() * MOST_DPI / printer.resolution()), previews.MAX_WIDTH_PX
    )
    pages = [(pdf, page) for pdf in rendered for page in range(previews.page_count(pdf))]
    for printed, (pdf, page) in enumerate(pages):
        progress.check_cancelled()
        if printed:
            printer.newPage()
        painter.drawImage(area, to_image(previews.page_image(pdf, page, max(1, width))))
        progress.step(printed + 1, len(pages), "正在打印")
    return len(pages)


def to_image(page: PageImage) -> QImage:
    """A Qt picture of a rendered page (copies the pixels)."""
    return QImage(page.pixels, page.width, page.height, page.stride, QImage.Format.Format_RGB32).copy()
