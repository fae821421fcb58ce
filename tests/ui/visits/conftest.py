"""The visits screen on a real store, driven by keys and clicks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.stores import ZHANG, family_id
from tests.ui.conftest import LIMIT_MS
from villageapp.services import visits
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.visits.screen import VisitsScreen
from villageapp.ui.visits.visit_form import VisitForm


class Typist:
    """A person at the keyboard; counts the keys."""

    def __init__(self) -> None:
        self.strokes = 0

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """One key, to whatever has the keyboard."""
        self.strokes += 1
        QTest.keyClick(self._focused(), key, modifier)

    def type(self, text: str) -> None:
        """Some letters. Chinese arrives from the input method as text, not as keys."""
        for letter in text:
            self.strokes += 1
            QTest.keyClicks(self._focused(), letter)

    def enter(self, times: int = 1) -> None:
        """Go on."""
        for _ in range(times):
            self.press(Qt.Key.Key_Return)

    def save(self) -> None:
        """Ctrl+S."""
        self.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)

    def _focused(self) -> QWidget:
        focused = QApplication.focusWidget()
        assert focused is not None, "nothing has the keyboard"
        return focused


@pytest.fixture
def typist() -> Typist:
    return Typist()


@pytest.fixture
def screen(context: Context, qtbot: QtBot, settled: Callable[[], None]) -> Iterator[VisitsScreen]:
    made = VisitsScreen(context)
    context.tell.set_window(made)
    qtbot.addWidget(made)
    made.resize(1200, 640)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=LIMIT_MS)
    settled()
    yield made
    for box in made.findChildren(QMessageBox):
        box.close()


@pytest.fixture
def zhang() -> str:
    return family_id(ZHANG)


@pytest.fixture
def opened(screen: VisitsScreen, qtbot: QtBot) -> Callable[[str], VisitForm]:
    """Opens the form of a household and waits until it stands."""

    def open_form(household_id: str) -> VisitForm:
        screen.open_household(household_id)
        qtbot.waitUntil(lambda: screen.form_page.household_id == household_id, timeout=LIMIT_MS)
        form = screen.form_page.form
        assert form is not None
        qtbot.waitUntil(lambda: screen.form_page.area.widget() is form, timeout=LIMIT_MS)
        return form

    return open_form


@pytest.fixture
def answer_question(screen: VisitsScreen, qtbot: QtBot) -> Callable[[str], str]:
    """Presses a button of the dialog that asks; gives back what it said."""

    def press(text: str) -> str:
        def boxes() -> list[QMessageBox]:
            return [box for box in screen.findChildren(QMessageBox) if box.isVisible()]

        qtbot.waitUntil(lambda: bool(boxes()), timeout=LIMIT_MS)
        box = boxes()[0]
        said = f"{box.text()}\n{box.informativeText()}"
        button = next(b for b in box.findChildren(QPushButton) if b.text() == text)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not boxes(), timeout=LIMIT_MS)
        screen.activateWindow()  # there is no window manager here that would do it
        qtbot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=LIMIT_MS)
        return said

    return press


@pytest.fixture
def stored(work: Workspace) -> Callable[[str], list[dict[str, Any]]]:
    """Visits of a household as the store has them, the newest first."""
    return lambda household_id: visits.list_visits(work, household_id)
