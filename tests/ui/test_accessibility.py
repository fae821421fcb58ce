"""All windows and dialogs at every size of type and in both colour schemes: nothing cut off, everything named,
reachable by Tab, closed by Esc, visible when it has the keyboard, and readable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QMessageBox,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.helpers import demo_store, stores
from tests.ui import accessible
from tests.ui.conftest import LIMIT_MS
from villageapp.paths import DataDir
from villageapp.services import demo_village, households, problems, visits
from villageapp.services.workspace import Workspace, open_with_key
from villageapp.ui import theme
from villageapp.ui.cards.preview import CardDialog
from villageapp.ui.context import Context
from villageapp.ui.help.dialog import HelpDialog
from villageapp.ui.households.member_dialog import MemberDialog
from villageapp.ui.imports.dialog import ImportDialog
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import LAST_SCREEN, LOCK_MINUTES, SCALE
from villageapp.ui.screens import HOUSEHOLDS, TODAY, VISITS, screens
from villageapp.ui.settings.safety_card import PassphraseDialog
from villageapp.ui.signin.new_store_page import NewStorePage
from villageapp.ui.signin.window import SignInWindow
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.visits.route_dialog import RouteDialog
from villageapp.ui.visits.screen import VisitsScreen
from villageapp.ui.visits.sign_dialog import SignDialog
from villageapp.ui.visits.visit_dialog import VisitDialog

SCALES = (100, 130, 150, 175)
LOOKS = [(scheme, scale) for scheme in theme.SCHEMES for scale in SCALES]
FEW = [*((next(iter(theme.SCHEMES)), scale) for scale in SCALES), (list(theme.SCHEMES)[-1], SCALES[0])]
"""For dialogs: another scheme changes no sizes, so its type is looked at once."""
WIDTH, HEIGHT = 1366, 768
KEYS = [screen.key for screen in screens()]
FAMILIES = 24


@pytest.fixture(scope="module")
def village_store(tmp_path_factory: pytest.TempPathFactory) -> stores.StoreTemplate:
    """A village with everything in it that a screen could show."""
    root = tmp_path_factory.mktemp("village") / "store"
    made = stores.make_template(root, with_households=False, role=stores.LEADER)
    with open_with_key(DataDir(root), made.key) as opened:
        demo_store.fill(opened, demo_village.build(FAMILIES, today=date(2026, 11, 23)), 2)
        home = households.list_ids(opened)[0]
        item = {"household_id": home, "category": "05", "title": "水管冻裂", "description": "停水两天"}
        problems.add_problem(opened, {**item, "scope": "户", "source": "20", "reported_on": opened.today()})
        said = {"kind": "01", "started_at": opened.now(), "result": "见到户主", "water_ok": False}
        visits.record_visit(opened, home, {**said, "water_ok_note": "水压不足"})
    return made


@pytest.fixture
def work(village_store: stores.StoreTemplate, tmp_path: Path) -> Iterator[Workspace]:
    with village_store.open_copy(tmp_path / "store") as opened:
        yield opened


class Looks:
    """Goes through sizes and schemes, and keeps what was wrong in each."""

    def __init__(self, app: QApplication, context: Context | None, qtbot: QtBot) -> None:
        self._app = app
        self._context = context
        self._qtbot = qtbot
        self.each = LOOKS
        self.wrong: dict[str, list[str]] = {}

    def __iter__(self) -> Iterator[tuple[str, int]]:
        for scheme, scale in self.each:
            theme.apply(self._app, scale, scheme)
            if self._context is not None:
                self._context.settings.set(SCALE, scale)
                self._context.signals.themed.emit(scheme)
                self._context.signals.scaled.emit(scale)
            yield scheme, scale

    def judge(self, window: QWidget, what: str) -> None:
        """Look when everything has its place; complaints that stay count."""
        found: list[str] = []

        def is_well() -> bool:
            found[:] = accessible.complaints(window)
            return not found

        for _ in range(12):  # layouts settle over some turns of the event loop
            self._app.processEvents()
            if is_well():
                break
        if window.width() > WIDTH or window.height() > HEIGHT:
            found.append(f"{window.width()}×{window.height()} is larger than the screen")
        if found:
            self.wrong[what] = list(found)

    def by_keyboard(self, window: QWidget, what: str) -> None:
        """Tab comes to everything, and one sees where it is."""
        window.activateWindow()
        self._qtbot.waitUntil(window.isActiveWindow, timeout=LIMIT_MS)
        reached = accessible.walk(window)
        missed = [f"not reached by Tab: {one}" for one in accessible.out_of_reach(window, reached)]
        dim = [f"focus not visible: {one}" for one in accessible.look_alike(window, reached)]
        if missed or dim:
            self.wrong[f"{what} keyboard"] = missed + dim


@pytest.fixture
def looks(qapp: QApplication, context: Context, qtbot: QtBot) -> Iterator[Looks]:
    yield Looks(qapp, context, qtbot)
    theme.apply(qapp, 100, "light")


@pytest.fixture
def window(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> Iterator[MainWindow]:
    context.settings.set(LAST_SCREEN, TODAY)
    context.settings.set(LOCK_MINUTES, 0)
    made = MainWindow(context)
    qtbot.addWidget(made)
    made.setWindowState(Qt.WindowState.WindowNoState)
    made.resize(WIDTH, HEIGHT)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.start()
    settled()
    yield made
    for dialog in _dialogs():
        dialog.close()
    for page in made._pages.values():  # nothing typed here is worth asking about
        page.has_unsaved = lambda: False  # type: ignore[method-assign]


def _dialogs() -> list[QDialog]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]


def _show(window: MainWindow, key: str, settled: Callable[[], None]) -> QWidget:
    page = window.show_screen(key)
    settled()
    if key in (HOUSEHOLDS, VISITS):
        page.open_household(households.list_ids(window.context.work)[0])
        settled()
    return page


def _tabs(page: QWidget) -> Iterator[str]:
    """Brings every tab of a page to the front in turn; once where there is none."""
    found = [w for w in page.findChildren(QTabWidget) if w.isVisible() and w.count() > 1]
    if not found:
        yield ""
    for tabs in found[:1]:
        for number in range(tabs.count()):
            tabs.setCurrentIndex(number)
            yield tabs.tabText(number)


@pytest.mark.parametrize("key", KEYS)
def test_every_screen(window: MainWindow, looks: Looks, settled: Callable[[], None], key: str) -> None:
    page = _show(window, key, settled)
    for scheme, scale in looks:
        for tab in _tabs(page):
            settled()
            looks.judge(window, f"{key} {tab} {scheme} {scale}")
            if scale == SCALES[0]:
                looks.by_keyboard(window, f"{key} {tab} {scheme}")
    assert looks.wrong == {}


def test_the_grid_of_paper_forms(window: MainWindow, looks: Looks, settled: Callable[[], None]) -> None:
    page = window.show_screen(VISITS)
    assert isinstance(page, VisitsScreen)
    page.open_grid()
    settled()
    assert page.grid_page.isVisible()
    for scheme, scale in looks:
        settled()
        looks.judge(window, f"grid {scheme} {scale}")
        if scale == SCALES[0]:
            looks.by_keyboard(window, f"grid {scheme}")
    assert looks.wrong == {}


def _openers(page: QWidget) -> list[QAbstractButton]:
    """Buttons that say with an ellipsis that they ask something first."""
    return [
        found
        for found in page.findChildren(QAbstractButton)
        if found.isVisible() and found.isEnabled() and found.text().endswith("…")
    ]


@pytest.mark.parametrize("key", KEYS)
def test_every_dialog_that_a_button_of_a_screen_opens(
    window: MainWindow, looks: Looks, settled: Callable[[], None], qtbot: QtBot, key: str
) -> None:
    page = _show(window, key, settled)
    looks.each = FEW
    for scheme, scale in looks:
        for tab in _tabs(page):
            settled()
            for text in dict.fromkeys(found.text() for found in _openers(page)):
                opener = next((found for found in _openers(page) if found.text() == text), None)
                if opener is not None:
                    opener.click()
                    settled()
                    _judge_dialogs(looks, qtbot, f"{key} {tab} {text} {scheme} {scale}", scale)
    assert looks.wrong == {}


def _judge_dialogs(looks: Looks, qtbot: QtBot, what: str, scale: int) -> None:
    """Look at what has opened (the system's own file and print dialogs are not ours), close it by Esc."""
    for dialog in _dialogs():
        if not isinstance(dialog, (QFileDialog, QPrintDialog)):
            looks.judge(dialog, what)
            if scale == SCALES[0]:
                looks.by_keyboard(dialog, what)
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
            if dialog.isVisible():
                looks.wrong[f"{what} Esc"] = ["stays open"]
        dialog.close()


@pytest.fixture(autouse=True)
def nobody_chooses_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's file dialogs are not ours, and some of them wait for an answer."""
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_args: ("", ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args: ([], ""))


Opener = Callable[[MainWindow, Path], QDialog]


def _home(window: MainWindow) -> str:
    return households.list_ids(window.context.work)[0]


def _import(window: MainWindow, folder: Path) -> QDialog:
    file = folder / "list.xlsx"
    if not file.exists():
        demo_village.write_workbook(demo_village.build(30, today=date(2026, 11, 23)), file)
    return ImportDialog(window.context, file, window)


def _member(window: MainWindow, _folder: Path) -> QDialog:
    page = households.page(window.context.work, _home(window))
    return MemberDialog(window.context, page.id, page.members[0], window)


def _visit(window: MainWindow, _folder: Path) -> QDialog:
    work = window.context.work
    pages = (households.page(work, home) for home in households.list_ids(work))
    return VisitDialog(window.context, next(p.visits[0]["id"] for p in pages if p.visits), "走访记录", window)


def _question(window: MainWindow, _folder: Path) -> QDialog:
    window.context.tell.ask("要删除吗？", yes="删除", details="可以撤销。", then=lambda: None)
    return next(box for box in window.findChildren(QMessageBox) if box.isVisible())


OPENERS: dict[str, Opener] = {
    "import": _import,
    "member": _member,
    "new member": lambda w, _f: MemberDialog(w.context, _home(w), None, w),
    "card": lambda w, _f: CardDialog(w.context, households.list_ids(w.context.work)[:2], w),
    "help": lambda w, _f: HelpDialog("visits", w),
    "passphrase": lambda w, _f: PassphraseDialog(w.context, w),
    "question": _question,
    "route": lambda w, _f: RouteDialog(w.context, w),
    "visit": _visit,
    "sign": lambda w, _f: SignDialog("被访人", "尉迟样例", "走访时间：2026-11-23\n走访结果：见到户主", w),
}


@pytest.mark.parametrize("name", OPENERS)
def test_dialogs_that_are_opened_otherwise(
    window: MainWindow,
    looks: Looks,
    settled: Callable[[], None],
    qtbot: QtBot,
    tmp_path: Path,
    name: str,
) -> None:
    looks.each = FEW
    for scheme, scale in looks:
        dialog = OPENERS[name](window, tmp_path)
        dialog.open()
        settled()
        assert dialog.isVisible()
        _judge_dialogs(looks, qtbot, f"{name} {scheme} {scale}", scale)
    assert looks.wrong == {}


def test_lock_and_tour(window: MainWindow, looks: Looks, settled: Callable[[], None], qtbot: QtBot) -> None:
    for scheme, scale in looks:
        window.start_tour()
        looks.judge(window, f"tour {scheme} {scale}")
        window.tour.hide()
        window.lock.lock()
        settled()
        page = window.lock.page
        assert page is not None
        looks.judge(page, f"lock {scheme} {scale}")
        page.unlocked.emit()
    assert looks.wrong == {}


@pytest.mark.parametrize("is_new", [False, True])
def test_the_first_window(
    qtbot: QtBot, qapp: QApplication, template: stores.StoreTemplate, tmp_path: Path, is_new: bool
) -> None:
    tasks, looks = TaskRunner(), Looks(qapp, None, qtbot)
    folder = DataDir(tmp_path / "new") if is_new else template.copy_to(tmp_path / "store")
    try:
        for scheme, scale in looks:
            window = SignInWindow(folder, tasks)
            qtbot.addWidget(window)
            with qtbot.waitActive(window):
                window.show()
                window.activateWindow()
            looks.judge(window, f"{scheme} {scale}")
            if is_new:
                window.page.make.click()
                assert isinstance(window.current_page(), NewStorePage)
                looks.judge(window, f"new store {scheme} {scale}")
            if scale == SCALES[0]:
                looks.by_keyboard(window, f"{scheme} {scale}")
            window.close()
    finally:
        tasks.close()
        theme.apply(qapp, 100, "light")
    assert looks.wrong == {}


TEXT_ON: dict[str, tuple[str, ...]] = {
    "text": ("page", "card", "accent_soft", "plain_soft", "selected", "progress"),
    "quiet": ("page", "card", "accent_soft", "selected"),
    "accent": ("page", "card", "accent_soft", "selected"),
    "accent_dark": ("page", "card", "accent_soft", "selected"),
    "good": ("page", "card", "good_soft"),
    "warn": ("page", "card", "warn_soft"),
    "bad": ("page", "card", "bad_soft", "selected"),
    "on_accent": ("accent", "accent_dark", "bad", "unknown"),
    "hint": ("card",),
    "rail_text": ("rail", "rail_hover"),
    "disabled_on_fill": ("disabled_fill",),
}
"""Every text colour of the style sheet and the painted cells, with what it stands on."""
EDGES = (
    ("field_line", "card"),
    ("accent", "card"),
    ("accent", "page"),
    ("on_accent", "accent"),
    ("on_accent", "rail"),
)
"""Outlines of fields and of what has the keyboard: 3 to 1 is enough for what is not text."""


@pytest.mark.parametrize("scheme", theme.SCHEMES)
def test_every_text_stands_out_from_its_ground(scheme: str) -> None:
    colours = theme.SCHEMES[scheme]._asdict()
    weak = {
        f"{text} on {ground}": round(accessible.contrast(colours[text], colours[ground]), 2)
        for text, grounds in TEXT_ON.items()
        for ground in grounds
        if accessible.contrast(colours[text], colours[ground]) < 4.5
    }
    assert weak == {}
    faint = {
        f"{line} on {ground}": round(accessible.contrast(colours[line], colours[ground]), 2)
        for line, ground in EDGES
        if accessible.contrast(colours[line], colours[ground]) < 3
    }
    assert faint == {}
