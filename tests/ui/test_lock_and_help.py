"""Locking the window, help by F1, and what happens to an exception that nobody expected."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from tests.helpers.stores import PASSPHRASE
from tests.ui.conftest import LIMIT_MS
from villageapp.ui.context import Context
from villageapp.ui.help.dialog import KEYS, HelpDialog
from villageapp.ui.help.error_report import report_text
from villageapp.ui.help.keys import keyboard_map
from villageapp.ui.main_window import MainWindow
from villageapp.ui.screens import screens


@pytest.fixture
def window(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> MainWindow:
    made = MainWindow(context)
    qtbot.addWidget(made)
    made.resize(1366, 768)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    settled()
    return made


def test_the_window_opens_again_only_with_the_passphrase(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    page = window.lock.page
    assert page is not None
    assert page.isVisible()
    assert page.geometry() == window.rect()
    assert not window.centralWidget().isEnabled()
    qtbot.keyClicks(page.passphrase, "wrong words")
    qtbot.keyClick(page.passphrase, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.reason.text().startswith("✕"), timeout=LIMIT_MS)
    assert window.lock.is_locked
    qtbot.waitUntil(page.enter.isEnabled, timeout=LIMIT_MS)
    page.passphrase.setText(PASSPHRASE)
    qtbot.keyClick(page.passphrase, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.lock.is_locked, timeout=LIMIT_MS)
    assert window.centralWidget().isEnabled()


def test_f1_shows_the_page_of_the_screen_and_the_keyboard_map(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, HelpDialog) and w.isVisible())
    dialog.show_page(KEYS)
    shown = dialog.text.toPlainText()
    assert all(what in shown for _keys, what in keyboard_map())
    dialog.search.setText("向下填充")
    assert dialog.pages.count() >= 1
    dialog.search.setText("没有这个词qq")
    assert dialog.pages.count() == 0
    dialog.close()


def test_every_screen_is_explained_and_every_page_begins_with_a_heading(
    qtbot: QtBot, window: MainWindow
) -> None:
    dialog = HelpDialog("", window)
    qtbot.addWidget(dialog)
    keys = {dialog.pages.item(row).data(Qt.ItemDataRole.UserRole) for row in range(dialog.pages.count())}
    assert {screen.key for screen in screens()} <= keys
    assert all(dialog.pages.item(row).text() for row in range(dialog.pages.count()))


def test_a_report_names_no_person(
    tmp_path: Path, qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("张示范 14990119620315001X")

    try:
        fail()
    except RuntimeError as error:
        text = report_text(error)
        assert "RuntimeError" in text
        assert "fail" in text
        assert "张示范" not in text
        assert "149901" not in text
        path = tmp_path / "report.txt"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
        window.context.tell.error(error)
    box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible())
    keep = next(b for b in box.buttons() if "报告" in b.text())
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(path.exists, timeout=LIMIT_MS)
    assert "RuntimeError" in path.read_text(encoding="utf-8")
    assert sys.version.split()[0] in path.read_text(encoding="utf-8")


def test_pictures_of_the_handbook_fit_the_page(qtbot: QtBot, window: MainWindow) -> None:
    dialog = HelpDialog("work", window)
    qtbot.addWidget(dialog)
    dialog.show()
    for width in (700, 1000, 700):
        dialog.resize(width, 500)
        assert dialog.text.verticalScrollBar().maximum() > 0, "the picture is there"
        assert dialog.text.horizontalScrollBar().maximum() == 0
