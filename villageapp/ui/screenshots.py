"""Pictures of every screen, tab and dialog on an open store, without a display: for README, handbook and a look."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from villageapp import paths
from villageapp.errors import Trouble, os_reason
from villageapp.ui import theme, typefaces
from villageapp.ui.app import make_application
from villageapp.ui.context import Context, make_context
from villageapp.ui.dialog_pictures import Save, draw_behind, draw_others
from villageapp.ui.help.dialog import HelpDialog
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import LOCK_MINUTES, SCALE, SCHEME, Preferences
from villageapp.ui.screens import HOUSEHOLDS, VISITS, screens

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

WIDTH, HEIGHT = 1366, 768
_LIMIT_MS = 30_000
_SETTLE_MS = 250
"""After the last answer lists still draw their rows."""


def render(
    work: Workspace, out: Path, *, scale: int = 100, scheme: str = "light", behind: bool = True
) -> list[Path]:
    """Draw every screen of ``work`` into ``out`` as PNG of 1366×768; the files, in rail order.

    With ``behind`` also the tabs that are not in front and the dialogs, each in its own size.

    Raises Trouble when a picture cannot be written.
    """
    _make_folder(out)
    app = _application()
    for file in typefaces.make_instances(paths.cache_dir()):
        typefaces.register(file)
    theme.apply(app, scale, scheme)
    with _context(work, scale, scheme) as context:
        return _draw(context, out, behind=behind)


def _application() -> QApplication:
    """One that draws without a display, on the screen of a small laptop: dialogs are as large as there."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "screen.json"
        screen = {"name": "laptop", "x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}
        file.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
        has_colon = ":" in str(file)  # Qt would take it for the end of the file's name
        platform = "offscreen" if has_colon else f"offscreen:configfile={file}"
        os.environ.setdefault("QT_QPA_PLATFORM", platform)
        return make_application(["villageapp"])


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(
            f"无法建立文件夹 {out}：{os_reason(error)}。没有画图。",
            remedy="请另选一个文件夹。",
            code="not_writable",
        ) from error


@contextmanager
def _context(work: Workspace, scale: int, scheme: str) -> Iterator[Context]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Preferences(Path(folder) / "window.ini")
        for preference, value in ((SCALE, scale), (SCHEME, scheme), (LOCK_MINUTES, 0)):
            settings.set(preference, value)
        context = make_context(work, settings)
        try:
            yield context
        finally:
            context.tasks.close()
            settings.flush()


def _draw(context: Context, out: Path, *, behind: bool) -> list[Path]:
    made: list[Path] = []
    window = MainWindow(context)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(WIDTH, HEIGHT)
    window.show()
    window.start()

    def save(widget: QWidget, name: str) -> None:
        made.append(_save(widget, out / f"{name}.png"))

    _draw_screens(context, window, save, behind=behind)
    if behind:
        with tempfile.TemporaryDirectory() as folder:
            draw_others(context, window, Path(folder), save, lambda: _settle(context))
    dialog = HelpDialog("start", window)
    dialog.show()
    _settle(context)
    save(dialog, "help")
    dialog.close()
    window.lock.lock()
    _settle(context)
    save(window, "lock")
    window.close()
    window.deleteLater()
    return made


def _draw_screens(context: Context, window: MainWindow, save: Save, *, behind: bool) -> None:
    from villageapp.services.household_lists import list_ids

    household = next(iter(list_ids(context.work)), "")
    for screen in screens():
        page = window.show_screen(screen.key)
        _settle(context)
        if household and screen.key in (HOUSEHOLDS, VISITS):
            page.open_household(household)
            _settle(context)
        save(window, screen.key)
        if behind:
            draw_behind(screen.key, page, window, save, lambda: _settle(context))


def _save(widget: QWidget, path: Path) -> Path:
    if not widget.grab().save(str(path)):
        raise Trouble(f"无法写入图片 {path}。", remedy="请检查磁盘空间和权限。", code="picture_unwritable")
    return path


def _settle(context: Context) -> None:
    """Let the event loop run until nothing has been under way for a moment. Raises Trouble after half a minute."""
    loop = QEventLoop()
    quiet = QTimer()
    quiet.setSingleShot(True)
    quiet.setInterval(_SETTLE_MS)
    quiet.timeout.connect(lambda: loop.exit(0))
    poll, limit = QTimer(), QTimer()
    poll.timeout.connect(lambda: _watch(context, quiet))
    limit.setSingleShot(True)
    limit.timeout.connect(lambda: loop.exit(1))
    poll.start(20)
    limit.start(_LIMIT_MS)
    if loop.exec():
        raise Trouble("页面在期限内没有读完数据，没有画出图片。", remedy="请再试一次。", code="picture_late")


def _watch(context: Context, quiet: QTimer) -> None:
    if not context.tasks.is_idle:
        quiet.stop()
    elif not quiet.isActive():
        quiet.start()
