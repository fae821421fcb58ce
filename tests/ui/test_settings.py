"""The screen 设置: type and colours at once, passphrase, people, backup."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from tests.helpers.stores import PASSPHRASE, USER_NAME
from tests.ui.conftest import LIMIT_MS
from villageapp.models import keys
from villageapp.services import backups, cadres
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.settings.safety_card import PassphraseDialog
from villageapp.ui.settings.screen import SettingsScreen
from villageapp.ui.widgets.record_dialog import RecordDialog


@pytest.fixture
def screen(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> SettingsScreen:
    made = SettingsScreen(context)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    settled()
    return made


def dialog_of(kind: type[RecordDialog] | type[PassphraseDialog]) -> RecordDialog | PassphraseDialog:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible())


def test_a_size_is_remembered_and_announced(qtbot: QtBot, screen: SettingsScreen) -> None:
    with qtbot.waitSignal(screen.context.signals.scaled) as scaled:
        screen.display.scale.setFocus()
        qtbot.keyClick(screen.display.scale, Qt.Key.Key_Down)
        screen.display.scale.activated.emit(screen.display.scale.currentIndex())
    assert scaled.args == [115]
    assert screen.context.settings.get(SCALE) == 115


def test_people_are_listed_added_and_changed(
    qtbot: QtBot, screen: SettingsScreen, settled: Callable[[], None]
) -> None:
    assert [row["name"] for row in screen.team.table.rows.rows()] == [USER_NAME]
    screen.team._add()
    dialog = dialog_of(RecordDialog)
    assert isinstance(dialog, RecordDialog)
    dialog.form.input("name").set_value("李书记")
    dialog.form.input("role").set_value("第一书记")
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    settled()
    screen.team.refresh()
    settled()
    assert {c["name"] for c in cadres.list_cadres(screen.context.work)} == {USER_NAME, "李书记"}


def test_the_passphrase_is_changed_only_with_the_old_one(
    qtbot: QtBot, screen: SettingsScreen, settled: Callable[[], None]
) -> None:
    qtbot.mouseClick(screen.safety.change, Qt.MouseButton.LeftButton)
    dialog = dialog_of(PassphraseDialog)
    assert isinstance(dialog, PassphraseDialog)
    dialog.old.setText("not this one")
    dialog.new.setText("another passphrase")
    dialog.again.setText("another passphrasE")
    dialog.save.click()
    assert "不一样" in dialog.reason.text()
    dialog.again.setText("another passphrase")
    qtbot.keyClick(dialog.again, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.save.isEnabled() and "不对" in dialog.reason.text(), timeout=LIMIT_MS)
    assert "没有打开" not in dialog.reason.text(), "the database is open"
    dialog.old.setText(PASSPHRASE)
    dialog.save.click()
    settled()
    assert keys.unlock(screen.context.work.data_dir.key_slots, "another passphrase")


def test_a_backup_is_made_where_the_person_says(
    qtbot: QtBot,
    screen: SettingsScreen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settled: Callable[[], None],
) -> None:
    path = tmp_path / "一份.zcbak"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    qtbot.mouseClick(screen.backup.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: path.name in screen.backup.said.text(), timeout=LIMIT_MS)
    assert backups.verify(path, PASSPHRASE).records > 0
