"""Tells when something was first painted, then ends the program in the ordinary way."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer


class FirstPaint(QObject):
    """Calls ``then`` once, right after the first paint event of an object that ``is_wanted`` accepts."""

    def __init__(self, is_wanted: Callable[[QObject], bool], then: Callable[[], None]) -> None:
        super().__init__()
        self._is_wanted = is_wanted
        self._then = then
        self._is_done = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt calls it
        """The event itself is drawn after this returns, so ``then`` waits for the next turn of the loop."""
        if not self._is_done and event.type() == QEvent.Type.Paint and self._is_wanted(watched):
            self._is_done = True
            QTimer.singleShot(0, self._then)
        return False


def tell(started_wall: float = 0.0, started_cpu: float = 0.0) -> None:
    """Print when it is and what was used since then, and ask the program to end."""
    at, cpu = time.monotonic() - started_wall, time.process_time() - started_cpu
    print(json.dumps({"at": at, "cpu": cpu, "peak_mb": peak_mb()}), flush=True)
    QCoreApplication.quit()


def peak_mb() -> float | None:
    """Largest resident size so far, megabytes; None where the system does not tell.

    Not ``getrusage``: its peak begins with that of the process that started this one.
    """
    return _status_mb("VmHWM")


def resident_mb() -> float | None:
    """Resident size now, megabytes; None where the system does not tell."""
    return _status_mb("VmRSS")


def _status_mb(name: str) -> float | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB", status.read_text("ascii"), re.MULTILINE)
    return round(int(found[1]) * 1024 / 1e6, 1) if found else None
