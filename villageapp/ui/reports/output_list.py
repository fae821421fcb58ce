"""The list of all outputs, under the headings of their groups, narrowed by typing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from villageapp.domain.pinyin import initials
from villageapp.services.outputs import Output
from villageapp.ui import theme
from villageapp.ui.widgets.filters import SearchLine
from villageapp.ui.widgets.flow import label

_ICON = 16
_KEY = int(Qt.ItemDataRole.UserRole)


class OutputList(QWidget):
    """Headings cannot be chosen; Enter in the search takes the first that is left."""

    chosen = Signal(str)

    def __init__(self, outputs: Sequence[Output]) -> None:
        super().__init__()
        self._outputs = tuple(outputs)
        self._current = ""
        self._mark, self._blank = theme.icon("next"), _blank_icon()
        self.search = SearchLine(self.tr("找表：名称或拼音首字母"), self.tr("找表"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("表和台账"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setIconSize(QSize(_ICON, _ICON))
        self.none = label(self.tr("没有这样的表"), "quiet")
        self.none.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 6, 8)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.none)
        layout.addWidget(self.list, 1)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._take_first)
        self.list.currentItemChanged.connect(self._on_current)
        self._fill("")
        self.fit()

    def fit(self) -> None:
        """As wide as the longest title in the type of today, with air between the lines."""
        wide = max(self.fontMetrics().horizontalAdvance(output.title) for output in self._outputs)
        self.list.setMinimumWidth(wide + self.list.iconSize().width() + 64)
        self.list.setSpacing(max(1, self.fontMetrics().height() // 10))

    def choose(self, key: str) -> bool:
        """Select an output; whether it is in the list."""
        for item in self._entries():
            if item.data(_KEY) == key:
                self.list.setCurrentItem(item)
                return True
        return False

    def shown(self) -> list[str]:
        """The outputs shown."""
        return [str(item.data(_KEY)) for item in self._entries()]

    def _entries(self) -> list[QListWidgetItem]:
        items = (self.list.item(row) for row in range(self.list.count()))
        return [item for item in items if item.data(_KEY)]

    def _fill(self, text: str) -> None:
        kept = self._current
        self.list.blockSignals(True)
        self.list.clear()
        group = ""
        for output in self._outputs:
            if not _fits(output, text):
                continue
            if output.group != group:
                group = output.group
                self._add_heading(group)
            item = QListWidgetItem(output.title)
            item.setData(_KEY, output.key)
            item.setToolTip(output.told)
            item.setIcon(self._blank)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.none.setVisible(self.list.count() == 0)
        if kept and self.choose(kept):
            self.list.currentItem().setIcon(self._mark)

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = item.font()
        font.setBold(True)
        item.setFont(font)
        self.list.addItem(item)

    def _take_first(self) -> None:
        found = self._entries()
        if found:
            self.list.setCurrentItem(found[0])
            self.list.setFocus()

    def _on_current(self, item: QListWidgetItem | None, before: QListWidgetItem | None) -> None:
        """The chosen one is marked by an arrow too: colour alone says nothing."""
        if before is not None and before.data(_KEY):
            before.setIcon(self._blank)
        if item is not None and item.data(_KEY):
            item.setIcon(self._mark)
        key = str(item.data(_KEY) or "") if item is not None else ""
        if key and key != self._current:
            self._current = key
            self.chosen.emit(key)


def _blank_icon() -> QIcon:
    """Keeps the words of all entries in line."""
    empty = QPixmap(_ICON, _ICON)
    empty.fill(Qt.GlobalColor.transparent)
    return QIcon(empty)


def _fits(output: Output, text: str) -> bool:
    words = text.lower().split()
    where = f"{output.title} {output.group} {output.word} {initials(output.title)}".lower()
    return all(word in where for word in words)
