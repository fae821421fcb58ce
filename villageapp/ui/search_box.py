"""The search box at the top: finds people and households while typing; Ctrl+K from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from villageapp.services import search
from villageapp.ui import theme
from villageapp.ui.context import Context

if TYPE_CHECKING:
    from villageapp.services.search import Hit

SHOWN = 12
"""Most results in the popup."""


class SearchBox(QLineEdit):
    """Type a name, pinyin initials, the end of an ID number, a phone or household number."""

    picked = Signal(str)
    """Household id of the chosen result."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setPlaceholderText(self.tr("找人找户：姓名、拼音首字母、证件后四位、电话（Ctrl+K）"))
        self.setAccessibleName(self.tr("搜索农户和人员"))
        self.setClearButtonEnabled(True)
        self.setMaxLength(60)
        self.addAction(theme.icon("search", theme.COLOURS.quiet), QLineEdit.ActionPosition.LeadingPosition)
        self.popup = QListWidget(self.window())
        self.popup.setWindowFlags(Qt.WindowType.ToolTip)
        self.popup.setObjectName("searchPopup")
        self.popup.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.popup.setAccessibleName(self.tr("搜索结果"))
        self.popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.popup.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.popup.itemClicked.connect(self._pick)
        self.textEdited.connect(self._find)
        self.destroyed.connect(self.popup.deleteLater)
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys walk through the results, Enter takes one, Escape puts them away."""
        if event.type() == QEvent.Type.FocusOut:
            self.popup.hide()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.popup.isVisible():
            return self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            row = self.popup.currentRow() + (1 if key == Qt.Key.Key_Down else -1)
            self.popup.setCurrentRow(min(max(row, 0), self.popup.count() - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick(self.popup.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.popup.hide()
        else:
            return False
        return True

    def _find(self, text: str) -> None:
        if not text.strip():
            self.popup.hide()
            return
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: search.find(work, text, SHOWN), owner=self, done=self._show, latest="find"
        )

    def _show(self, hits: Sequence[Hit]) -> None:
        if not self.hasFocus() and not self.popup.isVisible():
            return
        self.popup.clear()
        for hit in hits:
            item = QListWidgetItem(self._words(hit))
            item.setData(Qt.ItemDataRole.UserRole, hit.household_id)
            self.popup.addItem(item)
        if not hits:
            item = QListWidgetItem(self.tr("没有找到。可试姓名的拼音首字母，如 zsf。"))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.popup.addItem(item)
        self.popup.setCurrentRow(0 if hits else -1)
        self._place()

    def _words(self, hit: Hit) -> str:
        group = f" · {hit.group}" if hit.group else ""
        why = f" · {hit.why}" if hit.why else ""
        if hit.name and hit.name != hit.head_name:
            return self.tr("{name}（{head}家）{group}{why}").format(
                name=hit.name, head=hit.head_name, group=group, why=why
            )
        return self.tr("{head}（户主）{group}{why}").format(head=hit.head_name, group=group, why=why)

    def _place(self) -> None:
        rows = max(1, self.popup.count())
        self.popup.setFixedSize(max(self.width(), 460), rows * max(24, self.popup.sizeHintForRow(0)) + 4)
        self.popup.move(self.mapToGlobal(QPoint(0, self.height() + 2)))
        self.popup.show()

    def _pick(self, item: QListWidgetItem | None) -> None:
        household = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if household:
            self.popup.hide()
            self.clear()
            self.picked.emit(str(household))
