"""Background work: results on the GUI thread, owners that go away, cancelling, order of closing."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable

import pytest
import shiboken6
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from villageapp.domain.changes import ChangeSet
from villageapp.errors import Trouble
from villageapp.progress import Progress
from villageapp.services.results import Saved
from villageapp.ui.tasks import SWITCH_SECONDS, Job, TaskRunner, give_way

LIMIT_MS = 15_000


@pytest.fixture
def owner(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def _thread(_progress: Progress) -> str:
    return threading.current_thread().name


def test_work_runs_elsewhere_and_answers_on_the_gui_thread(
    qtbot: QtBot, tasks: TaskRunner, owner: QWidget
) -> None:
    seen: list[tuple[str, bool]] = []

    def done(name: str) -> None:
        seen.append((name, QThread.currentThread() is owner.thread()))

    tasks.read(_thread, owner=owner, done=done)
    tasks.write(_thread, owner=owner, done=done)
    tasks.sync(_thread, owner=owner, done=done)
    qtbot.waitUntil(lambda: len(seen) == 3, timeout=LIMIT_MS)
    assert {name.split("_")[0] for name, _ in seen} == {"read", "write", "sync"}
    assert all(on_gui for _, on_gui in seen)


def test_an_owner_that_closes_early_is_not_called(qtbot: QtBot, tasks: TaskRunner) -> None:
    """200 screens close while their work runs; nothing crashes and nothing is delivered to them."""
    gate = threading.Event()
    delivered: list[int] = []
    announced: list[ChangeSet] = []
    tasks.changed.connect(announced.append)

    def save(_progress: Progress) -> Saved:
        gate.wait(10)
        return Saved(("1",), ChangeSet.of([("household", "1")]))

    for number in range(200):
        screen = QLabel("…")
        tasks.read(save, owner=screen, done=lambda _saved, n=number, kept=screen: delivered.append(n))
        shiboken6.delete(screen)
    gate.set()
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=LIMIT_MS)
    gc.collect()
    assert delivered == []
    assert len(announced) == 200  # what was saved concerns the other screens all the same


def test_results_are_announced_after_they_were_delivered(
    qtbot: QtBot, tasks: TaskRunner, owner: QWidget
) -> None:
    order: list[str] = []
    tasks.changed.connect(lambda _changes: order.append("announced"))
    saved = Saved(("1",), ChangeSet.of([("visit", "1")]))
    tasks.write(
        lambda _p: saved,
        owner=owner,
        done=lambda _s: order.append("done"),
        ended=lambda: order.append("ended"),
    )
    qtbot.waitUntil(lambda: len(order) == 3, timeout=LIMIT_MS)
    assert order == ["done", "announced", "ended"]


def test_a_newer_question_replaces_the_older(qtbot: QtBot, tasks: TaskRunner, owner: QWidget) -> None:
    gate = threading.Event()
    answers: list[str] = []

    def slow(_progress: Progress) -> str:
        gate.wait(10)
        return "old"

    tasks.read(slow, owner=owner, done=answers.append, latest="find")
    tasks.read(lambda _p: "new", owner=owner, done=answers.append, latest="find")
    qtbot.waitUntil(lambda: answers == ["new"], timeout=LIMIT_MS)
    gate.set()
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=LIMIT_MS)
    assert answers == ["new"]


def test_cancelled_work_says_nothing_but_ends(qtbot: QtBot, tasks: TaskRunner, owner: QWidget) -> None:
    started, said = threading.Event(), []

    def endless(progress: Progress) -> None:
        started.set()
        while True:
            progress.check_cancelled()

    job = tasks.read(
        endless, owner=owner, done=said.append, failed=said.append, ended=lambda: said.append("ended")
    )
    assert started.wait(10)
    job.cancel()
    qtbot.waitUntil(lambda: said == ["ended"], timeout=LIMIT_MS)
    assert not job.is_running


def _raiser(error: BaseException) -> Callable[[Progress], None]:
    def work(_progress: Progress) -> None:
        raise error

    return work


def test_errors_reach_the_caller_or_else_everybody(qtbot: QtBot, tasks: TaskRunner, owner: QWidget) -> None:
    own: list[Exception] = []
    others: list[Exception] = []
    tasks.failed.connect(others.append)
    trouble, bug = Trouble("磁盘已满。"), ValueError("x")
    tasks.write(_raiser(trouble), owner=owner, done=own.append, failed=own.append)
    tasks.write(_raiser(bug), owner=owner, done=own.append)
    qtbot.waitUntil(lambda: len(own) == 1 and len(others) == 1, timeout=LIMIT_MS)
    assert own == [trouble]
    assert others == [bug]


def test_progress_is_throttled_but_the_end_is_told(qtbot: QtBot, tasks: TaskRunner, owner: QWidget) -> None:
    reports: list[int] = []
    ended: list[Job] = []
    tasks.job_ended.connect(ended.append)

    def count(progress: Progress) -> None:
        for number in range(1, 20_001):
            progress.step(number, 20_000, "正在数")

    tasks.read(
        count, owner=owner, done=lambda _n: None, progressed=lambda job: reports.append(job.done), title="数"
    )
    qtbot.waitUntil(lambda: len(ended) == 1, timeout=LIMIT_MS)
    assert reports[-1] == 20_000
    assert len(reports) < 200


def test_closing_finishes_saves_and_stops_reading(qtbot: QtBot, owner: QWidget) -> None:
    runner = TaskRunner()
    started, saved, stopped = threading.Event(), [], []

    def read(progress: Progress) -> None:
        started.set()
        try:
            while True:
                progress.check_cancelled()
        finally:
            stopped.append(True)

    for number in range(50):
        runner.write(lambda _p, n=number: saved.append(n), owner=owner, done=lambda _n: None)
    runner.read(read, owner=owner, done=lambda _n: None)
    assert started.wait(10)
    runner.close()
    assert saved == list(range(50))
    assert stopped == [True]
    late = runner.write(lambda _p: saved.append(99), owner=owner, done=lambda _n: None)
    assert not late.is_running
    assert 99 not in saved


def test_a_worker_that_computes_lets_the_window_in_soon() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(
        0.005
    )  # what the interpreter begins with; a server in this process may have changed it
    try:
        give_way()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
        assert SWITCH_SECONDS < 0.005
    finally:
        sys.setswitchinterval(before)
