"""常用筛选: combinations of chips kept under a name, on this laptop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton

from villageapp.ui.preferences import SAVED_FILTERS, Preferences

if TYPE_CHECKING:
    from villageapp.ui.households.filter_bar import FilterBar

MOST = 20
"""Combinations kept."""
MAX_NAME = 20


class SavedFilters(QToolButton):
    """A menu: the kept ones, 保存当前筛选, 删除."""

    picked = Signal(object)
    """The kept answers by chip."""

    def __init__(self, settings: Preferences, bar: FilterBar) -> None:
        super().__init__()
        self._settings = settings
        self._bar = bar
        self.setText(self.tr("常用筛选") + " ▾")
        self.setAccessibleName(self.tr("常用筛选"))
        self.setProperty("role", "chip")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.menu().aboutToShow.connect(self._fill)

    def kept(self) -> dict[str, dict[str, object]]:
        """Name to answers; what cannot be read any more is left out."""
        try:
            found = json.loads(self._settings.get(SAVED_FILTERS) or "{}")
        except ValueError:  # an edited preferences file: begin anew
            return {}
        if not isinstance(found, dict):
            return {}
        return {str(name): state for name, state in found.items() if isinstance(state, dict)}

    def keep(self, name: str, state: Mapping[str, object]) -> None:
        """Keep the answers under a name; the oldest goes when there are too many."""
        kept = self.kept()
        kept.pop(name, None)
        kept[name] = dict(state)
        newest = dict(list(kept.items())[-MOST:])
        self._settings.set(SAVED_FILTERS, json.dumps(newest, ensure_ascii=False))

    def forget(self, name: str) -> None:
        """Delete one."""
        kept = self.kept()
        kept.pop(name, None)
        self._settings.set(SAVED_FILTERS, json.dumps(kept, ensure_ascii=False))

    def _fill(self) -> None:
        menu, kept = self.menu(), self.kept()
        menu.clear()
        for name, state in kept.items():
            menu.addAction(name, lambda chosen=state: self.picked.emit(chosen))
        if kept:
            menu.addSeparator()
        save = menu.addAction(self.tr("保存当前筛选…"), self._ask)
        save.setEnabled(bool(self._bar.state()))
        if kept:
            away = menu.addMenu(self.tr("删除"))
            for name in kept:
                away.addAction(name, lambda which=name: self.forget(which))

    def _ask(self) -> None:
        state = self._bar.state()
        name, agreed = QInputDialog.getText(self, self.tr("保存当前筛选"), self.tr("名称"))
        if agreed and name.strip() and state:
            self.keep(name.strip()[:MAX_NAME], state)
