"""Garbage of reference cycles is collected, and free memory given back, when nobody waits.

A full collection looks at every object of the program and holds the interpreter meanwhile, whichever thread began it:
a fifth of a second in which the window is deaf. Young objects are still looked at as usual, in a millisecond.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

CHECK_MS = 5_000
"""How often the window looks whether it is worth while."""
RETRY_MS = 150
"""When it is worth while but something is being read or written, it looks again then."""
LONGEST_WAIT = 120.0
"""Seconds after which it is done all the same: memory is worth more then."""
WORTH = 30
"""Collections of young objects (some 7,000 objects each) since the last full one that make another worth while."""
USUAL_WAIT = 60.0
"""Seconds after which it is worth while in any case: large texts and pages of the store are no objects of cycles."""
_NEVER = 1_000_000_000


def hold_back() -> None:
    """From now on no full collection by itself in this process; young objects stay as they are."""
    young, middle, _old = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)


def keep_for_good() -> None:
    """What is loaded now (modules, classes, forms) stays until the end: no collection looks at it again."""
    gc.freeze()


class Tidying(QObject):
    """Collects in full on the window's own thread while ``is_idle``: widgets must not be freed on another one."""

    def __init__(self, is_idle: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_idle = is_idle
        self._last = time.monotonic()
        self._trim = _trimmer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        self._timer.start(CHECK_MS)

    def look(self) -> bool:
        """Collect when there is enough and nobody waits; whether it was done."""
        waited = time.monotonic() - self._last
        worth = gc.get_count()[2] >= WORTH or waited > USUAL_WAIT
        done = worth and (self._is_idle() or waited > LONGEST_WAIT)
        if done:
            self._collect()
            if self._trim is not None:  # it needs no interpreter, so the window goes on meanwhile
                threading.Thread(target=self._trim, args=(0,), name="trim").start()
        self._timer.start(RETRY_MS if worth and not done else CHECK_MS)
        return done

    def tidy(self) -> None:
        """Do it now, and wait for the end."""
        self._collect()
        if self._trim is not None:
            self._trim(0)

    def _collect(self) -> None:
        gc.collect()
        self._last = time.monotonic()


def _trimmer() -> Any:
    """The C library's call that gives free pages back to the system; None where it has none.

    Without it threads that read in turn each keep the most that they ever needed.
    """
    if not sys.platform.startswith("linux"):
        return None  # Windows and macOS give back what is free by themselves
    import ctypes

    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
