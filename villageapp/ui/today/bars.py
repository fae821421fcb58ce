"""Visits per day of the month as bars with their numbers."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from villageapp.ui.theme import COLOURS

_LABELLED_DAYS = (1, 5, 10, 15, 20, 25, 30)
_LOWEST_FULL_BAR = 4
"""Visits a day that fill the height at least, so that a single visit stays a low bar."""
_GAP = 0.25
"""Share of a day's width that stays free."""


class DayBars(QWidget):
    """One slot for every day of the month; days to come are empty, today is framed."""

    def __init__(self) -> None:
        super().__init__()
        self._days: tuple[tuple[date, int], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_days(self, days: Sequence[tuple[date, int]], spoken: str) -> None:
        """Number of visits per day up to today; ``spoken`` is the accessible text."""
        self._days = tuple(days)
        self.setAccessibleName(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        """Eight lines high, as wide as there is room."""
        line = self.fontMetrics().height()
        return QSize(line * 14, line * 7)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Base line, bars, numbers, days."""
        if not self._days:
            return
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(max(9, round(self.fontMetrics().height() * 0.55)))
        painter.setFont(font)
        metrics = QFontMetrics(font)
        line = metrics.height()
        area = QRectF(1, line, self.width() - 2, self.height() - 2 * line - 4)
        slot = area.width() / self._slots()
        painter.setPen(QPen(QColor(COLOURS.field_line), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        most = max(_LOWEST_FULL_BAR, *(count for _day, count in self._days))
        for day, count in self._days:
            left = area.x() + (day.day - 1) * slot
            self._draw_bar(painter, QRectF(left, area.y(), slot, area.height()), day, count, most)
        painter.setPen(QColor(COLOURS.quiet))
        for number in (n for n in _LABELLED_DAYS if n <= self._slots()):
            centre = area.x() + (number - 0.5) * slot
            left = min(max(centre - line, 0), self.width() - 2 * line)
            place = QRectF(left, area.bottom() + 3, 2 * line, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(number))
        painter.end()

    def _draw_bar(self, painter: QPainter, slot: QRectF, day: date, count: int, most: int) -> None:
        height = slot.height() * count / most
        bar = QRectF(
            slot.x() + slot.width() * _GAP / 2, slot.bottom() - height, slot.width() * (1 - _GAP), height
        )
        is_today = day == self._days[-1][0]
        if count:
            painter.fillRect(bar, QColor(COLOURS.accent if is_today else COLOURS.bar))
            painter.setPen(QPen(QColor(COLOURS.accent_dark), 1))
            painter.drawRect(bar)
            painter.setPen(QColor(COLOURS.text))
            line = painter.fontMetrics().height()
            above = QRectF(slot.center().x() - line, bar.y() - line, 2 * line, line)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, str(count))
        elif is_today:
            painter.setPen(QPen(QColor(COLOURS.accent_dark), 2))
            painter.drawLine(bar.bottomLeft(), bar.bottomRight())

    def _slots(self) -> int:
        first = self._days[0][0]
        return calendar.monthrange(first.year, first.month)[1]
