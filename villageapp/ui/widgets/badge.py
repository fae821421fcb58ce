"""A status in words on a soft colour with a mark, so that nothing is said by colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QLabel, QSizePolicy

from villageapp.ui.theme import COLOURS, edge


class Mood(StrEnum):
    """Colours of a badge."""

    PLAIN = "plain"
    ACCENT = "accent"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


def _colours(mood: Mood) -> tuple[str, str]:
    """Background and text of a mood in the present scheme."""
    return {
        Mood.PLAIN: (COLOURS.plain_soft, COLOURS.text),
        Mood.ACCENT: (COLOURS.accent_soft, COLOURS.accent_dark),
        Mood.GOOD: (COLOURS.good_soft, COLOURS.good),
        Mood.WARN: (COLOURS.warn_soft, COLOURS.warn),
        Mood.BAD: (COLOURS.bad_soft, COLOURS.bad),
    }[mood]


@dataclass(frozen=True, slots=True)
class Badge:
    """Text and mood; also painted inside table cells."""

    text: str
    mood: Mood = Mood.PLAIN


class BadgeLabel(QLabel):
    """A badge as a widget."""

    def __init__(self, badge: Badge | None = None) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_badge(badge)

    def show_badge(self, badge: Badge | None) -> None:
        """Show ``badge``; hide for None."""
        if badge is None or not badge.text:
            self.hide()
            return
        self.setText(badge.text)
        self.setProperty("mood", badge.mood.name.lower())
        self.style().unpolish(self)
        self.style().polish(self)
        self.changeEvent(QEvent(QEvent.Type.StyleChange))  # else the frame keeps its old padding
        self.updateGeometry()
        if self.parentWidget() is not None:  # without one it would appear as a window of its own
            self.show()


def paint_badge(painter: QPainter, badge: Badge, cell: QRectF, metrics: QFontMetrics) -> None:
    """Draw ``badge`` at the left of ``cell``, shortened to fit."""
    soft, strong = _colours(badge.mood)
    text = metrics.elidedText(badge.text, Qt.TextElideMode.ElideRight, max(0, int(cell.width()) - 14))
    height = metrics.height() + 2
    box = QRectF(cell.x(), cell.center().y() - height / 2, metrics.horizontalAdvance(text) + 12, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(edge(soft, strong)))
    painter.setBrush(QColor(soft))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(strong))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
