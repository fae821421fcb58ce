"""The coverage ring (遍访率): a thick arc for what is done, a thin circle for the rest, the figure inside."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from villageapp.ui.theme import COLOURS

_FULL_TURN = 360 * 16
_TOP = 90 * 16


class CoverageRing(QWidget):
    """Readable in print: thickness and the number say it, the colour only repeats it."""

    def __init__(self) -> None:
        super().__init__()
        self._share: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float | None) -> None:
        """``share`` of 0 … 1, None when there is nothing to cover."""
        self._share = share
        self.update()

    def text(self) -> str:
        """The figure inside, whole per cent rounded down: 100 % only when all are done."""
        return "—" if self._share is None else f"{int(self._share * 100)}%"

    def sizeHint(self) -> QSize:
        """About seven lines high."""
        side = self.fontMetrics().height() * 6
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Circle, arc, figure."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.width() * 0.11
        circle = QRectF(self.rect()).adjusted(width, width, -width, -width)
        painter.setPen(QPen(QColor(COLOURS.field_line), 2))
        painter.drawEllipse(circle)
        if self._share:
            pen = QPen(QColor(COLOURS.accent), width)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawArc(circle, _TOP, -round(_FULL_TURN * min(self._share, 1.0)))
        font = QFont(self.font())
        font.setPixelSize(round(self.height() * 0.2))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(COLOURS.text))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()
