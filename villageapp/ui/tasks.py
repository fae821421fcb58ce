"""Background work: three executors, results delivered as closures on the GUI thread.

A worker never emits a signal of a screen's object, because that crashes the process when the screen closes
first. It posts to the one long-lived ``TaskRunner``, which drops what nobody waits for any more. The same
rule keeps every reference to a widget on the GUI thread: the worker holds a job's work only while it runs.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

from villageapp.domain.changes import ChangeSet
from villageapp.errors import Cancelled
from villageapp.progress import Progress

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")
Work = Callable[[Progress], T]

REPORT_INTERVAL = 0.1
"""Seconds between two progress reports of one job."""
SWITCH_SECONDS = 0.001
"""How long a worker may keep the interpreter when the window asks for it. With Python's own 5 ms and five workers at
work the window stood in line up to 25 ms, again after each call of Qt that lets the interpreter go."""
_WRITE, _READ, _SYNC = "write", "read", "sync"
_THREADS = {_WRITE: 1, _READ: 4, _SYNC: 1}


def give_way() -> None:
    """From now on workers let the window's thread in soon, in this process."""
    sys.setswitchinterval(SWITCH_SECONDS)


class Job:
    """One piece of work; ``cancel`` may be called at any time from the GUI thread.

    ``title`` is Chinese and empty for silent work; ``done`` of ``total`` (0 = unknown) and ``what`` are the
    latest progress.
    """

    def __init__(self, number: int, lane: str, title: str) -> None:
        self.number = number
        self.lane = lane
        self.title = title
        self.done = 0
        self.total = 0
        self.what = ""
        self.is_running = True
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next check; work that has not begun never begins."""
        self._stop.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.is_set()


class _Calls:
    """What to do on the GUI thread when a job ends; lives on the GUI thread only."""

    def __init__(
        self,
        owner: QObject | None,
        done: Callable[[Any], object] | None,
        failed: Callable[[Exception], object] | None,
        ended: Callable[[], object] | None,
        progressed: Callable[[Job], object] | None,
    ) -> None:
        self.owner = owner
        self.done = done
        self.failed = failed
        self.ended = ended
        self.progressed = progressed

    def is_wanted(self) -> bool:
        """Whether the widget that asked still exists."""
        return self.owner is None or shiboken6.isValid(self.owner)


class _Reporter:
    """The Progress given to work: throttled, and aware of cancelling."""

    def __init__(self, job: Job, post: Callable[[tuple[Any, ...]], None]) -> None:
        self._job = job
        self._post = post
        self._next = 0.0

    def step(self, done: int, total: int, what: str) -> None:
        """Post at most ten reports a second, and always the last one."""
        now = time.monotonic()
        if now >= self._next or (total and done >= total):
            self._next = now + REPORT_INTERVAL
            self._post(("step", self._job.number, done, total, what))

    def check_cancelled(self) -> None:
        """Raise Cancelled once the person pressed cancel."""
        if self._job.is_cancelled:
            raise Cancelled()


class TaskRunner(QObject):
    """Runs work off the GUI thread. One per window; outlives every screen.

    ``read`` work runs on four threads, ``write`` on one, ``sync`` on one of its own, so that a slow network
    never stands before a save. ``owner`` is the widget that asked: when it is gone, nothing is called.
    A result with a ``changes`` attribute (``Saved``, ``SyncReport``) is announced by ``changed`` after
    ``done`` was called, even when the owner is gone.
    """

    job_started = Signal(object)
    """A Job with a title began."""
    job_progressed = Signal(object)
    """The same Job, with new figures."""
    job_ended = Signal(object)
    """The same Job, whatever became of it."""
    changed = Signal(object)
    """The ChangeSet of finished work."""
    failed = Signal(object)
    """An Exception that no caller handles; ``ui/tell.py`` shows it."""
    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._jobs: dict[int, tuple[Job, _Calls]] = {}
        self._latest: dict[tuple[int, str], Job] = {}
        self._lanes: dict[str, ThreadPoolExecutor] = {}
        self._is_open = True
        self._posted.connect(self._on_posted)  # emitted by workers only, so Qt queues it to this thread

    def read(
        self,
        work: Work[T],
        *,
        owner: QObject,
        done: Callable[[T], object],
        failed: Callable[[Exception], object] | None = None,
        ended: Callable[[], object] | None = None,
        progressed: Callable[[Job], object] | None = None,
        title: str = "",
        latest: str = "",
    ) -> Job:
        """Fetch something. With ``latest`` an earlier read of the same owner and word is cancelled and its
        answer dropped (search as you type).

        ``failed`` replaces the usual message; ``ended`` is called last in every case, also after cancelling.
        """
        job = self._start(_READ, work, _Calls(owner, done, failed, ended, progressed), title)
        if latest:
            self._supersede((id(owner), latest), job)
        return job

    def write(
        self,
        work: Work[T],
        *,
        owner: QObject,
        done: Callable[[T], object],
        failed: Callable[[Exception], object] | None = None,
        ended: Callable[[], object] | None = None,
        progressed: Callable[[Job], object] | None = None,
        title: str = "",
    ) -> Job:
        """Save something; writes run one after the other, in the order asked, and are finished at closing."""
        return self._start(_WRITE, work, _Calls(owner, done, failed, ended, progressed), title)

    def sync(
        self,
        work: Work[T],
        *,
        owner: QObject,
        done: Callable[[T], object],
        failed: Callable[[Exception], object] | None = None,
        ended: Callable[[], object] | None = None,
        progressed: Callable[[Job], object] | None = None,
        title: str = "",
    ) -> Job:
        """Talk to the server, on a thread of its own."""
        return self._start(_SYNC, work, _Calls(owner, done, failed, ended, progressed), title)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs or waits."""
        return not self._jobs

    def close(self) -> None:
        """Stop accepting; cancel readers and sync; wait until every save is on the disk.

        The sync thread is not waited for: it sits between transactions and ends with its network timeout.
        """
        self._is_open = False
        for job, calls in list(self._jobs.values()):
            calls.owner = calls.done = calls.failed = calls.ended = calls.progressed = None
            if job.lane != _WRITE:
                job.cancel()
        for lane in (_SYNC, _READ, _WRITE):
            if lane in self._lanes:
                self._lanes[lane].shutdown(wait=lane != _SYNC, cancel_futures=lane != _WRITE)

    def _start(self, lane: str, work: Work[T], calls: _Calls, title: str) -> Job:
        job = Job(next(self._numbers), lane, title)
        if not self._is_open:
            job.cancel()
            job.is_running = False
            return job
        self._jobs[job.number] = (job, calls)
        holder: list[Work[Any]] = [work]
        self._lane(lane).submit(self._carry_out, job, holder)
        if title:
            self.job_started.emit(job)
        return job

    def _lane(self, name: str) -> ThreadPoolExecutor:
        """The executor of a lane, made when first used: the sign-in window must not wait for its import."""
        if name not in self._lanes:
            from concurrent.futures import ThreadPoolExecutor

            self._lanes[name] = ThreadPoolExecutor(_THREADS[name], thread_name_prefix=name)
        return self._lanes[name]

    def _carry_out(self, job: Job, holder: list[Work[Any]]) -> None:
        """On a worker thread: run, then hand result or error over. ``holder`` is emptied so that the last
        reference to the work, and to widgets it closes over, goes to the GUI thread with the message."""
        result: Any = None
        error: BaseException | None = None
        if job.is_cancelled:
            error = Cancelled()
        else:
            try:
                result = holder[0](_Reporter(job, self._post))
            # A bug in work must reach the report dialog, not vanish in a future.
            except BaseException as raised:  # noqa: BLE001
                error = raised
        self._post(("end", job.number, result, error, holder.pop()))

    def _post(self, message: tuple[Any, ...]) -> None:
        if shiboken6.isValid(self):
            self._posted.emit(message)

    def _supersede(self, key: tuple[int, str], job: Job) -> None:
        earlier = self._latest.get(key)
        if earlier is not None and earlier.number in self._jobs:
            earlier.cancel()
            calls = self._jobs[earlier.number][1]
            calls.done = calls.failed = calls.progressed = None
        self._latest[key] = job

    @Slot(object)
    def _on_posted(self, message: tuple[Any, ...]) -> None:
        if message[0] == "step":
            self._on_step(*message[1:])
        else:
            self._on_end(*message[1:4])

    def _on_step(self, number: int, done: int, total: int, what: str) -> None:
        entry = self._jobs.get(number)
        if entry is None:
            return
        job, calls = entry
        job.done, job.total, job.what = done, total, what
        if calls.progressed is not None and calls.is_wanted():
            calls.progressed(job)
        if job.title:
            self.job_progressed.emit(job)

    def _on_end(self, number: int, result: Any, error: BaseException | None) -> None:
        entry = self._jobs.pop(number, None)
        if entry is None:
            return
        job, calls = entry
        job.is_running = False
        self._latest = {key: kept for key, kept in self._latest.items() if kept is not job}
        if job.title:
            self.job_ended.emit(job)
        if error is None:
            self._deliver(calls, result)
        elif not isinstance(error, Cancelled):
            self._refuse(calls, error)
        if calls.ended is not None and calls.is_wanted():
            calls.ended()

    def _deliver(self, calls: _Calls, result: Any) -> None:
        if calls.done is not None and calls.is_wanted():
            calls.done(result)
        changes = getattr(result, "changes", None)
        if isinstance(changes, ChangeSet) and changes:
            self.changed.emit(changes)

    def _refuse(self, calls: _Calls, error: BaseException) -> None:
        if not isinstance(error, Exception):
            raise error
        if calls.failed is not None and calls.is_wanted():
            calls.failed(error)
        elif calls.is_wanted() or calls.owner is None:
            self.failed.emit(error)
