"""When to sync by itself: at the start, after changes, now and then; later and later while there is no network.

Never blocks and never speaks in dialogs: what happens shows in the light and on the sync screen.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from villageapp.domain.changes import ChangeSet
from villageapp.errors import SyncError, SyncKind
from villageapp.services import syncing
from villageapp.ui.context import Context
from villageapp.ui.tasks import Job

if TYPE_CHECKING:
    from villageapp.services.syncing import SyncReport, SyncState

FIRST_MS = 1_500
AFTER_CHANGE_MS = 4_000
IDLE_MS = 5 * 60_000
"""Without own changes, colleagues' work is fetched this often."""
BACK_OFF_MS = 15_000
LONGEST_MS = 15 * 60_000
_WORTH_RETRYING = (SyncKind.OFFLINE, SyncKind.BUSY)


def back_off(failures: int, pick: random.Random) -> int:
    """Milliseconds until the next attempt after so many failures in a row: full jitter, so that a
    province's laptops do not all knock when the network comes back."""
    ceiling = min(LONGEST_MS, BACK_OFF_MS * 2 ** min(failures - 1, 10))
    return pick.randint(BACK_OFF_MS // 3, ceiling)


class SyncTimer(QObject):
    """Runs ``sync_now`` at the right moments and announces ``synced`` and ``sync_ended``."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._pick = random.SystemRandom()
        self._failures = 0
        self._job: Job | None = None
        self._is_asked = False
        self._is_behind = False  # something was saved here while an exchange was under way
        self._received: ChangeSet | None = None  # what the exchange itself brought in
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._run)
        context.signals.sync_asked.connect(self.sync_now)
        context.signals.changed.connect(self._on_changed)

    @property
    def is_running(self) -> bool:
        """Whether an exchange is under way."""
        return self._job is not None

    def start(self) -> None:
        """Read the state at once and make the first attempt a moment later."""
        self._refresh_state()
        self._timer.start(FIRST_MS)

    def sync_now(self) -> None:
        """The button: no waiting; an error is said in the status line."""
        self._is_asked = True
        self._timer.stop()
        self._run()

    def _on_changed(self, changes: ChangeSet) -> None:
        self._refresh_state()
        if changes is self._received or self._failures:
            return
        if self._job is not None:
            self._is_behind = True
        else:
            self._timer.start(AFTER_CHANGE_MS)

    def _refresh_state(self) -> None:
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: syncing.sync_state(work),
            owner=self,
            done=self._context.signals.synced.emit,
            latest="state",
        )

    def _run(self) -> None:
        if self._job is not None:
            return
        work, asked = self._context.work, self._is_asked
        self._context.tasks.read(
            lambda _progress: syncing.sync_state(work),
            owner=self,
            done=lambda state: self._exchange(state, asked),
            latest="run",
        )

    def _exchange(self, state: SyncState, asked: bool) -> None:
        self._context.signals.synced.emit(state)
        if self._job is not None or not (state.enrolled or asked):
            return
        work = self._context.work
        self._job = self._context.tasks.sync(
            lambda progress: syncing.sync_now(work, progress),
            owner=self,
            done=self._on_done,
            failed=self._on_failed,
            ended=self._on_ended,
            title=self.tr("正在同步") if asked else "",
        )

    def _on_done(self, report: SyncReport) -> None:
        self._failures = 0
        self._received = report.changes
        self._timer.start(IDLE_MS)
        if self._is_asked:
            text = self.tr("同步完成：上传 {pushed} 条，收到 {pulled} 条。")
            self._context.tell.done(text.format(pushed=report.pushed, pulled=report.pulled))
        self._context.signals.sync_ended.emit(report)

    def _on_failed(self, error: Exception) -> None:
        self._failures += 1
        if isinstance(error, SyncError) and error.kind in _WORTH_RETRYING:
            asked_wait = int((error.retry_after or 0) * 1000)
            self._timer.start(max(asked_wait, back_off(self._failures, self._pick)))
        if self._is_asked or not isinstance(error, SyncError):
            self._context.tell.error(error)
        self._context.signals.sync_ended.emit(error)

    def _on_ended(self) -> None:
        self._job = None
        self._is_asked = False
        if self._is_behind and not self._failures:
            self._timer.start(AFTER_CHANGE_MS)
        self._is_behind = False
        self._refresh_state()
