"""Garbage of reference cycles is collected, and free memory given back, when nobody waits.

A full collection looks at every object of the program and holds the interpreter meanwhile, whichever thread began it:
a fifth of a second in which the window is deaf. Young objects are still looked at as usual, in a millisecond. While
somebody works, only what is new since the last time is looked at; all of it when nobody touches keys or mouse.
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
AWAY_SECONDS = 20.0
"""Without a key or a click for so long, nobody notices a fifth of a second."""
WHOLE_EVERY, WHOLE_AT_LAST = 300.0, 3600.0
"""Seconds after which all objects are looked at again while the person is away; and in any case."""
_NEVER = 1_000_000_000
_M_ARENA_MAX = -8
"""Number of the option in glibc's ``malloc.h``; see ``mallopt(3)``."""


def share_one_heap() -> None:
    """All threads take memory from one part of the C heap; to be called before the first of them begins.

    By itself the GNU C library gives each its own part (up to eight a processor), and what one thread frees no other
    uses: the readers, each with pages of the store in between, then hold a fifth of all memory for nothing.
    """
    if sys.platform.startswith("linux"):
        option = _c_function("mallopt")
        if option is not None:
            option(_M_ARENA_MAX, 1)


def hold_back() -> None:
    """From now on no full collection by itself in this process; young objects stay as they are."""
    young, middle, _old = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)


def set_aside() -> None:
    """What is loaded now (modules, classes, forms) stays for long: it is looked at only when nobody is at work."""
    gc.freeze()


class Tidying(QObject):
    """Collects on the window's own thread while ``is_idle``: widgets must not be freed on another one.

    ``idle_seconds`` tells for how long the person has done nothing.
    """

    def __init__(
        self,
        is_idle: Callable[[], bool],
        parent: QObject | None = None,
        *,
        idle_seconds: Callable[[], float] = lambda: 0.0,
    ) -> None:
        super().__init__(parent)
        self._is_idle = is_idle
        self._idle_seconds = idle_seconds
        self._last = self._last_whole = time.monotonic()
        self._trim = _trimmer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        self._timer.start(CHECK_MS)

    def look(self) -> bool:
        """Collect when there is enough and nobody waits; whether it was done."""
        waited = time.monotonic() - self._last
        whole = self._is_whole_due()
        worth = whole or gc.get_count()[2] >= WORTH or waited > USUAL_WAIT
        done = worth and (self._is_idle() or waited > LONGEST_WAIT)
        if done:
            self._collect(whole=whole)
            if self._trim is not None:  # it needs no interpreter, so the window goes on meanwhile
                threading.Thread(target=self._trim, args=(0,), name="trim").start()
        self._timer.start(RETRY_MS if worth and not done else CHECK_MS)
        return done

    def tidy(self) -> None:
        """Do it now with all objects, as in a pause of the person, and wait for the end."""
        self._collect(whole=True)
        if self._trim is not None:
            self._trim(0)

    def _is_whole_due(self) -> bool:
        waited = time.monotonic() - self._last_whole
        return waited > WHOLE_AT_LAST or (waited > WHOLE_EVERY and self._idle_seconds() > AWAY_SECONDS)

    def _collect(self, *, whole: bool) -> None:
        """What survives is set aside until the next time that all is looked at."""
        if whole:
            gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._last = time.monotonic()
        if whole:
            self._last_whole = self._last


def _trimmer() -> Any:
    """The C library's call that gives free pages back to the system; None where it has none.

    Without it threads that read in turn each keep the most that they ever needed.
    """
    if not sys.platform.startswith("linux"):
        return None  # Windows and macOS give back what is free by themselves
    return _c_function("malloc_trim")


def _c_function(name: str) -> Any:
    """A function of the C library; None where it has none of that name (musl has neither of ours)."""
    import ctypes

    return getattr(ctypes.CDLL(None), name, None)
