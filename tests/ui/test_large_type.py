"""Large type on a small screen: what a person of sixty sets first. Nothing may hide at the side or be cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.helpers.stores import ZHANG, family_id
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.ui import theme
from villageapp.ui.households.member_dialog import MemberDialog
from villageapp.ui.households.screen import HouseholdsScreen
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import SCALE
from villageapp.ui.signin.window import SignInWindow
from villageapp.ui.tasks import TaskRunner

LARGE = 150


@pytest.fixture
def large(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, LARGE)
    yield
    theme.apply(qapp, 100)


@pytest.fixture
def page(large: None, qtbot: QtBot, window: MainWindow, settled: Callable[[], None]) -> HouseholdsScreen:
    window.context.settings.set(SCALE, LARGE)
    window.context.signals.scaled.emit(LARGE)
    shown = window.show_screen("households")
    assert isinstance(shown, HouseholdsScreen)
    shown.open_household(family_id(ZHANG))
    settled()
    qtbot.waitUntil(shown.pane.titles.isVisible, timeout=LIMIT_MS)
    return shown


def test_all_screens_are_on_the_rail_without_scrolling(
    page: HouseholdsScreen, window: MainWindow, qtbot: QtBot
) -> None:
    bar = window.rail.findChildren(QScrollArea)[0].verticalScrollBar()
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=LIMIT_MS)


def test_every_tab_of_a_household_is_seen_and_reached_by_keys(page: HouseholdsScreen, qtbot: QtBot) -> None:
    strip, tabs = page.pane.titles, page.pane.tabs
    for entry in strip.entries:
        qtbot.waitUntil(lambda e=entry: strip.rect().contains(e.geometry()), timeout=LIMIT_MS)
    page.list.opened.emit(family_id(ZHANG))  # Enter in the list
    assert QApplication.focusWidget() is strip.entries[tabs.currentIndex()]
    before = tabs.currentIndex()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert tabs.currentIndex() == before + 1
    assert QApplication.focusWidget() is strip.entries[before + 1]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert not strip.isAncestorOf(QApplication.focusWidget()), "Tab goes on into the page"


def test_fields_stand_in_one_column_instead_of_scrolling_sideways(
    page: HouseholdsScreen, qtbot: QtBot, settled: Callable[[], None]
) -> None:
    for pane in (page.pane.basics, page.pane.living):
        page.pane.tabs.setCurrentWidget(pane)
        bar = pane.findChildren(QScrollArea)[0].horizontalScrollBar()
        qtbot.waitUntil(lambda bar=bar: bar.maximum() == 0, timeout=LIMIT_MS)
    first, second = (page.pane.basics.input(name) for name in ("household_type", "monitoring_category"))
    assert first.mapTo(page, first.rect().topLeft()).x() == second.mapTo(page, second.rect().topLeft()).x()


def test_chips_used_less_stand_behind_one_until_they_filter(page: HouseholdsScreen, qtbot: QtBot) -> None:
    filters = page.list.filters
    assert filters.more.isVisible()
    assert not filters.risk.isVisible()
    qtbot.mouseClick(filters.more, Qt.MouseButton.LeftButton)
    assert filters.risk.isVisible()
    filters.risk.choose("01")
    filters.risk.picked.emit()
    qtbot.mouseClick(filters.more, Qt.MouseButton.LeftButton)
    assert filters.risk.isVisible()
    assert not filters.away.isVisible()


def test_the_member_dialog_needs_no_scrolling_sideways(page: HouseholdsScreen, qtbot: QtBot) -> None:
    page.pane._add_member()
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MemberDialog) and w.isVisible())
    available = dialog.screen().availableGeometry().width()
    needed = dialog.form.minimumSizeHint().width()
    assert dialog.width() >= min(needed, available - 40)
    dialog.reject()


def test_a_refused_passphrase_is_read_in_full(
    large: None, qtbot: QtBot, template: stores.StoreTemplate, tmp_path: Path
) -> None:
    tasks = TaskRunner()
    try:
        window = SignInWindow(template.copy_to(tmp_path / "store"), tasks)
        qtbot.addWidget(window)
        window.show()
        window.page.passphrase.setText("wrong")
        qtbot.keyClick(window.page.passphrase, Qt.Key.Key_Return)
        qtbot.waitUntil(window.page.reason.isVisible, timeout=LIMIT_MS)
        qtbot.waitUntil(lambda: looking.squeezed(window) == [], timeout=LIMIT_MS)
    finally:
        tasks.close()
