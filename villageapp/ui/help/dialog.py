"""F1: the handbook page of the screen in front beside the list of all pages, searched as you type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, Qt, QUrl, Signal
from PySide6.QtGui import QImage, QResizeEvent, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from villageapp import paths
from villageapp.ui.help import keys
from villageapp.ui.widgets.filters import SearchLine

KEYS = "keys"
_IMAGE = int(QTextDocument.ResourceType.ImageResource.value)
_ORDER = (
    "start",
    "today",
    "households",
    "visits",
    "monitoring",
    "measures",
    "problems",
    "checks",
    "employment",
    "assets",
    "policies",
    "work",
    "reports",
    "sync",
    "settings",
    "trouble",
)


_ROOM = 24
"""Pixels kept free beside a picture: margins and a scroll bar that may come."""


class _HandbookPage(QTextBrowser):
    """Pictures are never wider than the page: nobody scrolls sideways to read."""

    resized = Signal()
    """The page has another width; its pictures must be laid again."""

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A picture of the handbook, made smaller where the page is narrower."""
        found = super().loadResource(kind, name)
        if kind != _IMAGE or not isinstance(found, QByteArray):
            return found
        picture, room = QImage.fromData(found), self.viewport().width() - _ROOM
        if picture.isNull() or picture.width() <= room:
            return picture
        return picture.scaledToWidth(max(room, 1), Qt.TransformationMode.SmoothTransformation)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Announce another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.resized.emit()


class HelpDialog(QDialog):
    """Pages of ``docs/handbook``; a page is named by the screen that it explains."""

    def __init__(self, page: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("使用说明"))
        self.search = SearchLine(self.tr("在说明里查找"), self.tr("在说明里查找"))
        self.pages = QListWidget()
        self.pages.setAccessibleName(self.tr("说明目录"))
        self.text = _HandbookPage()
        self.text.setAccessibleName(self.tr("说明内容"))
        self.text.setOpenExternalLinks(False)
        self.text.setSearchPaths([str(paths.handbook())])
        self.text.resized.connect(lambda: self._show(self.pages.currentItem()))
        self._texts = _read_pages()
        self._texts[KEYS] = "# " + self.tr("按键表") + "\n\n" + keys.as_markdown()
        self._lay_out()
        self.search.textChanged.connect(self._fill)
        self.pages.currentItemChanged.connect(lambda item, _before: self._show(item))
        self._fill("")
        self.show_page(page)

    def show_page(self, key: str) -> None:
        """Show a page; an unknown key shows the first."""
        rows = range(self.pages.count())
        found = (row for row in rows if self.pages.item(row).data(Qt.ItemDataRole.UserRole) == key)
        self.pages.setCurrentRow(next(found, 0))

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.search)
        left.addWidget(self.pages, 1)
        side = QWidget()
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        side.setFixedWidth(self.fontMetrics().horizontalAdvance("字") * 13)
        layout = QHBoxLayout(self)
        layout.addWidget(side)
        layout.addWidget(self.text, 1)
        available = self.screen().availableGeometry()
        type_size = self.fontMetrics().horizontalAdvance("字")
        self.resize(min(type_size * 76, available.width() - 60), min(type_size * 48, available.height() - 80))

    def _fill(self, wanted: str) -> None:
        kept = self.pages.currentItem()
        current = kept.data(Qt.ItemDataRole.UserRole) if kept is not None else ""
        self.pages.blockSignals(True)
        self.pages.clear()
        words = wanted.lower().split()
        for key, text in self._texts.items():
            if all(word in text.lower() for word in words):
                item = QListWidgetItem(_title(text))
                item.setData(Qt.ItemDataRole.UserRole, key)
                self.pages.addItem(item)
        self.pages.blockSignals(False)
        self.show_page(current)
        self._show(self.pages.currentItem())

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is None:
            self.text.setPlainText(self.tr("没有找到。换个词试试。"))
        else:
            self.text.setMarkdown(self._texts[item.data(Qt.ItemDataRole.UserRole)])


def _read_pages() -> dict[str, str]:
    folder = paths.handbook()
    return {
        key: (folder / f"{key}.md").read_text(encoding="utf-8") for key in _ORDER if _is_there(folder, key)
    }


def _is_there(folder: Path, key: str) -> bool:
    return (folder / f"{key}.md").is_file()


def _title(text: str) -> str:
    return text.lstrip().splitlines()[0].lstrip("# ").strip()
