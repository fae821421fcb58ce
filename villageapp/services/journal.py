"""What this person did in this session and can take back (services/undoing.py)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

KEPT = 50
"""Actions that can be taken back, newest first."""


@dataclass(frozen=True, slots=True)
class Action:
    """One transaction of this person: own changes ``first`` to ``last``."""

    replica_id: str
    first: int
    last: int


@dataclass(slots=True)
class Journal:
    """What can be undone and redone, in memory; one per open store."""

    done: deque[Action] = field(default_factory=lambda: deque(maxlen=KEPT))
    undone: deque[Action] = field(default_factory=lambda: deque(maxlen=KEPT))
    _way: str = "do"
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def note(self, action: Action) -> None:
        """A transaction was committed."""
        with self._lock:
            if self._way == "undo":
                self.undone.append(action)
                return
            self.done.append(action)
            if self._way == "do":
                self.undone.clear()

    @contextmanager
    def going(self, way: str) -> Iterator[None]:
        """Transactions inside are an ``undo`` or a ``redo``."""
        with self._lock:
            self._way = way
            try:
                yield
            finally:
                self._way = "do"
