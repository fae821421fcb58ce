"""Anki's own program from process start to its painted main window: the baseline of our start.

Runs under an interpreter that has ``aqt`` and nothing of ours. Argument: the folder of its profile; without
that folder the profile is made and nothing is measured.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def _make_profile(folder: Path) -> None:
    """What the questions of Anki's first start would make."""
    folder.mkdir(parents=True)
    profiles: Any = importlib.import_module("aqt.profiles").ProfileManager(folder)
    profiles.setupMeta()
    profiles.meta.update(defaultLang="en_US", firstRun=False)
    profiles.create("bench")
    profiles.load("bench")
    profiles.save()


def main() -> int:
    """Start as ``anki -b FOLDER`` does; tell when the main window stands with an open collection; end."""
    folder = Path(sys.argv[1])
    if not folder.exists():
        _make_profile(folder)
        return 0
    aqt: Any = importlib.import_module("aqt")
    core: Any = importlib.import_module("aqt.qt")

    class Watch(core.QObject):  # type: ignore[misc]
        """Waits for the first paint of the main window with its collection."""

        def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802 - Qt calls it
            """The event itself goes on to the window."""
            main_window = aqt.mw
            if (
                event.type() == core.QEvent.Type.Paint
                and main_window is not None
                and main_window.col is not None
            ):
                print(json.dumps({"at": time.monotonic(), "cpu": time.process_time()}), flush=True)
                os._exit(0)  # what it would do at its end is not measured
            return False

    app = aqt._run(["anki", "-b", str(folder), "-l", "en", "-p", "bench"], exec=False)
    watch = Watch()
    app.installEventFilter(watch)
    return int(app.exec())


if __name__ == "__main__":
    sys.exit(main())
