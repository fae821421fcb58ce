"""每条记录在哪里: how many are on this laptop alone, on a stick, with a colleague, received by the province."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from villageapp.services import record_status
from villageapp.services.record_status import Place
from villageapp.ui.context import Context
from villageapp.ui.widgets.flow import label


class PlacesCard(QFrame):
    """Four numbers, each with a word; the safest place of a record counts."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        self._figures: dict[Place, QLabel] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        words = {
            Place.LOCAL: self.tr("只在本机"),
            Place.STICK: self.tr("已存 U 盘"),
            Place.COLLEAGUE: self.tr("已到队友电脑"),
            Place.RECEIVED: self.tr("省里已签收"),
        }
        for column, (place, word) in enumerate(words.items()):
            figure = label("–", "figure")
            figure.setAccessibleName(word)
            self._figures[place] = figure
            grid.addWidget(figure, 0, column)
            grid.addWidget(label(word, "quiet"), 1, column)
        grid.setColumnStretch(4, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 14, 18, 14)
        rows.addWidget(label(self.tr("每条记录在哪里"), "heading"))
        rows.addLayout(grid)

    def refresh(self) -> None:
        """Count again in the background."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: record_status.status_counts(work), owner=self, done=self._show, latest="places"
        )

    def figure(self, place: Place) -> str:
        """The number shown for a place."""
        return self._figures[place].text()

    def _show(self, counts: Mapping[Place, int]) -> None:
        for place, figure in self._figures.items():
            figure.setText(f"{counts[place]:,}")
