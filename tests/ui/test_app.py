"""The program from sign-in to the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.ui.conftest import LIMIT_MS
from villageapp.services import households
from villageapp.services.workspace import open_workspace
from villageapp.ui.app import Desktop
from villageapp.ui.main_window import MainWindow


def test_sign_in_work_and_leave(
    qtbot: QtBot,
    qapp: QApplication,
    template: stores.StoreTemplate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data_dir = template.copy_to(tmp_path / "store")
    desktop = Desktop(qapp, data_dir)
    first = desktop.sign_in()
    first.page.passphrase.setText(stores.PASSPHRASE)
    qtbot.keyClick(first.page.passphrase, Qt.Key.Key_Return)

    def window() -> MainWindow | None:
        return next(
            (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()), None
        )

    qtbot.waitUntil(lambda: window() is not None, timeout=LIMIT_MS)
    main = window()
    assert main is not None
    qtbot.waitUntil(lambda: main.top.village.text() == stores.VILLAGE_NAME, timeout=LIMIT_MS)
    desktop.come_to_front()
    work = main.context.work
    main.context.tasks.write(
        lambda _p: households.change(work, stores.family_id(stores.ZHANG), {"phone": "13900000001"}),
        owner=main,
        done=lambda _saved: None,
    )
    main.close()
    desktop.close()  # waits for the save
    with open_workspace(data_dir, stores.PASSPHRASE) as again:
        assert households.page(again, stores.family_id(stores.ZHANG)).values["phone"] == "13900000001"
