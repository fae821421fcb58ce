"""Bringing a backup back from the sign-in window: a damaged store, a new laptop, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.helpers.damage import harm, pages
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.paths import DataDir
from villageapp.services import backups, households
from villageapp.services.workspace import Workspace
from villageapp.ui.signin.restore_page import RestorePage
from villageapp.ui.signin.window import SignInWindow
from villageapp.ui.tasks import TaskRunner

ZHANG = stores.family_id(stores.ZHANG)


@pytest.fixture
def backup(template: stores.StoreTemplate, tmp_path: Path) -> Path:
    """A backup, and a store at ``tmp_path / "store"`` with a later telephone number, damaged in many places."""
    path = tmp_path / "one.zcbak"
    with template.open_copy(tmp_path / "store") as work:
        backups.create(work, path)
        households.change(work, ZHANG, {"phone": "13900000009"})
        work.database.settle()
    database = DataDir(tmp_path / "store").database
    harm(database, range(pages(database) // 2, pages(database), 9))
    return path


def begin(qtbot: QtBot, data_dir: DataDir, tasks: TaskRunner) -> tuple[RestorePage, list[Workspace]]:
    window = SignInWindow(data_dir, tasks)
    qtbot.addWidget(window)
    opened: list[Workspace] = []
    window.opened.connect(opened.append)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    qtbot.mouseClick(window.page.restore, Qt.MouseButton.LeftButton)
    page = window.current_page()
    assert isinstance(page, RestorePage)
    assert looking.unnamed(window) == []
    return page, opened


def fill(qtbot: QtBot, page: RestorePage, file: Path, passphrase: str) -> None:
    qtbot.mouseClick(page.choose, Qt.MouseButton.LeftButton)
    chooser = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible())
    chooser.fileSelected.emit(str(file))
    chooser.reject()
    assert page.file.text() == str(file)
    page.passphrase.setText(passphrase)
    qtbot.keyClick(page.passphrase, Qt.Key.Key_Return)
    qtbot.waitUntil(page.may_leave, timeout=LIMIT_MS)


def test_a_damaged_store_comes_back_with_what_is_newer_than_the_backup(
    qtbot: QtBot, tasks: TaskRunner, backup: Path, tmp_path: Path
) -> None:
    damaged = DataDir(tmp_path / "store").database.read_bytes()
    page, opened = begin(qtbot, DataDir(tmp_path / "store"), tasks)
    fill(qtbot, page, backup, stores.PASSPHRASE)
    assert "✓" in page.told.text()
    assert "1 项改动" in page.told.text()
    [kept] = (tmp_path / "store").glob("before-restore-*")
    assert str(kept) in page.told.text()
    assert (kept / "village.db").read_bytes() == damaged
    assert page.go.text() == "打开"
    qtbot.keyClick(page.go, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(opened) == 1, timeout=LIMIT_MS)
    with opened[0] as work:
        assert households.page(work, ZHANG).values["phone"] == "13900000009"


def test_a_new_laptop_gets_the_backup(qtbot: QtBot, tasks: TaskRunner, backup: Path, tmp_path: Path) -> None:
    page, opened = begin(qtbot, DataDir(tmp_path / "new"), tasks)
    assert not page.without.isVisible(), "there is nothing to rescue"
    fill(qtbot, page, backup, stores.PASSPHRASE)
    assert "已恢复" in page.told.text()
    assert "原来的数据库" not in page.told.text()
    qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(opened) == 1, timeout=LIMIT_MS)
    with opened[0] as work:
        assert households.count(work)["households"] == len(stores.FAMILIES)


def test_what_is_wrong_is_said_beside_and_nothing_changes(
    qtbot: QtBot, tasks: TaskRunner, backup: Path, tmp_path: Path
) -> None:
    place = DataDir(tmp_path / "store")
    before = place.database.read_bytes()
    page, opened = begin(qtbot, place, tasks)
    qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)
    assert "请先选择备份文件" in page.told.text()
    fill(qtbot, page, backup, "")
    assert "请输入做备份时的口令" in page.told.text()
    fill(qtbot, page, backup, "not-the-passphrase")
    assert "口令不对" in page.told.text()
    (tmp_path / "other.zcbak").write_bytes(b"no backup")
    fill(qtbot, page, tmp_path / "other.zcbak", stores.PASSPHRASE)
    assert "不是驻村通的备份文件" in page.told.text()
    assert place.database.read_bytes() == before
    assert not list(place.root.glob("before-restore-*"))
    qtbot.mouseClick(page.leave, Qt.MouseButton.LeftButton)
    assert not page.isVisible()
    assert opened == []


def test_it_can_be_cancelled(qtbot: QtBot, tasks: TaskRunner, backup: Path, tmp_path: Path) -> None:
    place = DataDir(tmp_path / "store")
    before = place.database.read_bytes()
    page, _opened = begin(qtbot, place, tasks)
    page.use_file(str(backup))
    page.passphrase.setText(stores.PASSPHRASE)
    qtbot.keyClick(page.passphrase, Qt.Key.Key_Return)
    assert page.leave.text() == "取消"
    assert not page.window().close(), "the window closed in the middle of it"
    qtbot.mouseClick(page.leave, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.may_leave, timeout=LIMIT_MS)
    assert page.told.text() == "已取消，没有改动任何内容。"
    assert place.database.read_bytes() == before


def test_without_a_backup_what_can_be_read_is_taken_over(
    qtbot: QtBot, tasks: TaskRunner, template: stores.StoreTemplate, tmp_path: Path
) -> None:
    with template.open_copy(tmp_path / "store") as work:
        households.change(work, ZHANG, {"phone": "13900000009"})
    page, opened = begin(qtbot, DataDir(tmp_path / "store"), tasks)
    page.without.click()
    assert not page.choose.isEnabled()
    page.passphrase.setText(stores.PASSPHRASE)
    qtbot.keyClick(page.passphrase, Qt.Key.Key_Return)
    qtbot.waitUntil(page.may_leave, timeout=LIMIT_MS)
    assert "没有用备份" in page.told.text()
    qtbot.keyClick(page.go, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(opened) == 1, timeout=LIMIT_MS)
    with opened[0] as work:
        assert households.page(work, ZHANG).values["phone"] == "13900000009"
