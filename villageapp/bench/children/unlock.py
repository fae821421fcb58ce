"""From the passphrase to the painted household list. Arguments: the data folder, the passphrase.

The clock starts when 打开 is pressed, after everything has loaded behind the sign-in window: a person types
for longer than that takes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QTableView

from villageapp.bench.children.painted import FirstPaint, tell
from villageapp.paths import DataDir
from villageapp.ui import preload
from villageapp.ui.app import Desktop, make_application
from villageapp.ui.preferences import LAST_SCREEN, Preferences
from villageapp.ui.signin.passphrase_page import PassphrasePage
from villageapp.ui.signin.window import SignInWindow
from villageapp.ui.tasks import TaskRunner

_POLL_MS = 20
_NOT_YET = (None, "…")
_HOUSEHOLDS = "households"


class Unlocking(QObject):
    """Waits until the sign-in window is ready, opens the store, watches for the list."""

    def __init__(self, window: SignInWindow, tasks: TaskRunner, passphrase: str) -> None:
        super().__init__()
        self._window = window
        self._tasks = tasks
        self._passphrase = passphrase
        self._wall = self._cpu = 0.0
        self.watch = FirstPaint(is_filled_list, lambda: tell(self._wall, self._cpu))
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_tick)
        window.painted.connect(lambda: self._timer.start(_POLL_MS))

    def _on_tick(self) -> None:
        """Press 打开 once what opening needs is imported."""
        if not self._tasks.is_idle or any(name not in sys.modules for name in preload.BEFORE_OPENING):
            return
        self._timer.stop()
        page = self._window.findChild(PassphrasePage)
        assert isinstance(page, PassphrasePage)
        page.passphrase.setText(self._passphrase)
        self._wall, self._cpu = time.monotonic(), time.process_time()
        page.enter.click()


def is_filled_list(watched: QObject) -> bool:
    """Whether this is what draws a table whose first row has arrived."""
    table = watched.parent()
    if not isinstance(table, QTableView) or watched is not table.viewport():
        return False
    model = table.model()
    return model is not None and model.rowCount() > 0 and model.index(0, 0).data() not in _NOT_YET


def main() -> int:
    """Show the sign-in window, unlock, tell, end."""
    data_dir = DataDir(Path(sys.argv[1]))
    app = make_application(sys.argv[:1])
    settings = Preferences(data_dir.root / "window.ini")
    settings.set(LAST_SCREEN, _HOUSEHOLDS)
    settings.flush()
    desktop = Desktop(app, data_dir)
    tasks = TaskRunner()
    window = SignInWindow(data_dir, tasks)
    window.opened.connect(desktop.open_main)
    unlocking = Unlocking(window, tasks, sys.argv[2])
    app.installEventFilter(unlocking.watch)
    window.show()
    code = app.exec()
    desktop.close()
    tasks.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
