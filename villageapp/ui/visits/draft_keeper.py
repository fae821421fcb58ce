"""Keeps what is being typed: every change is in the store within half a second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from villageapp.services import drafts
from villageapp.ui.tasks import TaskRunner

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

QUIET_MS = 300
"""Pause in typing after which the draft is written."""
LONGEST_MS = 500
"""Never later than this after the first unsaved change."""
FORM = "visit"


class DraftKeeper(QObject):
    """Writes the draft of one form through the write lane, so that a save comes after it."""

    kept = Signal(datetime)
    """The draft is on the disk, with the time."""
    failed = Signal(object)
    """It could not be written: the Exception. Typing goes on; the next change tries again."""

    def __init__(self, work: Workspace, tasks: TaskRunner, parent: QObject, form: str = FORM) -> None:
        super().__init__(parent)
        self._work = work
        self._tasks = tasks
        self._form = form
        self._subject = ""
        self._under_way = 0
        self._values: Callable[[], dict[str, Any]] = dict
        self._pause, self._limit = self._timer(QUIET_MS), self._timer(LONGEST_MS)

    @property
    def is_waiting(self) -> bool:
        """Whether a change is not yet handed to the store."""
        return self._limit.isActive()

    @property
    def is_settled(self) -> bool:
        """Whether everything handed over is in the store (or was refused)."""
        return self._under_way == 0 and not self.is_waiting

    def watch(self, subject: str, values: Callable[[], dict[str, Any]]) -> None:
        """Keep the form about another subject (a household, a group) from now on."""
        self.flush()
        self._subject, self._values = subject, values

    def note_change(self) -> None:
        """Something was typed."""
        self._pause.start()
        if not self._limit.isActive():
            self._limit.start()

    def flush(self) -> None:
        """Write now what waits: on leaving the form, the screen or the program."""
        if not self.is_waiting:
            return
        self.stop()
        work, form, subject, values = self._work, self._form, self._subject, self._values()
        self._under_way += 1
        self._tasks.write(
            lambda _progress: drafts.save(work, form, subject, values),
            owner=self,
            done=lambda _none: self.kept.emit(work.now()),
            failed=self.failed.emit,
            ended=self._on_ended,
        )

    def stop(self) -> None:
        """Forget what waits: it is being saved as a visit, or was thrown away."""
        self._pause.stop()
        self._limit.stop()

    def _on_ended(self) -> None:
        self._under_way -= 1

    def _timer(self, milliseconds: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(self.flush)
        return timer
