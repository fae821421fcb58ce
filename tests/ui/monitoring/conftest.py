"""The screen with a village at whose laptop cases can be taken along their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from tests.ui.conftest import LIMIT_MS
from tests.unit.services.test_cases import Village
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.monitoring.screen import MonitoringScreen

Settled = Callable[[], None]
Show = Callable[[], MonitoringScreen]


@pytest.fixture
def village(work: Workspace) -> Village:
    return Village(work)


@pytest.fixture
def show(qtbot: QtBot, context: Context, settled: Settled) -> Show:
    """The screen with what the store holds at that moment."""

    def make() -> MonitoringScreen:
        made = MonitoringScreen(context)
        qtbot.addWidget(made)
        made.resize(1211, 690)
        context.tell.set_window(made)
        with qtbot.waitActive(made):
            made.show()
            made.activateWindow()
        settled()
        return made

    return make


def dialog_of(qtbot: QtBot, kind: type[QDialog]) -> Any:
    """The dialog of that kind that is in front."""
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), kind), timeout=LIMIT_MS)
    return QApplication.activeModalWidget()


def open_case(screen: MonitoringScreen, case_id: str, settled: Settled) -> None:
    """Open a case and wait until it is shown."""
    screen.open_record(case_id)
    settled()
    assert screen.pane.opened is not None
    assert screen.pane.opened.page.case["id"] == case_id
