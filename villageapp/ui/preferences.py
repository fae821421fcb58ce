"""What the window remembers for one laptop: each preference declared once, with type and default."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QByteArray, QSettings

SCALES = (100, 115, 130, 150, 175)
"""Font scales in percent, as offered in the menu."""
BASE_PIXELS = 14
"""Height of the text at 100 %."""


class Preference(NamedTuple):
    """One remembered value."""

    key: str
    kind: type
    default: Any


SCALE = Preference("window/scale", int, 100)
SCHEME = Preference("window/scheme", str, "light")
LOCK_MINUTES = Preference("window/lock_minutes", int, 15)
TOUR_SEEN = Preference("window/tour_seen", int, 0)
SAVED_FILTERS = Preference("households/saved_filters", str, "")
GEOMETRY = Preference("window/geometry", QByteArray, QByteArray())
LAST_SCREEN = Preference("window/screen", str, "today")
LIST_WIDTH = Preference("households/list_width", int, 0)
HIDDEN_COLUMNS = Preference("households/hidden_columns", str, "")
LAST_FOLDER = Preference("files/folder", str, "")
DECLARED: Mapping[str, Preference] = {
    p.key: p
    for p in (
        SCALE,
        SCHEME,
        LOCK_MINUTES,
        TOUR_SEEN,
        SAVED_FILTERS,
        GEOMETRY,
        LAST_SCREEN,
        LIST_WIDTH,
        HIDDEN_COLUMNS,
        LAST_FOLDER,
    )
}


class Preferences:
    """Reads and writes the declared preferences in one small file beside the store; no personal data."""

    def __init__(self, file: Path) -> None:
        self._store = QSettings(str(file), QSettings.Format.IniFormat)

    def get(self, preference: Preference) -> Any:
        """The remembered value, or the default when there is none or it is not of the declared kind."""
        value = self._store.value(preference.key, preference.default)
        if preference.kind is int:
            return self._integer(value, preference.default)
        return value if isinstance(value, preference.kind) else preference.default

    def set(self, preference: Preference, value: Any) -> None:
        """Remember ``value``. Raises TypeError for a value of another kind."""
        if not isinstance(value, preference.kind):
            raise TypeError(f"{preference.key} must be {preference.kind.__name__}")
        self._store.setValue(preference.key, value)

    def flush(self) -> None:
        """Write to the disk now."""
        self._store.sync()

    @staticmethod
    def _integer(value: object, default: int) -> int:
        try:
            return int(str(value))
        except ValueError:
            return default
