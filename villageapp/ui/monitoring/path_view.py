"""The whole way of a case, from the first report to the announcement: what is done, where it stands, what lies ahead."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from villageapp.services.case_steps import Place
from villageapp.ui.widgets.flow import clear, label, set_role

_MARKS = {"done": "✓", "now": "●", "ahead": "○"}


class PathView(QScrollArea):
    """A line for each place; signs, words and dates, no colour alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("案卷办理路径"))
        inner = QWidget()
        inner.setProperty("surface", "plain")
        self._texts: list[str] = []
        self._lines = QVBoxLayout(inner)
        self._lines.setContentsMargins(12, 10, 12, 10)
        self._lines.setSpacing(6)
        self.setWidget(inner)
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("字") * 13)

    def show_path(self, places: Sequence[Place]) -> None:
        """Replace the lines and bring the present place into view."""
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("字") * 13)
        clear(self._lines)
        self._lines.addWidget(label(self.tr("办理路径"), "heading"))
        self._texts = [self._text(place) for place in places]
        now: QLabel | None = None
        for place, text in zip(places, self._texts, strict=True):
            line = label(text)
            if place.place == "now":
                now = line
                font = line.font()
                font.setBold(True)
                line.setFont(font)
            set_role(line, {"done": "good", "now": "", "ahead": "quiet"}[place.place])
            self._lines.addWidget(line)
        self._lines.addStretch(1)
        if now is not None:
            self.ensureWidgetVisible(now)

    def texts(self) -> list[str]:
        """The lines as shown."""
        return list(self._texts)

    def _text(self, place: Place) -> str:
        day = f" {place.on:%Y-%m-%d}" if place.on is not None else ""
        now = self.tr(" 正在办") if place.place == "now" and not day else ""
        return f"{_MARKS[place.place]} {place.title}{day}{now}"
