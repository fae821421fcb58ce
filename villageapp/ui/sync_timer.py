"""Runs the exchange when the schedule says so; services/sync_schedule.py decides.

Never blocks and never speaks in dialogs: what happens shows in the light and on the sync screen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from villageapp.domain.changes import ChangeSet
from villageapp.errors import Cancelled, SyncError
from villageapp.progress import Progress
from villageapp.services import syncing
from villageapp.services.sync_schedule import Phase, Schedule
from villageapp.ui.context import Context
from villageapp.ui.tasks import Job

if TYPE_CHECKING:
    from villageapp.services.syncing import SyncReport, SyncState

_LONGEST_TIMER_MS = 60_000
"""The schedule is looked at again at least this often: a timer does not notice that the computer slept."""


class SyncTimer(QObject):
    """Runs ``sync_now`` at the right moments and announces ``synced`` and ``sync_ended``."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._line = syncing.Line(context.work)
        self.schedule = Schedule()
        """When it is tried next, and why; the sync screen shows its words."""
        self._job: Job | None = None
        self._is_asked = False
        self._is_told = False  # an unexpected error was shown already
        self._received: ChangeSet | None = None  # what the exchange itself brought in
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        context.signals.sync_asked.connect(self.sync_now)
        context.signals.changed.connect(self._on_changed)
        context.signals.synced.connect(self._on_synced)

    @property
    def is_running(self) -> bool:
        """Whether an exchange is under way."""
        return self._job is not None

    def start(self) -> None:
        """Read the state at once and make the first attempt a moment later."""
        self.schedule.started(_now())
        self._refresh_state()
        self._arm()

    def sync_now(self) -> None:
        """The button: no waiting; an error is said in the status line."""
        self._is_asked = True
        self._timer.stop()
        self._run()

    def words(self) -> str:
        """What happens next, for the sync screen; empty when there is nothing to say."""
        return self.schedule.words(_now())

    def _on_changed(self, changes: ChangeSet) -> None:
        self._refresh_state()
        if changes is self._received:
            return
        self.schedule.changed(_now())
        self._arm()

    def _arm(self) -> None:
        """Wake up when the schedule is due."""
        due = self.schedule.due
        if due is None or self._job is not None:
            self._timer.stop()
            return
        left = int((due - _now()).total_seconds() * 1000)
        self._timer.start(min(max(left, 0), _LONGEST_TIMER_MS))

    def _look(self) -> None:
        due = self.schedule.due
        if due is not None and _now() >= due:
            self._run()
        else:
            self._arm()

    def _refresh_state(self) -> None:
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: syncing.sync_state(work),
            owner=self,
            done=self._context.signals.synced.emit,
            latest="state",
        )

    def _on_synced(self, state: SyncState) -> None:
        """Whoever read the state: add what happens next, and announce it again with that."""
        if self.schedule.belongs_to(state.replica_id):
            self._arm()
        words = self.words() if self._job is None else ""
        if state.enrolled and words != state.outlook:
            self._context.signals.synced.emit(replace(state, outlook=words))

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
        probes = self.schedule.needs_probe and not asked
        self.schedule.began()
        self._job = self._context.tasks.sync(
            lambda progress: self._work(progress, probes),
            owner=self,
            done=self._on_done,
            failed=self._on_failed,
            ended=self._on_ended,
            title=self.tr("正在同步") if asked else "",
        )

    def _work(self, progress: Progress, probes: bool) -> SyncReport:
        """On the sync thread."""
        if probes:
            syncing.probe(self._context.work)
        return self._line.sync_now(progress)

    def _on_done(self, report: SyncReport) -> None:
        blobs = report.blobs
        has_more = (
            blobs is not None and blobs.waiting > 0 and blobs.interrupted is None and blobs.uploaded > 0
        )
        is_complete = report.receipt and not report.refused
        self.schedule.succeeded(_now(), is_complete=is_complete, has_more=has_more)
        self._is_told = False
        self._received = report.changes
        if self._is_asked:
            text = self.tr("同步完成：上传 {pushed} 条，收到 {pulled} 条。")
            self._context.tell.done(text.format(pushed=report.pushed, pulled=report.pulled))
        self._context.signals.sync_ended.emit(report)

    def _on_failed(self, error: Exception) -> None:
        self.schedule.failed(_now(), error)
        is_news = not isinstance(error, SyncError) and not self._is_told
        if self._is_asked or is_news:
            self._is_told = not isinstance(error, SyncError)
            self._context.tell.error(error)
        self._context.signals.sync_ended.emit(error)

    def _on_ended(self) -> None:
        self._job = None
        self._is_asked = False
        if self.schedule.phase is Phase.RUNNING:  # neither done nor failed
            self.schedule.failed(_now(), Cancelled())
        self._arm()
        self._refresh_state()


def _now() -> datetime:
    return datetime.now(UTC)
