"""The baseline of starting: an empty PySide6 main window, nothing of ours but the stop-watch."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication, QMainWindow

from villageapp.bench.children.painted import FirstPaint, tell


def main() -> int:
    """Show it, tell when it is painted, end."""
    app = QApplication(sys.argv[:1])
    watch = FirstPaint(lambda watched: isinstance(watched, QMainWindow), tell)
    app.installEventFilter(watch)
    window = QMainWindow()
    window.resize(1320, 700)
    window.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
