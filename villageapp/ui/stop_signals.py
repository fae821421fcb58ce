"""Ctrl-C and the system's request to end, while Qt's event loop holds the interpreter."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, QTimer

STOPPING = (signal.SIGINT, signal.SIGTERM)


class StopSignals(QObject):
    """From ``listen`` to ``close`` a stop signal quits the application as closing its windows does.

    Python runs a handler only when it runs anything at all, which an idle event loop never does: the
    interpreter writes a byte into a socket for every signal, and Qt wakes up to read it. Windows may ask about
    unsaved typing; a second signal does not wait for the answer. Main thread only.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_asked = False
        self._earlier: dict[signal.Signals, Any] = {}
        self._earlier_wakeup = -1
        self._sockets: tuple[socket.socket, socket.socket] | None = None

    def listen(self) -> None:
        """Take over both signals."""
        reading, writing = self._sockets = socket.socketpair()
        for end in self._sockets:
            end.setblocking(False)
        self._earlier_wakeup = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(lambda: reading.recv(64))
        self._earlier = {number: signal.signal(number, self._on_signal) for number in STOPPING}

    def close(self) -> None:
        """Give both signals back to whoever had them."""
        if self._sockets is None:
            return
        for number, handler in self._earlier.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._earlier_wakeup)
        for notifier in self.findChildren(QSocketNotifier):
            notifier.setEnabled(False)
            notifier.deleteLater()
        for end in self._sockets:
            end.close()
        self._sockets = None

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        end: Callable[[], None] = QCoreApplication.exit if self._is_asked else QCoreApplication.quit
        self._is_asked = True
        # From the event loop, not from in here: this may run in the middle of anything, even of being asked.
        QTimer.singleShot(0, end)
