"""Garbage of cycles waits until the window has nothing to do, and is gone then."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from villageapp.ui import tidying
from villageapp.ui.tidying import Tidying


class Knot:
    """An object that only a full collection frees once it is old."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    """The collector is the process's, so it is given back as it was."""
    kept = gc.get_threshold()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*kept)


def old_knot() -> weakref.ref[Knot]:
    knot = Knot()
    gc.collect()  # it has survived one: only a full collection looks at it again
    known = weakref.ref(knot)
    del knot
    gc.collect(1)
    assert known() is not None
    return known


def much_made() -> None:
    """Enough young objects for a full collection to be worth while."""
    for _ in range(tidying.WORTH + 1):
        gc.collect(1)


def test_no_full_collection_begins_by_itself() -> None:
    tidying.hold_back()
    knot = old_knot()
    made = [[number] for number in range(60_000)]
    assert len(made) == 60_000
    assert knot() is not None
    gc.collect()
    assert knot() is None


def test_it_waits_while_something_is_read_and_is_done_when_nothing_is(qtbot: QtBot) -> None:
    tidying.hold_back()
    idle = False
    tidy = Tidying(lambda: idle)
    knot = old_knot()
    assert not tidy.look()
    much_made()
    assert not tidy.look()
    assert knot() is not None
    idle = True
    qtbot.waitUntil(lambda: knot() is None, timeout=5_000)


def test_nothing_is_done_where_it_is_not_worth_while(monkeypatch: pytest.MonkeyPatch) -> None:
    tidying.hold_back()
    gc.collect()
    tidy = Tidying(lambda: True)
    assert not tidy.look()
    monkeypatch.setattr(tidying, "USUAL_WAIT", -1.0)
    assert tidy.look()


def test_a_person_who_never_pauses_does_not_keep_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tidying.hold_back()
    tidy = Tidying(lambda: False)
    knot = old_knot()
    much_made()
    assert not tidy.look()
    monkeypatch.setattr(tidying, "LONGEST_WAIT", -1.0)
    assert tidy.look()
    assert knot() is None


def test_what_was_set_aside_is_looked_at_when_the_person_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialog that was open at one tidying and closed later is set aside, but not for good."""
    tidying.hold_back()
    idle_seconds = 0.0
    tidy = Tidying(lambda: True, idle_seconds=lambda: idle_seconds)
    monkeypatch.setattr(tidying, "USUAL_WAIT", -1.0)
    monkeypatch.setattr(tidying, "WHOLE_EVERY", -1.0)
    held = Knot()
    known = weakref.ref(held)
    assert tidy.look()
    del held
    assert tidy.look()
    assert known() is not None, "somebody is at work: only what is new is looked at"
    idle_seconds = tidying.AWAY_SECONDS + 1
    assert tidy.look()
    assert known() is None


def test_all_is_looked_at_once_in_a_while_even_without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    tidying.hold_back()
    tidy = Tidying(lambda: True)
    held = Knot()
    known = weakref.ref(held)
    tidy.tidy()
    del held
    monkeypatch.setattr(tidying, "WHOLE_AT_LAST", -1.0)
    assert tidy.look()
    assert known() is None


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="another C library")
def test_all_threads_share_one_heap() -> None:
    """In a process of its own, for it holds for good: no thread makes a part of the heap for itself."""
    made = subprocess.run([sys.executable, "-c", _HEAPS], capture_output=True, text=True, check=True)
    assert int(made.stdout) == 1


_HEAPS = """
import ctypes, threading
from villageapp.ui import tidying
tidying.share_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(4)
def take():
    libc.malloc(50_000)
    together.wait(30)
threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fopen.restype = ctypes.c_void_p
libc.fclose.argtypes = [ctypes.c_void_p]
import tempfile
with tempfile.NamedTemporaryFile() as file:
    stream = libc.fopen(file.name.encode(), b"w")
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(open(file.name).read().count("<heap nr="))
"""
