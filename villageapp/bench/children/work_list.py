"""The whole program from process start to a usable list of today's work. Arguments: the data folder, the passphrase.

Nobody types: 打开 is pressed as soon as the modules that load behind the sign-in window are there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject

from villageapp.bench.children.painted import FirstPaint, tell
from villageapp.bench.children.unlock import Unlocking
from villageapp.paths import DataDir
from villageapp.ui.app import Desktop, make_application
from villageapp.ui.preferences import LAST_SCREEN, Preferences
from villageapp.ui.screens import TODAY
from villageapp.ui.signin.window import SignInWindow
from villageapp.ui.tasks import TaskRunner


def is_work_list(watched: QObject) -> bool:
    """Whether this is what draws today's work: its lines, or the words that nothing is left to do."""
    from villageapp.ui.today.work_view import WorkView
    from villageapp.ui.widgets.flow import EmptyState

    if isinstance(watched, EmptyState):
        return True
    view = watched.parent()
    return isinstance(view, WorkView) and watched is view.viewport() and bool(view.lines.items)


def main() -> int:
    """Sign in at once, tell when the list is painted, end."""
    data_dir = DataDir(Path(sys.argv[1]))
    app = make_application(sys.argv[:1])
    settings = Preferences(data_dir.root / "window.ini")
    settings.set(LAST_SCREEN, TODAY)
    settings.flush()
    desktop, tasks = Desktop(app, data_dir), TaskRunner()
    window = SignInWindow(data_dir, tasks)
    window.opened.connect(desktop.open_main)
    unlocking = Unlocking(window, tasks, sys.argv[2])
    watch = FirstPaint(is_work_list, tell)
    app.installEventFilter(watch)
    window.show()
    code = app.exec()
    desktop.close()
    tasks.close()
    del unlocking
    return code


if __name__ == "__main__":
    sys.exit(main())
