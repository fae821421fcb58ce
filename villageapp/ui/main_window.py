"""The frame: rail, top bar, screens, status line. Screens are built when first asked for."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

import villageapp
from villageapp.domain.changes import ChangeSet
from villageapp.services import training
from villageapp.ui.context import Context
from villageapp.ui.help.tour import TourPanel
from villageapp.ui.lock import Lock
from villageapp.ui.preferences import GEOMETRY, LAST_SCREEN, TOUR_SEEN
from villageapp.ui.rail import Rail
from villageapp.ui.screen import ScreenPage
from villageapp.ui.screens import HOUSEHOLDS, VISITS, screens
from villageapp.ui.search_box import Command
from villageapp.ui.status_line import StatusLine
from villageapp.ui.sync_timer import SyncTimer
from villageapp.ui.top_bar import TopBar
from villageapp.ui.undoing import UndoControl
from villageapp.ui.widgets.flow import label

SMALLEST = (1024, 600)
USUAL = (1320, 700)
"""Pixels; fits a 1366×768 screen with a task bar."""
WIDE = 1500
"""On a narrower screen the first start fills it."""


class _Pages(QStackedWidget):
    """Asks only for the room of the page in front; one crowded screen must not make the others scroll."""

    def minimumSizeHint(self) -> QSize:
        """That of the current page."""
        page = self.currentWidget()
        return page.minimumSizeHint() if page is not None else super().minimumSizeHint()

    def hasHeightForWidth(self) -> bool:
        """Whether wrapped words of the current page make its height depend on its width."""
        return self.count() > 0 and self.currentWidget().hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        """The least height of the current page. Qt's own answer is the wished one of the tallest page built."""
        page = self.currentWidget()
        layout = page.layout()
        wrapped = layout.totalMinimumHeightForWidth(width) if layout is not None else 0
        return max(page.minimumSizeHint().height(), wrapped)


