"""A program of its own: opens the visit form of a household, types, says so, and never ends by itself.

Arguments: folder of the store, its key in hex, household id. Prints ``kept`` when the draft is written.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from villageapp.paths import DataDir
from villageapp.services.workspace import open_with_key
from villageapp.ui.context import make_context
from villageapp.ui.preferences import Preferences
from villageapp.ui.visits.screen import VisitsScreen


def main(folder: str, key: str, household_id: str) -> int:
    app = QApplication([])
    work = open_with_key(DataDir(Path(folder)), bytes.fromhex(key))
    screen = VisitsScreen(make_context(work, Preferences(Path(folder) / "window.ini")))
    screen.show()
    screen.activateWindow()
    screen.form_page.keeper.kept.connect(lambda _at: os.write(1, b"kept\n"))
    shown = screen._on_read

    def show_and_type(start: object) -> None:
        shown(start)
        form = screen.form_page.form
        QTest.keyClick(form.questions["result"].input.segments, Qt.Key.Key_1)
        QTest.keyClicks(form.questions["difficulty"].input.text, "half a sentence")

    screen._on_read = show_and_type
    screen.open_household(household_id)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
