"""The whole program from its console script to the painted sign-in window. Argument: the data folder."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject

from villageapp.__main__ import main as program
from villageapp.bench.children.painted import FirstPaint, tell


def main() -> int:
    """Start as ``villageapp --data-dir D`` does, watching its application."""
    from villageapp.ui.app import make_application
    from villageapp.ui.signin.window import SignInWindow

    def is_sign_in(watched: QObject) -> bool:
        return isinstance(watched, SignInWindow)

    app = make_application(sys.argv[:1])
    watch = FirstPaint(is_sign_in, tell)
    app.installEventFilter(watch)
    sys.argv = ["villageapp", "--data-dir", sys.argv[1]]
    return program()


if __name__ == "__main__":
    sys.exit(main())
