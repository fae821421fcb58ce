"""The first window: type the passphrase, or make a store where there is none.

Shown before SQLAlchemy and the services are imported; they load behind it on the write thread, in front of
the opening itself, so that nothing is imported by two threads at once.

What is imported here and in ``widgets/flow.py`` leaves the namespace ``Qt`` alone until the window is painted:
PySide6 makes its hundred enums when it is first asked for, 12 ms. Properties are set by the words of their
values instead, or ``QtCore.Qt`` is looked up when needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from villageapp.paths import DataDir
from villageapp.ui import preload, theme
from villageapp.ui.signin.passphrase_page import PassphrasePage
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.widgets.flow import label

if TYPE_CHECKING:
    from villageapp.ui.signin.new_store_page import NewStorePage
    from villageapp.ui.signin.restore_page import RestorePage

_CHARACTERS = 37
"""Width of the window."""


class SignInWindow(QWidget):
    """Ends with ``opened``; closing it ends the program."""

    opened = Signal(object)
    """The open Workspace."""
    painted = Signal()
    """The window is on the screen (once); what is connected runs after it, not in front of it."""

    def __init__(self, data_dir: DataDir, tasks: TaskRunner) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._tasks = tasks
        self._is_painted = False
        self._new: NewStorePage | RestorePage | None = None
        self.setWindowTitle(self.tr("驻村通"))
        self._pages = QStackedWidget()
        self.page = PassphrasePage(data_dir, tasks)
        self.page.opened.connect(self.opened)
        self.page.new_asked.connect(self._show_new)
        self.page.restore_asked.connect(self._show_restore)
        self.page.training_asked.connect(self.page.open_training)
        self._pages.addWidget(self.page)
        self._lay_out()
        if not data_dir.exists():
            self.page.show_missing()

    def current_page(self) -> QWidget:
        """The page that is shown: ``page``, or the one that makes a new store."""
        return self._pages.currentWidget()

    def start_loading(self) -> None:
        """Import what opening needs, in the background."""
        self._tasks.write(
            lambda progress: preload.load(preload.BEFORE_OPENING, progress),
            owner=self,
            done=lambda _none: self._load_window(preload.WINDOW),
            failed=self.page.show_failure,
        )

    def _load_window(self, names: Sequence[str]) -> None:
        """Import the first of these modules, the others later: some 20 ms each, typing goes on in between."""
        if names:
            import_module(names[0])
            QTimer.singleShot(0, self, lambda: self._load_window(names[1:]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window is visible, then begin to load."""
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self._on_painted)

    def event(self, event: QEvent) -> bool:
        """A refusal of two lines must not push anything out of the window."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            QTimer.singleShot(0, self, self._grow)
        return done

    def closeEvent(self, event: QCloseEvent) -> None:
        """A recovery code that was not copied down yet must not vanish by a slip, nor a store be left half-way."""
        if self._new is not None and not self._new.may_leave():
            self._new.remind()
            event.ignore()
        else:
            super().closeEvent(event)

    def _grow(self) -> None:
        """As high as the words need at this width, as far as the screen goes."""
        layout = self.layout()
        most = self.screen().availableGeometry().height() - 40
        needed = min(layout.totalHeightForWidth(self.width()), most) if layout is not None else 0
        if needed > self.height():
            self.resize(self.width(), needed)

    def _on_painted(self) -> None:
        """What was drawn reaches the screen when ``paintEvent`` has returned, so this waits a turn."""
        self.painted.emit()
        self.start_loading()

    def _show_new(self) -> None:
        from villageapp.ui.signin.new_store_page import NewStorePage

        self._turn_to(NewStorePage(self._data_dir, self._tasks))

    def _show_restore(self) -> None:
        from villageapp.ui.signin.restore_page import RestorePage

        self._turn_to(RestorePage(self._data_dir, self._tasks))

    def _turn_to(self, page: NewStorePage | RestorePage) -> None:
        self._new = page
        page.opened.connect(self.opened)
        page.left.connect(lambda: self._pages.setCurrentIndex(0))
        self._pages.setCurrentIndex(self._pages.addWidget(page))
        page.focus_first()

    def _lay_out(self) -> None:
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("字") * _CHARACTERS)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 28, 32, 20)
        outer.setSpacing(16)
        head = QHBoxLayout()
        head.setSpacing(12)
        mark = label("")
        mark.setPixmap(theme.icon("app", size=22).pixmap(44, 44))
        head.addWidget(mark)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(self.tr("驻村通"), "title"))
        words.addWidget(label(self.tr("离线走访 · 帮扶登记 · 一户一卡"), "quiet"))
        head.addLayout(words)
        head.addStretch(1)
        outer.addLayout(head)
        outer.addWidget(self._pages, 1)
        foot = label(
            self.tr("数据只存在这台电脑上，并已加密：{folder}").format(folder=self._data_dir.root),
            "quiet",
            wrap=True,
        )
        outer.addWidget(foot)
