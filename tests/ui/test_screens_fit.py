"""Every screen in the frame: nothing is clipped at any size of type, every control has a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.ui import theme
from villageapp.ui.households.screen import HouseholdsScreen
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import SCALES
from villageapp.ui.screens import screens

KEYS = [screen.key for screen in screens()]
PERCENTS = (SCALES[0], 130, SCALES[-1])


@pytest.fixture
def scaled(qapp: QApplication) -> Iterator[Callable[[int], None]]:
    yield lambda percent: theme.apply(qapp, percent)
    theme.apply(qapp, 100)


def _sees_everything(window: MainWindow, percent: int) -> bool:
    complaints = looking.clipped(window)
    if complaints:
        raise AssertionError(
            percent, complaints
        )  # waitUntil tries again, and shows the last one at the deadline
    return True


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_clipped_on_a_small_screen(
    qtbot: QtBot, window: MainWindow, settled: Callable[[], None], scaled: Callable[[int], None], key: str
) -> None:
    page = window.show_screen(key)
    for percent in PERCENTS:
        scaled(percent)
        window.context.signals.scaled.emit(percent)
        settled()
        qtbot.waitUntil(lambda: page.isVisible() and page.width() > 600, timeout=LIMIT_MS)
        assert window.size().width() <= 1366
        assert window.minimumSizeHint().height() <= 768
        qtbot.waitUntil(lambda now=percent: _sees_everything(window, now), timeout=LIMIT_MS)
        if percent == 100:
            assert not window.scroll_area.verticalScrollBar().isVisible()
            assert not window.scroll_area.horizontalScrollBar().isVisible()


@pytest.mark.parametrize("key", KEYS)
def test_every_control_has_a_name(window: MainWindow, settled: Callable[[], None], key: str) -> None:
    page = window.show_screen(key)
    settled()
    if isinstance(page, HouseholdsScreen):
        for index in range(page.pane.tabs.count()):
            page.pane.tabs.setCurrentIndex(index)
            assert looking.unnamed(window) == []
    assert looking.unnamed(window) == []
