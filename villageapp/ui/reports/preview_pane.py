"""Preview of an output: the first pages as pictures, and for a ledger its rows as a grid that can be copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QKeySequence, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from villageapp.services.outputs import PREVIEWED
from villageapp.ui.widgets.flow import EmptyState, clear, label
from villageapp.ui.widgets.rows_table import RowsTable

GRID, PAGES = 0, 1
_SAMPLE = 60
"""Rows whose texts decide about the widths of the columns."""
_WIDEST = 22
"""Characters."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A ledger as words."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The first pages; ``total`` of the document."""

    pages: tuple[QImage, ...]
    total: int
    is_sample: bool = False
    """Made of the first few households; the print holds all of them."""


class LedgerView(RowsTable):
    """The grid; Ctrl+C copies the selected rows, or all, for a spreadsheet."""

    def __init__(self, grid: Grid, scale: int) -> None:
        self._grid = grid
        super().__init__([(heading, 0) for heading in grid.headings], grid.rows, grid.title, scale)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.horizontalHeader().setStretchLastSection(False)
        self._fit_columns()

    def copy(self) -> int:
        """Put the selected rows (all, when none is) on the clipboard; how many."""
        picked = sorted(index.row() for index in self.selectionModel().selectedRows())
        rows = [self._grid.rows[row] for row in picked] or list(self._grid.rows)
        lines = [self._grid.headings, *rows]
        text = "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)
        QGuiApplication.clipboard().setText(text)
        return len(rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def _fit_columns(self) -> None:
        metrics = self.fontMetrics()
        most = metrics.horizontalAdvance("字") * _WIDEST
        for place, heading in enumerate(self._grid.headings):
            texts = {row[place].split("\n")[0][: _WIDEST * 2] for row in self._grid.rows[:_SAMPLE]}
            wide = max(metrics.horizontalAdvance(text) for text in (heading, *texts))
            self.setColumnWidth(place, min(wide, most) + 28)


class PreviewPane(QTabWidget):
    """Two tabs for a ledger, one for a sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.setDocumentMode(True)
        self.view: LedgerView | None = None
        self._images: tuple[QImage, ...] = ()
        self._grid = QWidget()
        self._grid_rows = QVBoxLayout(self._grid)
        self._grid_rows.setContentsMargins(0, 6, 0, 0)
        self._sheet = QWidget()
        self._sheet.setProperty("surface", "page")
        self._pages = QVBoxLayout(self._sheet)
        self._pages.setSpacing(12)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._scroll.setWidget(self._sheet)
        self._scroll.setAccessibleName(self.tr("打印样张"))
        self.addTab(self._grid, self.tr("表格"))
        self.addTab(self._scroll, self.tr("打印样张"))
        self.tabBar().setAccessibleName(self.tr("表格或打印样张"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pages fill the width."""
        super().resizeEvent(event)
        self._fit()

    def for_ledger(self, is_ledger: bool) -> None:
        """Whether there is a grid; it stands in front then."""
        self.setTabVisible(GRID, is_ledger)
        self.setCurrentIndex(GRID if is_ledger else PAGES)

    def images(self) -> tuple[QImage, ...]:
        """The pages shown."""
        return self._images

    def show_grid(self, grid: Grid, scale: int) -> None:
        """Show a ledger."""
        clear(self._grid_rows)
        self.view = None
        if not grid.rows:
            told = self.tr("有了登记的内容，这里就会列出；打印出来是一张空白表。")
            self._grid_rows.addWidget(
                EmptyState(self.tr("“{title}”还没有内容").format(title=grid.title), told)
            )
            return
        self.view = LedgerView(grid, scale)
        self._grid_rows.addWidget(self.view)

    def show_pages(self, shown: Shown) -> None:
        """Show the first pages."""
        self._images = shown.pages
        clear(self._pages)
        for number in range(len(shown.pages)):
            page = QLabel()
            page.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            page.setMinimumWidth(1)  # the window may become narrower than the picture
            page.setAccessibleName(self.tr("第 {number} 页").format(number=number + 1))
            self._pages.addWidget(page)
        told = self._told(shown)
        if told:
            self._pages.addWidget(label(told, "quiet", wrap=True))
        self._pages.addStretch(1)
        self._scroll.verticalScrollBar().setValue(0)
        self._fit()

    def _told(self, shown: Shown) -> str:
        if shown.is_sample:
            text = self.tr("样张只有前 {count} 户；打印和保存的是全部。")
            return text.format(count=PREVIEWED)
        if shown.total > len(shown.pages):
            text = self.tr("这里是前 {shown} 页，共 {total} 页。")
            return text.format(shown=len(shown.pages), total=shown.total)
        return ""

    def show_nothing(self, title: str, text: str) -> None:
        """Say why there is no preview."""
        self._images = ()
        clear(self._pages)
        self._pages.addWidget(EmptyState(title, text))

    def _fit(self) -> None:
        width = self._scroll.viewport().width() - 24
        for index, image in enumerate(self._images):
            item = self._pages.itemAt(index)
            page = item.widget() if item is not None else None
            if isinstance(page, QLabel) and width > 100:
                ratio = self.devicePixelRatio()
                wanted = min(round(width * ratio), image.width())
                pixmap = QPixmap.fromImage(
                    image.scaledToWidth(wanted, Qt.TransformationMode.SmoothTransformation)
                )
                pixmap.setDevicePixelRatio(ratio)
                page.setPixmap(pixmap)


def grid_of(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid:
    """A grid of plain words."""
    return Grid(title, tuple(headings), tuple(tuple(row) for row in rows))
