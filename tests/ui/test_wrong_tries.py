"""Many wrong passphrases: a wait that is told and ends by itself, then the right one opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.ui.conftest import LIMIT_MS
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.lock import LockPage
from villageapp.ui.signin import try_pause
from villageapp.ui.signin.passphrase_page import PassphrasePage
from villageapp.ui.signin.window import SignInWindow
from villageapp.ui.tasks import TaskRunner

SHORT_MS, LONG_MS = 50, 600_000
"""Seconds of a test: over at once, or not before the test says so."""


def _try(qtbot: QtBot, page: PassphrasePage | LockPage, number: int) -> None:
    """Type a wrong passphrase and wait for its refusal."""
    page.passphrase.setText(f"wrong words {number}")
    qtbot.keyClick(page.passphrase, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.pause.wrong == number, timeout=LIMIT_MS)


def test_the_fourth_wrong_try_is_followed_by_a_wait_and_the_right_one_opens_after_it(
    qtbot: QtBot, template: stores.StoreTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir, tasks = template.copy_to(tmp_path / "store"), TaskRunner()
    window = SignInWindow(data_dir, tasks)
    qtbot.addWidget(window)
    opened: list[Workspace] = []
    window.opened.connect(opened.append)
    window.show()
    page = window.page
    try:
        for number in (1, 2, 3):
            _try(qtbot, page, number)
            assert page.enter.isEnabled(), "slips of the finger cost nothing"
        monkeypatch.setattr(try_pause, "SECOND_MS", LONG_MS)
        _try(qtbot, page, 4)
        assert not page.enter.isEnabled()
        assert "已连续输错 4 次" in page.reason.text()
        assert page.enter.text() == "1 秒后可再试"
        page.passphrase.setText(stores.PASSPHRASE)
        qtbot.keyClick(page.passphrase, Qt.Key.Key_Return)
        assert page.enter.text() == "1 秒后可再试", "Enter waits, too"
        page.pause.findChildren(QTimer)[0].start(SHORT_MS)
        qtbot.waitUntil(page.enter.isEnabled, timeout=LIMIT_MS)
        assert page.enter.text() == "打开"
        shown: list[str] = []
        page.pause.changed.connect(lambda: shown.append(page.enter.text()))
        monkeypatch.setattr(try_pause, "SECOND_MS", SHORT_MS)
        _try(qtbot, page, 5)
        qtbot.waitUntil(page.enter.isEnabled, timeout=LIMIT_MS)
        assert shown == ["2 秒后可再试", "1 秒后可再试", "打开"]
        page.passphrase.setText(stores.PASSPHRASE)
        qtbot.keyClick(page.passphrase, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: len(opened) == 1, timeout=LIMIT_MS)
        opened[0].close()
    finally:
        tasks.close()


def test_a_damaged_key_file_is_no_wrong_try(
    qtbot: QtBot, template: stores.StoreTemplate, tmp_path: Path
) -> None:
    data_dir, tasks = template.copy_to(tmp_path / "store"), TaskRunner()
    data_dir.key_slots.write_bytes(b"{broken")
    window = SignInWindow(data_dir, tasks)
    qtbot.addWidget(window)
    window.show()
    try:
        window.page.passphrase.setText("whatever-it-was")
        qtbot.keyClick(window.page.passphrase, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: "keys.json" in window.page.reason.text(), timeout=LIMIT_MS)
        assert window.page.pause.wrong == 0
        assert window.page.enter.isEnabled()
    finally:
        tasks.close()


def test_the_lock_of_the_open_window_waits_in_the_same_way(
    qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(try_pause, "SECOND_MS", SHORT_MS)
    window = QWidget()
    qtbot.addWidget(window)
    page = LockPage(context, window)
    window.show()
    for number in (1, 2, 3, 4):
        _try(qtbot, page, number)
        qtbot.waitUntil(page.enter.isEnabled, timeout=LIMIT_MS)
    assert "已连续输错 4 次" in page.reason.text()
    with qtbot.waitSignal(page.unlocked, timeout=LIMIT_MS):
        page.passphrase.setText(stores.PASSPHRASE)
        qtbot.keyClick(page.passphrase, Qt.Key.Key_Return)
    assert page.enter.text() == "解锁"
