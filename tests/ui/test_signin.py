"""The window before the store is open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.ui.conftest import LIMIT_MS
from villageapp.paths import DataDir
from villageapp.services.workspace import Workspace
from villageapp.ui.signin.new_store_page import NewStorePage
from villageapp.ui.signin.recovery_page import RecoveryPage
from villageapp.ui.signin.window import SignInWindow
from villageapp.ui.tasks import TaskRunner

ROOT = Path(__file__).parents[2]


def _window(qtbot: QtBot, data_dir: DataDir, tasks: TaskRunner) -> tuple[SignInWindow, list[Workspace]]:
    window = SignInWindow(data_dir, tasks)
    qtbot.addWidget(window)
    opened: list[Workspace] = []
    window.opened.connect(opened.append)
    window.show()
    return window, opened


def _type(qtbot: QtBot, line: QLineEdit, text: str) -> None:
    line.clear()
    qtbot.keyClicks(line, text) if text.isascii() else line.setText(text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def test_wrong_passphrase_is_refused_beside_the_field_and_the_right_one_opens(
    qtbot: QtBot, tasks: TaskRunner, template: stores.StoreTemplate, tmp_path: Path
) -> None:
    window, opened = _window(qtbot, template.copy_to(tmp_path / "store"), tasks)
    page = window.page
    _type(qtbot, page.passphrase, "not-the-passphrase")
    qtbot.waitUntil(lambda: "口令不对" in page.reason.text(), timeout=LIMIT_MS)
    assert page.reason.isVisible()
    assert page.enter.isEnabled()
    assert opened == []
    _type(qtbot, page.passphrase, stores.PASSPHRASE)
    qtbot.waitUntil(lambda: len(opened) == 1, timeout=LIMIT_MS)
    assert opened[0].identity.village_code == stores.VILLAGE_CODE
    opened[0].close()


def test_the_recovery_code_opens_too(
    qtbot: QtBot, tasks: TaskRunner, template: stores.StoreTemplate, tmp_path: Path
) -> None:
    window, opened = _window(qtbot, template.copy_to(tmp_path / "store"), tasks)
    _type(qtbot, window.page.passphrase, template.recovery_code.lower())
    qtbot.waitUntil(lambda: len(opened) == 1, timeout=LIMIT_MS)
    opened[0].close()


def test_nothing_typed_asks_for_it(
    qtbot: QtBot, tasks: TaskRunner, template: stores.StoreTemplate, tmp_path: Path
) -> None:
    window, _ = _window(qtbot, template.copy_to(tmp_path / "store"), tasks)
    _type(qtbot, window.page.passphrase, "")
    assert window.page.reason.text() == "请先输入口令。"


def test_a_damaged_key_file_says_so_and_changes_nothing(
    qtbot: QtBot, tasks: TaskRunner, template: stores.StoreTemplate, tmp_path: Path
) -> None:
    data_dir = template.copy_to(tmp_path / "store")
    data_dir.key_slots.write_bytes(b"{broken")
    window, opened = _window(qtbot, data_dir, tasks)
    _type(qtbot, window.page.passphrase, "whatever-it-was")
    qtbot.waitUntil(lambda: "keys.json 已损坏" in window.page.reason.text(), timeout=LIMIT_MS)
    assert opened == []
    assert data_dir.key_slots.read_bytes() == b"{broken"


def _new_page(qtbot: QtBot, window: SignInWindow) -> NewStorePage:
    assert window.page.make.isVisible()
    assert not window.page.passphrase.isVisible()
    qtbot.mouseClick(window.page.make, Qt.MouseButton.LeftButton)
    page = window.current_page()
    assert isinstance(page, NewStorePage)
    return page


def test_a_new_store_is_made_and_its_recovery_code_shown(
    qtbot: QtBot, tasks: TaskRunner, tmp_path: Path
) -> None:
    data_dir = DataDir(tmp_path / "new")
    window, opened = _window(qtbot, data_dir, tasks)
    page = _new_page(qtbot, window)
    page.village_code.setText(stores.VILLAGE_CODE)
    assert page.place.text() == "✓ 演示市 示范县 示例镇"
    page.village_name.setText("示例村")
    page.user_name.setText("周队员")
    page.passphrase.setText("zhucun-2026")
    page.again.setText("zhucun-2026")
    qtbot.mouseClick(page.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(page.currentWidget(), RecoveryPage), timeout=LIMIT_MS)
    recovery = page.currentWidget()
    assert isinstance(recovery, RecoveryPage)
    assert len(recovery.shown_code.text().replace("-", "")) == 28
    assert not recovery.go_on.isEnabled()
    window.close()
    assert window.isVisible()  # not before the code is copied down
    recovery.tick.setChecked(True)
    qtbot.mouseClick(recovery.go_on, Qt.MouseButton.LeftButton)
    assert len(opened) == 1
    opened[0].close()
    assert data_dir.database.exists()


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("village_code", "123", "请填写 12 位区划代码。"),
        ("village_code", "999999999999", "不在山西省乡镇名录里"),
        ("village_name", "", "请填写行政村名称。"),
        ("user_name", "", "请填写您的姓名。"),
        ("again", "something else", "两遍口令不一样"),
        ("both", "short", "至少 8 个字符"),
    ],
)
def test_wrong_answers_leave_no_store_behind(
    qtbot: QtBot, tasks: TaskRunner, tmp_path: Path, field: str, text: str, reason: str
) -> None:
    data_dir = DataDir(tmp_path / "new")
    window, opened = _window(qtbot, data_dir, tasks)
    page = _new_page(qtbot, window)
    for line, answer in (
        (page.village_code, stores.VILLAGE_CODE),
        (page.village_name, "示例村"),
        (page.user_name, "周队员"),
        (page.passphrase, "zhucun-2026"),
        (page.again, "zhucun-2026"),
    ):
        line.setText(answer)
    for line in (page.passphrase, page.again) if field == "both" else (getattr(page, field),):
        line.setText(text)
    qtbot.mouseClick(page.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: reason in page.reason.text(), timeout=LIMIT_MS)
    assert opened == []
    assert not data_dir.exists()


_PROBE = """
import json, sys
from pathlib import Path
from PySide6 import QtCore, QtWidgets
from villageapp.paths import DataDir
from villageapp.ui import app as window
app = window.make_application(["villageapp"])
desktop = window.Desktop(app, DataDir(Path(sys.argv[1])))
shown = desktop.sign_in()
found = []
shown.painted.connect(lambda: (found.extend([*sys.modules, *vars(QtCore), *vars(QtWidgets)]), app.exit()))
app.exec()
desktop.close()
heavy = ("sqlalchemy", "sqlalchemy.orm", "alembic", "reportlab", "httpx", "nacl", "pypinyin", "openpyxl", "PIL",
         "villageapp.services", "villageapp.sync",
         "villageapp.models", "logging.handlers", "PySide6.QtNetwork", "villageapp.cli.main", "Qt", "QStyle")
print(json.dumps([name for name in heavy if name in found]))
"""


def test_sign_in_shows_before_anything_heavy_is_imported(
    template: stores.StoreTemplate, tmp_path: Path
) -> None:
    data_dir = template.copy_to(tmp_path / "store")
    ended = subprocess.run(
        [sys.executable, "-c", _PROBE, str(data_dir.root)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(ended.stdout) == []


_LATER = """
import sys
from villageapp.progress import SILENT
from villageapp.ui import preload
preload.load(preload.BEFORE_OPENING + preload.WINDOW, SILENT)
print([name for name in ("httpx", "reportlab", "pypinyin", "openpyxl", "PIL", "alembic") if name in sys.modules])
"""


def test_opening_waits_for_nothing_that_only_sync_print_or_import_need() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _LATER], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.strip() == "[]"
