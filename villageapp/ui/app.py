"""Composition root of the window: sign-in first, everything else after it."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from villageapp import paths
from villageapp.paths import DataDir
from villageapp.ui import platform_setup, preload, theme, tidying, typefaces
from villageapp.ui.preferences import SCALE, SCHEME, Preferences
from villageapp.ui.signin.window import SignInWindow
from villageapp.ui.tasks import TaskRunner, give_way

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace
    from villageapp.ui.main_window import MainWindow

REST_MS = 1_000
"""How long after the main window modules for imports and prints are loaded: the list comes first."""


def make_application(arguments: list[str]) -> QApplication:
    """The QApplication with names, input method, language and typeface; the one there is, if any."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    platform_setup.choose_input_method(os.environ)
    platform_setup.name_application()
    app = QApplication([*arguments, *theme.STYLE])
    platform_setup.speak_chinese(app)
    app.setWindowIcon(theme.icon("app", size=32))
    typefaces.use(app, typefaces.first_family(paths.cache_dir()))
    return app


def run(data_dir: DataDir) -> int:
    """Show the sign-in window, then the main window; the exit code of the program.

    A second start on the same store brings the first to the front and returns at once. Raises Trouble when
    the program's own typeface cannot be made on a system without Chinese fonts.
    """
    tidying.share_one_heap()
    tidying.hold_back()
    give_way()
    app = make_application(sys.argv[:1])
    instance = platform_setup.SingleInstance(data_dir.root, paths.cache_dir())
    if not instance.is_first():
        instance.call_first()
        return 0
    desktop = Desktop(app, data_dir)
    sys.excepthook = desktop.report
    desktop.rested.connect(desktop.begin_tidying)
    instance.called.connect(desktop.come_to_front)
    background = ExitStack()
    desktop.sign_in().painted.connect(lambda: _after_first_paint(data_dir, instance, background))
    try:
        return app.exec()
    finally:
        desktop.close()
        background.close()
        instance.close()


def _after_first_paint(data_dir: DataDir, instance: platform_setup.SingleInstance, ends: ExitStack) -> None:
    """What nobody waits for: answering a second start, stop signals, the log; ``ends`` takes it down again."""
    import logging

    from villageapp import log
    from villageapp.ui.stop_signals import StopSignals

    instance.listen()
    stop_signals = StopSignals()
    stop_signals.listen()
    ends.callback(stop_signals.close)
    if not logging.getLogger(log.ROOT).handlers:  # the command line may have started one
        ends.callback(log.stop_file_log, log.start_file_log(_log_file(data_dir)))


def _log_file(data_dir: DataDir) -> Path:
    """In the store's folder, else beside the caches: where there is no store nothing of ours is left."""
    if data_dir.exists():
        return data_dir.log
    folder = paths.cache_dir()
    with suppress(OSError):  # without a cache folder there is no log
        folder.mkdir(parents=True, exist_ok=True)
    return folder / data_dir.log.name


class Desktop(QObject):
    """Holds what lives as long as the program: the sign-in window, then the store and the main window."""

    rested = Signal()
    """Everything is loaded that the first hour needs."""

    def __init__(self, app: QApplication, data_dir: DataDir) -> None:
        super().__init__()
        self._app = app
        self._data_dir = data_dir
        self._settings = Preferences(data_dir.root / "window.ini")
        self._sign_in_tasks = TaskRunner()
        self._window: QWidget | None = None
        self._main: MainWindow | None = None
        self._missing_typeface: Exception | None = None
        theme.apply(app, self._settings.get(SCALE), self._settings.get(SCHEME))

    def sign_in(self) -> SignInWindow:
        """Show the first window."""
        window = SignInWindow(self._data_dir, self._sign_in_tasks)
        window.opened.connect(self.open_main)
        window.painted.connect(self._load_typefaces)
        self._window = window
        window.show()
        return window

    def open_main(self, work: Workspace) -> MainWindow:
        """Show the main window on an open store and let go of the sign-in window."""
        from villageapp.ui.context import make_context
        from villageapp.ui.main_window import MainWindow

        context = make_context(work, self._settings)
        context.signals.scaled.connect(lambda percent: theme.apply(self._app, percent))
        context.signals.themed.connect(
            lambda scheme: theme.apply(self._app, self._settings.get(SCALE), scheme)
        )
        self._main = MainWindow(context)
        signed_in, self._window = self._window, self._main
        self._main.show()
        self._main.start()
        if self._missing_typeface is not None:
            context.tell.error(self._missing_typeface)
        if signed_in is not None:
            signed_in.close()
            signed_in.deleteLater()
        QTimer.singleShot(REST_MS, self._main, self._load_the_rest)
        return self._main

    def _load_the_rest(self) -> None:
        """Modules for the first import, print or enrolment, and the index of the search box in a large store, so that
        the person does not wait for them then."""
        assert self._main is not None
        work = self._main.context.work
        self._main.context.tasks.read(
            lambda progress: preload.load_the_rest(work, progress),
            owner=self,
            done=lambda _none: self.rested.emit(),
        )

    def begin_tidying(self) -> None:
        """From now on garbage is collected when nobody waits; see ``ui/tidying.py``."""
        main = self._main
        if main is not None:
            main.context.work.keep_small()
            tidying.set_aside()
            tidying.Tidying(lambda: main.context.tasks.is_idle, main, idle_seconds=main.lock.idle_seconds)

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An exception that left a slot of Qt: shown and logged, as one that left background work."""
        if self._main is None or not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        self._main.context.tell.error(error)

    def come_to_front(self) -> None:
        """Raise whichever window is shown."""
        if self._window is not None:
            minimized = QtCore.Qt.WindowState.WindowMinimized
            self._window.setWindowState(self._window.windowState() & ~minimized)
            self._window.show()
            self._window.raise_()
            self._window.activateWindow()

    def close(self) -> None:
        """Finish saves, then close the store."""
        self._sign_in_tasks.close()
        if self._main is not None:
            self._main.context.tasks.close()
            self._settings.flush()
            self._main.context.work.close()

    def _load_typefaces(self) -> None:
        """Bold, and glyphs for rare characters, while the person types."""
        self._sign_in_tasks.read(
            lambda _progress: typefaces.make_instances(paths.cache_dir()),
            owner=self,
            done=typefaces.register_all,
            failed=self._on_no_typeface,
        )

    def _on_no_typeface(self, error: Exception) -> None:
        """Rare characters may lack a glyph then; everything else goes on, and the main window says so."""
        self._missing_typeface = error


def self_test(work: Workspace) -> list[str]:
    """Open the main window on ``work`` without showing it on a screen; what is wrong, in Chinese.

    For the packaged program's own check. Uses the offscreen platform unless another is set.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = make_application(["villageapp"])
    from villageapp.ui.self_test import check_window

    return check_window(app, work)
