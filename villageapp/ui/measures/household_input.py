"""One household, found by name, pinyin initials, ID tail, phone or number while typing."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit

from villageapp.domain.fields import Field
from villageapp.services import search
from villageapp.services.search import Hit
from villageapp.ui.context import Context
from villageapp.ui.widgets.field_inputs import FieldInput
from villageapp.ui.widgets.filters import TYPING_MS

MOST = 12
"""Households offered at once."""
_ID = int(Qt.ItemDataRole.UserRole)


class HouseholdInput(FieldInput):
    """The id of the household that was picked from the list; text that picks none is no household."""

    def __init__(self, context: Context, field: Field) -> None:
        self.line = QLineEdit()
        super().__init__(field, self.line)
        self._context = context
        self._chosen: tuple[str, str] = ("", "")
        self.found = QStandardItemModel(self)
        self._completer = QCompleter(self.found, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self.line)
        self._completer.activated.connect(self._on_activated)
        self.line.setPlaceholderText(self.tr("姓名、拼音首字母、证件后四位、电话"))
        self.line.setMaxLength(60)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_MS)
        self._pause.timeout.connect(self._look)
        self.line.textEdited.connect(self._on_edited)
        self.line.returnPressed.connect(self._on_enter)

    def value(self) -> str | None:
        """The household's id, None while none is picked."""
        return self._chosen[0] or None

    def set_value(self, value: Any) -> None:
        """None empties it; a (id, name) pair or an id shows that household."""
        household, name = value if isinstance(value, tuple) else (value or "", value or "")
        self._chosen = (household, name)
        self.line.setText(name)

    def _on_edited(self, text: str) -> None:
        if self._chosen[0] and text != self._chosen[1]:
            self._chosen = ("", "")
            self.edited.emit()
        self._pause.start()

    def _look(self) -> None:
        text = self.line.text().strip()
        if not text or self._chosen[0]:
            return
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: search.find(work, text, MOST), owner=self, done=self._offer, latest="household"
        )

    def _offer(self, hits: list[Hit]) -> None:
        if self._chosen[0]:
            return
        self.found.clear()
        seen: set[str] = set()
        for hit in hits:
            if hit.household_id in seen:
                continue
            seen.add(hit.household_id)
            item = QStandardItem(self._words(hit))
            item.setData((hit.household_id, self._name(hit)), _ID)
            self.found.appendRow(item)
        if self.found.rowCount() and self.line.hasFocus():
            self._completer.complete()

    def _on_enter(self) -> None:
        """Enter takes the best one; with a household picked it goes on."""
        if not self._chosen[0] and self.found.rowCount():
            self._take(self.found.item(0).data(_ID))
        self.answered.emit()

    def _on_activated(self, text: str) -> None:
        """The row of the popup decides: two households may read the same."""
        picked = self._completer.popup().currentIndex().data(_ID)
        if picked is None:
            picked = next(item.data(_ID) for item in self.found.findItems(text))
        self._take(tuple(picked))

    def _take(self, picked: tuple[str, str]) -> None:
        self.set_value(picked)
        self._completer.popup().hide()
        self.edited.emit()

    def _name(self, hit: Hit) -> str:
        group = hit.group or self.tr("未分组")
        return self.tr("{head}（{group}）").format(head=hit.head_name or hit.name, group=group)

    def _words(self, hit: Hit) -> str:
        if hit.name in ("", hit.head_name):
            return self._name(hit)
        return self.tr("{household} · 家庭成员{name}").format(household=self._name(hit), name=hit.name)
