"""Every event of the application in one place; screens listen, nobody knows another screen."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Signals(QObject):
    """Events announced to whoever listens."""

    changed = Signal(object)
    """``ChangeSet``: records changed, here or on another laptop; screens refresh themselves."""
    synced = Signal(object)
    """``SyncState`` after every exchange and after every change of the pending count."""
    sync_asked = Signal()
    """Somebody pressed 立即同步."""
    sync_ended = Signal(object)
    """``SyncReport`` of a finished exchange, or the Exception that ended it."""
    screen_asked = Signal(str)
    """Key of a screen (``ui/screens.py``) to bring to the front."""
    household_asked = Signal(str)
    """Household id whose page is to be shown."""
    visit_asked = Signal(str)
    """Household id for which a visit is to be recorded."""
    scaled = Signal(int)
    """New font scale in percent."""
    themed = Signal(str)
    """Key of the colour scheme (``theme.SCHEMES``) that was chosen."""
    undo_asked = Signal()
    """Take the last change back."""
    redo_asked = Signal()
    """Do again what was undone last."""
    record_asked = Signal(str, str)
    """Screen key and record id that the screen is to show."""
    help_asked = Signal(str)
    """Key of a handbook page; empty for the one of the screen in front."""
