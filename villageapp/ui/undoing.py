"""Undo and redo for the whole window: Ctrl+Z and Ctrl+Y, and what they would do in words."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from villageapp.services import undoing
from villageapp.services.results import Saved
from villageapp.services.undoing import UndoState
from villageapp.ui.context import Context


class UndoControl(QObject):
    """Asks the service; everything else hears of the result as of any other change."""

    stated = Signal(object)
    """``UndoState`` after every change."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        context.signals.changed.connect(lambda _changes: self.refresh())
        context.signals.undo_asked.connect(self.undo)
        context.signals.redo_asked.connect(self.redo)

    def refresh(self) -> None:
        """Read what could be undone now."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: undoing.state(work), owner=self, done=self._state, latest="undo"
        )

    def undo(self) -> None:
        """Take the last action back."""
        work = self._context.work
        self._context.tasks.write(
            lambda _progress: undoing.undo(work),
            owner=self,
            done=lambda saved: self._said(self.tr("已撤销：{what}。"), saved),
        )

    def redo(self) -> None:
        """Do again what was undone."""
        work = self._context.work
        self._context.tasks.write(
            lambda _progress: undoing.redo(work),
            owner=self,
            done=lambda saved: self._said(self.tr("已重做：{what}。"), saved),
        )

    def _state(self, state: UndoState) -> None:
        self.stated.emit(state)

    def _said(self, words: str, saved: Saved) -> None:
        left = "；".join(problem.message for problem in saved.warnings)
        self._context.tell.note(words.format(what=saved.detail) + left)
