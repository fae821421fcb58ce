"""Base of every screen of the rail: refreshes itself when shown and when what it shows changed."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from villageapp.domain.changes import ChangeSet
from villageapp.ui.context import Context


class ScreenPage(QWidget):
    """One screen. Subclasses override ``refresh`` and, where it helps, ``concerns``, ``has_unsaved``.

    A change that arrives while the screen is hidden is remembered; the screen refreshes when shown next.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._is_stale = True
        context.signals.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Read what is shown again, in the background, without losing selection or typing."""

    def concerns(self, changes: ChangeSet) -> bool:
        """Whether these changes may alter what is shown; by default every change does."""
        return bool(changes)

    def open_household(self, household_id: str) -> None:
        """Show this household, on screens that are about one; others have nothing to show of it."""

    def open_record(self, record_id: str) -> None:
        """Show this record of the screen's own kind; screens without single records have nothing to show."""

    def has_unsaved(self) -> bool:
        """Whether leaving the program now would lose typing (drafts that are saved do not count)."""
        return False

    def focus_first(self) -> None:
        """Put the keyboard where a person starts."""
        self.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Refresh what went stale while hidden."""
        super().showEvent(event)
        if self._is_stale:
            self._is_stale = False
            self.refresh()

    def _on_changed(self, changes: ChangeSet) -> None:
        if not self.concerns(changes):
            return
        if self.isVisible():
            self.refresh()
        else:
            self._is_stale = True