class MainWindow(QMainWindow):
    """One window for everything; knows the screens, not what is in them."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._screens = {screen.key: screen for screen in screens()}
        self._pages: dict[str, ScreenPage] = {}
        self._shown = ""
        self.setWindowTitle(self.tr("驻村通"))
        self.setMinimumSize(*SMALLEST)
        self.rail = Rail([(screen.key, screen.title) for screen in self._screens.values()])
        self.top = TopBar(context, [Command(s.key, s.title) for s in self._screens.values()])
        self.status = StatusLine(context.tasks)
        self.tour = TourPanel()
        self.tour.hide()
        self._stack = _Pages()
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll_area.setWidget(
            self._stack
        )  # large type on a small screen scrolls instead of growing the window
        self._sync = SyncTimer(context, self)
        self._undoing = UndoControl(context, self)
        self.lock = Lock(context, self)
        self._lay_out()
        self._listen()
        self._restore()

    def show_screen(self, key: str) -> ScreenPage:
        """Bring a screen to the front, building it the first time; returns it."""
        page = self._pages.get(key)
        if page is None:
            page = self._screens[key].build(self.context)
            self._pages[key] = page
            self._stack.addWidget(page)
        self.rail.mark(key)
        if key != self._shown:
            self._shown = key
            self._stack.setCurrentWidget(page)
            self._stack.updateGeometry()
            page.focus_first()
            self.setWindowTitle(f"{self._screens[key].title} - {self.tr('驻村通')}")
            self.context.settings.set(LAST_SCREEN, key)
        return page

    def start(self) -> None:
        """Read names and sync state, once the window is visible."""
        self.top.refresh()
        self._sync.start()
        if training.is_training(self.context.work) and not self.context.settings.get(TOUR_SEEN):
            self.context.settings.set(TOUR_SEEN, 1)
            self.start_tour()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before typing is lost; otherwise remember how the window stood."""
        unsaved = [page for page in self._pages.values() if page.has_unsaved()]
        if unsaved and not self._is_leaving:
            event.ignore()
            self.context.tell.ask(
                self.tr("有改动还没有保存，确定要退出吗？"),
                yes=self.tr("不保存，退出"),
                no=self.tr("继续编辑"),
                then=self._leave,
            )
            return
        self.context.settings.set(GEOMETRY, self.saveGeometry())
        super().closeEvent(event)

    def _lay_out(self) -> None:
        centre = QWidget()
        outer = QVBoxLayout(centre)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(self.scroll_area, 1)
        outer.addWidget(self.top)
        if training.is_training(self.context.work):
            outer.addWidget(self._training_banner())
        outer.addLayout(middle, 1)
        outer.addWidget(self.tour)
        outer.addWidget(self.status)
        self.setCentralWidget(centre)

    def _training_banner(self) -> QWidget:
        banner = label(self.tr("练习村：这里的人和事都是虚构的，可以随便试，不会同步。"), "banner", wrap=True)
        banner.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return banner

    def start_tour(self) -> None:
        """Show the first station."""
        self.tour.show()
        self.tour.go(0)

    def _listen(self) -> None:
        context = self.context
        self._is_leaving = False
        context.tell.set_window(self)
        context.tell.said.connect(self.status.say)
        context.signals.screen_asked.connect(self.show_screen)
        context.signals.household_asked.connect(self._show_household)
        context.signals.visit_asked.connect(self._show_visit)
        context.signals.changed.connect(self._on_changed)
        context.signals.record_asked.connect(self._show_record)
        self._undoing.stated.connect(self.status.show_undo_state)
        self.status.undo_asked.connect(self._undoing.undo)
        self.status.redo_asked.connect(self._undoing.redo)
        self.rail.asked.connect(self.show_screen)
        self.top.search.picked.connect(context.signals.household_asked)
        self.top.search.record_picked.connect(context.signals.record_asked)
        self.top.search.command_picked.connect(self.show_screen)
        self.top.about_asked.connect(self._show_about)
        QShortcut(QKeySequence("Ctrl+K"), self, self._focus_search)
        QShortcut(QKeySequence(Qt.Key.Key_F5), self, self._refresh)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self, self._undoing.undo)
        QShortcut(QKeySequence("Ctrl+Y"), self, self._undoing.redo)
        QShortcut(QKeySequence("Ctrl+L"), self, self.lock.lock)
        QShortcut(QKeySequence(Qt.Key.Key_F1), self, lambda: self._show_help(self._shown))
        context.signals.help_asked.connect(lambda key: self._show_help(key or self._shown))
        self.top.lock_asked.connect(self.lock.lock)
        self.top.tour_asked.connect(self.start_tour)
        self.tour.screen_asked.connect(self.show_screen)

    def _restore(self) -> None:
        """Window state of the last time, but never larger than the screen or outside of it."""
        geometry = self.context.settings.get(GEOMETRY)
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            available = QGuiApplication.primaryScreen().availableGeometry()
            self.resize(min(USUAL[0], available.width()), min(USUAL[1], available.height()))
            if available.width() < WIDE:
                self.setWindowState(Qt.WindowState.WindowMaximized)
        last = self.context.settings.get(LAST_SCREEN)
        self.show_screen(last if last in self._screens else next(iter(self._screens)))

    def _focus_search(self) -> None:
        self.top.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.top.search.selectAll()

    def _refresh(self) -> None:
        page = self._stack.currentWidget()
        if isinstance(page, ScreenPage):
            page.refresh()
            self.context.tell.note(self.tr("已刷新。"))

    def _on_changed(self, changes: ChangeSet) -> None:
        if changes.touches("village") or changes.touches("cadre"):
            self.top.refresh()

    def _show_household(self, household_id: str) -> None:
        self.show_screen(HOUSEHOLDS).open_household(household_id)

    def _show_visit(self, household_id: str) -> None:
        self.show_screen(VISITS).open_household(household_id)

    def _show_help(self, key: str) -> None:
        from villageapp.ui.help.dialog import HelpDialog

        HelpDialog(key, self).open()

    def _show_record(self, key: str, record_id: str) -> None:
        if key in self._screens:
            self.show_screen(key).open_record(record_id)

    def _leave(self) -> None:
        self._is_leaving = True
        self.close()

    def _show_about(self) -> None:
        text = self.tr("驻村通 {version}\n离线走访与帮扶登记。数据只存在本机，已加密。").format(
            version=villageapp.__version__
        )
        box = QMessageBox(
            QMessageBox.Icon.Information, self.tr("关于驻村通"), text, QMessageBox.StandardButton.Ok, self
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
