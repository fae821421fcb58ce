"""Two windows of one team and the real server: enrol, change here, see it there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.helpers.servers import ServerProcess, roomy_folder, running_server
from villageapp.services import households, syncing
from villageapp.services.workspace import Workspace
from villageapp.ui.context import make_context
from villageapp.ui.households.screen import HouseholdsScreen
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import LAST_SCREEN, Preferences
from villageapp.ui.screens import HOUSEHOLDS, SYNC
from villageapp.ui.syncing.screen import SyncScreen

LIMIT_MS = 30_000
ZHANG = stores.family_id(stores.ZHANG)


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with roomy_folder() as folder, running_server(folder / "server") as running:
        yield running


@dataclass
class _Laptop:
    """A window on a store of its own."""

    work: Workspace
    window: MainWindow

    @property
    def sync(self) -> SyncScreen:
        page = self.window.show_screen(SYNC)
        assert isinstance(page, SyncScreen)
        return page

    @property
    def households(self) -> HouseholdsScreen:
        page = self.window.show_screen(HOUSEHOLDS)
        assert isinstance(page, HouseholdsScreen)
        return page


def _laptop(qtbot: QtBot, folder: Path, *, with_households: bool) -> _Laptop:
    template = stores.make_template(folder / "template", with_households=with_households)
    work = template.open_copy(folder / "store")
    preferences = Preferences(folder / "window.ini")
    preferences.set(LAST_SCREEN, HOUSEHOLDS)
    window = MainWindow(make_context(work, preferences))
    qtbot.addWidget(window)
    window.show()
    window.start()
    return _Laptop(work, window)


def _enrol(qtbot: QtBot, laptop: _Laptop, server: ServerProcess, name: str) -> None:
    screen = laptop.sync
    qtbot.waitUntil(screen.enrol.isVisible, timeout=LIMIT_MS)
    screen.enrol.server.setText(server.url)
    screen.enrol.code.setText(server.enrol_code(stores.VILLAGE_CODE, name))
    qtbot.mouseClick(screen.enrol.join, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "上次结果" in screen.last.text() and screen.go.isEnabled(), timeout=LIMIT_MS)
    assert "服务器已签收" in screen.last.text()
    qtbot.waitUntil(lambda: laptop.window.top.light.text().startswith("已同步"), timeout=LIMIT_MS)
    assert screen.heading.text() == "已同步"
    assert not screen.enrol.isVisible()


def test_what_one_laptop_changes_the_other_shows(qtbot: QtBot, tmp_path: Path, server: ServerProcess) -> None:
    first = _laptop(qtbot, tmp_path / "a", with_households=True)
    second = _laptop(qtbot, tmp_path / "b", with_households=False)
    try:
        _enrol(qtbot, first, server, "周队员")
        _enrol(qtbot, second, server, "吴队员")
        table = second.households.list.table
        qtbot.waitUntil(lambda: table.rows.rowCount() == len(stores.FAMILIES), timeout=LIMIT_MS)
        second.households.open_household(ZHANG)
        pane = second.households.pane
        qtbot.waitUntil(lambda: pane.page is not None and pane.page.id == ZHANG, timeout=LIMIT_MS)

        households.change(first.work, ZHANG, {"phone": "13900000009"})
        first.window.context.signals.sync_asked.emit()
        qtbot.waitUntil(
            lambda: first.window.context.tasks.is_idle and syncing.sync_state(first.work).pending == 0,
            timeout=LIMIT_MS,
        )
        second.window.context.signals.sync_asked.emit()
        qtbot.waitUntil(lambda: "13900000009" in pane.header.facts.text(), timeout=LIMIT_MS)
        assert syncing.state_hash(first.work).hash == syncing.state_hash(second.work).hash
    finally:
        for laptop in (first, second):
            laptop.window.context.tasks.close()
            laptop.work.close()
