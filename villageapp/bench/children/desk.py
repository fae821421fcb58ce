"""Somebody at the main window of a filled store: lists, saves, a whole day. Prints one JSON object.

Arguments: ``list``, ``save`` or ``day``; the data folder; the passphrase; how much of it, as a JSON object.
Times are of the window's own thread (``gui``, processor seconds) and until everything is shown (``shown``).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from villageapp.bench.children.painted import peak_mb, resident_mb
from villageapp.paths import DataDir
from villageapp.services import households
from villageapp.services.workspace import Workspace, open_workspace
from villageapp.ui import app as program
from villageapp.ui import tidying
from villageapp.ui.context import make_context
from villageapp.ui.households.screen import HouseholdsScreen
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import LAST_SCREEN, LOCK_MINUTES, Preferences
from villageapp.ui.screens import HOUSEHOLDS, VISITS, screens
from villageapp.ui.tasks import give_way
from villageapp.ui.visits.screen import VisitsScreen

_WAIT_MS = 50
"""The window wakes at the latest then. (With a time limit of its own, ``processEvents`` does not wait at all: it
would turn round and take the interpreter's lock from the threads that read.)"""
_LIMIT_SECONDS = 60.0
_BEAT_MS = 10
_STALL_SECONDS = 0.1
_SYNC_EVERY = 15
"""Visits between two exchanges of the day."""
Costs = list[dict[str, float]]


class Desk:
    """The window, and a clock over what is done in it."""

    def __init__(self, work: Workspace, settings: Preferences) -> None:
        self._app = QApplication.instance()
        self._waking = QTimer()
        self._waking.start(_WAIT_MS)
        settings.set(LAST_SCREEN, HOUSEHOLDS)
        settings.set(LOCK_MINUTES, 0)
        self.work = work
        self.context = make_context(work, settings)
        self._failures: list[Exception] = []
        self.context.tasks.failed.connect(self._failures.append)
        self.window = MainWindow(self.context)
        self.window.resize(1366, 768)
        self.window.show()
        self.window.start()
        self.until(self.is_quiet)
        work.keep_small()
        tidying.set_aside()
        self.tidying = tidying.Tidying(self.is_quiet, self.window)

    def is_quiet(self) -> bool:
        """Whether nothing is being read or written."""
        return self.context.tasks.is_idle

    def until(self, claim: Callable[[], bool]) -> None:
        """Let the window work until something is so; the wait itself costs no processor time."""
        assert self._app is not None
        deadline = time.monotonic() + _LIMIT_SECONDS
        self._app.processEvents()
        while not claim():
            if self._failures:
                raise self._failures[0]
            if time.monotonic() > deadline:
                raise TimeoutError("the window did not come to rest")
            self._app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        self._app.processEvents()

    def time(self, act: Callable[[], object], claim: Callable[[], bool] | None = None) -> dict[str, float]:
        """What one act costs."""
        cpu, wall = time.thread_time(), time.perf_counter()
        act()
        self.until(claim or self.is_quiet)
        return {"gui": time.thread_time() - cpu, "shown": time.perf_counter() - wall}

    def households(self) -> HouseholdsScreen:
        """The list in front."""
        page = self.window.show_screen(HOUSEHOLDS)
        assert isinstance(page, HouseholdsScreen)
        return page

    def close(self) -> None:
        """Everything is saved then."""
        self.context.tasks.close()


def lists(desk: Desk, much: Mapping[str, Any]) -> dict[str, Any]:
    """Page, filter, sort and tab of the household list, and keystrokes of the search box."""
    page = desk.households()
    panel, times = page.list, int(much["times"])
    desk.until(lambda: panel.table.rows.rowCount() > 0)
    bar, tabs = panel.table.verticalScrollBar(), page.pane.tabs
    found: dict[str, Costs] = {"page": [], "filter": [], "sort": [], "tab": [], "key": []}
    for number in range(times):
        place = (number * 7919) % max(1, bar.maximum())
        found["page"].append(desk.time(lambda at=place: bar.setValue(at)))  # type: ignore[misc]
        found["sort"].append(
            desk.time(lambda n=number: panel.table.sort_asked.emit(("last_visit", "group")[n % 2], n % 4 > 1))  # type: ignore[misc]
        )
        chosen = str(1 + number % 2) if number % 3 else None  # codes of CL_HH_TYPE
        panel.filters.kind.choose(chosen)
        found["filter"].append(desk.time(panel.filters.kind.picked.emit))
        found["tab"].append(desk.time(lambda n=number: tabs.setCurrentIndex(n % tabs.count())))  # type: ignore[misc]
    panel.filters.kind.choose(None)
    found["key"] = list(_keystrokes(desk, much["typed"]))
    return {"costs": found}


def _keystrokes(desk: Desk, typed: Iterable[str]) -> Iterator[dict[str, float]]:
    """Every letter of every word, until its answer is shown."""
    box = desk.window.top.search
    desk.window.activateWindow()
    box.setFocus()
    desk.until(desk.is_quiet)
    for word in typed:
        box.clear()
        for letter in word:
            yield desk.time(lambda key=letter: QTest.keyClicks(box, key))  # type: ignore[misc]


def saves(desk: Desk, much: Mapping[str, Any]) -> dict[str, Any]:
    """Ctrl+S of the visit form until it says 已保存, on the disk; and a bare flush of one page beside it."""
    screen = desk.window.show_screen(VISITS)
    assert isinstance(screen, VisitsScreen)
    ours: Costs = []
    bare: list[float] = []
    probe = Path(much["folder"]) / "probe"
    for household_id in islice(cycle(households.list_ids(desk.work)[: much["times"]]), much["times"]):
        _fill_in(desk, screen, household_id)
        ours.append(desk.time(screen.form_page.save, screen.saved_panel.isVisible))
        bare.append(_flush(probe))
    return {"costs": {"save": ours}, "bare": bare}


def _fill_in(desk: Desk, screen: VisitsScreen, household_id: str) -> None:
    screen.open_household(household_id)
    desk.until(lambda: desk.is_quiet() and screen.form_page.household_id == household_id)
    form = screen.form_page.form
    assert form is not None
    form.questions["result"].input.set_value("见到户主")
    form.questions["started_at"].input.set_value(desk.work.now() - timedelta(minutes=30))
    form.answer_all_normal()
    screen.form_page.keeper.flush()
    desk.until(desk.is_quiet)


def _flush(probe: Path) -> float:
    """Seconds that this disk takes to keep one page of 4 KiB."""
    import os

    began = time.perf_counter()
    with probe.open("ab") as file:
        file.write(b"x" * 4096)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


class Heartbeat:
    """Notes how late the window's own timer comes: nobody can type or press while it is late.

    With each stall goes the processor time of the window's thread in it (seconds): what is not its own work was
    spent waiting for another thread or, on a busy machine, for another program.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self.longest_own = 0.0
        self.stalls: list[tuple[float, float, str]] = []
        self.doing = ""
        self._last, self._last_own = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT_MS)

    def stop(self) -> None:
        """No more beats."""
        self._timer.stop()

    def go_on(self) -> None:
        """Beats again; what went by since ``stop`` was no stall."""
        self._last, self._last_own = time.perf_counter(), time.thread_time()
        self._timer.start(_BEAT_MS)

    def _beat(self) -> None:
        now, own = time.perf_counter(), time.thread_time()
        late, worked = now - self._last - _BEAT_MS / 1000, own - self._last_own
        self._last, self._last_own = now, own
        self.longest, self.longest_own = max(self.longest, late), max(self.longest_own, worked)
        if late > _STALL_SECONDS:
            self.stalls.append((round(late, 3), round(worked, 3), self.doing))


def day(desk: Desk, much: Mapping[str, Any]) -> dict[str, Any]:
    """Screen after screen with households, visits and exchanges in between; what it does to memory."""
    opened = _at_rest(desk)
    keys = [screen.key for screen in screens()]
    ids = households.list_ids(desk.work)
    _once(desk, keys, ids)
    before, beat, began, cpu = _at_rest(desk), Heartbeat(), time.perf_counter(), time.thread_time()
    visits = syncs = changes = 0
    quarters: list[float | None] = []
    while changes < much["changes"] and time.perf_counter() - began < much["seconds"]:
        changes += _go_round(desk, keys, ids[changes % len(ids) :][:13], beat)
        while visits * much["changes"] < changes * much["visits"]:
            beat.doing = "visit"
            _visit(desk, ids[visits % len(ids)])
            visits += 1
        if visits // _SYNC_EVERY > syncs:
            beat.doing = "exchange"
            _exchange(desk)
            syncs += 1
        if changes * 4 >= (len(quarters) + 1) * much["changes"]:
            beat.stop()
            quarters.append(_growth(before, _at_rest(desk)))
            beat.go_on()
    return {
        "changes": changes,
        "visits": visits,
        "syncs": syncs,
        "seconds": time.perf_counter() - began,
        "gui": time.thread_time() - cpu,
        "growth_mb": max((one for one in quarters if one is not None), default=None),
        "quarters_mb": quarters,
        "since_opening_mb": _growth(opened, _at_rest(desk)),
        "longest_stall_ms": round(beat.longest * 1000, 1),
        "longest_own_ms": round(beat.longest_own * 1000, 1),
        "stalls_over_100_ms": len(beat.stalls),
        "stalls": beat.stalls[:20],
    }


def _once(desk: Desk, keys: Sequence[str], ids: Sequence[str]) -> None:
    """Every screen, a visit and an exchange: what is loaded and kept at the first time is not growth."""
    beat = Heartbeat()
    for household_id in ids[-2:]:  # a save makes every screen read again
        _go_round(desk, keys, ids[-13:], beat)
        _visit(desk, household_id)
    _exchange(desk)
    _go_round(desk, keys, ids[-13:], beat)
    beat.stop()


def _visit(desk: Desk, household_id: str) -> None:
    screen = desk.window.show_screen(VISITS)
    assert isinstance(screen, VisitsScreen)
    _fill_in(desk, screen, household_id)
    desk.time(screen.form_page.save, screen.saved_panel.isVisible)


def _exchange(desk: Desk) -> None:
    desk.context.signals.sync_asked.emit()
    desk.until(desk.is_quiet)


def _at_rest(desk: Desk) -> float | None:
    """Megabytes after what the window does by itself in a pause of the person."""
    desk.tidying.tidy()
    return resident_mb()


def _growth(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else round(after - before, 1)


def _go_round(desk: Desk, keys: Sequence[str], ids: Sequence[str], beat: Heartbeat) -> int:
    for number, key in enumerate(keys):
        beat.doing = key
        page = desk.window.show_screen(key)
        if key == HOUSEHOLDS and ids:
            page.open_household(ids[number % len(ids)])
        desk.until(desk.is_quiet)
    return len(keys)


_DO = {"list": lists, "save": saves, "day": day}


def main() -> int:
    """Open the store, do it, tell."""
    do, folder, passphrase, much = _DO[sys.argv[1]], Path(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
    tidying.share_one_heap()
    tidying.hold_back()
    give_way()
    program.make_application(sys.argv[:1])
    with TemporaryDirectory() as settings, open_workspace(DataDir(folder), passphrase) as work:
        desk = Desk(work, Preferences(Path(settings) / "window.ini"))
        told = do(desk, much)
        desk.close()
    print(json.dumps({**told, "at": time.monotonic(), "peak_mb": peak_mb()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
