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

CHUNK = 10
"""Households rendered at a time: keeps memory small when a whole village is printed."""
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
    missing = previews.unprintable(work, household_ids, grade, progress)
    if missing:
        more = f" 等 {len(missing)} 处" if len(missing) > 3 else ""
        raise Trouble(
            f"没有打印:有字打印不出来。{';'.join(missing[:3])}{more}。",
            remedy="请把含该字的字体(.ttf)放进数据文件夹的 fonts 目录后重试,或核对该字是否录错。",
            code="missing_glyphs",
        )
    painter = QPainter()
    if not painter.begin(printer):
        raise Trouble(
            "打印机没有接受这次打印。",
            remedy="请检查打印机是否接通、有纸,或先保存为 PDF。",
            code="no_printer",
        )
    try:
        return _paint_all(work, household_ids, grade, printer, painter, progress)
    except BaseException:
        printer.abort()
        raise
    finally:
        painter.end()


def _paint_all(
    work: Workspace,
    household_ids: Sequence[str],
    grade: Privacy,
    printer: QPrinter,
    painter: QPainter,
    progress: Progress,
) -> int:
    area = QRectF(printer.paperRect(QPrinter.Unit.DevicePixel))
    width = min(
        round(area.width()), round(area.width() * MOST_DPI / printer.resolution()), previews.MAX_WIDTH_PX
    )
    printed = 0
    for start in range(0, len(household_ids), CHUNK):
        pdf = cards.preview_cards(work, household_ids[start : start + CHUNK], grade, progress)
        for page in range(previews.page_count(pdf)):
            progress.check_cancelled()
            if printed:
                printer.newPage()
            painter.drawImage(area, to_image(previews.page_image(pdf, page, max(1, width))))
            printed += 1
        progress.step(min(start + CHUNK, len(household_ids)), len(household_ids), "正在打印")
    return printed


def to_image(page: PageImage) -> QImage:
    """A Qt picture of a rendered page (copies the pixels)."""
    return QImage(page.pixels, page.width, page.height, page.stride, QImage.Format.Format_RGB32).copy()
