"""The training village from the sign-in window, its banner and tour; pictures of every screen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from villageapp.paths import DataDir
from villageapp.progress import SILENT
from villageapp.services import syncing, training
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context, make_context
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import Preferences
from villageapp.ui.screens import screens
from villageapp.ui.signin.window import SignInWindow
from villageapp.ui.tasks import TaskRunner


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("training")


def test_it_is_made_from_the_sign_in_window_and_kept(qtbot: QtBot, folder: Path) -> None:
    tasks = TaskRunner()
    window = SignInWindow(DataDir(folder), tasks)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.opened, timeout=60_000) as opened:
        qtbot.mouseClick(window.page.training, Qt.MouseButton.LeftButton)
    work: Workspace = opened.args[0]
    assert training.is_training(work)
    assert not syncing.sync_state(work).enrolled
    before = syncing.state_hash(work).hash
    work.close()
    tasks.close()
    assert not DataDir(folder).exists(), "no real store was made"
    with training.open_training(DataDir(folder), SILENT) as again:
        assert syncing.state_hash(again).hash == before


@pytest.fixture
def context(folder: Path, tmp_path: Path) -> Iterator[Context]:
    with training.open_training(DataDir(folder), SILENT) as work:
        made = make_context(work, Preferences(tmp_path / "window.ini"))
        yield made
        made.tasks.close()


def test_the_banner_and_the_tour_on_the_first_day(
    qtbot: QtBot, context: Context, settled: Callable[[], None]
) -> None:
    window = MainWindow(context)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    window.start()
    settled()
    assert any("练习村" in found.text() and found.isVisible() for found in window.findChildren(QLabel))
    assert window.tour.isVisible()
    seen = []
    for _ in range(20):
        if not window.tour.isVisible():
            break
        seen.append(window.tour.title.text())
        qtbot.mouseClick(window.tour.onward, Qt.MouseButton.LeftButton)
        settled()
    assert len(seen) == len(set(seen)) >= 4
    assert not window.tour.isVisible()
    window.start()
    assert not window.tour.isVisible(), "only the first time by itself"


def test_every_screen_tab_and_dialog_is_drawn(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "villageapp", "screenshots", "--out", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for screen in screens():
        picture = QImage(str(tmp_path / f"{screen.key}.png"))
        assert (picture.width(), picture.height()) == (1366, 768)
    names = {file.stem for file in tmp_path.iterdir()}
    assert {"employment-tab2", "assets-tab3", "work-tab4", "households-tab2"} <= names
    assert {"employment-dialog1", "assets-dialog1", "settings-dialog1", "problems-dialog1"} <= names
    assert {"import", "card", "question", "error", "help", "tour", "lock"} <= names
    for file in tmp_path.iterdir():
        picture = QImage(str(file))
        assert 0 < picture.width() <= 1366, file.name
        assert 0 < picture.height() <= 768, file.name
