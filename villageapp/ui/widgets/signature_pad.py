"""A field to write one's name in, with mouse, finger on a touchpad, or pen."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from villageapp.ui import theme
from villageapp.ui.widgets.picture_wall import png_of

Dot = tuple[QPointF, float]
"""A place in widget pixels, and the pressure there (0 to 1)."""
LINE = 3.0
"""Width of a stroke at medium pressure, in device-independent pixels."""
_NEAR = 1.5
"""Movements shorter than this (pixels) are the hand's tremble."""
_MARGIN = 8
_IMAGE_SCALE = 2.0
"""Pixels of the kept image per pixel of the pad: fit to print."""
_LEAST_INK = 40.0
"""A line shorter than this (pixels) is a slip of the hand."""


class SignaturePad(QWidget):
    """Strokes are smoothed through the middles of the points. ``changed`` after every stroke and after clearing."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setAccessibleDescription(self.tr("用鼠标或手写笔书写；不便书写时请用纸质签字"))
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._strokes: list[list[Dot]] = []
        self._is_down = False

    def sizeHint(self) -> QSize:
        """Wide enough for four characters."""
        character = self.fontMetrics().horizontalAdvance("口")
        return QSize(character * 36, character * 14)

    def minimumSizeHint(self) -> QSize:
        """Half of that."""
        size = self.sizeHint()
        return QSize(size.width() // 2, size.height() // 2)

    def is_empty(self) -> bool:
        """Whether there is nothing that could be a name."""
        return sum(_length(stroke) for stroke in self._strokes) < _LEAST_INK

    def stroke_count(self) -> int:
        """Number of strokes."""
        return len(self._strokes)

    def clear(self) -> None:
        """Begin anew."""
        self._strokes, self._is_down = [], False
        self.update()
        self.changed.emit()

    def take_back(self) -> None:
        """Remove the last stroke."""
        if self._strokes:
            self._strokes.pop()
            self.update()
            self.changed.emit()

    def image(self) -> bytes:
        """The strokes as PNG, cut to what is written, black on nothing; empty without ink."""
        area = self._inked()
        if area.isEmpty():
            return b""
        picture = QImage((QSize(area.size()) * _IMAGE_SCALE), QImage.Format.Format_ARGB32_Premultiplied)
        picture.fill(QColor(0, 0, 0, 0))
        painter = QPainter(picture)
        painter.scale(_IMAGE_SCALE, _IMAGE_SCALE)
        painter.translate(-area.topLeft())
        self._paint_strokes(painter, QColor("black"))
        painter.end()
        return png_of(picture)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A stroke begins. A pen also speaks as a mouse when nobody takes its own events."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin(event.position(), 0.5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The stroke goes on."""
        if self._is_down:
            self._go_on(event.position(), 0.5)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The stroke ends."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._end()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen: its pressure makes the line thick. Its other end rubs everything out."""
        kind = event.type()
        if event.pointerType() == QPointingDevice.PointerType.Eraser:
            if kind == event.Type.TabletPress:
                self.clear()
        elif kind == event.Type.TabletPress:
            self._begin(event.position(), event.pressure())
        elif kind == event.Type.TabletMove and self._is_down:
            self._go_on(event.position(), event.pressure())
        elif kind == event.Type.TabletRelease:
            self._end()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """White paper in every scheme, a line to write on, the strokes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor("white"))
        painter.setPen(QPen(QColor(theme.COLOURS.line), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        base = self.height() * 0.78
        painter.setPen(QPen(QColor(theme.COLOURS.line), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(24, base), QPointF(self.width() - 24, base))
        if not self._strokes:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.tr("请在这里签名"))
        self._paint_strokes(painter, QColor("black"))

    def _begin(self, at: QPointF, pressure: float) -> None:
        self._is_down = True
        self._strokes.append([(at, pressure)])
        self.update()

    def _go_on(self, at: QPointF, pressure: float) -> None:
        stroke = self._strokes[-1]
        moved = at - stroke[-1][0]
        if abs(moved.x()) + abs(moved.y()) < _NEAR:
            return
        stroke.append((at, pressure))
        reach = round(LINE * 3) + 2
        points = [point.toPoint() for point, _pressure in stroke[-3:]]
        box = QRect(points[0], points[0])
        for point in points[1:]:
            box = box.united(QRect(point, point))
        self.update(box.adjusted(-reach, -reach, reach, reach))

    def _end(self) -> None:
        if self._is_down:
            self._is_down = False
            self.changed.emit()

    def _paint_strokes(self, painter: QPainter, ink: QColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for stroke in self._strokes:
            for path, width in _pieces(stroke):
                pen = QPen(ink, width, Qt.PenStyle.SolidLine)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                painter.setPen(pen)
                painter.drawPath(path)

    def _inked(self) -> QRect:
        box = QRectF()
        for stroke in self._strokes:
            for point, _pressure in stroke:
                box = box.united(QRectF(point.x() - 1, point.y() - 1, 2, 2))
        if box.isEmpty():
            return QRect()
        paper = self.rect().adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        return box.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN).toAlignedRect().intersected(paper)


def _pieces(stroke: list[Dot]) -> list[tuple[QPainterPath, float]]:
    """The stroke as curves from middle to middle of its points, each as wide as it was pressed."""
    if len(stroke) == 1:
        path = QPainterPath(stroke[0][0])
        path.lineTo(stroke[0][0] + QPointF(0.1, 0.1))
        return [(path, _width(stroke[0][1]) * 1.4)]
    made, start = [], stroke[0][0]
    for (point, pressure), (following, _pressure) in pairwise(stroke):
        middle = QPointF((point.x() + following.x()) / 2, (point.y() + following.y()) / 2)
        path = QPainterPath(start)
        path.quadTo(point, middle)
        made.append((path, _width(pressure)))
        start = middle
    last = QPainterPath(start)
    last.lineTo(stroke[-1][0])
    return [*made, (last, _width(stroke[-1][1]))]


def _width(pressure: float) -> float:
    return LINE * (0.5 + pressure)


def _length(stroke: list[Dot]) -> float:
    pairs = pairwise(stroke)
    return sum(abs((b - a).x()) + abs((b - a).y()) for (a, _p), (b, _q) in pairs)
