"""Somebody at the laptop: the whole program driven by keys and clicks, as a new user would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from villageapp.services.workspace import Workspace
from villageapp.ui.app import Desktop
from villageapp.ui.main_window import MainWindow
from villageapp.ui.signin.recovery_page import RecoveryPage

LIMIT_MS = 30_000
"""A deadline for waiting, never a measurement."""
ALT = Qt.KeyboardModifier.AltModifier
Shown = TypeVar("Shown", bound=QWidget)


class Person:
    """Somebody at the laptop: types, clicks, waits until it is done."""

    def __init__(self, qtbot: QtBot, desktop: Desktop, folder: Path) -> None:
        self.qtbot = qtbot
        self.desktop = desktop
        self.folder = folder
        self._window: MainWindow | None = None

    @property
    def window(self) -> MainWindow:
        assert self._window is not None
        return self._window

    @property
    def work(self) -> Workspace:
        return self.window.context.work

    def wait(self, claim: Callable[[], object]) -> None:
        def is_true() -> bool:
            refused = [
                w.text()
                for w in QApplication.topLevelWidgets()
                if isinstance(w, QMessageBox) and w.isVisible()
            ]
            if refused:
                raise AssertionError(refused)  # shown at the deadline
            return bool(claim())

        self.qtbot.waitUntil(is_true, timeout=LIMIT_MS)

    def rest(self) -> None:
        """Until nothing works in the background."""
        self.wait(lambda: self.window.context.tasks.is_idle)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focused = QApplication.focusWidget()
        assert focused is not None, "nothing has the keyboard"
        QTest.keyClick(focused, key, modifier)

    def write(self, text: str) -> None:
        """Letters as keys; Chinese comes from the input method as text."""
        focused = QApplication.focusWidget()
        assert focused is not None, "nothing has the keyboard"
        if text.isascii():
            QTest.keyClicks(focused, text)
        else:
            assert isinstance(focused, QLineEdit)
            focused.insert(text)

    def click(self, button: QWidget) -> None:
        assert button.isVisible()
        assert button.isEnabled()
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def click_words(self, within: QWidget, words: str) -> None:
        self.wait(lambda: self._buttons(within, words))
        self.click(self._buttons(within, words)[0])

    def _buttons(self, within: QWidget, words: str) -> list[QPushButton]:
        return [b for b in within.findChildren(QPushButton) if b.text().startswith(words) and b.isVisible()]

    def dialog(self, kind: type[Shown]) -> Shown:
        """The dialog of that kind, once it is in front."""
        found: list[Shown] = []

        def is_there() -> bool:
            found[:] = [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]
            return bool(found)

        self.wait(is_there)
        return found[0]

    def choose_file(self, file: Path) -> None:
        """Answer the file dialog that is open."""
        chooser = self.dialog(QFileDialog)
        chooser.selectFile(str(file))
        chooser.fileSelected.emit(str(file))
        chooser.reject()

    def screen(self, number: int, kind: type[Shown]) -> Shown:
        """Alt and a digit."""
        QTest.keyClick(self.window, Qt.Key(int(Qt.Key.Key_0) + number % 10), ALT)
        self.rest()
        page = self.window._stack.currentWidget()
        assert isinstance(page, kind)
        return page

    def back(self) -> None:
        """The main window has the keyboard again: there is no window manager here that would see to it."""
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)
        self.window._stack.currentWidget().focus_first()  # type: ignore[union-attr]

    def texts(self, within: QWidget) -> str:
        return "\n".join(part.text() for part in within.findChildren(QLabel) if part.isVisible())

    def begin(self, passphrase: str) -> str:
        """The first start: a new store. Gives the recovery code."""
        first = self.desktop.sign_in()
        first.activateWindow()
        self.wait(first.isActiveWindow)
        self.click(first.page.make)
        page = first.current_page()
        page.village_code.setFocus()
        for answer in ("149901001001", "示例村", "周队员"):
            self.write(answer)
            self.press(Qt.Key.Key_Return)
        for line in (page.passphrase, page.again):
            line.setFocus()
            self.write(passphrase)
        self.click(page.make)
        self.wait(lambda: isinstance(page.currentWidget(), RecoveryPage))
        recovery = page.currentWidget()
        code = recovery.shown_code.text()
        self.click(recovery.tick)
        self.click(recovery.go_on)
        self._main_window()
        return str(code)

    def sign_in(self, passphrase: str) -> None:
        """A later start."""
        first = self.desktop.sign_in()
        first.activateWindow()
        self.wait(first.isActiveWindow)
        first.page.passphrase.setFocus()
        self.write(passphrase)
        self.press(Qt.Key.Key_Return)
        self._main_window()

    def _main_window(self) -> None:
        self.wait(lambda: self.desktop._main is not None)
        self._window = self.desktop._main
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)
        self.rest()
