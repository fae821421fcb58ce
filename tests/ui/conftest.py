"""Real widgets on a real store with the real TaskRunner, without a screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from villageapp.services.workspace import Workspace
from villageapp.ui import theme
from villageapp.ui.context import Context, make_context
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import LAST_SCREEN, Preferences
from villageapp.ui.screens import HOUSEHOLDS
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.tell import Notice

LIMIT_MS = 10_000
"""A deadline for waiting, never a measurement."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The platform without a screen says of every window that it can neither raise it nor limit its size."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> stores.StoreTemplate:
    return stores.make_template(tmp_path_factory.mktemp("template") / "store")


@pytest.fixture(scope="session", autouse=True)
def styled(qapp: QApplication) -> None:
    theme.apply(qapp, 100)


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[TaskRunner]:
    """Background work without a window."""
    runner = TaskRunner()
    yield runner
    runner.close()


@pytest.fixture
def work(template: stores.StoreTemplate, tmp_path: Path) -> Iterator[Workspace]:
    """A store with the four families of tests.helpers.stores."""
    with template.open_copy(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """Holds every widget until the test has closed it.

    The bot itself holds widgets weakly. A window whose last reference is a closure of its own button would be
    destroyed in the middle of the destruction of that button, twice; in the program windows have parents.
    """
    held: list[QWidget] = []
    add = qtbot.addWidget

    def add_widget(widget: QWidget, *, before_close_func: Callable[[QWidget], None] | None = None) -> None:
        held.append(widget)
        add(widget, before_close_func=before_close_func)

    monkeypatch.setattr(qtbot, "addWidget", add_widget)
    return qtbot


@pytest.fixture
def context(work: Workspace, tmp_path: Path, qtbot: QtBot) -> Iterator[Context]:
    """Wired as in the program; an error that nobody handles fails the test at its end."""
    made = make_context(work, Preferences(tmp_path / "window.ini"))
    unhandled: list[Exception] = []
    made.tasks.failed.connect(unhandled.append)
    yield made
    made.tasks.close()
    assert unhandled == []


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    """A window for dialogs to stand over."""
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def told(context: Context) -> list[Notice]:
    """Everything that was said in the status line."""
    notices: list[Notice] = []
    context.tell.said.connect(notices.append)
    return notices


@pytest.fixture
def settled(context: Context, qtbot: QtBot) -> Callable[[], None]:
    """Waits until no background work is left."""

    def wait() -> None:
        qtbot.waitUntil(lambda: context.tasks.is_idle, timeout=LIMIT_MS)

    return wait


@pytest.fixture
def window(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> MainWindow:
    """The whole program on a small screen, at the list of households."""
    context.settings.set(LAST_SCREEN, HOUSEHOLDS)
    made = MainWindow(context)
    qtbot.addWidget(made)
    made.setWindowState(Qt.WindowState.WindowNoState)  # not filling the test platform's square screen
    made.resize(1366, 768)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.start()
    settled()
    return made
