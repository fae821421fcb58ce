"""The frame: rail, search, status line, scale, sync light."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.helpers.stores import ZHANG, family_id
from tests.ui.conftest import LIMIT_MS
from villageapp.services import households
from villageapp.services.workspace import Workspace
from villageapp.ui import app, theme
from villageapp.ui.employment.screen import EmploymentScreen
from villageapp.ui.households.screen import HouseholdsScreen
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import LAST_SCREEN
from villageapp.ui.screens import EMPLOYMENT, HOUSEHOLDS, TODAY, VISITS, screens

KEYS = [screen.key for screen in screens()]
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def test_head_names_village_person_and_sync_state(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.top.light.text() == "未接入服务器", timeout=LIMIT_MS)
    assert window.top.village.text() == stores.VILLAGE_NAME
    assert window.top.user.text() == stores.USER_NAME


def test_alt_and_number_open_the_screens(
    qtbot: QtBot, window: MainWindow, settled: Callable[[], None]
) -> None:
    for number, screen in enumerate(screens()[:10], 1):
        qtbot.keyClick(window, Qt.Key(int(Qt.Key.Key_0) + number % 10), ALT)
        settled()
        assert window.context.settings.get(LAST_SCREEN) == screen.key
    assert [screen.key for screen in screens()][:3] == [TODAY, HOUSEHOLDS, VISITS]


def test_ctrl_k_finds_a_person_and_enter_opens_the_household(
    qtbot: QtBot, window: MainWindow, settled: Callable[[], None]
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_1, ALT)
    settled()
    qtbot.keyClick(window, Qt.Key.Key_K, CONTROL)
    search = window.top.search
    assert search.hasFocus()
    qtbot.keyClicks(search, "ly")
    window.show_screen(TODAY).refresh()  # as after a sync
    settled()
    assert search.hasFocus()
    qtbot.keyClicks(search, "l")
    qtbot.waitUntil(lambda: search.popup.isVisible() and search.popup.count() == 1, timeout=LIMIT_MS)
    assert search.popup.item(0).text().startswith("李样例（张示范家）")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    settled()
    page = window.show_screen(HOUSEHOLDS)
    assert isinstance(page, HouseholdsScreen)
    qtbot.waitUntil(
        lambda: page.pane.page is not None and page.pane.page.id == stores.family_id(stores.ZHANG),
        timeout=LIMIT_MS,
    )
    assert not search.popup.isVisible()


def test_nothing_found_says_what_to_try(qtbot: QtBot, window: MainWindow) -> None:
    window.top.search.setFocus()
    qtbot.keyClicks(window.top.search, "qqqq")
    qtbot.waitUntil(window.top.search.popup.isVisible, timeout=LIMIT_MS)
    assert window.top.search.popup.item(0).text().startswith("没有找到")
    qtbot.keyClick(window.top.search, Qt.Key.Key_Escape)
    assert not window.top.search.popup.isVisible()


def test_status_line_shows_words_marks_and_undo(qtbot: QtBot, window: MainWindow) -> None:
    taken_back: list[bool] = []
    window.context.tell.done("已保存。", undo=lambda: taken_back.append(True))
    assert window.status.text.text() == "✓ 已保存。"
    qtbot.mouseClick(window.status.undo, Qt.MouseButton.LeftButton)
    assert taken_back == [True]
    window.context.tell.trouble("连不上服务器。")
    assert window.status.text.text() == "✕ 连不上服务器。"
    assert not window.status.undo.isVisible()


def test_ctrl_z_takes_back_the_last_change_and_ctrl_y_does_it_again(
    qtbot: QtBot, window: MainWindow, work: Workspace
) -> None:
    def phone() -> object:
        return households.page(work, family_id(ZHANG)).values["phone"]

    window.context.tasks.write(
        lambda _progress: households.change(work, family_id(ZHANG), {"phone": "13900000002"}),
        owner=window,
        done=lambda _saved: None,
    )
    qtbot.waitUntil(window.status.undo.isVisible, timeout=LIMIT_MS)
    assert "电话" in window.status.undo.toolTip()
    window.rail.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.status.redo.isVisible, timeout=LIMIT_MS)
    assert phone() == "13800000001"
    assert not window.status.undo.isVisible()
    qtbot.mouseClick(window.status.redo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.status.undo.isVisible, timeout=LIMIT_MS)
    assert phone() == "13900000002"


def test_other_colours_are_used_at_once(qtbot: QtBot, window: MainWindow) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, 100, "contrast")
    try:
        assert theme.current() is theme.HIGH_CONTRAST
        assert theme.COLOURS.page in app.styleSheet()
        assert app.palette().color(app.palette().ColorRole.Text).name() == "#000000"
    finally:
        theme.apply(app, 100, "light")
    assert theme.current() is theme.LIGHT


def test_a_running_job_shows_progress_and_can_be_cancelled(
    qtbot: QtBot, window: MainWindow, settled: Callable[[], None]
) -> None:
    def endless(progress: object) -> None:
        while True:
            progress.step(3, 10, "正在导入")  # type: ignore[attr-defined]
            progress.check_cancelled()  # type: ignore[attr-defined]

    window.context.tasks.write(endless, owner=window, done=lambda _n: None, title="导入名单")
    qtbot.waitUntil(
        lambda: window.status.bar.isVisible() and window.status.bar.value() == 3, timeout=LIMIT_MS
    )
    assert window.status.bar.text() == "正在导入 3/10"
    qtbot.mouseClick(window.status.cancel, Qt.MouseButton.LeftButton)
    settled()
    assert not window.status.bar.isVisible()


def test_closing_with_unsaved_typing_asks(
    qtbot: QtBot, window: MainWindow, settled: Callable[[], None]
) -> None:
    page = window.show_screen(HOUSEHOLDS)
    assert isinstance(page, HouseholdsScreen)
    qtbot.waitUntil(lambda: page.pane.page is not None, timeout=LIMIT_MS)
    line = page.pane.basics.input("phone").inner
    qtbot.keyClicks(line, "9")
    window.close()
    assert window.isVisible()
    box = QApplication.activeModalWidget()
    assert box is not None
    assert "还没有保存" in box.text()  # type: ignore[attr-defined]
    leave = next(b for b in box.buttons() if b.text() == "不保存，退出")  # type: ignore[attr-defined]
    qtbot.mouseClick(leave, Qt.MouseButton.LeftButton)
    assert not window.isVisible()


def test_names_of_people_are_never_read_as_markup(window: MainWindow) -> None:
    rich = [
        w.text()
        for w in window.findChildren(QLabel)
        if w.textFormat() != Qt.TextFormat.PlainText and w.text()
    ]
    assert rich == []


def test_self_test_finds_nothing_wrong(qtbot: QtBot, work: Workspace) -> None:
    assert app.self_test(work) == []


def test_a_line_that_is_too_long_can_be_read_whole(qtbot: QtBot, window: MainWindow) -> None:
    window.context.tell.done("已保存。")
    assert not window.status.more.isVisible()
    long = "连不上服务器，本机内容都已保存，联网后自动再传；" * 8
    window.context.tell.trouble(long)
    assert window.status.more.isVisible()
    qtbot.mouseClick(window.status.more, Qt.MouseButton.LeftButton)
    [box] = [found for found in window.findChildren(QMessageBox) if found.isVisible()]
    assert long in box.text()
    box.close()
    window.context.tell.done("已保存。")
    assert not window.status.more.isVisible()


def test_ctrl_z_in_a_grid_takes_back_what_was_typed_before_what_was_saved(
    qtbot: QtBot, window: MainWindow, settled: Callable[[], None]
) -> None:
    page = window.show_screen(EMPLOYMENT)
    assert isinstance(page, EmploymentScreen)
    settled()
    grid, ctrl = page.ledger.grid, Qt.KeyboardModifier.ControlModifier
    grid.go_to(grid.model_.id_at(0), "work_demand")
    where = (0, grid.model_.column_of("work_demand"))
    before = grid.model_.typed(*where)
    QGuiApplication.clipboard().setText("abc")
    qtbot.keyClick(grid, Qt.Key.Key_V, ctrl)
    assert grid.model_.typed(*where) == "abc"
    qtbot.keyClick(grid, Qt.Key.Key_Z, ctrl)
    assert grid.model_.typed(*where) == before
    qtbot.keyClick(grid, Qt.Key.Key_Y, ctrl)
    assert grid.model_.typed(*where) == "abc"
    qtbot.keyClick(grid, Qt.Key.Key_Z, ctrl)
    assert not grid.has_unsaved()
