"""The whole program from process start to a usable list of today's work.

Arguments: the data folder, the passphrase, the seconds that a person takes to type it.

Starts as ``villageapp --data-dir D`` does. Keys go to the field that has the focus, one by one, as a person
types them; Enter is pressed when the seconds are over, whatever has been loaded behind the window by then.
"""

from __future__ import annotations

import json
import sys
import time

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer

from villageapp.__main__ import main as program
from villageapp.bench.children.painted import FirstPaint, peak_mb


class Person(QObject):
    """Waits for the sign-in window, types, presses Enter, and notes what was used when."""

    def __init__(self, passphrase: str, seconds: float) -> None:
        super().__init__()
        self._passphrase = passphrase
        self._seconds = seconds
        self._typed = 0
        self._shown = self._entered = 0.0
        self._shown_cpu = self._entered_cpu = 0.0
        self._longest_key = 0.0

    def begin(self) -> None:
        """The sign-in window is painted: the first key follows."""
        self._shown, self._shown_cpu = time.monotonic(), time.process_time()
        self._type()

    def end(self) -> None:
        """The work list is painted: tell what was used before, while and after typing; end the program."""
        opening, opening_cpu = time.monotonic() - self._entered, time.process_time() - self._entered_cpu
        answer = {
            "at": self._shown + opening,
            "cpu": self._shown_cpu + opening_cpu,
            "typing_cpu": self._entered_cpu - self._shown_cpu,
            "opening": opening,
            "opening_cpu": opening_cpu,
            "longest_key": self._longest_key,
            "peak_mb": peak_mb(),
        }
        print(json.dumps(answer), flush=True)
        QCoreApplication.quit()

    def _type(self) -> None:
        """Press the keys that are due; how late one comes is how long a person waits for its dot."""
        keys = len(self._passphrase)
        while self._typed < keys and self._due(self._typed) <= time.monotonic():
            self._longest_key = max(self._longest_key, time.monotonic() - self._due(self._typed))
            _press(0, self._passphrase[self._typed])
            self._typed += 1
        left = self._due(self._typed) - time.monotonic()
        if self._typed < keys or left > 0:
            QTimer.singleShot(max(0, round(left * 1000)), self._type)
            return
        # the wait begins when Enter is due, also if the window was busy just then
        self._entered, self._entered_cpu = self._due(keys), time.process_time()
        _press(_ENTER, "\r")

    def _due(self, key: int) -> float:
        return self._shown + key * self._seconds / len(self._passphrase)


_ENTER = 0x01000004
"""Qt.Key.Key_Return; asking for the namespace Qt makes its hundred enums, which the program may not have yet."""


def _press(key: int, text: str) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    field = QApplication.focusWidget()
    assert field is not None, "the sign-in window does not take keys"
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
        QCoreApplication.sendEvent(field, event)


def is_sign_in(watched: QObject) -> bool:
    """Whether this is the sign-in window."""
    from villageapp.ui.signin.window import SignInWindow

    return isinstance(watched, SignInWindow)


def is_work_list(watched: QObject) -> bool:
    """Whether this is what draws today's work: its lines, or the words that nothing is left to do."""
    if "villageapp.ui.today.screen" not in sys.modules:
        return False  # nothing is imported for the sake of looking
    from villageapp.ui.today.work_view import WorkView
    from villageapp.ui.widgets.flow import EmptyState

    if isinstance(watched, EmptyState):
        return True
    view = watched.parent()
    return isinstance(view, WorkView) and watched is view.viewport() and bool(view.lines.items)


def main() -> int:
    """Sign in as a person does, tell when the list is painted, end."""
    from villageapp.ui.app import make_application

    app = make_application(sys.argv[:1])
    person = Person(sys.argv[2], float(sys.argv[3]))
    watches = [FirstPaint(is_sign_in, person.begin), FirstPaint(is_work_list, person.end)]
    for watch in watches:
        app.installEventFilter(watch)
    sys.argv = ["villageapp", "--data-dir", sys.argv[1]]
    return program()


if __name__ == "__main__":
    sys.exit(main())
