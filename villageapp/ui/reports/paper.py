"""A printer set to the paper that an output is laid out for."""

from __future__ import annotations

from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter

from villageapp.services.ledger_files import Paper
from villageapp.ui.cards.printing import make_printer

_SIZES = {"A4": QPageSize.PageSizeId.A4, "A3": QPageSize.PageSizeId.A3}


def printer_for(paper: Paper, *, landscape: bool) -> QPrinter:
    """A printer without margins of its own; the sheets have theirs."""
    printer = make_printer()
    printer.setPageSize(QPageSize(_SIZES[paper]))
    turned = QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
    printer.setPageOrientation(turned)
    printer.setFullPage(True)
    return printer
